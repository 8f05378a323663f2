"""A summary of one revision: one row per key and take, and its moves between states.

The row is the truth and the queue only a doorbell. Every move is one compare-and-set on the row's
state and fence (``move``), so of any number of workers, tabs and sweepers that try, one succeeds.

    pending ── claim ──▶ processing ── finish ──▶ complete
     ↻ promote            ↻ promote
       ▲                  │
       ├─ retry, hand_back, expire_lease
       └─ reopen ── failed ◀── fail, give_up
                    cancelled ◀── cancel

Of several complete takes the one chosen last is read; finishing chooses, so a new take is read until a
person prefers another.

The moves of whoever is at work on a row are in ``claim.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, case, func, or_, select, update
from sqlalchemy.orm import Mapped, load_only, mapped_column, relationship

from app.database import UTCDateTime, insert_into, utcnow
from app.extensions import Model, db
from app.models.document import Document

if TYPE_CHECKING:
    from app.models.revision import Revision

MAX_ATTEMPTS = 5
# From the request to the last word on it: five calls of two minutes, the waits between them, and a queue.
GIVE_UP_AFTER = timedelta(minutes=30)
# Nobody waits for what is made in advance, and a backlog of it may take the night.
GIVE_UP_IN_ADVANCE_AFTER = timedelta(days=1)


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What a summary is made for, which decides from which budget it is paid."""

    REQUEST = "request"  # a person asked
    JOINED = "joined"  # it was to be made in advance, and somebody arrived before it was
    WARMING = "warming"  # kept ready after a change of the text
    RENEWAL = "renewal"  # a new prompt or model, by ``flask summaries rewarm``


IN_ADVANCE = (Purpose.WARMING, Purpose.RENEWAL)
IN_PROGRESS = (Status.PENDING, Status.PROCESSING)


class Summary(Model):
    __tablename__ = "summary"
    __table_args__ = (
        UniqueConstraint("key", "take"),  # one key, one paid call
        Index("ix_summary_document_id_status", "document_id", "status"),
        Index("ix_summary_status_next_at", "status", "next_at"),
        Index("ix_summary_model_finished_at", "model", "finished_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(120))
    take: Mapped[int] = mapped_column(default=1)
    style: Mapped[str] = mapped_column(String(20))
    length: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(120))
    prompt_version: Mapped[str] = mapped_column(String(20))

    status: Mapped[str] = mapped_column(String(10), default=Status.PENDING)
    reason: Mapped[str] = mapped_column(String(40), default="")
    purpose: Mapped[str] = mapped_column(String(10), default=Purpose.REQUEST)
    queue: Mapped[str] = mapped_column(String(10))
    estimate: Mapped[int | None] = mapped_column(BigInteger)  # micro-dollars it may cost; None where unpriced
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UTCDateTime)

    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    first_words_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    chosen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    text: Mapped[str | None] = mapped_column(Text)

    document: Mapped[Document] = relationship()
    revision: Mapped[Revision] = relationship()

    # -- finding -----------------------------------------------------------------------------------

    @classmethod
    def latest_take(cls, key: str) -> Summary | None:
        return db.session.scalar(select(cls).where(cls.key == key).order_by(cls.take.desc()).limit(1))

    @classmethod
    def chosen(cls, key: str) -> Summary | None:
        """The take that is read."""
        return db.session.scalar(
            select(cls)
            .where(cls.key == key, cls.status == Status.COMPLETE)
            .order_by(func.coalesce(cls.chosen_at, cls.finished_at).desc(), cls.id.desc())
            .limit(1)
            .execution_options(populate_existing=True)  # it may have ended since this session first looked at it
        )

    @classmethod
    def takes(cls, key: str) -> Sequence[Summary]:
        """Every complete take, the first one first."""
        return db.session.scalars(
            select(cls).where(cls.key == key, cls.status == Status.COMPLETE).order_by(cls.take)
        ).all()

    @classmethod
    def nearest_complete(cls, document_id: int, style: str, language: str, length: str) -> Summary | None:
        """The good summary to show while there is none under the key, of whichever text, model and prompt.

        One in this form if there is any, else one in the form that was made last.
        """
        in_this_form = (cls.style == style) & (cls.language == language) & (cls.length == length)
        key = db.session.scalar(
            select(cls.key)
            .where(cls.document_id == document_id, cls.status == Status.COMPLETE)
            .order_by(case((in_this_form, 0), else_=1), cls.finished_at.desc(), cls.id.desc())
            .limit(1)
        )
        return cls.chosen(key) if key else None

    @classmethod
    def recent_times(cls, model: str, count: int) -> list[tuple[float, float]]:
        """Seconds from claim to first words and to the end, of the model's latest summaries."""
        rows = db.session.execute(
            select(cls.started_at, cls.first_words_at, cls.finished_at)
            .where(cls.model == model, cls.status == Status.COMPLETE, cls.finished_at.is_not(None))
            .order_by(cls.finished_at.desc())
            .limit(count)
        )
        return [
            (((first or end) - start).total_seconds(), (end - start).total_seconds())
            for start, first, end in rows
            if start and end
        ]

    @classmethod
    def keys_of(cls, document_id: int) -> list[str]:
        return list(db.session.scalars(select(cls.key).where(cls.document_id == document_id).distinct()))

    @classmethod
    def due(cls, now: datetime, limit: int) -> Sequence[Summary]:
        """Pending rows whose doorbell should have been rung by *now*: what people wait for, then longest due first."""
        return db.session.scalars(
            select(cls)
            .where(cls.status == Status.PENDING, cls.next_at <= now)
            .options(load_only(cls.queue, cls.fence, cls.attempt))
            .order_by(case((cls.purpose.in_(IN_ADVANCE), 1), else_=0), cls.next_at)
            .limit(limit)
        ).all()

    @classmethod
    def abandoned(cls, now: datetime) -> Sequence[Summary]:
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
    def is_in_advance(self) -> bool:
        """Whether nobody waits for it yet."""
        return self.purpose in IN_ADVANCE

    def is_overdue(self) -> bool:
        return self.status in IN_PROGRESS and self.give_up_at < utcnow()

    # -- moving ------------------------------------------------------------------------------------

    @classmethod
    def start(cls, **values: Any) -> bool:
        """Insert a pending row, unless its key and take exist already; true for whoever inserted it."""
        row = {**_asked_now(values["purpose"]), **values}
        inserted = db.session.execute(
            insert_into(cls).values(row).on_conflict_do_nothing(index_elements=["key", "take"]).returning(cls.id)
        )
        return inserted.first() is not None

    def promote(self, purpose: Purpose, queue: str, requested_by_id: int | None) -> bool:
        """Somebody waits now for what was to be made in advance, or who waited for it asks by name.

        While it is pending the fence moves on, so that of all who arrive at once one promotes it; a wait that
        the provider asked for is not cut short. While it is being written its worker's fence stays good.
        """
        asked = _asked_now(purpose)
        whose = {"purpose": purpose, "queue": queue, "requested_by_id": requested_by_id}
        if self.status == Status.PROCESSING:
            asked.pop("next_at")
            return self._move(Status.PROCESSING, new_fence=self.fence, **whose, **asked)
        next_at = max(asked["next_at"], self.next_at)
        asked |= {"next_at": next_at, "give_up_at": next_at + GIVE_UP_AFTER}
        return self._move(Status.PENDING, new_fence=self.fence + 1, **whose, **asked)

    def choose(self) -> bool:
        """Read this take from now on; false unless it is complete."""
        if self.status != Status.COMPLETE:
            return False
        Document.note_choice(self.document_id)
        return self._move(Status.COMPLETE, new_fence=self.fence, chosen_at=utcnow())

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

    def reopen(self, purpose: Purpose, queue: str, requested_by_id: int | None) -> bool:
        """Ask again for what failed or was cancelled, with all attempts afresh."""
        return self._move(
            Status.PENDING,
            new_fence=self.fence + 1,
            attempt=0,
            purpose=purpose,
            queue=queue,
            reason="",
            requested_by_id=requested_by_id,
            started_at=None,
            finished_at=None,
            **_asked_now(purpose),
        )

    def _move(self, end: Status, *, new_fence: int, **values: Any) -> bool:
        moved = move(self.id, self.fence, Status(self.status), end, fence=new_fence, **values)
        db.session.expire(self)
        return moved


def _asked_now(purpose: str) -> dict[str, datetime]:
    """The times of a row that is asked for now: since when, due when, and until when anybody tries."""
    now = utcnow()
    patience = GIVE_UP_IN_ADVANCE_AFTER if purpose in IN_ADVANCE else GIVE_UP_AFTER
    return {"requested_at": now, "next_at": now, "give_up_at": now + patience}


def move(summary_id: int, shown_fence: int, start: Status, end: Status, **values: Any) -> bool:
    """The one way from state to state; true only for the caller that made the move.

    :param shown_fence: the fence the caller knows of. Whoever holds a claim shows the one it was given, never
        one it reads: another worker may have been given the row meanwhile.
    """
    moved = db.session.execute(
        update(Summary)
        .where(Summary.id == summary_id, Summary.status == start, Summary.fence == shown_fence)
        .values(status=end, **values)
        .returning(Summary.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None
