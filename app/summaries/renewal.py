"""Renewing what an earlier prompt or another model made, most read first, within a budget.

What was asked for is in the rows, so a renewal that was broken off goes on where it stood: whatever has a row
under its present key is not asked for again, and all that the renewal for this prompt and model has cost so far
counts against the same budget.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Load, joinedload

from app import queues, signals
from app.database import one_at_a_time
from app.extensions import db
from app.llm import model_name
from app.models import Document, LedgerEntry, Purpose, Readership, Revision, Status, Summary
from app.models.summary import IN_ADVANCE
from app.models.work import IN_PROGRESS
from app.summaries import asking, budget, prompt
from app.summaries.asking import form_of, key_of
from app.summaries.prompt import Options

MOST_KEYS = 500  # in one query


@dataclass(frozen=True)
class Outdated:
    """A form in which a document has only summaries of an earlier prompt or another model."""

    document_id: int
    options: Options
    key: str  # under which the renewed one will be
    estimate: int | None  # micro-dollars; None where no price is known


@dataclass(frozen=True)
class Progress:
    """How far the renewal for the present prompt and model has come; money in micro-dollars."""

    complete: int
    failed: int
    in_progress: int
    committed: int  # spent, and reserved for what is in progress


def outdated() -> list[Outdated]:
    """All that is out of date for its prompt or its model and not being renewed yet, most read first."""
    found = []
    for summary in db.session.scalars(_newest_of_each_form()).unique():
        form = form_of(summary)
        if summary.key != key_of(summary.revision, form):
            present = summary.document.revision
            found.append(Outdated(summary.document_id, form, key_of(present, form), asking.estimate(present, form)))
    db.session.rollback()
    taken = _taken([one.key for one in found])
    return [one for one in found if one.key not in taken]


def renew(wanted: Sequence[Outdated], allowed: int | None) -> Iterator[Summary]:
    """Ask on the low queue for one after the other, until the next would pass the budget.

    :param allowed: micro-dollars for all of this renewal, also what it spent before; None for no limit.
    """
    for one in wanted:
        while not one_at_a_time("renewal"):
            time.sleep(0.1)
        if allowed is not None and (one.estimate is None or committed() + one.estimate > allowed):
            db.session.rollback()
            return
        document = db.session.get(Document, one.document_id)
        summary = asking.start_in_advance(document, one.options, Purpose.RENEWAL) if document else None
        db.session.expunge_all()  # whoever rings must hold no transaction
        db.session.commit()
        if summary:
            signals.summary_requested.send(None, summary_id=summary.id, queue=summary.queue)
            queues.ring(summary)
            yield summary


def progress() -> Progress:
    rows = db.session.execute(
        select(Summary.status, func.count(Summary.id)).where(_of_this_renewal()).group_by(Summary.status)
    )
    counts = {status: count for status, count in rows}  # noqa: C416 - a Row is no pair to mypy
    found = Progress(
        complete=counts.get(Status.COMPLETE, 0),
        failed=counts.get(Status.FAILED, 0) + counts.get(Status.CANCELLED, 0),
        in_progress=sum(counts.get(status, 0) for status in IN_PROGRESS),
        committed=committed(),
    )
    db.session.rollback()
    return found


def committed() -> int:
    """Micro-dollars that the renewal for the present prompt and model has spent, or reserved."""
    calls = LedgerEntry.summary_id.in_(select(Summary.id).where(_of_this_prompt_and_model()))
    return budget.committed((LedgerEntry.purpose == Purpose.RENEWAL) & calls, _of_this_renewal())


def _newest_of_each_form() -> Select[Summary]:
    """The newest good summary of each document in each form, by how often that form of it was read."""
    form = (Summary.document_id, Summary.style, Summary.language, Summary.length)
    newest = (
        select(func.max(Summary.id).label("id"), func.coalesce(func.sum(Readership.reads), 0).label("reads"))
        .outerjoin(Readership, Readership.summary_id == Summary.id)
        .where(Summary.status == Status.COMPLETE)
        .group_by(*form)
        .subquery()
    )
    texts = (Revision.document_id, Revision.digest, Revision.carried_digest, Revision.language, Revision.size)
    columns = (Summary.document_id, Summary.key, Summary.style, Summary.language, Summary.length)
    return (
        select(Summary)
        .join(newest, newest.c.id == Summary.id)
        .options(Load(Summary).load_only(*columns))
        .options(joinedload(Summary.revision).load_only(*texts))
        .options(joinedload(Summary.document).joinedload(Document.revision).load_only(*texts))
        .order_by(newest.c.reads.desc(), Summary.id)
    )


def _taken(keys: list[str]) -> set[str]:
    """Those of *keys* that have a summary, or one that is under way, or that a person tried to get."""
    came_to_nothing = and_(Summary.purpose.in_(IN_ADVANCE), Summary.status.in_((Status.FAILED, Status.CANCELLED)))
    found: set[str] = set()
    for start in range(0, len(keys), MOST_KEYS):
        some = keys[start : start + MOST_KEYS]
        found.update(db.session.scalars(select(Summary.key).where(Summary.key.in_(some), ~came_to_nothing)))
    return found


def _of_this_renewal() -> ColumnElement[bool]:
    return and_(Summary.purpose == Purpose.RENEWAL, _of_this_prompt_and_model())


def _of_this_prompt_and_model() -> ColumnElement[bool]:
    return and_(Summary.prompt_version == prompt.PROMPT_VERSION, Summary.model == model_name())
