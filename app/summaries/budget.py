"""What may be spent in a calendar month, what was, what is reserved for what is under way, and what is left.

The whole site, each person and what is made in advance may have a budget each; whatever is asked for must fit into
every one that applies. All amounts are micro-dollars, all months begin at midnight UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, select, true

from app.config import Settings
from app.database import in_turn, utcnow
from app.extensions import db
from app.llm.prices import DOLLAR
from app.models import LedgerEntry, Purpose, Summary, UsageMark, UsageSum, User
from app.models.summary import IN_ADVANCE
from app.models.usage_sum import EVERYBODY, Kind
from app.models.work import IN_PROGRESS


class Scope(StrEnum):
    SITE = "site"
    PERSON = "person"
    WARMING = "warming"


@dataclass(frozen=True)
class Budget:
    """One budget in the present month."""

    scope: Scope
    allowed: int
    committed: int  # spent, or reserved for what is under way
    renewed_on: date  # when the next month begins

    @property
    def left(self) -> int:
        return self.allowed - self.committed


@dataclass(frozen=True)
class Refusal:
    """Why a summary may not be asked for at present."""

    budget: Budget
    estimate: int | None  # of what was asked for; None where no price is known, so that no budget can be kept


class OverBudget(Exception):
    """It would cost more than is left."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the budget of the {refusal.budget.scope} is used up")
        self.refusal = refusal


def reserve(estimate: int | None, purpose: Purpose, by: User | None) -> None:
    """Make sure that it fits into every budget that applies, until this transaction ends.

    The row that is inserted before the commit is the reservation, by its estimate; its end is the release. Whoever
    asks at the same time waits for that commit, so any number of requests at once cannot pass a budget together.

    :raises OverBudget: when it does not.
    """
    if estimate == 0 or not _are_set(purpose, by):
        return
    in_turn("budget")
    if refused := refusal(estimate, purpose, by):
        raise OverBudget(refused)


def refusal(estimate: int | None, purpose: Purpose, by: User | None) -> Refusal | None:
    """Why it may not be asked for now, or None if it may."""
    if estimate == 0:
        return None
    for budget in applying(purpose, by):
        if estimate is None or estimate > budget.left:
            return Refusal(budget, estimate)
    return None


def applying(purpose: Purpose, by: User | None) -> list[Budget]:
    """Every budget that is set for what is asked for with this *purpose*, by somebody or nobody, narrowest first."""
    return [
        Budget(scope, allowed, _committed_of(scope, by), _next_month())
        for scope, allowed in _allowances(purpose, by)
        if allowed is not None
    ]


def is_used_up_by(summary: Summary) -> bool:
    """Whether another attempt would pass a budget: those before cost something too."""
    if not summary.attempt or summary.estimate == 0:
        return False
    by = db.session.get(User, summary.requested_by_id) if summary.requested_by_id else None
    return any(budget.left < 0 for budget in applying(Purpose(summary.purpose), by))


def left_for_warming() -> int | None:
    """What may still be spent on summaries in advance; None where no budget is set."""
    budgets = applying(Purpose.WARMING, None)
    return min((budget.left for budget in budgets), default=None)


def allowed_to(person: User) -> int | None:
    """What this person may spend in a month; None for any amount."""
    settings: Settings = current_app.config["SETTINGS"]
    return person.monthly_budget if person.monthly_budget is not None else _micro(settings.person_budget)


def committed(calls: ColumnElement[bool], rows: ColumnElement[bool]) -> int:
    """The cost of every call, failed ones too, and the estimates of what is asked for and not ended.

    :param calls: which ledger entries count.
    :param rows: which summaries count.
    """
    return _in_one_look(select(func.coalesce(func.sum(LedgerEntry.cost), 0)).where(calls), _reserved(rows))


def _reserved(rows: ColumnElement[bool]) -> Select[Any]:
    return select(func.coalesce(func.sum(Summary.estimate), 0)).where(Summary.status.in_(IN_PROGRESS), rows)


def _in_one_look(*sums: Select[Any]) -> int:
    """All of them together: what ends, or is settled, between two looks would be in neither."""
    columns = db.session.execute(select(*(one.scalar_subquery() for one in sums))).one()
    return sum(map(int, columns))


def month_start() -> datetime:
    return utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _allowances(purpose: Purpose, by: User | None) -> list[tuple[Scope, int | None]]:
    settings: Settings = current_app.config["SETTINGS"]
    found: list[tuple[Scope, int | None]] = []
    if by is not None and purpose not in IN_ADVANCE:
        found.append((Scope.PERSON, allowed_to(by)))
    if purpose == Purpose.WARMING:
        found.append((Scope.WARMING, _micro(settings.warming_budget)))
    return [*found, (Scope.SITE, _micro(settings.monthly_budget))]


def _are_set(purpose: Purpose, by: User | None) -> bool:
    return any(allowed is not None for _, allowed in _allowances(purpose, by))


def _committed_of(scope: Scope, by: User | None) -> int:
    if scope == Scope.WARMING:
        return _this_month(scope, UsageMark.purpose == Purpose.WARMING, Summary.purpose == Purpose.WARMING)
    if scope == Scope.PERSON and by is not None:
        return _this_month(_name_of(by.id), UsageMark.user_id == by.id, Summary.requested_by_id == by.id)
    return _this_month(Scope.SITE, true(), true())


def names(purpose: str | None, user_id: int | None) -> Iterator[str]:
    """Of each sum of a month that the cost of a call belongs to."""
    yield Scope.SITE
    if purpose == Purpose.WARMING:
        yield Scope.WARMING
    if user_id is not None:
        yield _name_of(user_id)


def _name_of(user_id: int) -> str:
    return f"{Scope.PERSON} {user_id}"


def _this_month(name: str, calls: ColumnElement[bool], rows: ColumnElement[bool]) -> int:
    """The same of this month: its sum, which is kept, and what was added to the ledger since that was done.

    :param calls: which marks of entries count, the sum under this *name* being of such entries.
    """
    start = month_start()
    kept = select(func.coalesce(func.sum(UsageSum.cost), 0)).where(
        UsageSum.month == start.date(),
        UsageSum.owner_id == EVERYBODY,
        UsageSum.kind == Kind.BUDGET,
        UsageSum.name == name,
    )
    new = select(func.coalesce(func.sum(UsageMark.cost), 0)).where(UsageMark.moment >= start, calls)
    return _in_one_look(kept, new, _reserved(rows))


def _next_month() -> date:
    start = month_start()
    return datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC).date()


def _micro(dollars: Decimal | None) -> int | None:
    return None if dollars is None else int(dollars * DOLLAR)
