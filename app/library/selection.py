"""What is done to several documents at once: each by itself, with the verbs that there are for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app import queues
from app.extensions import db
from app.models import IN_PROGRESS, Document, Status, Summary, Tag, User
from app.summaries import asking, service
from app.summaries.budget import Refusal
from app.summaries.prompt import Options


@dataclass(frozen=True)
class Plan:
    """What having these documents summarised would come to."""

    wanted: list[Document] = field(default_factory=list)
    under_way: list[Document] = field(default_factory=list)
    ready: list[Document] = field(default_factory=list)
    unread: list[Document] = field(default_factory=list)  # which have no text yet
    estimate: int | None = 0  # micro-dollars of those that are wanted; None where no price is known


@dataclass(frozen=True)
class Asked:
    """For how many a summary was asked, and why not for all where a budget came to its end."""

    number: int
    refusal: Refusal | None = None


def plan(documents: Sequence[Document], options: Options) -> Plan:
    """Sort the documents by what asking for their summaries in this form would do."""
    keys = {document.id: asking.current_key(document, options) for document in documents if document.has_text}
    takes: dict[str, list[str]] = {}
    rows = select(Summary.key, Summary.status).where(Summary.key.in_(keys.values())).order_by(Summary.take)
    for key, status in db.session.execute(rows):
        takes.setdefault(key, []).append(status)
    found = Plan()
    for document in documents:
        _place_in(found, document.has_text, takes.get(keys.get(document.id, ""), [])).append(document)
    costs = [asking.estimate(document.revision, options) for document in found.wanted]
    known = [cost for cost in costs if cost is not None]
    return Plan(found.wanted, found.under_way, found.ready, found.unread, sum(known) if known == costs else None)


def _place_in(found: Plan, has_text: bool, takes: list[str]) -> list[Document]:
    if not has_text:
        return found.unread
    if takes and takes[-1] in IN_PROGRESS:
        return found.under_way
    return found.ready if Status.COMPLETE in takes else found.wanted


def summarise(planned: Plan, by: User, options: Options) -> Asked:
    """Ask for what is wanted, until a budget says no, and join what is under way. Commits, each by itself."""
    asked = 0
    wanted = {document.id for document in planned.wanted}
    for document_id in [document.id for document in (*planned.wanted, *planned.under_way)]:
        document = db.session.get(Document, document_id)
        try:
            if document:
                # Many at once wait where nobody's single click waits behind them.
                service.request(document, by, options, queue=queues.DEFAULT)
                asked += document_id in wanted
        except (service.Gone, service.NoText):
            continue
        except service.OverBudget as over:
            return Asked(asked, over.refusal)
    return Asked(asked)


def delete(documents: Sequence[Document]) -> tuple[int, int]:
    """Delete them; how many, and how many were changed in this moment and are left. Commits, each by itself."""
    deleted = left = 0
    for document_id in [document.id for document in documents]:
        document = db.session.get(Document, document_id)
        try:
            if document:
                service.delete(document)
                deleted += 1
        except StaleDataError:
            db.session.rollback()
            left += db.session.get(Document, document_id) is not None
    return deleted, left


def add_tag(documents: Sequence[Document], name: str) -> int:
    """File them under *name*; how many are now. Of the others, each has as many tags as it may. Commits."""
    tagged = sum(Tag.add(document, name) for document in documents)
    db.session.commit()
    return tagged


def remove_tag(documents: Sequence[Document], name: str) -> int:
    """How many had it. Commits."""
    removed = Tag.remove([document.id for document in documents], name)
    db.session.commit()
    return removed
