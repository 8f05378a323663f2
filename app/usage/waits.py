"""How long people waited for what they had asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import Document, Status, Summary
from app.models.summary import IN_ADVANCE


@dataclass(frozen=True)
class Wait:
    """For one summary, in seconds."""

    summary_id: int
    day: date
    document_id: int
    owner_id: int
    user_id: int | None  # who asked; None for whoever has left, or came while it was being made in advance
    model: str
    prompt_version: str
    begun: float  # until a worker took it up
    first_words: float
    whole: float
    writing: float  # of the whole, from when it was taken up


def waits_for(summary_ids: Collection[int]) -> Iterator[Wait]:
    """Those for the summaries among these that somebody had asked for."""
    of_what = (Summary.id, Summary.document_id, Document.owner_id, Summary.requested_by_id)
    how = (Summary.model, Summary.prompt_version)
    times = (Summary.requested_at, Summary.started_at, Summary.first_words_at, Summary.finished_at)
    rows = db.session.execute(
        select(*of_what, *how, *times)
        .join(Document, Document.id == Summary.document_id)
        .where(Summary.id.in_(summary_ids), Summary.status == Status.COMPLETE, Summary.purpose.not_in(IN_ADVANCE))
        .where(Summary.started_at.is_not(None), Summary.finished_at.is_not(None))
    )
    return (_wait(*row) for row in map(tuple, rows))


def _wait(*row: Any) -> Wait:
    summary_id, document_id, owner_id, user_id, model, prompt_version, asked, began, first, end = row
    return Wait(
        summary_id=summary_id,
        day=end.astimezone(UTC).date(),
        document_id=document_id,
        owner_id=owner_id,
        user_id=user_id,
        model=model,
        prompt_version=prompt_version,
        begun=_between(asked, began),
        first_words=_between(asked, first or end),
        whole=_between(asked, end),
        writing=_between(began, end),
    )


def _between(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
