"""Counts that many threads write in the same moment, written by one of them for all.

To write one in Redis takes a thread as long as everything else about a page that is kept, and each has to wait for the
interpreter before and after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock


@dataclass
class _Batch:
    counts: Counter[str] = field(default_factory=Counter)
    written: Event = field(default_factory=Event)


class Together:
    """While one batch is being written the next collects, and whoever began that one writes it.

    Who comes alone writes alone and at once.
    """

    def __init__(self, write: Callable[[Mapping[str, int]], None]) -> None:
        """Counts that *write* puts where they are kept. What it raises, it raises for whoever began the batch."""
        self._write = write
        self._next: _Batch | None = None
        self._collecting, self._writing = Lock(), Lock()

    def add(self, name: str) -> None:
        """Count one more of *name*; it has been written, or could not be, when this returns."""
        with self._collecting:
            begins = self._next is None
            batch = self._next = self._next or _Batch()
            batch.counts[name] += 1
        if not begins:
            batch.written.wait()
            return
        try:
            with self._writing:
                with self._collecting:
                    self._next = None
                self._write(batch.counts)
        finally:
            batch.written.set()
