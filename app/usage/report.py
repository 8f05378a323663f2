"""A month's usage, added up. What was saved follows from the ledger line by line:

    without Foreword  =  what the first reads cost  +  what the hits are worth
    saved             =  what the hits are worth    −  what was spent on anything but first reads
    spent             =  without Foreword           −  saved

So a summary that was made in advance and never read, and a call that failed, count against what was saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice

from sqlalchemy import false

from app.extensions import db
from app.models import UsageSum
from app.models.usage_sum import EVERYBODY, GONE, Kind
from app.usage import table
from app.usage.period import Month
from app.usage.settling import settle_all
from app.usage.spending import Use
from app.usage.sums import Sum
from app.usage.table import Group

MOST_RANKED = 25  # of what there may be any number of; what is left is added up in one


@dataclass
class Ranked:
    """The sums of one kind: the largest, and all that are left together."""

    first: dict[str, Sum]
    left: int = 0  # how many are in:
    others: Sum = field(default_factory=Sum)
    gone: Sum = field(default_factory=Sum)  # of documents that were deleted since


class Report:
    def __init__(self, month: Month, owner_id: int) -> None:
        self.month = month
        self._owner_id = owner_id

    @cached_property
    def total(self) -> Sum:
        return _together(self.by_model.values())

    @cached_property
    def by_use(self) -> dict[Use, Sum]:
        """Where the money went."""
        found = table.read(self._group(Kind.USE))
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
        found = table.read(self._group(Kind.DAY))
        return {day: found.get(day.isoformat(), Sum()) for day in self.month.days}

    @cached_property
    def by_document(self) -> Ranked:
        """By its id."""
        return self._ranked(Kind.DOCUMENT)

    @cached_property
    def by_person(self) -> Ranked:
        """By the id of who asked, or one of the names in ``app.usage.shares``; without reads."""
        return self._ranked(Kind.PERSON)

    @cached_property
    def by_model(self) -> dict[str, Sum]:
        return table.read(self._group(Kind.MODEL))

    @cached_property
    def by_prompt_version(self) -> dict[str, Sum]:
        return table.read(self._group(Kind.PROMPT))

    @cached_property
    def waits(self) -> dict[str, Sum]:
        """Parts of what people waited, by the names in ``app.usage.shares``; the whole of it is in the total."""
        return table.read(self._group(Kind.WAIT))

    @cached_property
    def _rows(self) -> dict[str, Sum]:
        """As calls, how many sums of each kind there are."""
        return table.read(self._group(Kind.ROWS))

    @property
    def is_empty(self) -> bool:
        return not self.by_model

    def _ranked(self, kind: Kind) -> Ranked:
        is_gone = (UsageSum.name == GONE) if kind == Kind.DOCUMENT else false()
        first = table.read(self._group(kind), ~is_gone, most=MOST_RANKED + 1)
        gone = table.read(self._group(kind), is_gone)
        left = self._rows.get(kind, Sum()).calls - len(gone) - MOST_RANKED
        if left <= 1:  # one that is left is not put behind a number
            return Ranked(first, gone=_together(gone.values()))
        first = dict(islice(first.items(), MOST_RANKED))
        others = _together([self.total])
        for one in (*first.values(), *gone.values()):
            others.add(one, -1)
        return Ranked(first, left, others, _together(gone.values()))

    def _group(self, kind: Kind) -> Group:
        return Group(self.month.first_day, self._owner_id, kind)


def report(month: Month, owner_id: int | None = None) -> Report:
    """The usage of a month, as it is now. Commits, where the sums had to be brought up to date.

    :param owner_id: of whose documents; None for everybody's.
    """
    settle_all()
    _look_at_one_moment()
    return Report(month, EVERYBODY if owner_id is None else owner_id)


def _look_at_one_moment() -> None:
    """Or what is settled between two looks would be in one table of a page and not in another, as never on SQLite."""
    if db.engine.dialect.name == "postgresql":
        db.session.rollback()
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _together(sums: Iterable[Sum]) -> Sum:
    found = Sum()
    for one in sums:
        found.add(one)
    return found
