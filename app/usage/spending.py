"""What was spent, by what became of it. Every line of the ledger is in exactly one place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, false, func, select

from app.database import day_of
from app.extensions import db
from app.models import LedgerEntry, Readership, Status, Summary
from app.models.summary import IN_ADVANCE
from app.usage.period import Month

FIGURES = 6  # at the end of a row


class Use(StrEnum):
    """What became of what a call brought."""

    FIRST = "first"  # somebody asked for it and read it, as they would have without Foreword
    READY = "ready"  # made in advance, and read
    UNREAD = "unread"  # made in advance, and read by nobody so far
    UNSEEN = "unseen"  # asked for, and read by nobody so far
    UNDER_WAY = "under way"  # a part of what is not written yet
    FAILED = "failed"  # it failed, was stopped, or came to nothing


@dataclass(frozen=True)
class Spent:
    """The calls of one day that have all of this in common."""

    summary_id: int  # 0 where it is not known any more
    day: date
    owner_id: int | None  # None for whoever has left
    document_id: int | None  # None once it is deleted
    user_id: int | None  # who asked; None for nobody, and for whoever has left
    model: str
    prompt_version: str
    in_advance: bool
    use: Use
    calls: int
    unpriced: int  # of the calls, those whose price nobody knew
    input_tokens: int
    output_tokens: int
    estimated: int  # of the calls, those whose tokens are estimated
    cost: int


def counted(month: Month, owner_id: int | None) -> ColumnElement[bool]:
    """Which lines of the ledger are the month's.

    :param owner_id: of whose documents; None for everybody's.
    """
    in_time = (LedgerEntry.created_at >= month.starts_at) & (LedgerEntry.created_at < month.ends_at)
    return in_time if owner_id is None else in_time & (LedgerEntry.owner_id == owner_id)


def spent_on(summary_ids: Collection[int]) -> Iterator[Spent]:
    """Every call for these summaries; with 0 among them, for those that are not known any more."""
    unknown = LedgerEntry.summary_id.is_(None) if 0 in summary_ids else false()
    day = day_of(LedgerEntry.created_at)
    read = select(Readership.day).where(Readership.summary_id == LedgerEntry.summary_id).exists()
    # Somebody may have arrived after the call had begun: then it was asked for all the same.
    purpose = func.coalesce(Summary.purpose, LedgerEntry.purpose)
    common = (
        LedgerEntry.summary_id,
        LedgerEntry.owner_id,
        LedgerEntry.document_id,
        LedgerEntry.user_id,
        LedgerEntry.model,
        LedgerEntry.prompt_version,
        purpose,
        LedgerEntry.outcome,
        Summary.status,
    )
    figures = (
        func.count(LedgerEntry.id),
        func.count(LedgerEntry.id) - func.count(LedgerEntry.cost),
        func.sum(LedgerEntry.input_tokens),
        func.sum(LedgerEntry.output_tokens),
        func.count(LedgerEntry.id).filter(LedgerEntry.tokens_estimated),
        func.coalesce(func.sum(LedgerEntry.cost), 0),
    )
    rows = db.session.execute(
        select(day, *common, read, *figures)
        .outerjoin(Summary, Summary.id == LedgerEntry.summary_id)
        .where(LedgerEntry.summary_id.in_(summary_ids) | unknown)
        .group_by(day, *common, read)
    )
    return (_spent(tuple(row)) for row in rows)


def _spent(row: Sequence[Any]) -> Spent:
    day, *ids, model, prompt_version, purpose, outcome, status, read = row[:-FIGURES]
    summary_id, owner_id, document_id, user_id = ids
    calls, unpriced, input_tokens, output_tokens, estimated, cost = map(int, row[-FIGURES:])
    return Spent(
        summary_id=summary_id or 0,
        day=day,
        owner_id=owner_id,
        document_id=document_id,
        user_id=user_id,
        model=model,
        prompt_version=prompt_version,
        in_advance=purpose in IN_ADVANCE,
        use=_use(outcome, status, in_advance=purpose in IN_ADVANCE, read=bool(read)),
        calls=calls,
        unpriced=unpriced,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        estimated=estimated,
        cost=cost,
    )


def _use(outcome: str, status: str | None, *, in_advance: bool, read: bool) -> Use:
    """:param status: of the summary now; None when it is deleted."""
    if read and outcome == "complete":
        return Use.READY if in_advance else Use.FIRST
    if outcome != "complete" or status in (Status.FAILED, Status.CANCELLED):
        return Use.FAILED
    if status in (Status.PENDING, Status.PROCESSING):
        return Use.UNDER_WAY
    return Use.UNREAD if in_advance else Use.UNSEEN
