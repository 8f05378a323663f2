"""Connections to Redis that wait for a frozen server once, and not again in each step of the same request.

One press asks Redis four times: whether it comes too often, to forget a copy, to ring, and for what was written. With
a server that accepts and never answers each of these would wait for its own time to run out.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from redis import Connection, SSLConnection, UnixDomainSocketConnection
from redis import ConnectionError as RedisConnectionError
from redis import TimeoutError as RedisTimeoutError

AWAY_SECONDS = 1.0  # after an answer that did not come, in which nobody of this process waits again

_away_until: dict[str, float] = {}


class _Impatient:
    """What each kind of connection has in common."""

    def connect(self, *arguments: Any, **named: Any) -> Any:
        return self._once(super().connect, *arguments, **named)  # type: ignore[misc]

    def send_packed_command(self, *arguments: Any, **named: Any) -> Any:
        return self._once(super().send_packed_command, *arguments, **named)  # type: ignore[misc]

    def read_response(self, *arguments: Any, **named: Any) -> Any:
        return self._once(super().read_response, *arguments, **named)  # type: ignore[misc]

    @cached_property
    def _where(self) -> str:
        return str([piece for piece in self.repr_pieces() if piece[0] != "db"])  # type: ignore[attr-defined]

    def _once(self, act: Any, *arguments: Any, **named: Any) -> Any:
        where = self._where
        if time.monotonic() < _away_until.get(where, 0):
            raise RedisConnectionError("Redis did not answer a moment ago")
        try:
            return act(*arguments, **named)
        except RedisTimeoutError:
            _away_until[where] = time.monotonic() + AWAY_SECONDS
            raise


class ImpatientConnection(_Impatient, Connection):
    pass


class ImpatientSSLConnection(_Impatient, SSLConnection):
    pass


class ImpatientSocketConnection(_Impatient, UnixDomainSocketConnection):
    pass


def connection_class(url: str) -> type[_Impatient]:
    kinds = {"rediss": ImpatientSSLConnection, "unix": ImpatientSocketConnection}
    return kinds.get(url.partition("://")[0], ImpatientConnection)
