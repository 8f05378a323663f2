"""How long people waited for what they had asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, true

from app.extensions import db
from app.models import Document, Status, Summary
from app.models.summary import IN_ADVANCE
from app.usage.period import Month

MOST = 10_000  # the latest of a month; more would not change the figures


@dataclass(frozen=True)
class Wait:
    """Seconds, of all the summaries of a month."""

    name: str
    median: float
    p95: float


def waits_in(month: Month, owner_id: int | None) -> list[Wait]:
    """From the press to the worker, to the first words and to the end; nothing where nobody waited.

    :param owner_id: for whose documents; None for everybody's.
    """
    times = (Summary.requested_at, Summary.started_at, Summary.first_words_at, Summary.finished_at)
    rows = db.session.execute(
        select(*times)
        .join(Document, Document.id == Summary.document_id)
        .where(Summary.status == Status.COMPLETE, Summary.purpose.not_in(IN_ADVANCE))
        .where(Summary.finished_at >= month.starts_at, Summary.finished_at < month.ends_at)
        .where(true() if owner_id is None else Document.owner_id == owner_id)
        .order_by(Summary.finished_at.desc())
        .limit(MOST)
    ).all()
    whole = [(asked, began, first or end, end) for asked, began, first, end in rows if began and end]
    found = [
        ("Until a worker began", [_between(asked, began) for asked, began, _, _ in whole]),
        ("Until the first words", [_between(asked, first) for asked, _, first, _ in whole]),
        ("Until the end", [_between(asked, end) for asked, _, _, end in whole]),
        ("Of it, the writing", [_between(began, end) for _, began, _, end in whole]),
    ]
    return [Wait(name, percentile(of, 50), percentile(of, 95)) for name, of in found if of]


def percentile(values: list[float], share: int) -> float:
    """The smallest value that *share* percent of *values* do not pass (the nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)]


def _between(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
