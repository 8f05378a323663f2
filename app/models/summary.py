"""A summary of one revision: one row per key and take.

Of several complete takes the one chosen last is read; finishing chooses, so a new take is read until a
person prefers another. What is made in advance is *promoted* when somebody arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    func,
    select,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.database import UTCDateTime, insert_into, utcnow
from app.extensions import db
from app.logs import request_id
from app.models.document import Document
from app.models.work import GIVE_UP_AFTER, Status, Work, asked_now

if TYPE_CHECKING:
    from app.models.revision import Revision

# Nobody waits for what is made in advance, and a backlog of it may take the night.
GIVE_UP_IN_ADVANCE_AFTER = timedelta(days=1)


class Purpose(StrEnum):
    """What a summary is made for, which decides from which budget it is paid."""

    REQUEST = "request"  # a person asked
    JOINED = "joined"  # it was to be made in advance, and somebody arrived before it was
    WARMING = "warming"  # kept ready after a change of the text
    RENEWAL = "renewal"  # a new prompt or model, by ``flask summaries rewarm``


IN_ADVANCE = (Purpose.WARMING, Purpose.RENEWAL)


class Summary(Work):
    JOB = "jobs.summaries.summarise"
    BELL = "sum"
    SECONDS = 40 * 60  # a long document takes many calls

    __tablename__ = "summary"
    __table_args__ = (
        UniqueConstraint("key", "take"),  # one key, one paid call
        Index("ix_summary_document_id_status", "document_id", "status"),
        Index("ix_summary_status_next_at", "status", "next_at"),
        Index("ix_summary_model_finished_at", "model", "finished_at"),
        {"sqlite_autoincrement": True},
    )

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    # Of the text that is sent: what decides, with model and prompt, whether it is up to date in a library's eyes.
    text_digest: Mapped[str] = mapped_column(String(64), default="")
    key: Mapped[str] = mapped_column(String(120))
    take: Mapped[int] = mapped_column(default=1)
    style: Mapped[str] = mapped_column(String(20))
    length: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(120))
    prompt_version: Mapped[str] = mapped_column(String(20))

    purpose: Mapped[str] = mapped_column(String(10), default=Purpose.REQUEST)
    estimate: Mapped[int | None] = mapped_column(BigInteger)  # micro-dollars it may cost; None where unpriced
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    first_words_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    chosen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    text: Mapped[str | None] = mapped_column(Text)
    # How much of the document was read for it, and in which paragraphs its quotations stand.
    coverage: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    passages: Mapped[list[Any]] = mapped_column(JSON, default=list)

    document: Mapped[Document] = relationship()
    revision: Mapped[Revision] = relationship()

    # -- finding -----------------------------------------------------------------------------------

    @classmethod
    def whole(cls, summary_id: int) -> Summary | None:
        """The row as it is now, asked for with its document and its revision in one question."""
        return db.session.scalar(
            select(cls)
            .where(cls.id == summary_id)
            .options(joinedload(cls.document), joinedload(cls.revision))
            .execution_options(populate_existing=True)
        )

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
        """Seconds from claim to first words and to the end, of the model's latest summaries of texts in one piece."""
        rows = db.session.execute(
            select(cls.started_at, cls.first_words_at, cls.finished_at, cls.coverage)
            .where(cls.model == model, cls.status == Status.COMPLETE, cls.finished_at.is_not(None))
            .order_by(cls.finished_at.desc())
            .limit(count)
        )
        return [
            (((first or end) - start).total_seconds(), (end - start).total_seconds())
            for start, first, end, coverage in rows
            if start and end and coverage.get("parts", 1) == 1
        ]

    @classmethod
    def keys_of(cls, document_id: int) -> list[str]:
        return list(db.session.scalars(select(cls.key).where(cls.document_id == document_id).distinct()))

    @classmethod
    def _urgency(cls) -> tuple[ColumnElement[int], ...]:
        """What people wait for comes before what is made in advance."""
        return (case((cls.purpose.in_(IN_ADVANCE), 1), else_=0),)

    @property
    def is_in_advance(self) -> bool:
        """Whether nobody waits for it yet."""
        return self.purpose in IN_ADVANCE

    # -- moving ------------------------------------------------------------------------------------

    @classmethod
    def start(cls, **values: Any) -> Summary | None:
        """Insert a pending row, unless its key and take exist already; the row for whoever inserted it."""
        row = {**_asked_now(values["purpose"]), **values}
        return db.session.scalar(
            insert_into(cls).values(row).on_conflict_do_nothing(index_elements=["key", "take"]).returning(cls)
        )

    def promote(self, purpose: Purpose, queue: str, requested_by_id: int | None) -> bool:
        """Somebody waits now for what was to be made in advance, or who waited for it asks by name.

        While it is pending the fence moves on, so that of all who arrive at once one promotes it; a wait that
        the provider asked for is not cut short. While it is being written its worker's fence stays good.
        """
        asked = _asked_now(purpose)
        whose = {"purpose": purpose, "queue": queue, "requested_by_id": requested_by_id, "request_id": request_id()}
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

    def reopen(self, purpose: Purpose, queue: str, requested_by_id: int | None) -> bool:
        """Ask again for what failed or was cancelled, with all attempts afresh."""
        whose = {"purpose": purpose, "queue": queue, "requested_by_id": requested_by_id}
        return self._reopen(**whose, **_asked_now(purpose))


def _asked_now(purpose: str) -> dict[str, datetime]:
    return asked_now(GIVE_UP_IN_ADVANCE_AFTER if purpose in IN_ADVANCE else GIVE_UP_AFTER)
