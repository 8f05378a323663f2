"""What there is to read of a document's summary now. Never calls the provider.

The order is cache, then database. What the reader is shown as current is only ever filed under the key of
the document's present text; anything older is shown with the reasons why it is out of date.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app import signals
from app.extensions import db
from app.llm import model_name
from app.models import Document, Status, Summary
from app.models.summary import IN_PROGRESS
from app.summaries import cache, progress, prompt
from app.summaries.cache import Stored
from app.summaries.key import key_for
from app.summaries.prompt import Options

NONE = "none"


@dataclass(frozen=True)
class Attempt:
    """Where the row that was asked for stands, while it is not complete."""

    summary_id: int
    fence: int
    attempt: int
    reason: str
    requested_at: datetime
    started_at: datetime | None
    next_at: datetime
    give_up_at: datetime
    partial: str = ""

    @classmethod
    def of(cls, summary: Summary) -> Attempt:
        writing = summary.status == Status.PROCESSING
        return cls(
            summary_id=summary.id,
            fence=summary.fence,
            attempt=summary.attempt,
            reason=summary.reason,
            requested_at=summary.requested_at,
            started_at=summary.started_at,
            next_at=summary.next_at,
            give_up_at=summary.give_up_at,
            partial=progress.read(summary.id, summary.fence) if writing else "",
        )


@dataclass(frozen=True)
class Reading:
    """A state of the panel: ``none`` or a Status, the good text to show, and the attempt under way or ended."""

    state: str
    model: str
    good: Stored | None = None
    stale_reasons: list[str] = field(default_factory=list)
    attempt: Attempt | None = None

    @property
    def stale(self) -> bool:
        return bool(self.stale_reasons)

    @property
    def in_progress(self) -> bool:
        return self.state in IN_PROGRESS


def current_key(document: Document, options: Options) -> str:
    return key_for(document.id, document.revision.digest, options, model_name())


def read(document: Document, options: Options, *, from_cache: bool = True) -> Reading:
    """The summary of the document as it is now, or the state of getting one.

    :param from_cache: false for those who follow an attempt: the cache may still hold the take before it.
    """
    key = current_key(document, options)
    if from_cache and (stored := cache.read(key)):
        signals.cache_hit.send(document, key=key, layer="cache")
        return Reading(Status.COMPLETE, stored.model, good=stored)
    return _read_database(document, options, key)


def _read_database(document: Document, options: Options, key: str) -> Reading:
    latest = _not_overdue(Summary.latest_take(key))
    if latest and latest.status == Status.COMPLETE:
        stored = Stored.of(latest)
        cache.write(stored)
        signals.cache_hit.send(document, key=key, layer="database")
        return Reading(Status.COMPLETE, stored.model, good=stored)
    signals.cache_miss.send(document, key=key)
    earlier = Summary.latest_complete(document.id, options.style, options.language)
    good = Stored.of(earlier) if earlier else None
    reasons = stale_reasons(document, good) if good and good.key != key else []
    if latest is None:
        return Reading(Status.COMPLETE if good else NONE, model_name(), good=good, stale_reasons=reasons)
    return Reading(Status(latest.status), latest.model, good=good, stale_reasons=reasons, attempt=Attempt.of(latest))


def stale_reasons(document: Document, stored: Stored) -> list[str]:
    """In what the summary differs from one that would be made now."""
    reasons = []
    if stored.revision_number != document.revision_number:
        reasons.append("the text has changed since it was written")
    if stored.model != model_name():
        reasons.append(f"it was made with another model ({stored.model}, now {model_name()})")
    if stored.prompt_version != prompt.PROMPT_VERSION:
        reasons.append(f"it was made with an earlier prompt ({stored.prompt_version}, now {prompt.PROMPT_VERSION})")
    return reasons or ["it was made with earlier instructions"]


def _not_overdue(summary: Summary | None) -> Summary | None:
    """*summary*, failed if it ran past the time it promised: with no worker alive, nobody else would say so."""
    if summary and summary.is_overdue():
        if summary.give_up("overdue"):
            db.session.commit()
            signals.summary_failed.send(None, summary_id=summary.id, reason="overdue")
        else:
            db.session.rollback()
    return summary
