"""The real thing behind the model: the verbs as views and workers call them, and what is in the database after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, has_app_context
from redis import Redis
from sqlalchemy import Select, delete, func, select, update

from app import queues
from app.database import utcnow
from app.extensions import db
from app.models import Document, LedgerEntry, Revision, Role, Summary, User
from app.summaries import asking, reading, recovery, service
from app.summaries.prompt import Options
from app.visible import visible
from tests.moves.model import IN_PROGRESS, Reads, Row
from tests.moves.workers import mark
from tests.provider import ProviderServer
from tests.support.moments import pass_quietly

QUIET_SECONDS = 3600


@dataclass(frozen=True)
class Seen:
    """A row, as far as the model has a word on it."""

    document: int
    take: int
    form: Options
    status: str
    reason: str
    attempt: int
    purpose: str
    asked_by: int | None
    is_due: bool | None
    words: str | None

    @classmethod
    def expected(cls, row: Row) -> Seen:
        return cls(
            document=row.key[0],
            take=row.take,
            form=row.key[2],
            status=row.status,
            reason=row.reason,
            attempt=row.attempt,
            purpose=row.purpose,
            asked_by=row.asked_by,
            is_due=not row.waits if row.status == "pending" else None,
            words=row.words,
        )


class World:
    def __init__(self, app: Flask, redis: Redis, provider: ProviderServer) -> None:
        self.app = app
        self.redis = redis
        self.provider = provider
        with self.session():
            people = [User.with_credentials(f"{name}@example.org", "none") for name in ("ada", "ben", "cat")]
            db.session.add_all(people)
            db.session.commit()
            self.people = [person.id for person in people]

    @contextmanager
    def session(self) -> Iterator[None]:
        if has_app_context():
            yield
            return
        with self.app.app_context():
            yield

    # -- what people do ----------------------------------------------------------------------------

    def add(self, text: str) -> int:
        with self.session():
            document = Document.add(db.session.get(User, self.people[0]), "A document", text)
            db.session.commit()
            return document.id

    def edit(self, document_id: int, text: str) -> None:
        with self.session():
            document = db.session.get(Document, document_id)
            document.revise("A document", text, document.version)
            db.session.commit()

    def request(self, document_id: int, by: int, form: Options, *, regenerate: bool) -> int:
        with self.session():
            document, person = db.session.get(Document, document_id), db.session.get(User, by)
            return service.request(document, person, form, regenerate=regenerate).id

    def arrive(self, document_id: int, form: Options) -> None:
        with self.session():
            service.read(db.session.get(Document, document_id), form, db.session.get(User, self.people[1]))

    def cancel(self, document_id: int, form: Options, by: int, *, only_reads: bool) -> bool:
        role = Role.VIEWER if only_reads else Role.OWNER
        with self.session():
            try:
                service.cancel(db.session.get(Document, document_id), form, db.session.get(User, by), role)
            except service.NotYours:
                return False
        return True

    def choose(self, summary_id: int) -> None:
        with self.session():
            service.choose(db.session.get(Summary, summary_id))

    def pin(self, document_id: int) -> None:
        with self.session():
            db.session.get(Document, document_id).pin()
            db.session.commit()

    def delete(self, document_id: int) -> None:
        with self.session():
            service.delete(db.session.get(Document, document_id))

    # -- what time does ----------------------------------------------------------------------------

    def pass_quietly(self) -> None:
        pass_quietly(self.app, QUIET_SECONDS + 1)

    def set_back(self, summary_id: int, column: str) -> None:
        """As if the time that stands in this column had gone by."""
        with self.session():
            gone = {column: utcnow() - timedelta(seconds=1)}
            db.session.execute(update(Summary).where(Summary.id == summary_id).values(gone))
            db.session.commit()

    def sweep(self) -> None:
        with self.session():
            recovery.sweep()
            db.session.remove()

    # -- what there is -----------------------------------------------------------------------------

    def rows(self) -> dict[int, Seen]:
        now = utcnow()
        with self.session():
            return {
                row.id: Seen(
                    document=row.document_id,
                    take=row.take,
                    form=asking.form_of(row),
                    status=row.status,
                    reason=row.reason,
                    attempt=row.attempt,
                    purpose=row.purpose,
                    asked_by=row.requested_by_id,
                    is_due=row.next_at <= now if row.status == "pending" else None,
                    words=row.text,
                )
                for row in db.session.scalars(select(Summary))
            }

    def id_of_latest(self, document_id: int, form: Options) -> int:
        with self.session():
            return Summary.latest_take(asking.current_key(db.session.get(Document, document_id), form)).id

    def reads(self, document_id: int, form: Options, *, from_cache: bool) -> Reads:
        """What a page says."""
        with self.session():
            found = reading.read(db.session.get(Document, document_id), form, from_cache=from_cache)
            words = found.good.text if found.good else None
            attempt = found.attempt.status if found.attempt else None
            return Reads(str(found.state), words, found.stale, found.other_form, attempt)

    def outcomes(self) -> Counter[str]:
        with self.session():
            return Counter(db.session.scalars(select(LedgerEntry.outcome)))

    # -- what must never be ------------------------------------------------------------------------

    def check_rows(self) -> None:
        """What holds of every row, whatever the model says of it."""
        with self.session():
            for row, text in db.session.execute(select(Summary, Revision.text).join(Summary.revision)):
                assert row.key == asking.key_of(row.revision, asking.form_of(row)), "filed under another text's key"
                assert 0 <= row.attempt <= 5, f"{row.attempt} attempts"
                assert (row.lease_until is not None) == (row.status == "processing"), "a lease and nobody at work"
                in_vain = row.status == "pending" and utcnow() < row.give_up_at < row.next_at
                assert not in_vain, "it is tried again only after the time that was promised"
                assert (row.text is not None) == (row.status == "complete"), "a text and no end, or an end without"
                assert row.text is None or row.text.endswith(f"{mark(visible(text))}."), "the summary of another text"
            at_work = select(Summary.key).where(Summary.status.in_(IN_PROGRESS)).group_by(Summary.key)
            assert not db.session.scalars(at_work.having(func.count() > 1)).all(), "two in progress for one key"

    def check_doorbells(self) -> None:
        """After a sweep, a doorbell waits for whatever is due."""
        with self.session():
            due = Summary.due(utcnow(), 1000)
            missing = {(row.queue, queues.doorbell(row)) for row in due} - queues.waiting()
            assert not missing, f"nobody rings for {missing}"

    def check_gone(self, document_id: int) -> None:
        """Nothing is left of a document, in no table that speaks of documents and in no copy."""
        with self.session():
            for query in _traces(document_id):
                assert db.session.scalar(query) == 0, f"something is left: {query}"
        left = [name for name in self.redis.scan_iter(f"*:{document_id}:*") if b"summary" in name]
        assert not left, f"copies are left: {left}"

    def clear(self) -> None:
        self.redis.flushall()
        self.provider.reset()
        with self.session():
            db.session.execute(delete(Document))
            db.session.execute(delete(LedgerEntry))
            db.session.commit()


def _traces(document_id: int) -> Iterator[Select[int]]:
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "document":
                yield select(func.count()).select_from(table).where(key.parent == document_id)
