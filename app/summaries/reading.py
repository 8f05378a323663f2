"""What there is to read of a document's summary now. Never calls the provider.

The order is cache, then database. What the reader is shown as current is only ever filed under the key of
the document's present text; anything older is shown with the reasons why it is out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app import signals
from app.database import utcnow
from app.endings import failed_if_overdue
from app.llm import model_name
from app.models import Document, Status, Summary
from app.models.summary import IN_ADVANCE
from app.models.work import IN_PROGRESS
from app.summaries import cache, progress
from app.summaries.asking import current_key, form_for, form_of
from app.summaries.cache import Stored
from app.summaries.progress import Progress
from app.summaries.prompt import Options

NONE = "none"


@dataclass(frozen=True)
class Attempt:
    """Where the row that was asked for stands, while it is not complete."""

    summary_id: int
    fence: int
    attempt: int
    status: str
    reason: str
    purpose: str
    requested_at: datetime
    started_at: datetime | None
    next_at: datetime
    lease_until: datetime | None
    give_up_at: datetime
    progress: Progress

    @classmethod
    def of(cls, summary: Summary, so_far: Progress | None = None) -> Attempt:
        """The attempt at *summary*, and its text *so_far*, which is looked up where it is not given."""
        return cls(
            summary_id=summary.id,
            fence=summary.fence,
            attempt=summary.attempt,
            status=summary.status,
            reason=summary.reason,
            purpose=summary.purpose,
            requested_at=summary.requested_at,
            started_at=summary.started_at,
            next_at=summary.next_at,
            lease_until=summary.lease_until,
            give_up_at=summary.give_up_at,
            progress=progress.of(summary) if so_far is None else so_far,
        )

    @property
    def partial(self) -> str:
        """The text so far."""
        return self.progress.text

    @property
    def waited(self) -> float:
        """Seconds since somebody asked; of what is made in advance, since it began: before that nobody waited."""
        since = self.started_at if self.is_for_nobody else self.requested_at
        return (utcnow() - since).total_seconds() if since else 0.0

    @property
    def is_for_nobody(self) -> bool:
        """Whether it is being made in advance, or waits for that behind everything that people wait for."""
        return self.status in IN_PROGRESS and self.purpose in IN_ADVANCE


@dataclass(frozen=True)
class Reading:
    """A state of the panel: ``none`` or a Status, the good text to show, and the attempt under way or ended.

    A take that failed beside a good one leaves the state ``complete`` and is kept in ``attempt``.
    """

    state: str
    model: str
    good: Stored | None = None
    stale: bool = False
    other_form: bool = False
    attempt: Attempt | None = None
    cached: bool = False

    @property
    def in_progress(self) -> bool:
        return self.state in IN_PROGRESS


def read(document: Document, options: Options, *, from_cache: bool = True) -> Reading:
    """The summary of the document as it is now, or the state of getting one.

    :param from_cache: false for those who follow an attempt: the cache may still hold the take before it.
    """
    key = current_key(document, options)
    if from_cache and (stored := cache.read(key, document.choices)):
        signals.cache_hit.send(document, key=key, layer="cache")
        return Reading(Status.COMPLETE, stored.model, good=stored, cached=True)
    return _read_database(document, options, key)


def _read_database(document: Document, options: Options, key: str) -> Reading:
    latest = _asked_for(failed_if_overdue(Summary.latest_take(key)))
    current = Summary.chosen(key) if latest and latest.take > 1 else latest
    if latest is None or current is None or current.status != Status.COMPLETE:
        signals.cache_miss.send(document, key=key)
        return _without_current(document, options, latest)
    stored = Stored.of(current)
    if latest.status == Status.COMPLETE:
        cache.write(stored, document.choices)
        signals.cache_hit.send(document, key=key, layer="database")
        return Reading(Status.COMPLETE, stored.model, good=stored)
    state = Status(latest.status) if latest.status in IN_PROGRESS else Status.COMPLETE
    return Reading(state, latest.model, good=stored, attempt=Attempt.of(latest))


def _without_current(document: Document, options: Options, latest: Summary | None) -> Reading:
    """What else there is to show: a summary of the present text in another form, or of an older text."""
    wanted = form_for(document.revision, options)
    nearest = Summary.nearest_complete(document.id, wanted.style, wanted.language, wanted.length)
    good = Stored.of(nearest) if nearest else None
    form = form_of(nearest) if nearest else wanted
    return Reading(
        state=Status(latest.status) if latest else Status.COMPLETE if good else NONE,
        model=latest.model if latest else model_name(),
        good=good,
        stale=good is not None and good.key != current_key(document, form),
        other_form=form != wanted,
        attempt=Attempt.of(latest) if latest else None,
    )


def _asked_for(summary: Summary | None) -> Summary | None:
    """*summary*, unless it was tried in advance to no avail: nobody asked for it, so nobody need hear of it."""
    ended = summary and summary.status in (Status.FAILED, Status.CANCELLED)
    return None if summary and ended and summary.is_in_advance else summary
