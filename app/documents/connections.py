"""Connections that lead only where an address may lead, and that end by a deadline.

Each name is looked up once. Every address that it has is checked, and the connection goes to one of these: a name
that changes its mind between the check and the connection cannot lead inside.
"""

from __future__ import annotations

import socket
import ssl
import time
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import httpcore2

from app.documents.addresses import Address, Allowed, is_number

# The first address of a site may lead nowhere, as IPv6 does in many networks; the next one needs time, too.
CONNECT_SECONDS = 5.0
MAX_ADDRESSES = 4


class NotPublic(Exception):
    """The host is not on the public web, and the operator did not allow it."""


class NotFound(Exception):
    """The name has no address, or none just now."""


class NotTrusted(Exception):
    """The certificate is not one for this host, or nobody vouches for it."""


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, always more than none.

        :raises httpcore2.TimeoutException: when nothing is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left


class CheckedConnections(httpcore2.NetworkBackend):
    """What a connection pool opens its connections with. One for each fetch."""

    def __init__(self, allowed: Allowed, deadline: Deadline) -> None:
        self._allowed = allowed
        self._deadline = deadline
        self._found: dict[str, list[Address]] = {}

    def connect_tcp(
        self, host: str, port: int, timeout: Any = None, local_address: Any = None, socket_options: Any = None
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of *host* that answers.

        :raises NotPublic: also when only one of its addresses is not public.
        :raises NotFound: when it has none.
        """
        failed: Exception | None = None
        for address in self._checked(host, port)[:MAX_ADDRESSES]:
            seconds = min(CONNECT_SECONDS, self._deadline.left())
            try:
                return TimedStream(httpcore2.SyncBackend().connect_tcp(str(address), port, seconds), self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise httpcore2.ConnectError from failed

    def _checked(self, host: str, port: int) -> list[Address]:
        if not self._allowed.may_look_up(host):
            raise NotPublic
        if host not in self._found:
            self._found[host] = self._looked_up(host)
        found = self._found[host]
        if not all(self._allowed.may_connect(host, port, address) for address in found):
            raise NotPublic
        return found

    def _looked_up(self, host: str) -> list[Address]:
        """In a thread of its own, as the system's resolver knows no deadline."""
        if is_number(host):
            return [ip_address(host)]
        # With the dot at its end a name is whole; without it, the resolver would also try names of the network here.
        name = host if host in self._allowed.names else f"{host}."
        answers: SimpleQueue[list[Address]] = SimpleQueue()
        Thread(target=lambda: answers.put(_addresses_of(name)), daemon=True).start()
        try:
            found = answers.get(timeout=self._deadline.left())
        except Empty:
            raise httpcore2.ConnectTimeout from None
        if not found:
            raise NotFound
        return found


def _addresses_of(name: str) -> list[Address]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(address[0]) for *_, address in found]


class TimedStream(httpcore2.NetworkStream):
    """A connection whose every step ends by the deadline, however little comes at a time."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """:raises NotTrusted: when the certificate is not valid for *server_hostname*."""
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        except httpcore2.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise NotTrusted from error
            raise
        return TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()
