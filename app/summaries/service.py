"""Asking for a summary, joining, choosing and stopping it. What spans the database, the cache and a queue is here.

Order matters everywhere: the row is committed first, then the doorbell rings and the signals go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete as delete_from
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import queues, signals
from app.database import begin_to_write, commit_and_keep, go_on_to_write
from app.extensions import db
from app.models import Document, Purpose, Role, Status, Summary, User
from app.models.work import IN_PROGRESS
from app.summaries import asking, cache, reading
from app.summaries.asking import current_key
from app.summaries.budget import OverBudget
from app.summaries.cache import Stored
from app.summaries.claiming import get_ready
from app.summaries.generation import generate, rehearse
from app.summaries.prompt import Options
from app.summaries.reading import Reading

__all__ = [
    "Gone",
    "NoText",
    "NotYours",
    "OverBudget",
    "cancel",
    "choose",
    "delete",
    "delete_all",
    "generate",
    "get_ready",
    "read",
    "rehearse",
    "request",
]


@dataclass(frozen=True)
class How:
    """In which way a summary is asked for."""

    regenerate: bool  # write another take beside a complete one
    queue: str  # on which it waits; empty for where somebody who waits for this one would


class Gone(LookupError):
    """The document was deleted in this very moment."""


class NoText(LookupError):
    """The document's text is still to be read."""


class NotYours(PermissionError):
    """Others wait for it too."""


def request(document: Document, by: User, options: Options, *, regenerate: bool = False, queue: str = "") -> Summary:
    """The summary of the document as it is now: the one there is, the one under way, or a new one.

    One key and take is one row (a unique constraint says so), and so one paid call however many ask at once.

    :param regenerate: write another take beside a complete one.
    :param queue: on which it is to wait, where many are asked for together; else as who waits for this one would.
    :raises Gone: when somebody deleted the document meanwhile.
    :raises OverBudget: when it would cost more than is left of a budget; then nothing is asked for.
    :raises NoText: while there is nothing to summarise.
    """
    if not document.has_text:
        raise NoText
    key, how = current_key(document, options), How(regenerate, queue)
    try:
        asked, summary = _ask_and_look(document, by, options, key, how)
        if not asked and summary and summary.status in IN_PROGRESS and summary.purpose != Purpose.REQUEST:
            # Somebody arrived in this moment and moved the row; whoever presses is to stand on it by name.
            asked, summary = _ask_and_look(document, by, options, key, how)
    except IntegrityError:
        db.session.rollback()
        raise Gone from None
    except OverBudget as over:
        db.session.rollback()
        signals.budget_refused.send(None, user_id=by.id, budget=str(over.refusal.budget.scope))
        raise
    if summary is None:
        raise Gone
    if not asked:
        return summary  # whoever began it has rung, and where that was lost the sweeper rings
    cache.forget([cache.name(key, document.choices)])
    signals.summary_requested.send(None, summary_id=summary.id, queue=summary.queue)
    if summary.status == Status.PENDING:
        queues.ring(summary)
    return summary


def _ask_and_look(document: Document, by: User, options: Options, key: str, how: How) -> tuple[bool, Summary | None]:
    """Whether this request begins something: the only one of any number at once for which it is true; and the row.

    What it goes by may be out of date already: each move is compared with the row, and each row is there once.
    """
    latest = Summary.latest_take(key)
    if latest and not (latest.status == Status.COMPLETE and how.regenerate):
        asked, summary = _ask_again(latest, document, by, how), None
    else:
        go_on_to_write()
        summary = asking.start(document, options, latest.take + 1 if latest else 1, Purpose.REQUEST, by, how.queue)
        asked = summary is not None
    commit_and_keep()
    return asked, summary or Summary.latest_take(key)


def _ask_again(latest: Summary, document: Document, by: User, how: How) -> bool:
    """Whether this request moved the row that there is."""
    if latest.status in IN_PROGRESS:
        return _hurry(latest, by, how.queue or asking.queue_for(document.revision))
    if latest.status == Status.COMPLETE:
        return False
    if latest.take > 1 and not how.regenerate and Summary.chosen(latest.key):
        return False  # a take that failed changes nothing
    go_on_to_write()
    return asking.reopen(latest, Purpose.REQUEST, by, how.queue)


def _hurry(latest: Summary, by: User, queue: str) -> bool:
    """Move what is under way to the *queue* of who asks for it now, if it is not waiting as well as there."""
    if latest.purpose != Purpose.REQUEST:
        go_on_to_write()
        return latest.promote(Purpose.REQUEST, queue, by.id)
    # It was asked for together with many others, and now somebody asks for this one.
    if latest.status != Status.PENDING or latest.queue != queues.DEFAULT or queue != queues.HIGH:
        return False
    go_on_to_write()
    return latest.promote(Purpose.REQUEST, queue, latest.requested_by_id)


def read(document: Document, options: Options, reader: User | None, *, from_cache: bool = True) -> Reading:
    """What there is to read. A *reader* who finds it being made in advance, or waiting for that, joins.

    What waits is hurried then, and whatever becomes of it is told.

    :param reader: None for those who may cause nothing.
    :param from_cache: false for those who follow an attempt: the cache may still hold the take before it.
    """
    found = reading.read(document, options, from_cache=from_cache)
    if reader is None or found.attempt is None or not found.attempt.is_for_nobody:
        return found
    _join(found.attempt.summary_id)
    return reading.read(document, options, from_cache=False)


def _join(summary_id: int) -> None:
    begin_to_write()
    summary = db.session.get(Summary, summary_id)
    waits = summary is not None and summary.status in IN_PROGRESS and summary.is_in_advance
    joined = summary is not None and waits and summary.promote(Purpose.JOINED, asking.queue_for(summary.revision), None)
    db.session.commit()
    if summary and joined:
        signals.summary_requested.send(None, summary_id=summary.id, queue=summary.queue)
        if summary.status == Status.PENDING:
            queues.ring(summary)


def choose(summary: Summary) -> bool:
    """Make this take the one that is read; false unless it is complete."""
    chosen = summary.choose()
    db.session.commit()
    latest = Summary.latest_take(summary.key)
    if chosen and latest and latest.status == Status.COMPLETE:  # else a page must see the take that is being written
        cache.write(Stored.of(summary), summary.document.choices)
    return chosen


def cancel(document: Document, options: Options, by: User, role: Role) -> None:
    """Stop what is under way; the worker hangs up on the provider within a second or two.

    :raises NotYours: when it is somebody else's, and *by* may only read the document.
    """
    summary = Summary.latest_take(current_key(document, options))
    if summary is None or summary.status not in IN_PROGRESS:
        return
    if role == Role.VIEWER and summary.requested_by_id != by.id:
        raise NotYours
    cancelled = summary.cancel()
    db.session.commit()
    if cancelled:
        signals.summary_cancelled.send(None, summary_id=summary.id)


def delete(document: Document) -> None:
    """Delete the document with every revision, summary and cached copy made from it."""
    document_id, copies = document.id, _copies(document.id, document.choices)
    db.session.delete(document)
    db.session.commit()
    cache.forget(copies)
    signals.document_deleted.send(None, document_id=document_id)


def delete_all(ids: Sequence[int]) -> None:
    """Delete these documents, whoever may be saving them in this moment. Commits."""
    rows = db.session.execute(select(Document.id, Document.choices).where(Document.id.in_(ids))).all()
    copies = [name for document_id, choices in rows for name in _copies(document_id, choices)]
    db.session.execute(delete_from(Document).where(Document.id.in_(ids)))
    db.session.commit()
    cache.forget(copies)
    for document_id, _ in rows:
        signals.document_deleted.send(None, document_id=document_id)


def _copies(document_id: int, choices: int) -> list[str]:
    """The names of whatever may be kept of it in the cache."""
    copies = [cache.name(key, n) for key in Summary.keys_of(document_id) for n in range(choices + 1)]
    return [*copies, cache.changes_key(document_id)]
