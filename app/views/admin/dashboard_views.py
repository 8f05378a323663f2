"""The views of rq-dashboard, made to read JSON. They take 0.1 s to load, so this is done when they are first wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from redis import Redis
from rq import Worker, requeue_job
from rq.job import Job
from rq.serializers import JSONSerializer
from rq_dashboard import web

Shown = Callable[..., Any]


class JSONJob(Job):
    """RQ would unpickle, and so run, whatever somebody managed to put into Redis."""

    @classmethod
    def fetch(cls, *args: Any, **kwargs: Any) -> Job:
        return super().fetch(*args, **kwargs | {"serializer": JSONSerializer})


class WatchedWorker(Worker):
    """A worker that is looked at, and runs nothing."""

    @classmethod
    def all(cls, *args: Any, **kwargs: Any) -> list[Any]:
        return list(super().all(*args, **kwargs | {"serializer": JSONSerializer}))

    def _set_connection(self, connection: Redis) -> Redis:
        """Leave it as impatient as it is: RQ would have every page of this process wait seven minutes for Redis."""
        return connection


def _requeue_job(job_id: str, connection: Redis) -> Job:
    return requeue_job(job_id, connection=connection, serializer=JSONSerializer)


web.config.serializer = JSONSerializer
web.Job, web.Worker, web.requeue_job = JSONJob, WatchedWorker, _requeue_job


def view(name: str) -> Shown:
    return cast("Shown", getattr(web, name))
