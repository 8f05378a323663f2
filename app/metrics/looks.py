"""What is looked up for a scrape: what stands in the database, and what Redis says of itself.

Neither need be there: what can be told is told, and which of them did not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import current_app
from redis import Redis, RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import queues
from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.metrics import catalogue as metrics
from app.metrics.catalogue import TABLE, Found
from app.metrics.counts import Counts
from app.models import IN_PROGRESS, Work
from app.summaries.recovery import KINDS

DATABASE, REDIS, CACHE = "database", "redis", "cache"


def look(counts: Counts) -> Found:
    """Everything there is to tell now, by where it belongs."""
    settings: Settings = current_app.config["SETTINGS"]
    parts: dict[str, Callable[[], Found]] = {DATABASE: _work, REDIS: lambda: _redis(counts)}
    if settings.cache_url:
        parts[CACHE] = lambda: _of_itself(CACHE, queues.connection_to(settings.cache_url))
    found: Found = {}
    for part, there in parts.items():
        seen, answered = _seen(there)
        found |= {**seen, metrics.UP.slot(part): answered}
    return found


def _seen(there: Callable[[], Found]) -> tuple[Found, bool]:
    try:
        return there(), True
    except SQLAlchemyError:
        db.session.rollback()
        return {}, False
    except RedisError:
        return {}, False


# -- in the database ---------------------------------------------------------------------------------------


def _work() -> Found:
    """:raises SQLAlchemyError:"""
    found, now = metrics.DEPTH.zeros | metrics.OLDEST_DUE.zeros | metrics.IN_HAND.zeros, utcnow()
    for kind in KINDS:
        for status, count in _in_hand(kind):
            found[metrics.IN_HAND.slot(kind.__tablename__, status)] = count
        for queue, count, since in kind.backlog(now):
            depth, oldest = metrics.DEPTH.slot(queue), metrics.OLDEST_DUE.slot(queue)
            found[depth] = found.get(depth, 0) + count
            found[oldest] = max(found.get(oldest, 0), (now - since).total_seconds())
    return found


def _in_hand(kind: type[Work]) -> Iterable[tuple[str, int]]:
    in_hand = select(kind.status, func.count(kind.id)).where(kind.status.in_(IN_PROGRESS)).group_by(kind.status)
    return [(status, count) for status, count in db.session.execute(in_hand)]


# -- in Redis ----------------------------------------------------------------------------------------------


def _redis(counts: Counts) -> Found:
    """:raises RedisError:"""
    counts.write()
    redis = queues.connection()
    nothing: Found = {slot: zero for metric in TABLE if metric.dotted for slot, zero in metric.zeros.items()}
    workers: Found = {metrics.WORKERS.slot(): queues.workers_alive()}
    return nothing | counts.read() | _of_itself(REDIS, redis) | workers


def _of_itself(part: str, redis: Redis) -> Found:
    """:raises RedisError:"""
    said = redis.info()
    return {
        metrics.REDIS_HITS.slot(part): said.get("keyspace_hits", 0),
        metrics.REDIS_MISSES.slot(part): said.get("keyspace_misses", 0),
        metrics.REDIS_EVICTED.slot(part): said.get("evicted_keys", 0),
        metrics.REDIS_MEMORY.slot(part): said.get("used_memory", 0),
        metrics.REDIS_LIMIT.slot(part): said.get("maxmemory", 0),
    }
