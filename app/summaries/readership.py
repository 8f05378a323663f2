"""Who reads what: counted in Redis, whose answer no page waits for, and kept in the database.

The sweeper moves the counts every second. Emptying Redis loses at most that second of them, and no summary,
document or cost depends on a count.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from flask import current_app
from redis import RedisError
from rq.utils import as_text
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import DBAPIError

from app import queues, signals
from app.database import utcnow
from app.extensions import db
from app.models import Readership, Summary
from app.models.readership import ANONYMOUS
from app.summaries.prompt import Options
from app.unanswered import Unanswered

WEEK = timedelta(days=7)
COUNTS = "foreword:reads"
EXTENSION = "foreword-readings"

log = logging.getLogger("foreword.readership")


@dataclass(frozen=True)
class Served:
    """How often a summary was read."""

    reads: int
    cached: int  # of these, answered by the cache


class _Count(NamedTuple):
    summary_id: int
    document_id: int
    owner_id: int
    reader_id: int
    day: date
    cached: bool
    reads: int = 1

    @property
    def name(self) -> str:
        whose = f"{self.summary_id}.{self.document_id}.{self.owner_id}.{self.reader_id}"
        return f"{whose}.{self.day}.{int(self.cached)}"

    @classmethod
    def parse(cls, name: str, reads: int) -> _Count:
        *ids, day, cached = name.split(".")
        summary_id, document_id, owner_id, reader_id = map(int, ids)
        return cls(summary_id, document_id, owner_id, reader_id, date.fromisoformat(day), cached == "1", reads)


def note(summary_id: int, document_id: int, owner_id: int, reader_id: int, *, cached: bool) -> None:
    """Count one reading of a summary, on a page that shows it whole."""
    count = _Count(summary_id, document_id, owner_id, reader_id, utcnow().date(), cached)
    try:
        _unanswered().send("HINCRBY", COUNTS, count.name, 1)
    except RedisError as error:
        log.debug("a reading was not counted: %s", error)
    signals.summary_read.send(None, summary_id=summary_id, layer="cache" if cached else "database")


def _unanswered() -> Unanswered:
    kept: dict[str, Unanswered] = current_app.extensions
    return kept.get(EXTENSION) or kept.setdefault(EXTENSION, Unanswered(queues.connection()))


def gather() -> None:
    """Move what was counted into the database, and commit.

    The counts are taken out of Redis in one step, so that any number of sweepers may do this at once.
    """
    try:
        counts = _take()
    except RedisError as error:
        log.warning("readers are counted later: %s", error)
        return
    try:
        if counts:
            _keep(counts)
    except DBAPIError as error:
        db.session.rollback()
        log.warning("readers are counted later: %s", error)
        for count in counts:
            queues.connection().hincrby(COUNTS, count.name, count.reads)


def _take() -> list[_Count]:
    taking = queues.connection().pipeline()
    taking.hgetall(COUNTS)
    taking.delete(COUNTS)
    counts = []
    for name, reads in taking.execute()[0].items():
        with suppress(ValueError):  # what is not ours is no count
            counts.append(_Count.parse(as_text(name), int(reads)))
    return counts


def _keep(counts: list[_Count]) -> None:
    for count in sorted(counts):  # in one order everywhere, or two sweepers could wait for each other's rows
        Readership.add(**count._asdict() | {"cached": count.reads if count.cached else 0})
    db.session.commit()


def served(summary_id: int) -> Served:
    reads, cached = db.session.execute(
        select(func.coalesce(func.sum(Readership.reads), 0), func.coalesce(func.sum(Readership.cached), 0)).where(
            Readership.summary_id == summary_id
        )
    ).one()
    return Served(reads, cached)


def reads_this_week(document_id: int) -> Select[int]:
    """How often people with an account read a summary of the document."""
    return _this_week(func.coalesce(func.sum(Readership.reads), 0), document_id)


def people_this_week(document_id: int) -> Select[int]:
    return _this_week(func.count(Readership.reader_id.distinct()), document_id)


def _this_week(what: ColumnElement[int], document_id: int) -> Select[int]:
    """Of people with an account: nobody who merely has a link can bring about that money is spent."""
    return select(what).where(
        Readership.document_id == document_id, Readership.reader_id != ANONYMOUS, Readership.day > _a_week_ago()
    )


def forms_read(document_id: int, most: int) -> list[Options]:
    """The forms in which the document's summaries were read this week, most read first."""
    form = (Summary.style, Summary.language, Summary.length)
    rows = db.session.execute(
        select(*form)
        .join(Readership, Readership.summary_id == Summary.id)
        .where(Readership.document_id == document_id, Readership.day > _a_week_ago())
        .where(Readership.reader_id != ANONYMOUS)
        .group_by(*form)
        .order_by(func.sum(Readership.reads).desc(), *form)
        .limit(most)
    )
    return [Options(style, language, length) for style, language, length in rows]


def _a_week_ago() -> date:
    return (utcnow() - WEEK).date()
