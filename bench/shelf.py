"""A database with many documents of one person, in every state and with tags, for what is measured on it.

With usage, each summary was paid for by a call this month and read on three days of it.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text

from app import create_app
from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.llm import model_name
from app.models import Document, LedgerEntry, Purpose, Readership, Revision, Status, Summary, Tag, User
from app.models.document import folded
from app.models.revision import digest
from app.summaries.prompt import PROMPT_VERSION
from app.usage.period import Month
from tests.support import servers

AT_ONCE = 5_000
WORDS = (
    *("harbour", "minutes", "lease", "survey", "report", "council", "channel", "bridge", "station", "archive"),
    *("ledger", "notice", "plan", "map", "letter"),
)
# Of a thousand documents, how many are in which state; 2 of all of them in each of the two rare ones.
IN_STATE = {Status.COMPLETE: 700, "stale": 100, "": 150, Status.FAILED: 47, Status.PENDING: 3}
RARE = {Status.CANCELLED: 2, "unread": 2}
READ_ON = 3  # days
PATIENCE = timedelta(days=1)

Database = Callable[[Path], AbstractContextManager[Callable[[], str]]]  # yields what gives the address of an empty one


# -- databases -------------------------------------------------------------------------------------------


@contextmanager
def sqlite(folder: Path) -> Iterator[Callable[[], str]]:
    numbers = itertools.count(1)
    yield lambda: f"sqlite:///{folder / f'foreword-{next(numbers)}.sqlite3'}"


@contextmanager
def postgres(_folder: Path) -> Iterator[Callable[[], str]]:
    binaries = servers.postgres_binaries()
    if binaries is None:
        sys.exit("PostgreSQL (initdb) is not installed.")
    with servers.postgres(binaries) as address:
        yield lambda: _created(address)


DATABASES: dict[str, Database] = {"SQLite": sqlite, "Postgres": postgres}
_names = (f"shelf_{number}" for number in itertools.count(1))


def _created(address: str) -> str:
    name = next(_names)
    with servers.psycopg.connect(f"{address}/postgres", autocommit=True) as maintenance:
        maintenance.execute(f"CREATE DATABASE {name}")
    return f"{address}/{name}"


def migrated(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return app


# -- filling ---------------------------------------------------------------------------------------------


def fill(size: int, *, usage: bool = False) -> None:
    """Give the only person so many documents.

    :param usage: whether each summary also has its call in the ledger, and its readers.
    """
    owner = db.session.scalars(select(User.id)).one()
    for start in range(0, size, AT_ONCE):
        numbers = range(start, min(size, start + AT_ONCE))
        rows = [_document(owner, number, size) for number in numbers]
        summaries = [summary for row in rows if (summary := _summary(row))]
        for model, some in (
            (Document, rows),
            (Revision, [_revision(row) for row in rows]),
            (Summary, summaries),
            (Tag, [tag for row in rows for tag in _tags(row, size)]),
            (LedgerEntry, [_call(owner, summary) for summary in summaries if usage]),
            (Readership, [day for summary in summaries if usage for day in _reads(owner, summary)]),
        ):
            if some:
                db.session.execute(insert(model), some)
        db.session.commit()
    assert db.session.scalar(select(func.count(Document.id))) == size
    if db.engine.dialect.name == "postgresql":
        _look_after_postgres()


def _look_after_postgres() -> None:
    """Have the next ids follow those that were given here, and do what autovacuum would have done in time."""
    for model in (Document, Revision, Summary):
        table = model.__tablename__
        db.session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _state(number: int) -> str:
    """In turn, so that documents in each state are all over the library; the rare ones at its far end."""
    rare = list(RARE.items())
    for place, (state, count) in enumerate(rare):
        if place * 2 <= number < place * 2 + count:
            return state
    turn = number * 387 % 1000
    for state, count in IN_STATE.items():
        if turn < count:
            return state
        turn -= count
    return ""


def _document(owner: int, number: int, size: int) -> dict[str, Any]:
    title = f"The {WORDS[number % 15]} {WORDS[number // 15 % 15]}, number {number} of {size}"
    changed = utcnow() - timedelta(minutes=size - number)
    body = digest(f"Text {number}")
    read = _state(number) != "unread"
    return {
        "id": number + 1,
        "owner_id": owner,
        "title": title,
        "folded_title": folded(title),
        "revision_number": int(read),
        "words": number * 7919 % 5000 if read else 0,
        "input_digest": body,
        "version": 1,
        "created_at": changed,
        "updated_at": changed,
    }


def _revision(row: dict[str, Any]) -> dict[str, Any]:
    text_of_it = f"Some words of number {row['id']}. " * 40
    return {
        "id": row["id"],
        "document_id": row["id"],
        "number": row["revision_number"],
        "text": text_of_it,
        "digest": row["input_digest"],
        "essence": row["input_digest"],
        "words": row["words"],
        "size": len(text_of_it),
        "created_at": row["created_at"],
    }


def _summary(row: dict[str, Any]) -> dict[str, Any] | None:
    """Under the document's own number. It took from 3 to 10 seconds, at some moment of this month."""
    number, state = row["id"] - 1, _state(row["id"] - 1)
    if state in ("", "unread"):
        return None
    ended = _moment(number)
    asked, began = (
        ended - timedelta(seconds=3 + number % 700 / 100),
        ended - timedelta(seconds=2.9 + number % 700 / 100),
    )
    return {
        "id": row["id"],
        "document_id": row["id"],
        "revision_id": row["id"],
        "text_digest": "another" if state == "stale" else row["input_digest"],
        "key": f"summary:{row['id']}:bench",
        "style": "prose",
        "length": "medium",
        "language": "",
        "model": model_name(),
        "prompt_version": PROMPT_VERSION,
        "status": Status.COMPLETE if state == "stale" else state,
        "queue": "high",
        "requested_by_id": row["owner_id"],
        "requested_at": asked,
        "next_at": utcnow() + PATIENCE,  # of what waits: nobody is to ring for it
        "give_up_at": utcnow() + 2 * PATIENCE,
        "started_at": began,
        "first_words_at": began + timedelta(seconds=1),
        "finished_at": None if state == Status.PENDING else ended,
        "text": "A summary of some length, as there are. " * 25,
    }


def _moment(number: int) -> datetime:
    month = Month.present()
    return month.starts_at + (utcnow() - month.starts_at) * (number * 7919 % 10_007 / 10_007)


def _tags(row: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    number = row["id"] - 1
    names = {name for name in (WORDS[number % 15], "council" if number % 10 == 0 else "") if name}
    names |= {"once"} if number == size // 3 else set()
    for name in names:
        yield {"document_id": row["id"], "name": name, "owner_id": row["owner_id"], "created_at": row["created_at"]}


def _call(owner: int, summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "created_at": summary["finished_at"] or _moment(summary["id"]),
        "summary_id": summary["id"],
        "document_id": summary["document_id"],
        "owner_id": owner,
        "user_id": owner,
        "purpose": Purpose.REQUEST,
        "model": summary["model"],
        "prompt_version": summary["prompt_version"],
        "attempt": 1,
        "outcome": "complete" if summary["status"] == Status.COMPLETE else "unavailable",
        "input_tokens": 800,
        "output_tokens": 200,
        "tokens_estimated": False,
        "cost": 200 + summary["id"] % 97,
    }


def _reads(owner: int, summary: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if summary["status"] != Status.COMPLETE:
        return
    days = Month.present().days
    for day in {days[(summary["id"] + n * 11) % len(days)] for n in range(READ_ON)}:
        yield {
            "summary_id": summary["id"],
            "reader_id": owner,
            "day": day,
            "document_id": summary["document_id"],
            "owner_id": owner,
            "reads": 1 + summary["id"] % 5,
            "cached": summary["id"] % 2,
        }
