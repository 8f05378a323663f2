"""A month's usage, added up. What was saved follows from the ledger line by line:

    without Foreword  =  what the first reads cost  +  what the hits are worth
    saved             =  what the hits are worth    −  what was spent on anything but first reads
    spent             =  without Foreword           −  saved

So a summary that was made in advance and never read, and a call that failed, count against what was saved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from app.usage.period import Month
from app.usage.reads import Read, reads_in
from app.usage.spending import Spent, Use, spent_in
from app.usage.waits import Wait, percentile, waits_in

Key = TypeVar("Key", bound=Hashable)


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
    waits: list[float] = field(default_factory=list)  # seconds, each from asking for a summary to having it

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

    def add(self, other: Sum) -> None:
        for figure in fields(self):
            setattr(self, figure.name, getattr(self, figure.name) + getattr(other, figure.name))

    def wait(self, wait: Wait) -> None:
        self.waits.append(wait.whole)

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
        self.worth += read.worth
        self.unvalued += read.unvalued


@dataclass(frozen=True)
class Report:
    month: Month
    spent: list[Spent]
    reads: list[Read]
    waits: list[Wait]

    @cached_property
    def total(self) -> Sum:
        return _by(lambda _: None, self.spent, self.reads, self.waits)[None]

    @cached_property
    def by_use(self) -> dict[Use, Sum]:
        """Where the money went."""
        found = _by(lambda spent: spent.use, self.spent)
        return {use: found.get(use, Sum()) for use in Use}

    @property
    def without(self) -> int:
        """What every read would have cost as a call of its own."""
        return self.by_use[Use.FIRST].cost + self.total.worth

    @property
    def saved(self) -> int:
        """Negative where more was spent than any read was worth."""
        return self.without - self.total.cost

    @cached_property
    def by_day(self) -> dict[date, Sum]:
        found = _by(lambda one: one.day, self.spent, self.reads, self.waits)
        return {day: found.get(day, Sum()) for day in self.month.days}

    @cached_property
    def by_document(self) -> dict[int | None, Sum]:
        """By its id; None for the calls of what was deleted, whose reads still have theirs."""
        return _largest(_by(lambda one: one.document_id, self.spent, self.reads, self.waits))

    @cached_property
    def by_person(self) -> dict[tuple[int | None, bool], Sum]:
        """By who asked, and whether nobody did since it was made in advance."""
        by_asker = _by(lambda one: (one.user_id, False), [], [], self.waits)
        for call in self.spent:
            by_asker[call.user_id, call.in_advance and not call.user_id].spend(call)
        return _largest(by_asker)

    @cached_property
    def by_model(self) -> dict[str, Sum]:
        return _largest(_by(lambda one: one.model, self.spent, self.reads, self.waits))

    @cached_property
    def by_prompt_version(self) -> dict[str, Sum]:
        return _largest(_by(lambda one: one.prompt_version, self.spent, self.reads, self.waits))

    @property
    def is_empty(self) -> bool:
        return not self.spent and not self.reads and not self.waits


def report(month: Month, owner_id: int | None = None) -> Report:
    """The usage of a month.

    :param owner_id: of whose documents; None for everybody's.
    """
    return Report(month, spent_in(month, owner_id), reads_in(month, owner_id), waits_in(month, owner_id))


def _by(
    what: Callable[[Any], Key], spent: Iterable[Spent], reads: Iterable[Read] = (), waits: Iterable[Wait] = ()
) -> defaultdict[Key, Sum]:
    found: defaultdict[Key, Sum] = defaultdict(Sum)
    for call in spent:
        found[what(call)].spend(call)
    for read in reads:
        found[what(read)].read(read)
    for wait in waits:
        found[what(wait)].wait(wait)
    return found


def _largest(found: dict[Key, Sum]) -> dict[Key, Sum]:
    """What cost most, and then what was read most, first."""
    return dict(sorted(found.items(), key=lambda item: (-item[1].cost, -item[1].reads, str(item[0]))))
