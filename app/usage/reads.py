"""How often summaries were read, and what each read that needed no call would have cost as one.

A read is a *miss* when it is the first of a summary that somebody asked for: that is what the call was for. Every
other is a *hit*, and worth what the calls cost that made the summary, as the ledger has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Subquery, func, select, true

from app.extensions import db
from app.llm import OFFLINE_MODEL
from app.models import LedgerEntry, Readership, Summary
from app.models.summary import IN_ADVANCE
from app.usage.period import Month


@dataclass(frozen=True)
class Read:
    """The reads of one summary on one day."""

    day: date
    summary_id: int
    document_id: int
    model: str  # empty when the summary is deleted, and no call of it is in the ledger
    prompt_version: str
    reads: int
    cached: int  # of the hits, those that the cache answered
    misses: int
    worth: int | None  # micro-dollars of a hit; None where nobody knew the price

    @property
    def hits(self) -> int:
        return self.reads - self.misses

    @property
    def stored(self) -> int:
        """Of the hits, those that the database answered."""
        return self.hits - self.cached

    @property
    def saved(self) -> int:
        return self.hits * (self.worth or 0)


def reads_in(month: Month, owner_id: int | None) -> list[Read]:
    """Every read of the month.

    :param owner_id: of whose documents; None for everybody's.
    """
    counts = _counts(month, owner_id)
    first, made = _first_days(counts), _making(counts)
    rows = db.session.execute(
        select(
            counts.c.day,
            counts.c.summary_id,
            counts.c.document_id,
            func.coalesce(Summary.model, made.c.model, ""),
            func.coalesce(Summary.prompt_version, made.c.prompt_version, ""),
            func.coalesce(Summary.purpose, made.c.purpose, ""),
            counts.c.reads,
            counts.c.cached,
            first.c.day,
            made.c.cost,
            made.c.unpriced,
        )
        .outerjoin(Summary, Summary.id == counts.c.summary_id)
        .outerjoin(first, first.c.summary_id == counts.c.summary_id)
        .outerjoin(made, made.c.summary_id == counts.c.summary_id)
        .order_by(counts.c.day, counts.c.summary_id)
    )
    return [_read(tuple(row)) for row in rows]


def _counts(month: Month, owner_id: int | None) -> Subquery:
    common = (Readership.day, Readership.summary_id, Readership.document_id)
    return (
        select(*common, func.sum(Readership.reads).label("reads"), func.sum(Readership.cached).label("cached"))
        .where(Readership.day >= month.first_day, Readership.day < month.ends_at.date())
        .where(true() if owner_id is None else Readership.owner_id == owner_id)
        .group_by(*common)
        .subquery()
    )


def _first_days(counts: Subquery) -> Subquery:
    """On which day each of the summaries was read first, in whichever month."""
    return (
        select(Readership.summary_id, func.min(Readership.day).label("day"))
        .where(Readership.summary_id.in_(select(counts.c.summary_id)))
        .group_by(Readership.summary_id)
        .subquery()
    )


def _making(counts: Subquery) -> Subquery:
    """What each of the summaries cost to make."""
    return (
        select(
            LedgerEntry.summary_id,
            func.sum(LedgerEntry.cost).label("cost"),
            (func.count(LedgerEntry.id) - func.count(LedgerEntry.cost)).label("unpriced"),
            func.max(LedgerEntry.model).label("model"),
            func.max(LedgerEntry.prompt_version).label("prompt_version"),
            func.max(LedgerEntry.purpose).label("purpose"),
        )
        .where(LedgerEntry.summary_id.in_(select(counts.c.summary_id)), LedgerEntry.outcome == "complete")
        .group_by(LedgerEntry.summary_id)
        .subquery()
    )


def _read(row: Sequence[Any]) -> Read:
    day, summary_id, document_id, model, prompt_version, purpose, reads, cached, first_day, cost, unpriced = row
    misses = int(day == first_day and purpose not in IN_ADVANCE)
    known = model == OFFLINE_MODEL or (cost is not None and not unpriced)
    return Read(
        day=day,
        summary_id=summary_id,
        document_id=document_id,
        model=model,
        prompt_version=prompt_version,
        reads=int(reads),
        cached=min(int(cached), int(reads) - misses),
        misses=misses,
        worth=int(cost or 0) if known else None,
    )
