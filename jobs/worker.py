"""A worker: ``python -m jobs.worker high default low``.

It takes jobs in the order of the queues named, has forked for each before it comes, and has a sweeper beside it. Where
it takes other queues than ``high``, a second one beside it takes ``high`` alone, so that a click need not wait for the
end of what takes minutes or was begun in advance. The application is loaded before the first fork: enqueue to start
takes 16 ms at the median instead of 1,003 ms (measured).
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FrameType
from typing import Any

from flask import current_app
from redis import Redis, RedisError
from rq import Queue, worker_registration
from rq.exceptions import NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.worker import Worker
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from app import create_app, queues, signals
from app.config import ConfigError, redis_options
from app.database import utcnow
from app.extensions import db
from app.following import hand_back_after
from app.llm import make_ready, model_name
from app.llm.prices import price_of
from app.models import Extraction, Summary
from app.summaries import service
from jobs import accounts as _accounts  # noqa: F401 - likewise
from jobs import documents as _documents  # noqa: F401 - so that no horse has to import it
from jobs import recovery
from jobs import summaries as _summaries  # noqa: F401 - likewise
from jobs.horse import Horse
from jobs.supervisor import PLEASE_STOP, Supervisor, undisturbed

OURS = frozenset(
    {
        Summary.JOB,
        Extraction.JOB,
        "jobs.accounts.answer_sign_up",
        "jobs.accounts.send_reset",
        "jobs.accounts.tell_password_changed",
    },
)
WORKER_TTL_SECONDS = 30  # at most half of it passes before an orphan notices
MONITORING_SECONDS = 5
NO_JOB = "none"  # is no job's id
REGISTER_EVERY_SECONDS = 4  # a heart beats several times in each job

log = logging.getLogger("foreword.worker")


class ForewordWorker(Worker):
    """RQ's forking worker, which outlives Redis and lets a call end when it is told to stop."""

    max_connection_wait_time = 2.0  # work goes on soon after Redis is back
    supervisor_pid: int | None = None
    _ready: Horse | None = None  # the one that waits for a job
    _registered = 0.0  # when it last said that it is there

    # -- the horse: the process that runs one job ------------------------------------------------------

    def _wait_for_a_job(self, told: Callable[[], bytes]) -> None:
        """What a horse does: ask what a claim asks, and for some job, and then wait to be told its own.

        Once it was told, it does not return.
        """
        self._is_horse = True
        db.engine.dispose(close=False)  # three of four children hung on an inherited connection (measured)
        with contextlib.suppress(SQLAlchemyError, RedisError, NoSuchJobError):  # who is away now may be back by then
            service.get_ready()
            self._job(NO_JOB)
        db.session.remove()
        if job := told():
            self._run(*json.loads(job))

    def _run(self, job_id: str, queue_name: str, execution_id: str) -> None:
        queue = next(queue for queue in self.queues if queue.name == queue_name)
        try:
            job = self._job(job_id)
        except NoSuchJobError:  # Redis was emptied; the row's bell rings again
            return
        self.execution = Execution(execution_id, job_id, self.connection, self.name)
        self.main_work_horse(job, queue)

    def _job(self, job_id: str) -> Job:
        """:raises NoSuchJobError: when Redis does not know it."""
        return self.job_class.fetch(job_id, connection=self.connection, serializer=self.serializer)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Only our own jobs: RQ would import and run whatever a job names, and Redis may be written to by others."""
        try:
            if job.func_name not in OURS or any(
                (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name)
            ):
                log.error("a job that is none of ours was thrown away: %s", job.id)
                job.delete()
                return False
            return super().perform_job(job, queue, execution)
        finally:
            signals.process_ends.send(None)

    def setup_work_horse_signals(self) -> None:
        """Heroku signals every process of a dyno at once; the horse goes by what its worker tells it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(PLEASE_STOP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, _let_the_call_end)

    # -- the worker ------------------------------------------------------------------------------------

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """Have a horse ready when a job comes: from the press to its start takes 15 ms instead of 40 (measured)."""
        self._ready = self._ready or self._fork()
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Give the job to the horse that is ready, or to another where that one has been killed."""
        (execution_id,) = self.executions  # it runs one job at a time
        told = json.dumps([job.id, queue.name, execution_id]).encode()
        horse, self._ready = self._ready, None
        if not horse or not horse.tell(told):
            horse = self._fork()
            horse.tell(told)
        self._horse_pid = horse.pid

    def _fork(self) -> Horse:
        return Horse.fork(self.setup_work_horse_signals, self._wait_for_a_job)

    def teardown(self) -> None:
        if self._ready:
            self._ready.dismiss()
            self._ready = None
        super().teardown()

    def subscribe(self) -> None:
        """Start RQ's listening thread, which must not be given a signal: the main thread would sleep on."""
        with undisturbed():
            super().subscribe()

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()
        signal.signal(PLEASE_STOP, self._stop_unless_stopping)

    def _stop_unless_stopping(self, number: int, frame: FrameType | None) -> None:
        if not self.is_stopping:
            self.request_stop(number, frame)

    @property
    def is_stopping(self) -> bool:
        return self._shutdown_requested_date is not None

    def handle_warm_shutdown_request(self) -> None:
        if self.horse_pid:
            self.kill_horse(sig=signal.SIGUSR1)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """At once where RQ sends three commands one after another, as it does between a press and its horse."""
        if self._is_orphan() and not self.is_horse and not self.horse_pid:
            raise StopRequested
        if pipeline is None:
            with self.connection.pipeline() as beat:
                super().heartbeat(timeout, beat)
                beat.execute()
        else:
            super().heartbeat(timeout, pipeline)
        if not self.is_horse and not self.is_stopping and time.monotonic() > self._registered + REGISTER_EVERY_SECONDS:
            worker_registration.register(self)  # RQ does it at the birth alone, and Redis may have been emptied since
            self._registered = time.monotonic()

    def _is_orphan(self) -> bool:
        return self.supervisor_pid is not None and os.getppid() != self.supervisor_pid

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
        except (RedisError, StopRequested):
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


def work(queue_names: Sequence[str], supervisor_pid: int) -> None:
    """Work until told to stop. RQ's loop ends on errors that pass, with exit code 0; ours begins again."""
    db.engine.dispose(close=False)  # a connection of the parent's must never be used on both sides
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # meant for the horse, which shares our group until it is up
    worker: ForewordWorker | None = None
    while os.getppid() == supervisor_pid and not (worker and worker.is_stopping):
        try:
            worker = build(queue_names)
            worker.supervisor_pid = supervisor_pid
            worker.work(logging_level="WARNING")
            time.sleep(0 if worker.is_stopping else 1)
        except RedisError as error:
            log.warning("Redis is away: %s", error)
            with contextlib.suppress(StopRequested):
                time.sleep(1)
        except StopRequested:
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
        make_ready()
        configure_mappers()  # or each horse would, at its first query
        price_of(model_name())
        _rehearse()
        gc.freeze()  # what is loaded now stays shared between the processes
        Supervisor(_tasks(queue_names)).run()


def _rehearse() -> None:
    """Let no horse be the first to claim and to file a summary; 45 ms of a processor each on Postgres (measured)."""
    try:
        service.rehearse()
    except SQLAlchemyError:
        log.warning("the database does not answer yet", exc_info=True)
    finally:
        db.session.remove()
        db.engine.dispose()  # no connection is inherited


def _tasks(queue_names: Sequence[str]) -> Mapping[str, Callable[[], None]]:
    """What runs side by side. What can wait never holds up what people wait for, however few workers there are."""
    here, urgent = os.getpid(), [name for name in queue_names if name == queues.HIGH]
    tasks = {"sweeper": partial(recovery.sweep_while_alive, here), "worker": partial(work, queue_names, here)}
    if urgent and urgent != list(queue_names):
        tasks["urgent worker"] = partial(work, urgent, here)
    return tasks


def _connection() -> Redis:
    """Redis with a worker's patience: RQ waits in it for jobs, and sets the read timeout itself."""
    url = current_app.config["SETTINGS"].redis_url
    options = {**redis_options(url), "socket_timeout": None, "socket_connect_timeout": 5.0}
    del options["connection_class"]  # waiting is what it does
    return Redis.from_url(url, **options)


def _let_the_call_end(_signal: int, _frame: FrameType | None) -> None:
    hand_back_after(current_app.config["SETTINGS"].worker_grace_seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
