"""Work that is done in the background: one row for each piece, and its moves between states.

The row is the truth and the queue only a doorbell. Every move is one compare-and-set on the row's
state and fence (``move``), so of any number of workers, tabs and sweepers that try, one succeeds.

    pending ── claim ──▶ processing ── finish ──▶ complete
       ▲                  │
       ├─ retry, hand_back, expire_lease
       └─ reopen ── failed ◀── fail, give_up
                    cancelled ◀── cancel

The moves of whoever is at work on a row are in ``claim.py``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, String, func, or_, select, update
from sqlalchemy.orm import Mapped, load_only, mapped_column

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db
from app.logs import REQUEST_ID_MAX, request_id

MAX_ATTEMPTS = 5
LONGEST_BACKOFF_SECONDS = 60.0
# From the request to the last word on it: five tries of two minutes, the waits between them, and a queue.
GIVE_UP_AFTER = timedelta(minutes=30)


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


IN_PROGRESS = (Status.PENDING, Status.PROCESSING)


class Work(Model):
    """What every kind of background work has in common."""

    __abstract__ = True

    JOB: ClassVar[str]  # the dotted name of what a worker runs for it
    BELL: ClassVar[str]  # the beginning of its doorbells' names
    SECONDS: ClassVar[int]  # after which RQ ends the job: the last resort, well after deadlines of our own

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(10), default=Status.PENDING)
    reason: Mapped[str] = mapped_column(String(40), default="")
    queue: Mapped[str] = mapped_column(String(10))
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UTCDateTime)
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Of the click that asked for it last; the log of whoever works on it bears it too.
    request_id: Mapped[str] = mapped_column(String(REQUEST_ID_MAX), default=request_id)

    # -- finding -----------------------------------------------------------------------------------

    @classmethod
    def due(cls, now: datetime, limit: int) -> Sequence[Self]:
        """Pending rows whose doorbell should have been rung by *now*: the most urgent, then the longest due, first."""
        return db.session.scalars(
            select(cls)
            .where(cls.status == Status.PENDING, cls.next_at <= now)
            .options(load_only(cls.queue, cls.fence, cls.attempt, cls.request_id))
            .order_by(*cls._urgency(), cls.next_at)
            .limit(limit)
        ).all()

    @classmethod
    def backlog(cls, now: datetime) -> list[tuple[str, int, datetime]]:
        """Of each queue on which rows are due by *now*, how many, and since when the first of them."""
        rows = db.session.execute(
            select(cls.queue, func.count(cls.id), func.min(cls.next_at))
            .where(cls.status == Status.PENDING, cls.next_at <= now)
            .group_by(cls.queue)
        )
        return [(queue, count, since) for queue, count, since in rows]

    @classmethod
    def _urgency(cls) -> tuple[ColumnElement[int], ...]:
        return ()

    @classmethod
    def abandoned(cls, now: datetime) -> Sequence[Self]:
        """Rows in progress that nobody holds any more, or that ran past the time they promised."""
        return db.session.scalars(
            select(cls).where(
                or_(
                    (cls.status == Status.PROCESSING) & (cls.lease_until < now),
                    cls.status.in_(IN_PROGRESS) & (cls.give_up_at < now),
                )
            )
        ).all()

    @property
    def in_progress(self) -> bool:
        return self.status in IN_PROGRESS

    def is_overdue(self) -> bool:
        return self.in_progress and self.give_up_at < utcnow()

    # -- moving ------------------------------------------------------------------------------------

    def postpone(self, wait: timedelta) -> bool:
        """Leave a pending row to whoever looks at it later."""
        return self._move(Status.PENDING, new_fence=self.fence, next_at=utcnow() + wait)

    def expire_lease(self) -> bool:
        """Take the row from a worker that fell silent; its late result will find another fence."""
        return self._move(
            Status.PENDING, new_fence=self.fence + 1, reason="worker_lost", next_at=utcnow(), lease_until=None
        )

    def give_up(self, reason: str) -> bool:
        return self._move(
            Status.FAILED, new_fence=self.fence + 1, reason=reason, finished_at=utcnow(), lease_until=None
        )

    def cancel(self) -> bool:
        return self._move(Status.CANCELLED, new_fence=self.fence + 1, finished_at=utcnow(), lease_until=None)

    def _reopen(self, **values: Any) -> bool:
        """Begin anew, with all attempts afresh."""
        fresh = {"attempt": 0, "reason": "", "started_at": None, "finished_at": None, "request_id": request_id()}
        return self._move(Status.PENDING, new_fence=self.fence + 1, **fresh, **values)

    def _move(self, end: Status, *, new_fence: int, **values: Any) -> bool:
        moved = self.move(self.id, self.fence, Status(self.status), end, fence=new_fence, **values)
        db.session.expire(self)
        return moved

    @classmethod
    def move(cls, row_id: int, shown_fence: int, start: Status, end: Status, **values: Any) -> bool:
        """The one way from state to state; true only for the caller that made the move.

        :param shown_fence: the fence the caller knows of. Whoever holds a claim shows the one it was given, never
            one it reads: another worker may have been given the row meanwhile.
        """
        moved = db.session.execute(
            update(cls)
            .where(cls.id == row_id, cls.status == start, cls.fence == shown_fence)
            .values(status=end, **values)
            .returning(cls.id)
            .execution_options(synchronize_session=False)
        )
        return moved.first() is not None


def asked_now(patience: timedelta = GIVE_UP_AFTER) -> dict[str, datetime]:
    """The times of a row that is asked for now: since when, due when, and until when anybody tries."""
    now = utcnow()
    return {"requested_at": now, "next_at": now, "give_up_at": now + patience}


def backoff(attempt: int, base: float, retry_after: float | None) -> float:
    """Seconds until the next attempt: twice as long each time, with jitter, and never sooner than was asked.

    Jitter here too, or all who were told the same would come back in the same moment, to be refused again.

    :param base: seconds after the first attempt.
    :param retry_after: seconds that were asked for, if any were.
    """
    seconds: float = min(LONGEST_BACKOFF_SECONDS, base * 2 ** (attempt - 1))
    return max(seconds * random.uniform(0.75, 1.25), (retry_after or 0) + seconds * random.uniform(0, 0.5))  # noqa: S311
