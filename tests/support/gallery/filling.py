"""Fills a database with people, and with a document for each state that its page can be in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from sqlalchemy import select

from app import queues
from app.accounts import passwords, signing_up
from app.database import utcnow
from app.extensions import db
from app.llm import Completion, Prompt
from app.models import Collaborator, Document, Extraction, Purpose, Role, Source, Status, Step, Summary, User
from app.models.tag import Tag
from app.models.user import hash_password
from app.models.work import asked_now
from app.summaries import asking, progress
from app.summaries.calls import Call, Ended
from app.summaries.coverage import Coverage, Unread
from app.summaries.entries import Account
from app.summaries.progress import Progress
from app.summaries.prompt import Options
from tests.support.gallery import texts
from tests.support.gallery.entry import ADA, BEN, CAT, DORA, EVE, FRITZ, GRETA, PEOPLE
from tests.support.people import PASSWORD, Person

FOR_LONG = timedelta(days=1)  # nobody comes and takes it while the gallery stands
OTHER_FORM = Options("bullets", "de", "long")
MORE_DOCUMENTS = 12  # so that the library has a second page
LIMITED = "limited@example.org"  # for whom a link was asked for too often


class Filling:
    """
    :ivar known: what stands for the names in the addresses of the catalogue.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.known: dict[str, Any] = {}
        self.people: dict[str, User] = {}

    def fill(self) -> dict[str, Any]:
        with self.app.app_context():
            self._make_people()
            for number in range(1, MORE_DOCUMENTS + 1):
                self.document(f"more{number}", f"Minutes of the council, {number} May", texts.OTHER_SUMMARY)
            self._make_texts_still_to_be_read()
            self._make_what_ended()
            self._make_what_is_under_way()
            self._make_what_is_older()
            db.session.commit()
            self._ring()
        self._ask_too_often()
        library = Person(self.app, ADA)
        library.log_in()
        (later,) = library.page("/documents").cssselect(".paging a")
        self.known["second_page"] = urljoin("/documents", later.get("href"))
        return self.known

    def fill_offline(self) -> dict[str, Any]:
        """On a site without a provider, where others have filled the rest."""
        with self.app.app_context():
            self.people[ADA] = User.by_email(f"{ADA}@example.org")
            text = texts.OTHER_SUMMARY
            self.summary(self.document("offline", "The toll house, as it is"), Status.COMPLETE, text=text, passages=[])
            db.session.commit()
        return self.known

    # -- people ----------------------------------------------------------------------------------------

    def _make_people(self) -> None:
        hashed = hash_password(PASSWORD)
        for name in (*PEOPLE, "hugo"):
            self.people[name] = User.with_credentials(f"{name}@example.org", hashed)
            self.people[name].confirmed_at = utcnow()
            db.session.add(self.people[name])
            db.session.flush()
            self.known[name] = self.people[name].id
        self.people[DORA].is_admin = True
        self.people[ADA].monthly_budget, self.people[GRETA].monthly_budget = 5_000_000, 1
        self.people[FRITZ].locale, self.people[FRITZ].updates_paused = "de", True
        self.people["hugo"].confirmed_at = None
        self.known["confirming"] = signing_up.LINK.token(self.people["hugo"])
        self.known["resetting"] = passwords.LINK.token(self.people[EVE])

    def _ask_too_often(self) -> None:
        """For the answer to whoever does so once more."""
        anybody = Person(self.app, "limited")
        while anybody.post("/password/forgotten", "/login", email=LIMITED).status_code != 429:
            pass

    # -- documents -------------------------------------------------------------------------------------

    def document(
        self, name: str, title: str, text: str = texts.HARBOUR, language: str = "en", owner: str = ADA
    ) -> Document:
        document = Document.add(self.people[owner], title, text, language=language)
        db.session.flush()
        self.known[name] = document.id
        return document

    def revise(self, document: Document, text: str) -> None:
        document.revise(document.title, text, document.version, language="en")
        db.session.flush()
        db.session.expire(document, ["revision"])

    def summary(
        self, document: Document, status: str, take: int = 1, form: Options | None = None, **values: Any
    ) -> Summary:
        """A summary of the text as it is now, in any state."""
        now, ended = utcnow(), status not in (Status.PENDING, Status.PROCESSING)
        asking.start(document, form or Options(), take, Purpose.REQUEST, self.people[ADA])
        row = db.session.scalars(select(Summary).order_by(Summary.id.desc()).limit(1)).one()
        row.status, row.fence, row.attempt = status, 3, 1
        row.next_at = row.give_up_at = now + FOR_LONG
        row.started_at = None if status == Status.PENDING else now - timedelta(seconds=4)
        row.lease_until = now + FOR_LONG if status == Status.PROCESSING else None
        row.finished_at = now if ended else None
        if status == Status.COMPLETE:
            row.text, row.passages, row.chosen_at = texts.SUMMARY, texts.PASSAGES, now
            row.coverage = Coverage(size=document.revision.size).kept()
        for name, value in values.items():
            setattr(row, name, value)
        db.session.flush()
        return row

    def _make_what_ended(self) -> None:
        self._open_to_others("none", self.document("none", "Tolls of the harbour, 1710 to 1719"))
        complete = self.document("complete", "The harbour of Aldwick")
        self._pay_for(self.summary(complete, Status.COMPLETE))
        self._open_to_others("complete", complete)
        for status, reason in ((Status.FAILED, "unavailable"), (Status.CANCELLED, "")):
            document = self.document(status.value, f"The harbour, {status}")
            self.summary(document, status, reason=reason)
            self._open_to_others(status.value, document)
        takes = self.document("takes", "A lamp at the end of the quay")
        self.summary(takes, Status.COMPLETE)
        self.summary(takes, Status.COMPLETE, take=2, text=texts.OTHER_SUMMARY, passages=[])
        beside = self.document("failed_beside", "Letters from Marlow")
        self.summary(beside, Status.COMPLETE)
        self.summary(beside, Status.FAILED, take=2, reason="refused")
        self.summary(self.document("other_form", "The groyne of oak"), Status.COMPLETE, form=OTHER_FORM)
        german = self.document("german", "Der Hafen von Aldwick", texts.GERMAN, "de")
        self.summary(german, Status.COMPLETE, text=texts.GERMAN_SUMMARY, passages=[])
        arabic = self.document("arabic", "ميناء ألدويك", texts.ARABIC, "ar")
        self.summary(arabic, Status.COMPLETE, text=texts.ARABIC_SUMMARY, passages=[])
        self.document("refused", "The surveyor’s second report", owner=GRETA)

    @staticmethod
    def _pay_for(summary: Summary) -> None:
        """The one call that it took."""
        answer = Completion(texts.SUMMARY, 412, 118, tokens_estimated=False)
        ended = Ended(Call(Prompt("", ""), Step.WHOLE, ""), "complete", 3.2, answer)
        Account.of(summary, summary.fence).enter([ended], theirs=False)

    def _make_what_is_under_way(self) -> None:
        now = utcnow()
        self.summary(self.document("pending", "The quay, lengthened"), Status.PENDING)
        retried = {"reason": "rate_limited", "attempt": 2}
        self.summary(self.document("retried", "The bar across the mouth"), Status.PENDING, **retried)
        due = self.document("due", "Three houses of Mill Lane")
        self.summary(due, Status.PENDING, next_at=now - timedelta(minutes=5))
        self.summary(self.document("processing", "Storms of 1703"), Status.PROCESSING)
        for name, title, so_far in (
            ("writing", "Ships of forty tons", Progress(texts.BEGUN)),
            ("in_parts", texts.LONG_TITLE, Progress("", 4, 9)),
            ("parts_read", "All evidence that was heard", Progress(texts.BEGUN, 9, 9)),
        ):
            document = self.document(name, title)
            row = self.summary(document, Status.PROCESSING)
            progress.write(row.id, row.fence, so_far)
            self._open_to_others(name, document)
        regenerating = self.document("regenerating", "The herring fleet")
        self.summary(regenerating, Status.COMPLETE)
        row = self.summary(regenerating, Status.PROCESSING, take=2)
        progress.write(row.id, row.fence, Progress(texts.BEGUN))

    def _make_what_is_older(self) -> None:
        for name, title, status in (
            ("stale", "The southern bank", None),
            ("updating", "A deeper channel", Status.PENDING),
            ("failed_older", "The toll house", Status.FAILED),
            ("cancelled_older", "A foot in each decade", Status.CANCELLED),
        ):
            document = self.document(name, title)
            self.summary(document, Status.COMPLETE)
            self.revise(document, texts.LATER_HARBOUR)
            if status:
                self.summary(document, status, reason="timeout" if status == Status.FAILED else "")
            self._open_to_others(name, document)
        carried = self.document("carried_over", "Eighty yards")
        self.summary(carried, Status.COMPLETE)
        self.revise(carried, texts.SPACED_HARBOUR)
        pinned = self.document("pinned", "Two summers of dredging")
        self.summary(pinned, Status.COMPLETE)
        pinned.pin()
        refused = self.document("refused_stale", "The surveyor’s third report", owner=GRETA)
        self.summary(refused, Status.COMPLETE)
        self.revise(refused, texts.LATER_HARBOUR)

    def _open_to_others(self, name: str, document: Document) -> None:
        """To one who may read, to one who may change, and to whoever has the link."""
        for other, role in ((BEN, Role.VIEWER), (CAT, Role.EDITOR), (FRITZ, Role.EDITOR)):
            Collaborator.share(document.id, self.people[other].id, role)
        document.publish()
        Tag.replace(document, ["harbour", "council"])
        db.session.refresh(document)
        self.known[f"{name}_link"] = document.public_token

    # -- texts from files and pages ----------------------------------------------------------------------

    def _make_texts_still_to_be_read(self) -> None:
        for status in Status:
            for source in Source:
                self.unread(f"{source}_{status}", source, status)
        self.unread("file_retried", Source.FILE, Status.PENDING, attempt=2, reason="worker_lost")
        self.unread("file_due", Source.FILE, Status.PENDING, next_at=utcnow() - timedelta(minutes=5))
        older = self.unread("page_failed_older", Source.ADDRESS, Status.COMPLETE, text_digest="typed")
        Extraction.of(older.id).status = Status.FAILED
        self.unread("page_changed", Source.ADDRESS, Status.COMPLETE, changed=True)
        self.unread("page_typed", Source.ADDRESS, Status.COMPLETE, text_digest=None)
        fetching = self.unread("page_again", Source.ADDRESS, Status.COMPLETE)
        Extraction.of(fetching.id).status = Status.PROCESSING
        gaps = self.unread("gaps", Source.FILE, Status.COMPLETE, gaps=texts.GAPS)
        unread = Coverage(gaps.revision.size, 9, reused=2, unread=[Unread(7, 300, "refused")])
        self.summary(gaps, Status.COMPLETE, coverage=unread.kept(), passages=[])

    def unread(self, name: str, source: Source, status: Status, gaps: Sequence[str] = (), **values: Any) -> Document:
        """A document from a file or a page, and where the reading of that stands."""
        of_a_page = source == Source.ADDRESS
        named = texts.ADDRESS if of_a_page else "harbour-of-aldwick.pdf"
        where = "www.example.org" if of_a_page else named
        document = Document.await_text(self.people[ADA], named, where, texts.ADDRESS if of_a_page else None)
        row = Extraction(source=source, name=named, queue="high", status=status, text_digest="read", **asked_now())
        row.document, row.requested_by_id = document, self.people[ADA].id
        row.next_at = row.give_up_at = utcnow() + FOR_LONG
        row.lease_until = row.next_at if status == Status.PROCESSING else None
        row.reason = "too_slow" if status == Status.FAILED else ""
        row.finished_at = utcnow()
        for attribute, value in values.items():
            setattr(row, attribute, value)
        db.session.add(row)
        db.session.flush()
        if status == Status.COMPLETE:
            document.take_in(texts.HARBOUR, "en", gaps, title="The harbour of Aldwick, as it was read")
            db.session.flush()
            db.session.expire(document, ["revision"])
        self.known[name] = document.id
        return document

    def _ring(self) -> None:
        """For what is waiting, so that there is something in the queues."""
        for row in db.session.scalars(select(Summary).where(Summary.status == Status.PENDING)).all():
            queues.ring(row)
        rung = queues.connection().lrange("rq:queue:high", 0, 0)
        self.known["job"] = rung[0].decode()
