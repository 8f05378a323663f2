"""Making a summary before anybody asks: of which documents, when, and for how much.

A document whose text changed, or that more people may read than before, is looked at once it has been left
alone for a while. If it is worth it, its summary is asked for on the low queue, with nobody's name.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, func, select

from app import signals
from app.config import Settings
from app.database import one_at_a_time, only_reading, utcnow
from app.extensions import db
from app.llm import model_name
from app.models import Collaborator, Document, Purpose, Readership, Status, Summary
from app.summaries import asking, budget, readership
from app.summaries.prompt import Options

READ_OFTEN = 5  # times in a week, by people with an account
UNREAD_IN_A_ROW = 3  # made in advance for nobody: after so many it is enough
MOST_FORMS = 2  # of one document
MOST_DOCUMENTS = 50  # in one sweep

log = logging.getLogger("foreword.warming")


@dataclass(frozen=True)
class Facts:
    """All that the rule looks at. The document's page shows each of them."""

    switched_on: bool
    pinned: bool
    collaborators: int
    public: bool
    reads: int  # this week, by people with an account
    people: int
    unread: int  # the latest summaries made in advance, one after the other, that nobody opened
    budget_left: int | None  # micro-dollars; None where no budget is set
    estimate: int | None  # micro-dollars of one summary; None where no price is known
    model: str


@dataclass(frozen=True)
class Verdict:
    warm: bool
    why: str


def verdict(facts: Facts) -> Verdict:
    """Whether a summary is worth making before anybody asks, and why, in words for the document's page."""
    if not facts.switched_on:
        return Verdict(False, _("This site makes summaries only when somebody asks."))
    worth = _worth(facts)
    if not worth:
        return Verdict(False, _("Its summary is made when somebody asks."))
    if facts.unread >= UNREAD_IN_A_ROW:
        return Verdict(False, _nobody_opened(facts.unread))
    if facts.budget_left is not None and facts.estimate is None:
        why = _("Not kept ready: the price of %(model)s is not known, so no budget can be kept.", model=facts.model)
        return Verdict(False, why)
    if facts.budget_left is not None and (facts.estimate or 0) > facts.budget_left:
        return Verdict(False, _("Not kept ready this month: this site's budget for summaries in advance is used up."))
    return Verdict(True, worth)


def _nobody_opened(unread: int) -> str:
    return ngettext(
        "Not kept ready any more: nobody opened the last %(num)s summary made in advance.",
        "Not kept ready any more: nobody opened the last %(num)s summaries made in advance.",
        unread,
    )


def _worth(facts: Facts) -> str:
    """For what it is kept ready; nothing where it is not worth that."""
    if facts.pinned:
        return _("Kept ready because somebody asked for that.")
    if facts.reads >= READ_OFTEN and facts.people > 1:
        return ngettext(
            "Kept ready because %(num)s person read it this week.",
            "Kept ready because %(num)s people read it this week.",
            facts.people,
        )
    if facts.public:
        return _("Kept ready because anyone with its link may read it.")
    if facts.collaborators:
        return ngettext(
            "Kept ready because it is shared with %(num)s person.",
            "Kept ready because it is shared with %(num)s people.",
            facts.collaborators,
        )
    if facts.reads >= READ_OFTEN:
        return ngettext(
            "Kept ready because it was read %(num)s time this week.",
            "Kept ready because it was read %(num)s times this week.",
            facts.reads,
        )
    return ""


def facts_of(document: Document, options: Options) -> Facts:
    """The facts about a summary of *document* in this form, in one query, and one more where a budget is set."""
    settings: Settings = current_app.config["SETTINGS"]
    collaborators, reads, people, unread = db.session.execute(
        select(
            select(func.count(Collaborator.id)).where(Collaborator.document_id == document.id).scalar_subquery(),
            readership.reads_this_week(document.id).scalar_subquery(),
            readership.people_this_week(document.id).scalar_subquery(),
            _unread(document).scalar_subquery(),
        )
    ).one()
    return Facts(
        switched_on=settings.warming == "auto",
        pinned=document.pinned_at is not None,
        collaborators=collaborators,
        public=document.public_token is not None,
        reads=reads,
        people=people,
        unread=unread,
        budget_left=budget.left_for_warming(),
        estimate=asking.estimate(document.revision, options),
        model=model_name(),
    )


def _unread(document: Document) -> Select[int]:
    """For how many texts a summary was made in advance since anybody last read one, or since it was pinned."""
    last_read = select(func.max(Readership.summary_id)).where(Readership.document_id == document.id)
    unread = select(func.count(Summary.revision_id.distinct())).where(
        Summary.document_id == document.id,
        Summary.purpose == Purpose.WARMING,
        Summary.status == Status.COMPLETE,
        Summary.id > func.coalesce(last_read.scalar_subquery(), 0),
    )
    return unread.where(Summary.finished_at > document.pinned_at) if document.pinned_at else unread


# -- the sweeper's part ------------------------------------------------------------------------------------


def warm_what_has_settled() -> None:
    """Decide on each document that has been left alone for long enough, and ask for what is worth it.

    Any number of sweepers may do this at once: one of them takes each decision, and all of them one after
    another, so that a budget is not passed by two that look at it in the same moment. Whatever is asked for is
    due at once, so the sweep that goes on from here rings for it.
    """
    settings: Settings = current_app.config["SETTINGS"]
    quiet_since = utcnow() - timedelta(seconds=settings.warming_quiet_seconds)
    with only_reading():
        settled = Document.settled(quiet_since, MOST_DOCUMENTS)
    for document_id, since in settled:
        if not one_at_a_time("warming"):
            break
        try:
            asked = _decide(document_id) if Document.settle(document_id, since) else []
            db.session.expunge_all()
            db.session.commit()
        except Exception:
            log.exception("document %s is not kept ready", document_id)
            db.session.rollback()
            Document.settle(document_id, since)  # or it would stand before all others for ever
            db.session.commit()
            continue
        for summary in asked:
            signals.summary_requested.send(None, summary_id=summary.id, queue=summary.queue)
    db.session.rollback()


def _decide(document_id: int) -> list[Summary]:
    document = db.session.get(Document, document_id)
    has_text = document is not None and document.has_text
    asked = [_ask(document, options) for options in _forms(document)] if document and has_text else []
    return [summary for summary in asked if summary]


def _ask(document: Document, options: Options) -> Summary | None:
    wanted = verdict(facts_of(document, options)).warm
    return asking.start_in_advance(document, options, Purpose.WARMING) if wanted else None


def _forms(document: Document) -> list[Options]:
    """The forms that people read; of a document that nobody read yet, the one that its owner would get."""
    return readership.forms_read(document.id, MOST_FORMS) or [Options.preferred_by(document.owner)]
