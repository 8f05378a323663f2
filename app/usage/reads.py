"""How often summaries were read, and what each read that needed no call would have cost as one.

A read is a *miss* when it is the first of a summary that somebody asked for: that is what the call was for. Every
other is a *hit*, and worth what the calls cost that made the summary, as the ledger has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Subquery, and_, case, func, select

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
    owner_id: int
    model: str  # empty when the summary is deleted, and no call of it is in the ledger
    prompt_version: str
    reads: int
    cached: int  # of the hits, those that the cache answered; the database answered the others
    misses: int
    worth: int | None  # micro-dollars of each hit; None where nobody knew the price

    @property
    def hits(self) -> int:
        return self.reads - self.misses

    @property
    def stored(self) -> int:
        """Of the hits, those that the database answered."""
        return self.hits - self.cached


def each_read_in(month: Month, owner_id: int | None) -> Iterator[Read]:
    """Every read of the month.

    :param owner_id: of whose documents; None for everybody's.
    """
    in_time = (Readership.day >= month.first_day) & (Readership.day < month.ends_at.date())
    return _each(in_time if owner_id is None else in_time & (Readership.owner_id == owner_id))


def reads_of(summary_ids: Collection[int]) -> Iterator[Read]:
    """Every read of these summaries, in whichever month."""
    return _each(Readership.summary_id.in_(summary_ids))


def _each(which: ColumnElement[bool]) -> Iterator[Read]:
    """For each summary and day: its reads, how each was answered, and what a hit is worth."""
    counts = _counts(which)
    first, made = _first_days(counts), _making(counts)
    model = func.coalesce(Summary.model, made.c.model, "")
    purpose = func.coalesce(Summary.purpose, made.c.purpose, "")
    misses = case((and_(counts.c.day == first.c.day, purpose.not_in(IN_ADVANCE)), 1), else_=0)
    hits = counts.c.reads - misses
    rows = db.session.execute(
        select(
            counts.c.day,
            counts.c.summary_id,
            counts.c.document_id,
            counts.c.owner_id,
            model,
            func.coalesce(Summary.prompt_version, made.c.prompt_version, ""),
            counts.c.reads,
            case((counts.c.cached < hits, counts.c.cached), else_=hits),
            misses,
            case((model == OFFLINE_MODEL, 0), (made.c.unpriced == 0, made.c.cost)),
        )
        .outerjoin(Summary, Summary.id == counts.c.summary_id)
        .outerjoin(first, first.c.summary_id == counts.c.summary_id)
        .outerjoin(made, made.c.summary_id == counts.c.summary_id)
        .order_by(counts.c.day, counts.c.summary_id)
    )
    return (_read(*row) for row in map(tuple, rows))


def _read(*row: Any) -> Read:
    day, summary_id, document_id, owner_id, model, prompt_version, reads, cached, misses, worth = row
    return Read(
        day=day,
        summary_id=summary_id,
        document_id=document_id,
        owner_id=owner_id,
        model=model,
        prompt_version=prompt_version,
        reads=int(reads),
        cached=int(cached),
        misses=int(misses),
        worth=None if worth is None else int(worth),
    )


def _counts(which: ColumnElement[bool]) -> CTE:
    common = (Readership.day, Readership.summary_id, Readership.document_id, Readership.owner_id)
    return (
        select(*common, func.sum(Readership.reads).label("reads"), func.sum(Readership.cached).label("cached"))
        .where(which)
        .group_by(*common)
        .cte()
    )


def _first_days(counts: CTE) -> Subquery:
    """On which day each of the summaries was read first, in whichever month."""
    return (
        select(Readership.summary_id, func.min(Readership.day).label("day"))
        .where(Readership.summary_id.in_(select(counts.c.summary_id)))
        .group_by(Readership.summary_id)
        .subquery()
    )


def _making(counts: CTE) -> Subquery:
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
