"""Whether more dynos write more summaries, and what each thing costs: ``python -m bench.scale``.

The Procfile's processes on Postgres and Valkey: two web dynos, and one, two and four worker dynos. Every call takes two
seconds, so that it is waiting that fills them and not the processor, which all of them share here. Presses come all at
once; a rate is their number over the time from the first press to the end of the last call. Then the provider answers
429 to whatever comes while it is busy. After each run the database and the provider's list of calls are compared.

Transactions and commands are counted by Postgres and Valkey themselves: those of requests while the workers stand
still, those of a summary less what the same dynos cause in that time when nothing is to do.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import LedgerEntry, Status, Summary
from bench import clusters
from bench.queueing import SETTINGS, add_documents, number_of
from bench.report import Bars, Cell, Goal, Part, Table, as_text, at_least, exactly
from bench.size import connections_here, processor_time, sockets_of, wait_until_answers
from tests.provider import Answer, Call, ProviderServer, hold, rate_limited, says
from tests.support import servers
from tests.support.breakable import Postgres
from tests.support.deployment import Deployment, deployed
from tests.support.dyno import Dyno

WORKERS = (1, 2, 4)  # dynos
AT_ONCE = 2  # calls of one worker dyno: one for each of its two processes that take from the queue "high"
CALL_SECONDS = 2.0
ROUNDS = 12  # calls of each process in a run
LIMIT = 5  # calls at a time, where the provider has a limit
NEAR = 0.8  # of the ideal
REQUESTS = 200
IDLE_SECONDS = 30  # twice the time between two heartbeats of a worker with nothing to do
RUN_SECONDS = 240
CONNECTIONS = 200  # that Postgres lets the program have, so that their number can be seen


class Limited(ProviderServer):
    """Refuses a call that comes while it is busy with as many as it takes."""

    limit = sys.maxsize

    def __init__(self) -> None:
        super().__init__(default=says(before=CALL_SECONDS, pieces=1))
        self.taken: list[Call] = []
        self._busy_with: list[Call] = []

    def begin(self, call: Call) -> Answer:
        answer = super().begin(call)
        with self._changed:
            if len(self._busy_with) >= self.limit:
                return rate_limited(retry_after=1)
            self._busy_with.append(call)
            self.taken.append(call)
        return answer

    def end(self, call: Call, *, finished: bool = False, client_gone: bool = False) -> None:
        with self._changed:
            if call in self._busy_with:
                self._busy_with.remove(call)
        super().end(call, finished=finished, client_gone=client_gone)


class Cost(NamedTuple):
    """What was caused, so far or by something, in all."""

    transactions: float
    commands: float
    processor: float  # milliseconds, of all web and worker dynos

    def since(self, before: Cost, each: float = 1) -> Cost:
        """What came since then, for each of so many."""
        return Cost(*((now - then) / each for now, then in zip(self, before, strict=True)))

    def times(self, factor: float) -> Cost:
        return Cost(*(one * factor for one in self))


@dataclass(frozen=True)
class Run:
    dynos: int
    limit: int  # of the provider, or 0
    summaries: int
    seconds: float
    refused: int
    given_up: int  # documents whose five attempts were all refused, which is told with a button to try again
    wrong: int  # documents without exactly one complete summary and one complete call in the ledger, other than those
    too_many: int  # calls taken by the provider, beyond one for each of these
    left: int  # rows in progress
    jobs: int  # that workers took from the queues
    cost: Cost
    lasted: float  # seconds in which that was caused

    @property
    def per_minute(self) -> float:
        return self.summaries / self.seconds * 60

    @property
    def ideal(self) -> float:
        return min(self.dynos * AT_ONCE, self.limit or sys.maxsize) / CALL_SECONDS * 60

    def row(self) -> list[Cell]:
        figures = [self.summaries, self.per_minute, self.ideal, self.per_minute / self.ideal]
        counted = [self.jobs, self.refused, self.given_up, self.wrong, self.too_many, self.left]
        return [self.dynos, self.limit or "none", *figures, *counted]


def measure() -> Part:
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        cluster = leaving.enter_context(clusters.postgres(CONNECTIONS))
        provider = leaving.enter_context(Limited())
        deployment = leaving.enter_context(deployed(folder, cluster, **SETTINGS, OPENAI_BASE_URL=provider.base_url))
        return _part(Site(deployment, cluster, provider))


def _part(site: Site) -> Part:
    site.run(1, rounds=1)  # does not count
    runs = [site.run(dynos) for dynos in WORKERS]
    idle, connections = site.idle(), site.connected
    limited = site.run(WORKERS[-1], limit=LIMIT)
    columns = ["worker dynos", "limit", "summaries", "per minute", "ideal", "of the ideal"]
    columns += ["jobs", "refused", "given up", "wrong", "too many", "left"]
    return Part(
        name="scale",
        title="Summaries by worker dynos",
        about=f"Postgres and Valkey, two web dynos of two processes each; every call takes {CALL_SECONDS:g} s, and one "
        f"worker dyno makes {AT_ONCE} at a time. Jobs are what the workers took from the queues, each in a process of "
        "its own; refused are the calls over the provider's limit, which were made again, up to five in all; of the "
        "documents that were given up, none was answered. The last three columns are other documents without exactly "
        "one complete summary and one complete call in the ledger, paid calls beyond one for each, and rows left in "
        "progress.",
        tables=[
            Table(columns, [run.row() for run in [*runs, limited]]),
            Table(
                ["of", "transactions", "Redis commands", "processor, ms"],
                _costs(site, runs[-1], idle),
                "What each thing costs",
            ),
            Table(["one dyno of", "when", "Postgres", "Valkey"], connections, "Connections"),
        ],
        goals=_goals([*runs, limited]),
        chart=_chart(runs),
    )


def _goals(runs: Sequence[Run]) -> list[Goal]:
    goals = []
    for run in runs:
        what = f"{run.dynos} worker dynos" + (f", a provider that takes {run.limit}" if run.limit else "")
        broken = run.wrong + abs(run.too_many) + run.left
        goals += [
            at_least(f"of the ideal rate, {what}", NEAR, run.per_minute / run.ideal),
            exactly(f"wrong documents, calls too many and rows left, {what}", 0, broken),
        ]
    return goals


def _chart(runs: Sequence[Run]) -> Bars:
    labels = [f"{run.dynos} worker dyno{'s' * (run.dynos > 1)}" for run in runs]
    series = {"measured": [run.per_minute for run in runs], "ideal": [run.ideal for run in runs]}
    return Bars("Summaries per minute", "per minute", labels, series)


def _costs(site: Site, run: Run, idle: Cost) -> list[list[Cell]]:
    """*idle* is what all of the worker dynos cause in a second."""
    return [
        ["a summary, with its press", *run.cost.since(idle.times(run.lasted), run.summaries)],
        *site.requests(),
        ["a worker dyno with nothing to do, each second", *idle.times(1 / run.dynos)],
    ]


class Site:
    """A deployment with two web dynos and any number of worker dynos, whose cost and connections are counted."""

    def __init__(self, deployment: Deployment, cluster: Postgres, provider: Limited) -> None:
        self.deployment = deployment
        self.provider = provider
        self.ada = deployment.person("ada")
        self.token = self.ada.token("/documents/new")
        self.connected: list[list[Cell]] = []  # in the last run
        self._cluster = cluster
        self.addresses = [deployment.address, self._second_web()]

    def _second_web(self) -> str:
        port = servers.free_port()
        self.deployment.dynos.append(Dyno("web", self.deployment.environment, port))
        wait_until_answers(port, "/healthz")
        return f"http://127.0.0.1:{port}"

    def _of(self, kind: str) -> list[Dyno]:
        return [dyno for dyno in self.deployment.dynos if dyno.kind == kind]

    def _are_idle(self) -> bool:
        blocked = self.deployment.valkey.client.info("clients")["blocked_clients"]
        return blocked == AT_ONCE * len(self._of("worker"))

    # -- throughput ----------------------------------------------------------------------------------------

    def run(self, dynos: int, limit: int = 0, rounds: int = ROUNDS) -> Run:
        while len(self._of("worker")) < dynos:
            self.deployment.start("worker")
        servers.wait_until(self._are_idle, "the workers wait for work", 120)
        self.provider.limit = limit or sys.maxsize
        self.provider.reset()
        self.provider.taken.clear()
        documents = add_documents(self.deployment, dynos * AT_ONCE * rounds)
        jobs, before, began = self._jobs(), self._count(), time.monotonic()
        self.press(documents)
        self.provider.wait_for_calls(dynos * AT_ONCE)
        self.connected = self.connections("under load")
        servers.wait_until(lambda: self._are_idle() and not self.deployment.in_progress(), "all is done", RUN_SECONDS)
        self.connected += self.connections("after it")
        cost, lasted = self._count().since(before), time.monotonic() - began
        seconds = max(call.finished_at or 0 for call in self.provider.taken) - began
        found = {**self._looked_into(documents), "jobs": self._jobs() - jobs}
        return Run(dynos, limit, seconds=seconds, **found, cost=cost, lasted=lasted)

    def _jobs(self) -> int:
        """How many the workers have ended, as RQ keeps account of it."""
        client = self.deployment.valkey.client
        return sum(int(client.hget(key, "successful_job_count") or 0) for key in client.smembers("rq:workers"))

    def press(self, documents: Sequence[int]) -> None:
        """On each web dyno in turn."""
        for turn, document in enumerate(documents):
            address = f"{self.addresses[turn % 2]}/documents/{document}/summary"
            answer = self.ada.browser.post(address, data={"csrf_token": self.token}, headers={"HX-Request": "true"})
            assert answer.status_code == 200, answer.text

    def _looked_into(self, documents: Sequence[int]) -> dict[str, int]:
        refused = (Summary.status == Status.FAILED) & (Summary.reason == "rate_limited")
        with self.deployment.app.app_context():
            complete, given_up, paid = (
                Counter(db.session.scalars(query))
                for query in (
                    select(Summary.document_id).where(Summary.status == Status.COMPLETE),
                    select(Summary.document_id).where(refused),
                    select(LedgerEntry.document_id).where(LedgerEntry.outcome == "complete"),
                )
            )
        ended = [(complete[one], given_up[one], paid[one]) for one in documents]
        return {
            "summaries": ended.count((1, 0, 1)),
            "refused": len(self.provider.calls) - len(self.provider.taken),
            "given_up": ended.count((0, 1, 0)),
            "wrong": sum(one not in ((1, 0, 1), (0, 1, 0)) for one in ended),
            "too_many": len(self.provider.taken) - ended.count((1, 0, 1)),
            "left": self.deployment.in_progress(),
        }

    # -- cost ----------------------------------------------------------------------------------------------

    def _count(self) -> Cost:
        """Up to now. Postgres counts a session's transactions at its end for certain, so every session ends here."""
        name = self.deployment.environment["DATABASE_URL"].rpartition("/")[2]
        with self._cluster.connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            query = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s"
            transactions = connection.execute(query, [name]).fetchone()[0]
        said = self.deployment.valkey.client.info("commandstats")
        commands = sum(one["calls"] for command, one in said.items() if command != "cmdstat_info")  # which is ours
        pids = [pid for dyno in self.deployment.dynos for pid in dyno.pids()]
        return Cost(transactions, commands, sum(map(processor_time, pids)))

    def idle(self) -> Cost:
        """Of all worker dynos, in a second in which nothing is to do."""
        before, began = self._count(), time.monotonic()
        Event().wait(IDLE_SECONDS)  # no condition tells that nothing happened
        return self._count().since(before).times(1 / (time.monotonic() - began))

    def requests(self) -> list[list[Cell]]:
        """Of each kind of request, while all workers stand still, one of them in the midst of a call."""
        documents = add_documents(self.deployment, REQUESTS + 1)
        followed, cold = documents[0], documents[1:]
        self.provider.default = hold(Event())
        self.provider.limit = sys.maxsize
        self.press([followed])
        self.provider.wait_until(lambda: followed in map(number_of, self.provider.calls))
        poll = self.ada.panel(followed).poll_url
        for dyno in self._of("worker"):
            dyno.signal(signal.SIGSTOP)
        views = {
            "a poll while it is written": lambda: self._get(poll, {"HX-Request": "true"}),
            "a page while it is written": lambda: self._get(f"/documents/{followed}"),
            "a page with its summary": lambda: self._get("/documents/1"),
        }
        rows = [self._costing(what, [act] * REQUESTS) for what, act in views.items()]
        return [*rows, self._costing("a press", [lambda one=one: self.press([one]) for one in cold])]

    def _get(self, path: str, headers: dict[str, str] | None = None) -> None:
        assert self.ada.get(path, headers=headers).status_code == 200

    def _costing(self, what: str, acts: Sequence[Callable[[], None]]) -> list[Cell]:
        acts[0]()
        before = self._count()
        for act in acts[1:]:
            act()
        return [what, *self._count().since(before, len(acts) - 1)]

    # -- connections ---------------------------------------------------------------------------------------

    def connections(self, when: str) -> list[list[Cell]]:
        """Of one dyno of each type, on average: to Postgres, and to Valkey."""
        ports = int(self._cluster.address.rpartition(":")[2]), self.deployment.valkey.port
        held = connections_here()
        rows: list[list[Cell]] = []
        for kind in ("web", "worker"):
            dynos = self._of(kind)
            sockets = {socket for dyno in dynos for pid in dyno.pids() for socket in sockets_of(pid)}
            counted = [sum(held.get(one) == port for one in sockets) / len(dynos) for port in ports]
            rows.append([kind, when, *counted])
        return rows


if __name__ == "__main__":
    print(as_text(measure()))
