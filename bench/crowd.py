"""A crowd that waits: ``python -m bench.crowd``.

The Procfile's processes (web with two workers, and four worker dynos) with people who press Summarise and then do what
htmx does until the summary is there: 1,000 on one document, and 200 each on their own. The first is measured against
the end of the one call, the second against the moment in which each row was complete. A call like those to come is
made before, so that the program knows how long they take, as it does on any other day.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.models import Status, Summary
from bench import followers
from bench.clusters import databases
from bench.followers import Followed, Visitor
from bench.report import Part, Table, as_text, at_most, exactly, p50, p95
from tests.provider import Answer, says
from tests.support.breakable import Postgres
from tests.support.deployment import Deployment, deployed
from tests.support.people import TEXT

ON_ONE, ON_MANY = 1000, 200
ONE_PRESSED_WITHIN, MANY_PRESSED_WITHIN = 8.0, 2.0  # seconds
ONE_CALL = says(before=4, between=0.5)  # about 16 s, the last 12 of them with words
MANY_CALL = says(before=1.5, between=0.06)  # about 3 s
WORKERS = 4
CONNECTIONS = 80  # four dynos need more than the smallest plan has
LATEST_SECONDS = 2.0
WARM_PRESSES = 60


@dataclass(frozen=True)
class Crowd:
    """What came of one crowd on one database."""

    name: str
    seen: list[Followed]
    late: list[float]  # seconds from the end to seeing it
    calls: int
    wanted: int  # of calls
    seconds: float

    @property
    def wrong(self) -> list[str]:
        unended = ["somebody never saw the end"] * sum(not one.ended for one in self.seen)
        return [said for one in self.seen for said in one.wrong] + unended

    @property
    def requests(self) -> list[float]:
        return [took for one in self.seen for took in one.requests]


def measure() -> Part:
    crowds = []
    for name, postgres in databases(CONNECTIONS):
        crowds += [_one(name, postgres), _many(name, postgres)]
    return _part(crowds)


@contextlib.contextmanager
def _site(postgres: Postgres | None, answer: Answer, workers: int = 1) -> Iterator[Deployment]:
    """The program, warm, and with a notion of how long such calls take."""
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), postgres, WARMING="off") as deployment:
        for _ in range(workers - 1):
            deployment.start("worker")
            deployment.wait_until_ready()
        visitors = followers.admitted(deployment.app, WARM_PRESSES)
        _press(deployment, visitors, [*_documents(deployment, visitors[:1]) * WARM_PRESSES], 2)
        followers.teach(deployment, visitors[0], answer)
        deployment.provider.reset()
        yield deployment


def _documents(deployment: Deployment, owners: Sequence[Visitor], shared_with: Sequence[Visitor] = ()) -> list[int]:
    """One for each of the owners."""
    add = partial(followers.added, deployment.app, shared_with=shared_with)
    return [add(owner.user_id, [f"{TEXT} By {owner.user_id}, {time.time()}."])[0] for owner in owners]


def _press(
    deployment: Deployment, visitors: Sequence[Visitor], documents: Sequence[int], within: float
) -> list[Followed]:
    return followers.together(deployment.address, visitors, followers.press, documents, within)


def _one(database: str, postgres: Postgres | None) -> Crowd:
    with _site(postgres, ONE_CALL) as deployment:
        visitors = followers.admitted(deployment.app, ON_ONE)
        (document,) = _documents(deployment, visitors[:1], visitors[1:])
        began = time.monotonic()
        seen = _press(deployment, visitors, [document] * ON_ONE, ONE_PRESSED_WITHIN)
        calls = deployment.provider.calls
        late = [one.ended - calls[0].finished_at for one in seen if one.ended]
        seconds = time.monotonic() - began
    return Crowd(f"{ON_ONE:,} on one, {database}", seen, late, len(calls), 1, seconds)


def _many(database: str, postgres: Postgres | None) -> Crowd:
    with _site(postgres, MANY_CALL, WORKERS) as deployment:
        visitors = followers.admitted(deployment.app, ON_MANY)
        documents = _documents(deployment, visitors)
        began = time.monotonic()
        seen = _press(deployment, visitors, documents, MANY_PRESSED_WITHIN)
        seconds, ends = time.monotonic() - began, _ends(deployment, documents)
        late = [one.ended - ends[document] for one, document in zip(seen, documents, strict=True) if one.ended]
        calls = len(deployment.provider.calls)
    return Crowd(f"{ON_MANY} on {ON_MANY}, {database}", seen, late, calls, ON_MANY, seconds)


def _ends(deployment: Deployment, documents: Sequence[int]) -> dict[int, float]:
    """When the row of each document was complete, by the clock that the people go by."""
    clock = time.time() - time.monotonic()
    rows = select(Summary.document_id, Summary.finished_at).where(
        Summary.document_id.in_(documents), Summary.status == Status.COMPLETE
    )
    with deployment.app.app_context():
        return {document: finished.timestamp() - clock for document, finished in db.session.execute(rows)}


# -- what came of it ---------------------------------------------------------------------------------------


def _part(crowds: list[Crowd]) -> Part:
    goals = []
    for crowd in crowds:
        goals += [
            exactly(f"{crowd.name}: paid calls", crowd.wanted, crowd.calls),
            exactly(f"{crowd.name}: what went wrong", 0, len(crowd.wrong)),
            at_most(f"{crowd.name}: from the end until the last sees it", LATEST_SECONDS, max(crowd.late), "s"),
        ]
    said = sorted({said for crowd in crowds for said in crowd.wrong})
    return Part("crowd", "A crowd", _about(), [_table(crowds)], goals, notes=said[:5])


def _about() -> str:
    return (
        f"{ON_ONE:,} people press on one document within {ONE_PRESSED_WITHIN:.0f} s, and follow its one call of about "
        f"16 s. Then {ON_MANY} people press on a document each within {MANY_PRESSED_WITHIN:.0f} s, and follow calls of "
        f"about 3 s that {WORKERS} worker dynos make, two at a time each. Two cores, on which the people stand too."
    )


def _table(crowds: list[Crowd]) -> Table:
    columns = ("crowd", "end to seen p50 ms", "p95", "longest", "request p50 ms", "p95", "polls each", "requests/s")
    rows = [
        [
            crowd.name,
            *(1000 * late for late in (p50(crowd.late), p95(crowd.late), max(crowd.late))),
            *(1000 * took for took in (p50(crowd.requests), p95(crowd.requests))),
            len(crowd.requests) / len(crowd.seen) - 1,
            len(crowd.requests) / crowd.seconds,
        ]
        for crowd in crowds
    ]
    return Table(columns, rows)


if __name__ == "__main__":
    print(as_text(measure()))
