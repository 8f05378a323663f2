"""Pages that tests have fetched, from sites whose names they made up."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator

import pytest

from app.documents.fetching import Fetched, FetchError, fetch

HERE = ("127.0.0.1/32",)
LIMIT = 100_000  # bytes
PAGE = b"<html><h1>Good morning</h1>"


def fetched(address: str, *, allowed: tuple[str, ...] = HERE, max_seconds: float = 20) -> Fetched:
    return fetch(address, max_bytes=LIMIT, max_seconds=max_seconds, allowed=allowed)


def refusal(address: str, *, allowed: tuple[str, ...] = HERE, max_seconds: float = 20) -> FetchError:
    with pytest.raises(FetchError) as refused:
        fetched(address, allowed=allowed, max_seconds=max_seconds)
    assert re.fullmatch(r"[A-Z].*\.", str(refused.value))
    return refused.value


class Names:
    """A name server that may lie. It stands where the system's resolver stood; numbers are left as they are.

    To it, ``site.test`` is this machine.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Iterator[list[str]]] = {}
        self.says("site.test", ["127.0.0.1"])
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def says(self, name: str, *answers: list[str]) -> None:
        self.answers[name] = itertools.chain(answers, itertools.repeat(answers[-1]))

    def _look_up(self, name: str, port: int | None, *args: int, **options: int) -> list:
        if name.rstrip(".") not in self.answers:
            return self._real(name, port, *args, **options)
        self.asked.append(name)
        found = next(self.answers[name.rstrip(".")])
        return [(socket.AF_INET6 if ":" in it else socket.AF_INET, 1, 6, "", (it, port or 0)) for it in found]
