"""Asking for a summary and stopping it. What spans the database, the cache and a queue is here.

Order matters everywhere: the row is committed first, then the doorbell rings and the signals go out.
"""

from __future__ import annotations

from app import queues, signals
from app.extensions import db
from app.llm import model_name
from app.models import Document, Status, Summary, User
from app.models.summary import IN_PROGRESS
from app.summaries import cache
from app.summaries.generation import generate
from app.summaries.prompt import PROMPT_VERSION, Options
from app.summaries.reading import current_key, read

__all__ = ["cancel", "delete", "generate", "read", "request"]


def request(document: Document, by: User, options: Options, *, regenerate: bool = False) -> Summary:
    """The summary of the document as it is now: the one there is, the one under way, or a new one.

    One key and take is one row (a unique constraint says so), and so one paid call however many ask at once.

    :param regenerate: write another take beside a complete one.
    """
    key = current_key(document, options)
    latest = Summary.latest_take(key)
    if latest is None:
        asked = _start(document, by, options, key, take=1)
    elif latest.status == Status.COMPLETE:
        asked = regenerate and _start(document, by, options, key, take=latest.take + 1)
    elif latest.status in (Status.FAILED, Status.CANCELLED):
        asked = latest.reopen(by.id, queues.HIGH)
    else:
        asked = False
    db.session.commit()
    summary = Summary.latest_take(key)
    if summary is None:
        raise LookupError(f"document {document.id} was deleted while its summary was asked for")
    if asked:
        cache.forget([key])
        signals.summary_requested.send(None, summary_id=summary.id, queue=summary.queue)
    if summary.status == Status.PENDING:
        queues.ring(summary)
    return summary


def cancel(document: Document, options: Options) -> None:
    """Stop what is under way; the worker hangs up on the provider within a second or two."""
    summary = Summary.latest_take(current_key(document, options))
    if summary and summary.status in IN_PROGRESS:
        cancelled = summary.cancel()
        db.session.commit()
        if cancelled:
            signals.summary_cancelled.send(None, summary_id=summary.id)


def delete(document: Document) -> None:
    """Delete the document with every revision, summary and cached copy made from it."""
    keys = Summary.keys_of(document.id)
    db.session.delete(document)
    db.session.commit()
    cache.forget(keys)


def _start(document: Document, by: User, options: Options, key: str, take: int) -> bool:
    return Summary.start(
        document_id=document.id,
        revision_id=document.revision.id,
        key=key,
        take=take,
        style=options.style,
        language=options.language,
        model=model_name(),
        prompt_version=PROMPT_VERSION,
        queue=queues.HIGH,
        requested_by_id=by.id,
    )
