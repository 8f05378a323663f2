"""How soon a press begins: ``python -m bench.queueing``.

The program as it is deployed, with a provider that answers at once. Somebody presses Summarise on one new document
after the other, each when the workers are idle again and have a process ready for the next job, which takes them about
50 ms, and then while 500 warm-ups wait on the low queue, each of which keeps the provider for two seconds. Four moments
are compared: when the row was asked for (``requested_at``: before its insertion), when its bell rings (the log says so
right before), when a worker claimed it (``started_at``), and when the call arrived at the provider.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from app.extensions import db
from app.models import Document, Purpose, Status, Summary, User
from app.summaries import asking
from app.summaries.prompt import Options
from bench.clusters import databases
from bench.report import Bars, Part, Table, as_text, at_most, p50, p95
from tests.provider import Answer, Call, Step, says
from tests.support import servers
from tests.support.breakable import Postgres
from tests.support.deployment import Deployment, deployed
from tests.support.people import TEXT, Person

PRESSES = 120
UNCOUNTED = 10  # presses before the first that counts
WARM_UPS = 500
WARM_UP_SECONDS = 2.0
LIMIT_MS = 30
PATIENCE_SECONDS = 120
IN_ADVANCE = "in advance"  # the mark of a text that is warmed
SETTINGS = {"SUMMARIES_PER_MINUTE": "100000", "LOG_LEVEL": "WARNING"}
RINGS = re.compile(r"(\S+) INFO foreword\.moves: summary-requested summary_id=(\d+) ")


@dataclass(frozen=True)
class Times:
    """Of each press, in milliseconds."""

    to_start: list[float]
    from_bell: list[float]  # to that start
    to_call: list[float]  # from that start
    whole: list[float]  # from the request to the call

    def row(self, *names: str) -> list[str | float]:
        each = (self.to_start, self.from_bell, self.to_call, self.whole)
        return [*names, len(self.whole), *(figure(times) for times in each for figure in (p50, p95)), max(self.whole)]


def measure() -> Part:
    found = {name: _measure(cluster) for name, cluster in databases()}
    rows = [times.row(name, case) for name, cases in found.items() for case, times in cases.items()]
    columns = ["database", "workers", "presses", "to start, p50", "p95", "bell to start, p50", "p95"]
    columns += ["start to call, p50", "p95"]
    table = Table([*columns, "to call, p50", "p95", "max"], rows)
    return Part(
        name="queueing",
        title="From the press to the provider",
        about=f"{PRESSES} presses one after another on idle workers, and as many while {WARM_UPS} warm-ups wait, each "
        f"of which takes {WARM_UP_SECONDS:g} s. In milliseconds, from when the row was asked for to when a worker "
        "claimed it, of that from its bell on, from the claim to the arrival of the call at the provider, and from the "
        "first to the last. One web process type of two workers and one worker process type, as the Procfile has them.",
        tables=[table],
        goals=[
            at_most(f"{what} to start p95, {name}, {case}", LIMIT_MS, p95(taken))
            for name, cases in found.items()
            for case, times in cases.items()
            for what, taken in (("request", times.to_start), ("enqueue", times.from_bell))
        ],
        chart=_chart(found),
    )


def _chart(found: dict[str, dict[str, Times]]) -> Bars:
    cases = {f"{name}, {case}": times for name, both in found.items() for case, times in both.items()}
    return Bars(
        "From the press to the provider, p95",
        "ms",
        list(cases),
        {
            "request to start": [p95(times.to_start) for times in cases.values()],
            "start to the provider": [p95(times.to_call) for times in cases.values()],
        },
    )


def _measure(cluster: Postgres | None) -> dict[str, Times]:
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        deployment = leaving.enter_context(deployed(folder, cluster, **SETTINGS | {"LOG_LEVEL": "INFO"}))
        deployment.provider.default = Answer(_slow_in_advance)
        ada = deployment.person("ada")
        press_all(deployment, ada, add_documents(deployment, UNCOUNTED), idle=2)
        idle = _timed(deployment, ada, add_documents(deployment, PRESSES), idle=2)
        waiting = add_documents(deployment, PRESSES)
        _warm(deployment)
        behind = _timed(deployment, ada, waiting, idle=1)  # the one that takes nothing but what is urgent
        return {"idle": idle, f"{WARM_UPS} warm-ups queued": behind}


def _slow_in_advance(call: Call) -> Iterator[Step]:
    yield from says(before=WARM_UP_SECONDS if IN_ADVANCE in call.document else 0).steps(call)


# -- documents -------------------------------------------------------------------------------------------------


def add_documents(deployment: Deployment, count: int, about: str = "") -> list[int]:
    """New documents of the first account, each of a text of its own; their ids."""
    with deployment.app.app_context():
        owner = db.session.scalars(select(User).order_by(User.id).limit(1)).one()
        first = db.session.scalar(select(func.coalesce(func.max(Document.id), 0))) + 1
        added = [Document.add(owner, "", f"{TEXT} {about} Number {first + n}.") for n in range(count)]
        db.session.commit()
        return [document.id for document in added]


def _warm(deployment: Deployment) -> None:
    """Ask for summaries in advance as the sweeper does, which rings for them; return when the backlog stands."""
    ids = add_documents(deployment, WARM_UPS, IN_ADVANCE)
    with deployment.app.app_context():
        for document in db.session.scalars(select(Document).where(Document.id.in_(ids))).all():
            assert asking.start_in_advance(document, Options(), Purpose.WARMING)
        db.session.commit()
    waits = WARM_UPS - 10  # some are under way by then
    servers.wait_until(lambda: deployment.valkey.client.llen("rq:queue:low") >= waits, "the warm-ups are queued")


# -- pressing --------------------------------------------------------------------------------------------------


def press_all(deployment: Deployment, person: Person, documents: Sequence[int], idle: int) -> None:
    """Press for each document in turn, when at least so many workers are *idle*; return when all have summaries."""
    token = person.token("/documents/new")
    for document in documents:
        _wait_until_ready(deployment, idle)
        answer = person.browser.post(
            f"/documents/{document}/summary", data={"csrf_token": token}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200, answer.text
    wait_until_complete(deployment, documents)


def _wait_until_ready(deployment: Deployment, idle: int) -> None:
    """Return when so many workers wait in Valkey for work, and for each a process that has asked there for no job."""
    client = deployment.valkey.client

    def are_ready() -> bool:
        blocked = client.info("clients")["blocked_clients"]
        up = sum(one["cmd"] == "hgetall" for one in client.client_list())
        return blocked >= idle and up >= idle

    servers.wait_until(are_ready, f"{idle} workers are idle", PATIENCE_SECONDS)


def wait_until_complete(deployment: Deployment, documents: Sequence[int]) -> None:
    """Look into the database at the end only: on SQLite even a look would keep the program from writing."""
    wanted, calls = set(documents), deployment.provider.calls
    deployment.provider.wait_until(
        lambda: wanted <= {number_of(call) for call in calls if call.finished}, PATIENCE_SECONDS, "all the calls' ends"
    )
    done = select(func.count(Summary.id)).where(Summary.document_id.in_(wanted), Summary.status == Status.COMPLETE)

    def all_are() -> bool:
        with deployment.app.app_context():
            return db.session.scalar(done) == len(wanted)

    servers.wait_until(all_are, "every press has its summary", PATIENCE_SECONDS)


def _timed(deployment: Deployment, person: Person, documents: Sequence[int], idle: int) -> Times:
    """When a bell rang is in the log of the web process, which therefore has to tell of what goes well, too."""
    press_all(deployment, person, documents, idle)
    to_wall = time.time() - time.monotonic()
    arrived = {number_of(call): call.at + to_wall for call in deployment.provider.calls}
    with deployment.app.app_context():
        found = select(Summary.id, Summary.document_id, Summary.requested_at, Summary.started_at)
        rows = db.session.execute(found.where(Summary.document_id.in_(documents))).all()
    rung = {int(row): datetime.fromisoformat(at).timestamp() for at, row in RINGS.findall(deployment.web.process.log())}
    moments = [
        (asked.timestamp(), rung[row], started.timestamp(), arrived[number]) for row, number, asked, started in rows
    ]
    return Times(
        [(started - asked) * 1000 for asked, _, started, _ in moments],
        [(started - bell) * 1000 for _, bell, started, _ in moments],
        [(came - started) * 1000 for _, _, started, came in moments],
        [(came - asked) * 1000 for asked, _, _, came in moments],
    )


def number_of(call: Call) -> int:
    """Of the document that the call is about."""
    found = re.search(r"Number (\d+)\.", call.document)
    assert found
    return int(found[1])


if __name__ == "__main__":
    print(as_text(measure()))
