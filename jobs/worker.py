"""A worker: ``python -m jobs.worker high default low``.

It takes jobs in the order of the queues named, forks for each, and keeps a sweeper beside it. The application
is loaded before the first fork: enqueue to start takes 16 ms at the median instead of 1,003 ms (measured).
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from flask import current_app
from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.worker import Worker

from app import create_app, queues
from app.config import ConfigError, redis_options
from app.database import utcnow
from app.extensions import db
from app.llm import provider
from app.summaries.following import hand_back_after
from jobs import recovery
from jobs import summaries as _preloaded  # noqa: F401 - so that no horse has to import it

WORKER_TTL_SECONDS = 30  # at most half of it passes between two looks at the sweeper
MONITORING_SECONDS = 5

log = logging.getLogger("foreword.worker")


class ForewordWorker(Worker):
    """RQ's forking worker, which outlives Redis and lets a call end when it is told to stop."""

    max_connection_wait_time = 2.0  # work goes on soon after Redis is back
    keeps_sweeper = False
    sweeper_pid: int | None = None

    # -- the horse: the process that runs one job ------------------------------------------------------

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        db.engine.dispose(close=False)  # three of four children hung on an inherited connection (measured)
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        """Heroku signals every process of a dyno at once; the horse goes by what its worker tells it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, _let_the_call_end)

    # -- the worker ------------------------------------------------------------------------------------

    def handle_warm_shutdown_request(self) -> None:
        if self.horse_pid:
            self.kill_horse(sig=signal.SIGUSR1)

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        if self.keeps_sweeper and not self.is_horse:
            self.sweeper_pid = _keep_alive(self.sweeper_pid)
        super().heartbeat(*args, **kwargs)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Redis may be away while a job runs; that is no reason to abandon it."""
        try:
            super().maintain_heartbeats(job, execution)
        except RedisError as error:
            log.warning("no heartbeat: %s", error)

    def run_maintenance_tasks(self) -> None:
        """RQ's housekeeping of registries, which we do not rely on; one unreadable job must not stop the worker."""
        try:
            super().run_maintenance_tasks()
        except RedisError:
            raise
        except Exception:
            log.exception("RQ's maintenance failed on something unreadable in Redis")
            self.last_cleaned_at = utcnow()  # type: ignore[assignment] # RQ leaves it without a type


def build(queue_names: Sequence[str]) -> ForewordWorker:
    """A worker for the current application.

    :raises RedisError: when Redis does not answer.
    """
    return ForewordWorker(
        list(queue_names),
        connection=_connection(),
        serializer=queues.SERIALIZER,
        worker_ttl=WORKER_TTL_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
        log_job_description=False,
    )


def work(queue_names: Sequence[str]) -> None:
    """Work until told to stop. RQ's loop ends on errors that pass, with exit code 0; ours begins again."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # meant for the horse, which shares our group until it is up
    sweeper: int | None = None
    while True:
        worker = None
        try:
            worker = build(queue_names)
            worker.keeps_sweeper, worker.sweeper_pid = True, sweeper
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("Redis is away: %s", error)
        except StopRequested:
            return
        if worker is not None:
            sweeper = worker.sweeper_pid
            if worker._shutdown_requested_date is not None:
                return
        with contextlib.suppress(StopRequested):
            sweeper = _keep_alive(sweeper)
            time.sleep(1)
            continue
        return


def main(queue_names: Sequence[str]) -> None:
    try:
        app = create_app()
    except ConfigError as error:
        sys.exit(str(error))
    unknown = set(queue_names) - set(queues.ALL)
    if unknown or not queue_names:
        sys.exit(f"usage: python -m jobs.worker {' '.join(queues.ALL)}")
    with app.app_context():
        provider()  # loads its library before the first fork
        gc.freeze()  # what is loaded now stays shared between the processes
        work(queue_names)


def _connection() -> Redis:
    """Redis with a worker's patience: RQ waits in it for jobs, and sets the read timeout itself."""
    url = current_app.config["SETTINGS"].redis_url
    options = {**redis_options(url), "socket_timeout": None, "socket_connect_timeout": 5.0}
    return Redis.from_url(url, **options)


def _keep_alive(sweeper_pid: int | None) -> int:
    """The id of a sweeper that runs: the given one, or a new one if that has ended."""
    if sweeper_pid is not None:
        with contextlib.suppress(ChildProcessError):
            ended, _status = os.waitpid(sweeper_pid, os.WNOHANG)
            if not ended:
                return sweeper_pid
    return recovery.start()


def _let_the_call_end(_signal: int, _frame: FrameType | None) -> None:
    hand_back_after(current_app.config["SETTINGS"].worker_grace_seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
