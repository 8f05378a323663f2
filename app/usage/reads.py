"""How often summaries were read, and what each read that needed no call would have cost as one.

A read is a *miss* when it is the first of a summary that somebody asked for: that is what the call was for. Every
other is a *hit*, and worth what the calls cost that made the summary, as the ledger has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, Select, Subquery, and_, case, func, select, true

from app.extensions import db
from app.llm import OFFLINE_MODEL
from app.models import LedgerEntry, Readership, Summary
from app.models.summary import IN_ADVANCE
from app.usage.period import Month


@dataclass(frozen=True)
class Read:
    """The reads of one day that have all of this in common."""

    day: date
    document_id: int
    model: str  # empty when the summary is deleted, and no call of it is in the ledger
    prompt_version: str
    reads: int
    cached: int  # of the hits, those that the cache answered; the database answered the others
    misses: int
    worth: int  # micro-dollars of all the hits
    unvalued: int  # of the hits, those on what was made at a price that nobody knew

    @property
    def stored(self) -> int:
        """Of the hits, those that the database answered."""
        return self.reads - self.misses - self.cached


def reads_in(month: Month, owner_id: int | None) -> list[Read]:
    """Every read of the month.

    :param owner_id: of whose documents; None for everybody's.
    """
    each = _each(month, owner_id).subquery().c
    hits, common = each.reads - each.misses, (each.day, each.document_id, each.model, each.prompt_version)
    rows = db.session.execute(
        select(
            *common,
            func.sum(each.reads),
            func.sum(each.cached),
            func.sum(each.misses),
            func.sum(hits * func.coalesce(each.worth, 0)),
            func.coalesce(func.sum(hits).filter(each.worth.is_(None)), 0),
        ).group_by(*common)
    )
    return [Read(*row[:4], *map(int, row[4:])) for row in map(tuple, rows)]


@dataclass(frozen=True)
class SummaryRead:
    """The reads of one summary on one day."""

    day: date
    summary_id: int
    document_id: int
    reads: int
    cached: int
    misses: int
    worth: int | None  # micro-dollars of each hit; None where nobody knew the price

    @property
    def stored(self) -> int:
        return self.reads - self.misses - self.cached


def each_read_in(month: Month, owner_id: int | None) -> Iterator[SummaryRead]:
    """The same, summary by summary."""
    each = _each(month, owner_id).subquery().c
    columns = (each.day, each.summary_id, each.document_id, each.reads, each.cached, each.misses, each.worth)
    for day, summary_id, document_id, reads, cached, misses, worth in db.session.execute(
        select(*columns).order_by(each.day, each.summary_id)
    ):
        known = None if worth is None else int(worth)
        yield SummaryRead(day, summary_id, document_id, int(reads), int(cached), int(misses), known)


def _each(month: Month, owner_id: int | None) -> Select[Any]:
    """For each summary and day: its reads, how each was answered, and what a hit is worth."""
    counts = _counts(month, owner_id)
    first, made = _first_days(counts), _making(counts)
    model = func.coalesce(Summary.model, made.c.model, "")
    purpose = func.coalesce(Summary.purpose, made.c.purpose, "")
    misses = case((and_(counts.c.day == first.c.day, purpose.not_in(IN_ADVANCE)), 1), else_=0)
    hits = counts.c.reads - misses
    return (
        select(
            counts.c.day,
            counts.c.summary_id,
            counts.c.document_id,
            model.label("model"),
            func.coalesce(Summary.prompt_version, made.c.prompt_version, "").label("prompt_version"),
            counts.c.reads,
            case((counts.c.cached < hits, counts.c.cached), else_=hits).label("cached"),
            misses.label("misses"),
            case((model == OFFLINE_MODEL, 0), (made.c.unpriced == 0, made.c.cost)).label("worth"),
        )
        .outerjoin(Summary, Summary.id == counts.c.summary_id)
        .outerjoin(first, first.c.summary_id == counts.c.summary_id)
        .outerjoin(made, made.c.summary_id == counts.c.summary_id)
    )


def _counts(month: Month, owner_id: int | None) -> CTE:
    common = (Readership.day, Readership.summary_id, Readership.document_id)
    return (
        select(*common, func.sum(Readership.reads).label("reads"), func.sum(Readership.cached).label("cached"))
        .where(Readership.day >= month.first_day, Readership.day < month.ends_at.date())
        .where(true() if owner_id is None else Readership.owner_id == owner_id)
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
