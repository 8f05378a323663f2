"""The sums as they are kept: read and written in groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, insert, select

from app.extensions import db
from app.models import UsageSum
from app.usage.sums import FIGURES, Sum

_COLUMNS = (UsageSum.name, UsageSum.waits, *(getattr(UsageSum, name) for name in FIGURES))
_LARGEST_FIRST = (UsageSum.cost.desc(), UsageSum.reads.desc(), UsageSum.name.desc())


class Group(NamedTuple):
    """Sums that were added up by the same, and stand beside each other."""

    month: date
    owner_id: int
    kind: str

    @property
    def is_theirs(self) -> ColumnElement[bool]:
        return (UsageSum.month == self.month) & (UsageSum.owner_id == self.owner_id) & (UsageSum.kind == self.kind)


def read(group: Group, *which: ColumnElement[bool], most: int | None = None) -> dict[str, Sum]:
    """Those that *which* names, by their names: what cost most, and then what was read most, first."""
    theirs = select(*_COLUMNS).where(group.is_theirs, *which)
    rows = db.session.execute(theirs.order_by(*_LARGEST_FIRST).limit(most))
    return {name: _sum(waits, figures) for name, waits, *figures in map(tuple, rows)}


def _sum(waits: list[Any], figures: Sequence[int]) -> Sum:
    return Sum.of({"waits": waits, **dict(zip(FIGURES, figures, strict=True))})


def write(group: Group, sums: Mapping[str, Sum]) -> int:
    """Put *sums* in the place of those of the same names, a sum of nothing being no row; how many there are."""
    theirs = delete(UsageSum).where(group.is_theirs, UsageSum.name.in_(list(sums)))
    db.session.execute(theirs.execution_options(synchronize_session=False))
    rows = [{**group._asdict(), "name": name, **one.whole()} for name, one in sums.items() if one.kept()]
    if rows:
        db.session.execute(insert(UsageSum), rows)
    return len(rows)
