"""Answers that one process keeps for a moment, with gaps for what differs from request to request."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from threading import Event, Lock
from typing import Literal

from flask import Response, after_this_request

LONGEST_WAIT_SECONDS = 1.0  # for the first of many who ask the same
MOST_CHARACTERS = 8_000_000  # in one process

Kind = Literal["page", "poll", "press"]


@dataclass(frozen=True)
class Kept:
    """An answer with its gaps: every other piece is the name of what is to be put there."""

    pieces: tuple[str, ...]
    until: float
    kind: Kind
    state: str
    key: str
    summary_id: int  # of the summary that it brings whole, which is then read; 0 where it brings none

    @property
    def texts(self) -> tuple[str, ...]:
        return self.pieces[::2]

    @property
    def gaps(self) -> tuple[str, ...]:
        return self.pieces[1::2]

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def filled(self, fillings: Mapping[str, str]) -> str:
        return "".join(fillings[piece] if number % 2 else piece for number, piece in enumerate(self.pieces))


def cut(html: str, gaps: Sequence[tuple[str, str]]) -> list[str]:
    """*html* without its *gaps*, and their names between. Their pattern would be compiled each time: a millisecond."""
    if not gaps:
        return [html]
    (found, name), *others = gaps
    pieces = ([name, *cut(text, others)] for text in html.split(found))
    return list(chain.from_iterable(pieces))[1:]


@dataclass
class Shelf:
    """What one process keeps. The oldest goes first when there is too much."""

    kept: dict[str, Kept] = field(default_factory=dict)
    size: int = 0
    making: dict[str, Event] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def find_or_begin(self, name: str) -> tuple[Kept | None, bool]:
        """What is kept; of many who find nothing in the same moment all but the first wait for what that one makes.

        None for the first, and for all whom its answer does not fit. And whether it was waited for.
        """
        if found := self.find(name):
            return found, False
        with self.lock:
            begun = self.making.get(name)
            if begun is None:
                self.making[name] = Event()
        if begun is None:
            after_this_request(partial(self._end, name))
        elif not begun.wait(LONGEST_WAIT_SECONDS):
            self._end(name)  # so that nobody waits for it again, whatever became of it
        return self.find(name), begun is not None

    def _end(self, name: str, response: Response | None = None) -> Response | None:
        with self.lock:
            begun = self.making.pop(name, None)
        if begun:
            begun.set()
        return response

    def find(self, name: str) -> Kept | None:
        found = self.kept.get(name)
        return found if found and found.until > time.monotonic() else None

    def put(self, name: str, kept: Kept) -> None:
        with self.lock:
            self._drop(name)
            self.kept[name] = kept
            self.size += kept.size
            now = time.monotonic()
            for oldest in list(self.kept):
                if self.size <= MOST_CHARACTERS and self.kept[oldest].until > now:
                    break
                self._drop(oldest)

    def _drop(self, name: str) -> None:
        dropped = self.kept.pop(name, None)
        self.size -= dropped.size if dropped else 0
