"""Work that is done in a test's own process, as far as a worker forks from it."""

from __future__ import annotations

from functools import partial

from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import LedgerEntry, Summary
from app.models.work import IN_PROGRESS
from app.summaries.recovery import KINDS, sweep
from app.views import at_once
from jobs import worker as jobs_worker
from tests.support import servers


class Work:
    """A real forking RQ worker, run until nothing is left to do, and a look at what is in the database."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def drain(self, seconds: float = 30) -> None:
        """Sweep and work until neither a summary nor the text of a document is in progress."""
        servers.wait_until(self._idle_after_a_round, "all work is settled", seconds)

    def once(self) -> None:
        """What waits in the queues now, and nothing that the sweeper would add."""
        with self.app.app_context():
            worker = jobs_worker.build(["high", "default", "low"])
            worker.unsubscribe = partial(_unsubscribe, worker)
            worker.work(burst=True, logging_level="ERROR")

    def sweep(self) -> None:
        with self.app.app_context():
            sweep()
            db.session.remove()

    def summaries(self) -> list[Summary]:
        with self.app.app_context():
            return list(db.session.scalars(select(Summary).order_by(Summary.id)))

    def ledger(self) -> list[LedgerEntry]:
        with self.app.app_context():
            return list(db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)))

    def forget_pages(self) -> None:
        """Be as a web process that has just begun, which keeps no page yet."""
        self.app.extensions.pop(at_once.EXTENSION, None)

    def in_progress(self) -> int:
        with self.app.app_context():
            return sum(
                db.session.scalar(select(func.count(kind.id)).where(kind.status.in_(IN_PROGRESS))) for kind in KINDS
            )

    def _idle_after_a_round(self) -> bool:
        self.sweep()
        self.once()
        return self.in_progress() == 0


def _unsubscribe(worker: jobs_worker.ForewordWorker) -> None:
    """Stop RQ's listening thread, then wake it. RQ does it the other way, and waits a second where it slept again."""
    worker.pubsub_thread.stop()
    type(worker).unsubscribe(worker)
