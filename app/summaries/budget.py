"""What was spent on a purpose, what is reserved for what is under way, and what is left. In micro-dollars."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from app.database import utcnow
from app.extensions import db
from app.llm.prices import DOLLAR
from app.models import LedgerEntry, Purpose, Summary
from app.models.summary import IN_PROGRESS


def left_for_warming() -> int | None:
    """What may still be spent this calendar month (UTC) on summaries in advance; None where no budget is set."""
    allowed = current_app.config["SETTINGS"].warming_budget
    if allowed is None:
        return None
    return int(allowed * DOLLAR) - spent(Purpose.WARMING, _month_start()) - reserved(Purpose.WARMING)


def spent(purpose: Purpose, since: datetime) -> int:
    """The cost of every call for *purpose*, also of those that failed."""
    total = func.coalesce(func.sum(LedgerEntry.cost), 0)
    return int(
        db.session.scalar(select(total).where(LedgerEntry.purpose == purpose, LedgerEntry.created_at >= since)) or 0
    )


def reserved(purpose: Purpose) -> int:
    """The estimates of what is asked for and not ended."""
    total = func.coalesce(func.sum(Summary.estimate), 0)
    return int(db.session.scalar(select(total).where(Summary.purpose == purpose, Summary.status.in_(IN_PROGRESS))) or 0)


def _month_start() -> datetime:
    return utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
