"""What was spent on a purpose, what is reserved for what is under way, and what is left. In micro-dollars."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, func, select, true

from app.database import utcnow
from app.extensions import db
from app.llm.prices import DOLLAR
from app.models import LedgerEntry, Purpose, Summary
from app.models.work import IN_PROGRESS


def left_for_warming() -> int | None:
    """What may still be spent this calendar month (UTC) on summaries in advance; None where no budget is set."""
    allowed = current_app.config["SETTINGS"].warming_budget
    if allowed is None:
        return None
    month = LedgerEntry.created_at >= _month_start()
    return int(allowed * DOLLAR) - committed(Purpose.WARMING, month, true())


def is_used_up_by(summary: Summary) -> bool:
    """Whether another attempt at what was made in advance would pass the budget: those before cost something too."""
    if summary.purpose != Purpose.WARMING or not summary.attempt:
        return False
    left = left_for_warming()
    return left is not None and left < 0


def committed(purpose: Purpose, calls: ColumnElement[bool], rows: ColumnElement[bool]) -> int:
    """The cost of every call for *purpose*, failed ones too, and the estimates of what is asked for and not ended.

    :param calls: which ledger entries count.
    :param rows: which summaries count.
    """
    spent = select(func.coalesce(func.sum(LedgerEntry.cost), 0)).where(LedgerEntry.purpose == purpose, calls)
    reserved = select(func.coalesce(func.sum(Summary.estimate), 0)).where(
        Summary.purpose == purpose, Summary.status.in_(IN_PROGRESS), rows
    )
    # In one look: what ends between two would be in neither.
    return int(db.session.scalar(select(spent.scalar_subquery() + reserved.scalar_subquery())) or 0)


def _month_start() -> datetime:
    return utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
