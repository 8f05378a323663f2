"""How long people waited for what they had asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, true

from app.extensions import db
from app.models import Document, Status, Summary
from app.models.summary import IN_ADVANCE
from app.usage.period import Month

MOST = 10_000  # the latest of a month; more would not change the figures


@dataclass(frozen=True)
class Wait:
    """For one summary, in seconds."""

    day: date
    document_id: int
    user_id: int | None  # who asked; None for whoever has left, or came while it was being made in advance
    model: str
    prompt_version: str
    begun: float  # until a worker took it up
    first_words: float
    whole: float
    writing: float  # of the whole, from when it was taken up


def waits_in(month: Month, owner_id: int | None) -> list[Wait]:
    """Those of the month's latest summaries that somebody had asked for.

    :param owner_id: for whose documents; None for everybody's.
    """
    of_what = (Summary.document_id, Summary.requested_by_id, Summary.model, Summary.prompt_version)
    times = (Summary.requested_at, Summary.started_at, Summary.first_words_at, Summary.finished_at)
    rows = db.session.execute(
        select(*of_what, *times)
        .join(Document, Document.id == Summary.document_id)
        .where(Summary.status == Status.COMPLETE, Summary.purpose.not_in(IN_ADVANCE))
        .where(Summary.finished_at >= month.starts_at, Summary.finished_at < month.ends_at)
        .where(true() if owner_id is None else Document.owner_id == owner_id)
        .order_by(Summary.finished_at.desc())
        .limit(MOST)
    )
    return [_wait(*row) for row in map(tuple, rows)]


def _wait(*row: Any) -> Wait:
    document_id, user_id, model, prompt_version, asked, began, first, end = row
    return Wait(
        day=end.date(),
        document_id=document_id,
        user_id=user_id,
        model=model,
        prompt_version=prompt_version,
        begun=_between(asked, began),
        first_words=_between(asked, first or end),
        whole=_between(asked, end),
        writing=_between(began, end),
    )


def percentile(values: Sequence[float], share: int) -> float | None:
    """The smallest of *values* that *share* percent of them do not pass (the nearest rank); None of none."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)] if ranked else None


def _between(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
