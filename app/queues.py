"""The doorbells: how a worker hears that a row is due.

A job carries only a row's id. Losing one, or ringing twice, does no harm: the row decides, and the sweeper
rings again. Queues are named, jobs are dotted names, and payloads are JSON, so that the web never imports
a job and Redis never holds anything that runs.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache

from flask import current_app
from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.utils import as_text, utcparse

from app.config import redis_options
from app.database import utcnow
from app.models import Work

HIGH, DEFAULT, LOW = "high", "default", "low"
ALL = (HIGH, DEFAULT, LOW)
SERIALIZER = "json"

DOORBELL_SECONDS = 15  # within this time one doorbell per row, fence and attempt
DAY_SECONDS = 24 * 60 * 60  # longer than the longest backlog
SMALL_JOB_SECONDS = 60
ALIVE_SECONDS = 40  # a worker's heart beats every 15 s, or 5 while it runs a job

log = logging.getLogger("foreword.queues")


def connection() -> Redis:
    """Redis with a web process's short patience."""
    return connection_to(current_app.config["SETTINGS"].redis_url)


@lru_cache(maxsize=4)
def connection_to(url: str) -> Redis:
    """The same to the Redis at *url*, which may be that of the cache."""
    return Redis.from_url(url, **redis_options(url))


@lru_cache(maxsize=16)
def _queue(url: str, name: str) -> Queue:
    return Queue(name, connection=connection_to(url), serializer=SERIALIZER)


def ring(work: Work) -> bool:
    """Tell the workers of a pending row. Call it after the commit.

    False when Redis did not answer: whether the bell rang is then unknown, and the row stays pending for
    the sweeper, so the caller goes on as if it had.
    """
    settings = current_app.config["SETTINGS"]
    job_id = f"{doorbell(work)}-{int(time.time()) // DOORBELL_SECONDS}"
    try:
        _queue(settings.redis_url, work.queue).enqueue(
            work.JOB,
            work.id,
            job_id=job_id,
            unique=True,
            ttl=DAY_SECONDS,
            result_ttl=0,
            failure_ttl=1,
            job_timeout=work.SECONDS,
        )
    except DuplicateJobError:
        pass  # it has rung already
    except RedisError as error:
        log.warning("%s is pending without a doorbell: %s", doorbell(work), error)
        return False
    return True


def enqueue(job: str, *arguments: int | str) -> None:
    """Have *job* run soon, where no row asks for it: it is lost when Redis is emptied, and whoever wants it asks again.

    :raises RedisError: when Redis does not answer.
    """
    url = current_app.config["SETTINGS"].redis_url
    _queue(url, DEFAULT).enqueue(
        job, *arguments, ttl=DAY_SECONDS, result_ttl=0, failure_ttl=1, job_timeout=SMALL_JOB_SECONDS
    )


def enqueue_or_forget(job: str, *arguments: int | str) -> None:
    """The same, for what can as well be left undone."""
    try:
        enqueue(job, *arguments)
    except RedisError as error:
        log.warning("%s is left undone: %s", job, error)


def empty(name: str) -> None:
    """Forget every job that waits in a queue.

    :raises RedisError: when Redis does not answer.
    """
    _queue(current_app.config["SETTINGS"].redis_url, name).empty()


def doorbell(work: Work) -> str:
    """What this attempt at this row is called in the queues."""
    return f"{work.BELL}-{work.id}-{work.fence}-{work.attempt}"


def waiting() -> set[tuple[str, str]]:
    """(queue, doorbell) of every job that waits in a queue.

    :raises RedisError: when Redis does not answer.
    """
    redis, url = connection(), current_app.config["SETTINGS"].redis_url
    return {
        (name, as_text(job_id).rpartition("-")[0])
        for name in ALL
        for job_id in redis.lrange(_queue(url, name).key, 0, -1)
    }


def workers_alive() -> int:
    """How many workers' last heartbeat is recent. RQ's own counts clean up as they look, and can run a job twice.

    :raises RedisError: when Redis does not answer.
    """
    redis, now = connection(), utcnow()
    beats = [redis.hget(key, "last_heartbeat") for key in redis.smembers("rq:workers")]
    return sum((now - utcparse(as_text(beat))).total_seconds() < ALIVE_SECONDS for beat in beats if beat)
