"""Only so many requests of one kind at once, the others after them in the order in which they came.

Threads that work at the same time share one interpreter and a few connections to the database. Of two hundred presses
in the same moment each would take as long as all of them, and so would every poll between them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Event, Lock

from flask.typing import ResponseReturnValue

View = Callable[..., ResponseReturnValue]


class Turns:
    """As a semaphore, but first come, first served: whoever frees a turn hands it to the one who waits longest."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        if given := self._given_later():
            given.wait()
        try:
            yield
        finally:
            self._hand_on()

    def _given_later(self) -> Event | None:
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            self._waiting.append(given := Event())
            return given

    def _hand_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


def taking_turns(at_once: int) -> Callable[[View], View]:
    """A view that so many threads of one process answer at once."""
    turns = Turns(at_once)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*arguments: object, **named: object) -> ResponseReturnValue:
            with turns.turn():
                return view(*arguments, **named)

        return answer

    return decorate
