"""Figures that are added up."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import accumulate
from typing import Any

from app.usage.reads import Read
from app.usage.spending import Spent


@dataclass
class Sum:
    """Calls, what they cost, and the reads that came of them."""

    calls: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: int = 0
    cost: int = 0
    reads: int = 0
    cached: int = 0
    stored: int = 0
    misses: int = 0
    worth: int = 0  # of the hits
    unvalued: int = 0  # hits on what was made at a price that nobody knew
    waits: Counter[int] = field(default_factory=Counter)  # how many waited for so many hundredths of a second

    @property
    def hits(self) -> int:
        return self.reads - self.misses

    @property
    def hit_rate(self) -> float | None:
        """From 0 to 1; None where nothing was read."""
        return self.hits / self.reads if self.reads else None

    def waited(self, share: int) -> float | None:
        """Seconds that *share* percent of those who asked waited at most; None where nobody did."""
        return percentile(self.waits, share)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    # -- adding ----------------------------------------------------------------------------------------

    def add(self, other: Sum, times: int = 1) -> None:
        """:param times: -1 to take it away again."""
        for name in FIGURES:
            if figure := getattr(other, name):
                setattr(self, name, getattr(self, name) + times * figure)
        for hundredths, count in other.waits.items():
            self.waits[hundredths] += times * count

    def spend(self, spent: Spent) -> None:
        self.calls += spent.calls
        self.unpriced += spent.unpriced
        self.input_tokens += spent.input_tokens
        self.output_tokens += spent.output_tokens
        self.estimated += spent.estimated
        self.cost += spent.cost

    def read(self, read: Read) -> None:
        self.reads += read.reads
        self.cached += read.cached
        self.stored += read.stored
        self.misses += read.misses
        self.worth += read.hits * (read.worth or 0)
        self.unvalued += read.hits if read.worth is None else 0

    def wait(self, seconds: float) -> None:
        self.waits[hundredths(seconds)] += 1

    # -- as it is kept ---------------------------------------------------------------------------------

    def whole(self) -> dict[str, Any]:
        """All of it, the waits as two lists: how long, and how many. They are read much faster than one of pairs."""
        waits = sorted((hundredths, count) for hundredths, count in self.waits.items() if count)
        return {**vars(self), "waits": list(map(list, zip(*waits, strict=True)))}

    def kept(self) -> dict[str, Any]:
        """What is not nothing of it."""
        return {name: value for name, value in self.whole().items() if value}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Sum:
        waits = kept.get("waits") or ((), ())
        return cls(**{**kept, "waits": Counter(dict(zip(*waits, strict=True)))})


FIGURES = tuple(one.name for one in fields(Sum) if one.name != "waits")


def hundredths(seconds: float) -> int:
    """As exact as a wait is shown: to a hundredth of a second, and from ten seconds on to a whole one."""
    return round(seconds * 100) if seconds < 10 else round(seconds) * 100


def percentile(waits: Mapping[int, int], share: int) -> float | None:
    """The seconds that *share* percent of *waits* do not pass (the nearest rank); None of none."""
    values = sorted(waits)
    reached = list(accumulate(waits[value] for value in values))  # how many waited so long, or less
    rank = max(1, math.ceil(reached[-1] * share / 100)) if reached else 0
    return values[bisect_left(reached, rank)] / 100 if reached else None
