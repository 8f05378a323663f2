"""Brings the sums up to date with what is marked as changed.

Whoever looks at usage does this first, so what is shown is exact at every moment; the sweeper does it all the time, so
that there is little left to do. What a summary added before is taken from the sums, and what it adds now is added, all
in one transaction with the end of its marks. A mark that is left meanwhile stays, and the summary has its turn again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert, select

from app.database import begin_to_write, in_turn, one_at_a_time, only_read_on, only_reading
from app.extensions import db
from app.models import UsageMark, UsageShare, UsageSum
from app.models.usage_sum import EVERYBODY, Kind
from app.summaries import budget
from app.usage import table
from app.usage.shares import Key, Share, kept, share_of, shares_of
from app.usage.sums import Sum
from app.usage.table import Group

MOST = 1000  # marks at once: a fraction of a second
LONGEST_SECONDS = 0.5  # of a sweep, which has other things to do


def settle_all() -> None:
    """Bring the sums up to date before they are looked at. Commits, where there is anything to do."""
    if not _is_anything_marked():
        return
    begin_to_write()
    in_turn("usage")
    while _settle():
        in_turn("usage")
    only_read_on()


def settle_some(seconds: float = LONGEST_SECONDS) -> bool:
    """The sweeper's part, for so long at most; whether there was no time for more. Commits."""
    until = time.monotonic() + seconds
    while more := _is_anything_marked_by_now() and one_at_a_time("usage"):
        if time.monotonic() > until:
            break
        _settle()
    db.session.rollback()
    return more


def _is_anything_marked_by_now() -> bool:
    """The same, without a look at it that keeps others from writing to SQLite."""
    with only_reading():
        return _is_anything_marked()


def _is_anything_marked() -> bool:
    return db.session.scalar(select(UsageMark.id).limit(1)) is not None


def _settle() -> bool:
    """Take up what is marked, and commit; whether there may be more."""
    # By summary, so that one with many marks has its turn once.
    marks = db.session.scalars(select(UsageMark).order_by(UsageMark.summary_id).limit(MOST)).all()
    changes = _changes(sorted({mark.summary_id for mark in marks}))
    _spend_of_budgets(changes, marks)
    _write(_write(changes))
    db.session.execute(delete(UsageMark).where(UsageMark.id.in_([mark.id for mark in marks])))
    db.session.commit()
    return len(marks) == MOST


def _changes(summary_ids: Sequence[int]) -> Share:
    """What is to be added to the sums now, and keeps what each summary has added by then."""
    found: Share = defaultdict(Sum)
    of_these = UsageShare.summary_id.in_(summary_ids)
    rows = db.session.execute(select(UsageShare.summary_id, UsageShare.sums).where(of_these))
    before: dict[int, list[Any]] = dict(map(tuple, rows))
    after = shares_of(summary_ids)
    changed = {one: sums for one, share in after.items() if (sums := kept(share)) != before.get(one, [])}
    for summary_id in changed:
        _add(found, share_of(before.get(summary_id, [])), -1)
        _add(found, after[summary_id], 1)
    db.session.execute(delete(UsageShare).where(UsageShare.summary_id.in_(list(changed))))
    if some := [{"summary_id": one, "sums": sums} for one, sums in changed.items() if sums]:
        db.session.execute(insert(UsageShare), some)
    return found


def _add(found: Share, share: Share, times: int) -> None:
    for key, one in share.items():
        for owner_id in {key.owner_id, EVERYBODY}:
            found[key._replace(owner_id=owner_id)].add(one, times)


def _spend_of_budgets(changes: Share, marks: Iterable[UsageMark]) -> None:
    for mark in marks:
        if mark.cost and mark.moment:
            month = mark.moment.astimezone(UTC).date().replace(day=1)
            for name in budget.names(mark.purpose, mark.user_id):
                changes[Key(month, EVERYBODY, Kind.BUDGET, name)].cost += mark.cost


def _write(changes: Share) -> Share:
    """Add *changes* to the sums. What that changes of how many sums of each kind there are."""
    counts: Share = defaultdict(Sum)
    real = sorted(key for key, change in changes.items() if change.kept())
    for group, keys in groupby(real, lambda key: Group(*key[:3])):
        names = [key.name for key in keys]
        sums = table.read(group, UsageSum.name.in_(names))
        before = len(sums)
        for name in names:
            sums.setdefault(name, Sum()).add(changes[Key(*group, name)])
        counts[Key(group.month, group.owner_id, Kind.ROWS, group.kind)].calls += table.write(group, sums) - before
    return counts
