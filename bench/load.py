"""A crowd that asks for one page over and over, each person as soon as the last answer is there.

Each process is some people with a connection of their own that is kept open, on bare sockets: whatever a client
library did would take its time from the server, which stands on the same cores.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import statistics
import time
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

READ_AT_ONCE = 1 << 16


class Wish(NamedTuple):
    """What is asked for, and what a right answer begins with."""

    request: bytes
    status: bytes = b"HTTP/1.1 200"


def wish(address: str, path: str, status: int = 200, **headers: str) -> Wish:
    """A GET of *path*; an underscore in the name of a header is a hyphen."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Wish("\r\n".join([*lines, "", ""]).encode(), f"HTTP/1.1 {status}".encode())


@dataclass(frozen=True)
class Load:
    """What came of it: times in milliseconds, and how many answers were not as they should be."""

    times: list[float]
    seconds: float
    wrong: int

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[18]


def ask(address: str, wanted: Wish, people: int = 16, seconds: float = 4, processes: int = 2) -> Load:
    """Have *people* ask for *wanted* for so many *seconds*, from so many processes of ours.

    :raises ConnectionError: when the server hangs up.
    """
    where = urlsplit(address)
    context = multiprocessing.get_context("fork")
    with context.Pool(processes) as pool:
        each = [(where.hostname, where.port, wanted, people // processes, seconds)] * processes
        began = time.perf_counter()
        results = pool.starmap(_ask, each, chunksize=1)
        took = time.perf_counter() - began
    return Load([one for times, _ in results for one in times], took, sum(wrong for _, wrong in results))


def _ask(host: str, port: int, wanted: Wish, people: int, seconds: float) -> tuple[list[float], int]:
    times, wrong = [], 0
    with selectors.DefaultSelector() as ready:
        for _ in range(people):
            person = _Person(host, port, wanted)
            ready.register(person.socket, selectors.EVENT_READ, person)
            person.ask()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, _ in ready.select(1):
                if key.data.has_read_all():
                    times.append(key.data.took * 1000)
                    wrong += not key.data.was_right
                    key.data.ask()
    return times, wrong


class _Person:
    def __init__(self, host: str, port: int, wanted: Wish) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wanted = wanted
        self.read = b""
        self.length = 0
        self.was_right = True
        self.took = self.began = 0.0

    def ask(self) -> None:
        self.read, self.length = b"", 0
        self.began = time.perf_counter()
        self.socket.sendall(self.wanted.request)

    def has_read_all(self) -> bool:
        part = self.socket.recv(READ_AT_ONCE)
        if not part:
            raise ConnectionError("the server hung up")
        self.read += part
        if not self.length:
            head, end, _ = self.read.partition(b"\r\n\r\n")
            if not end:
                return False
            self.length = len(head) + 4 + _content_length(head)
            self.was_right = head.startswith(self.wanted.status)
        if len(self.read) < self.length:
            return False
        self.took = time.perf_counter() - self.began
        return True


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")
