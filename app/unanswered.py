"""Commands to Redis that nobody waits for to be answered.

The wait is most of what such a command takes: two changes of the thread that runs, and of the process. What has been
sent arrives even if whoever sent it is killed in the next moment.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from threading import Lock

from redis import Redis, RedisError, ResponseError
from redis.connection import AbstractConnection


class Unanswered:
    """One connection for the commands of all threads. Answers are read, and thrown away, before the next commands."""

    def __init__(self, redis: Redis) -> None:
        pool = redis.connection_pool
        # Made past the pool, which makes a hundred in all, and counts those that it never gets back.
        self._connection: AbstractConnection = pool.connection_class(**pool.connection_kwargs)
        self._commands: deque[tuple[str | int, ...]] = deque()
        self._sending = Lock()

    def send(self, *command: str | int) -> None:
        """Send it, or leave it to the thread that is sending in this moment.

        :raises RedisError: when what was there to send could not be sent. That Redis refused it, nobody is told.
        """
        self._commands.append(command)
        while self._commands and self._sending.acquire(blocking=False):
            try:
                self._send_all()
            finally:
                self._sending.release()

    def _send_all(self) -> None:
        """Over a new connection where the old one has ended."""
        try:
            self._read_what_has_come()
        except RedisError:
            self._connection.disconnect()
        commands = []
        while self._commands:
            commands.append(self._commands.popleft())
        self._connection.send_packed_command(self._connection.pack_commands(commands), check_health=False)

    def _read_what_has_come(self) -> None:
        """:raises RedisError: when the connection has ended."""
        while self._connection.can_read():
            with suppress(ResponseError):
                self._connection.read_response()
