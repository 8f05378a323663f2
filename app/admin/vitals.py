"""What is alive, and how it does: the database, Redis, the workers, the queues, and what may still be spent.

How much waits is counted in the database, whose rows are the truth. RQ's registries are never asked: to be counted
they clean themselves up, which can run a job twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from redis import Redis, RedisError
from rq.utils import as_text, utcparse
from sqlalchemy import func, select

from app import database, queues
from app.admin import copies
from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.messages import N_
from app.models import Purpose, Status
from app.summaries import budget
from app.summaries.budget import Budget
from app.summaries.recovery import KINDS

WORKERS = "rq:workers"  # where RQ keeps the names of those that it knows
SAFE_POLICY = "noeviction"
STATES = {  # RQ's words for what a worker does
    "started": lazy_gettext("started"),
    "suspended": lazy_gettext("suspended"),
    "busy": lazy_gettext("busy"),
    "idle": lazy_gettext("idle"),
}


@dataclass(frozen=True)
class Worker:
    name: str
    queues: tuple[str, ...]
    state: str
    heartbeat: datetime

    @property
    def alive(self) -> bool:
        return (utcnow() - self.heartbeat).total_seconds() < queues.ALIVE_SECONDS

    @property
    def condition(self) -> str:
        """What it does, as a page tells it."""
        return str(STATES.get(self.state, self.state)) if self.alive else _("silent")


@dataclass(frozen=True)
class Server:
    """A Redis, by its own figures since it was started."""

    carries: str  # what of ours is on it
    answers: bool
    hits: int = 0
    misses: int = 0
    memory: int = 0  # bytes
    most_memory: int = 0  # 0 where it sets itself no limit
    evicted: int = 0
    policy: str = ""

    @classmethod
    def ask(cls, carries: str, redis: Redis) -> Server:
        try:
            told = redis.info()
        except RedisError:
            return cls(carries, answers=False)
        return cls(
            carries,
            answers=True,
            hits=told.get("keyspace_hits", 0),
            misses=told.get("keyspace_misses", 0),
            memory=told.get("used_memory", 0),
            most_memory=told.get("maxmemory", 0),
            evicted=told.get("evicted_keys", 0),
            policy=told.get("maxmemory_policy", ""),
        )

    @property
    def contents(self) -> str:
        """What of ours is on it, as a page tells it."""
        return _(self.carries)

    @property
    def hit_percent(self) -> int | None:
        """None while nothing was looked up."""
        lookups = self.hits + self.misses
        return round(100 * self.hits / lookups) if lookups else None

    @property
    def may_drop_doorbells(self) -> bool:
        return "queues" in self.carries and self.policy not in ("", SAFE_POLICY)


@dataclass(frozen=True)
class Backlog:
    """What is asked for on one queue."""

    queue: str
    waiting: int  # due, and not begun
    longest_due: datetime | None
    in_hand: int


@dataclass(frozen=True)
class Vitals:
    database: str  # its kind
    database_answers: bool
    servers: Sequence[Server]
    workers: Sequence[Worker]
    backlogs: Sequence[Backlog]
    budgets: Sequence[Budget]

    @property
    def warnings(self) -> list[str]:
        """What somebody should see to, and how, in sentences."""
        found = [
            *self._of_the_database(),
            *(
                _("Redis (%(contents)s) does not answer.", contents=one.contents)
                for one in self.servers
                if not one.answers
            ),
        ]
        if all(server.answers for server in self.servers) and not any(worker.alive for worker in self.workers):
            found.append(_("No worker is alive: run python -m jobs.worker high default low. What is asked for waits."))
        found += [
            _(
                "Redis may throw away what waits in the queues (maxmemory-policy %(policy)s). Set %(safe)s "
                "there, or give the copies of summaries a server of their own with CACHE_URL.",
                policy=server.policy,
                safe=SAFE_POLICY,
            )
            for server in self.servers
            if server.may_drop_doorbells
        ]
        return found

    def _of_the_database(self) -> list[str]:
        if self.database_answers:
            return []
        advice = _("The database does not answer, or was not migrated: look at DATABASE_URL, and run flask db upgrade.")
        return [advice]


def look() -> Vitals:
    """How everything does now. Whatever is away is said to be, and is no error."""
    answers = database.answers()
    return Vitals(
        database={"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(db.engine.dialect.name, db.engine.dialect.name),
        database_answers=answers,
        servers=_servers(),
        workers=_workers(),
        backlogs=backlogs() if answers else [],
        budgets=budget.applying(Purpose.WARMING, None) if answers else [],
    )


def _servers() -> list[Server]:
    settings: Settings = current_app.config["SETTINGS"]
    if urlsplit(settings.cache_url or settings.redis_url)[:2] == urlsplit(settings.redis_url)[:2]:
        return [Server.ask(N_("queues and copies"), queues.connection())]
    return [Server.ask(N_("queues"), queues.connection()), Server.ask(N_("copies"), copies.connection())]


def _workers() -> list[Worker]:
    """Those that RQ knows of, the latest heartbeat first; none where Redis does not answer."""
    redis = queues.connection()
    try:
        told = [
            (as_text(key), redis.hmget(key, "queues", "state", "last_heartbeat")) for key in redis.smembers(WORKERS)
        ]
    except RedisError:
        return []
    found = [
        Worker(
            key.rpartition(":")[2],
            tuple(as_text(names or b"").split(",")),
            as_text(state or b"?"),
            utcparse(as_text(beat)),
        )
        for key, (names, state, beat) in told
        if beat  # else it is long gone, and only its name is left
    ]
    return sorted(found, key=lambda worker: worker.heartbeat, reverse=True)


def backlogs() -> list[Backlog]:
    """Each queue, the most urgent one first."""
    waiting: dict[str, list[tuple[int, datetime]]] = {}
    in_hand: dict[str, int] = {}
    for kind in KINDS:
        for queue, count, since in kind.backlog(utcnow()):
            waiting.setdefault(queue, []).append((count, since))
        held = select(kind.queue, func.count()).where(kind.status == Status.PROCESSING).group_by(kind.queue)
        for queue, count in db.session.execute(held):
            in_hand[queue] = in_hand.get(queue, 0) + count
    return [
        Backlog(
            name,
            waiting=sum(count for count, _ in waiting.get(name, [])),
            longest_due=min((since for _, since in waiting.get(name, [])), default=None),
            in_hand=in_hand.get(name, 0),
        )
        for name in queues.ALL
    ]
