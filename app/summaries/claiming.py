"""Which row a worker may write, and what it needs to know of it.

What was asked for in advance is dropped here when nobody wants it any more, and what its own attempts have made too
dear comes to an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import signals
from app.database import only_reading, reading_before_moving, utcnow, writers_wait_for_each_other
from app.extensions import db
from app.logs import on_behalf_of
from app.models import Claim, Purpose, Revision, Status, Summary
from app.summaries import budget, window
from app.summaries.asking import form_of, key_of
from app.summaries.entries import Account
from app.summaries.paragraphs import Paragraphs
from app.summaries.prompt import Options
from app.visible import visible

OTHER_RELEASE_WAITS = timedelta(seconds=15)
NO_ROW = 0  # is no row's id
ANEW = {"first_words_at": None}  # what an attempt begins without


@dataclass(frozen=True)
class Task:
    """What an attempt needs to know of its row; read at the claim, before that transaction ends."""

    document_id: int
    take: int
    text: str  # all of the document's that can be seen
    paragraphs: Paragraphs
    form: Options
    own_language: str
    in_parts: bool
    attempt: int
    account: Account
    waited: float  # seconds, since it could have been claimed
    queue: str
    asked_at: datetime
    give_up_at: datetime
    request_id: str


def claim(summary_id: int, lease: timedelta) -> tuple[Claim, Task] | None:
    """The right to write the summary, and what that takes; None when it is not due, or not to be had. Commits."""
    with reading_before_moving():
        summary = _look(summary_id)
    if summary is None or _was_ended(summary) or not _is_ours_to_write(summary):
        db.session.commit()
        return None
    due_at = summary.next_at
    taken = Claim.take(summary, lease, **ANEW)
    db.session.commit()
    if taken is None:
        return None
    with only_reading():
        task = _task(taken, due_at)
    return (taken, task) if task else None


def rehearse(*, moving: bool = True) -> None:
    """Ask whatever a claim asks, and take nothing, for this process and each that is forked from it.

    They inherit what SQLAlchemy finds out about the server with its first connection, and the statements compiled.

    :param moving: whether the move is among it.
    """
    taken = Claim(Summary, NO_ROW, fence=1)
    with only_reading():
        latest = db.session.scalar(select(func.max(Summary.id))) or NO_ROW
        if summary := _look(latest):
            _is_of_this_release(summary)
        _task(taken, due_at=utcnow())
    if moving:
        taken.begin(timedelta(), **ANEW)
        db.session.rollback()


def get_ready() -> None:
    """The same in a process of its own, which keeps nobody from writing for what it does not take."""
    rehearse(moving=not writers_wait_for_each_other())


def _look(summary_id: int) -> Summary | None:
    return db.session.get(Summary, summary_id, options=[joinedload(Summary.revision)])


def _was_ended(summary: Summary) -> bool:
    """End what is to be ended instead of written, and tell; whether there was anything to end. Commits then."""
    asked_in, too_dear = summary.request_id, _is_too_dear(summary)
    if not too_dear and not _is_of_the_past(summary):
        return False
    summary_id = summary.id
    ended = summary.give_up("budget") if too_dear else summary.cancel()
    db.session.commit()
    if ended:
        with on_behalf_of(asked_in):
            if too_dear:
                signals.summary_failed.send(None, summary_id=summary_id, reason="budget")
            else:
                signals.summary_cancelled.send(None, summary_id=summary_id)
    return ended


def _task(taken: Claim, due_at: datetime) -> Task | None:
    """What the claimed row says, asked for with its text in one question; None when it was deleted meanwhile."""
    with_text = joinedload(Summary.revision).undefer(Revision.text)
    summary = db.session.get(Summary, taken.work_id, options=[with_text], populate_existing=True)
    if summary is None:
        return None
    return Task(
        document_id=summary.document_id,
        take=summary.take,
        text=visible(summary.revision.text),
        paragraphs=Paragraphs(summary.revision.text),
        form=form_of(summary),
        own_language=summary.revision.language,
        in_parts=window.is_long(summary.revision.size, summary.model),
        attempt=summary.attempt,
        account=Account.of(summary, taken.fence),
        waited=round((utcnow() - due_at).total_seconds(), 3),
        queue=summary.queue,
        asked_at=summary.requested_at,
        give_up_at=summary.give_up_at,
        request_id=summary.request_id,
    )


def _is_of_the_past(summary: Summary) -> bool:
    """Whether it was to be made in advance of a text, prompt or model of the past, or cost its budget by failing."""
    if summary.status != Status.PENDING or not summary.is_in_advance:
        return False
    same_text = summary.revision.digest == summary.document.revision.input_digest
    wanted = same_text and (_is_of_this_release(summary) or summary.purpose == Purpose.RENEWAL)
    return not wanted or budget.is_used_up_by(summary)


def _is_too_dear(summary: Summary) -> bool:
    """Whether another attempt at what somebody waits for would pass a budget, since those before cost something."""
    return summary.status == Status.PENDING and not summary.is_in_advance and budget.is_used_up_by(summary)


def _is_ours_to_write(summary: Summary) -> bool:
    """Whether what this process would send is what the row's key says.

    What a person asked for under another release, or the operator had renewed for it, waits for a worker of that
    release, with no attempt burnt.
    """
    if summary.status != Status.PENDING:
        return False
    ours = _is_of_this_release(summary)
    if not ours:
        summary.postpone(OTHER_RELEASE_WAITS)
    return ours


def _is_of_this_release(summary: Summary) -> bool:
    return summary.key == key_of(summary.revision, form_of(summary))
