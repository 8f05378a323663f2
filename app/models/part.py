"""The notes that were taken of one part of a long document, under the digest of the very words of that part.

They are kept when the attempt that paid for them fails, and serve every later summary of a text that has the same
part in it. While they are being taken the part is *held* by the claim of the attempt that takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, Text, or_, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UTCDateTime, insert_into, utcnow
from app.extensions import Model, db
from app.models.claim import Claim
from app.models.summary import Summary
from app.models.work import Status

MOST_KEYS = 500  # in one query


class Part(Model):
    __tablename__ = "part"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    notes: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(40), default="")  # why there are none, where another try would not help
    holder_id: Mapped[int]  # the summary for which they are taken, or were
    holder_fence: Mapped[int]
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @classmethod
    def find(cls, keys: Sequence[str]) -> dict[str, Part]:
        found: dict[str, Part] = {}
        for start in range(0, len(keys), MOST_KEYS):
            some = select(cls).where(cls.key.in_(keys[start : start + MOST_KEYS]))
            rows = db.session.scalars(some.execution_options(populate_existing=True))
            found |= {part.key: part for part in rows}
        return found

    def has_failed_since(self, moment: datetime) -> bool:
        """Whether it could not be read when it was tried after that *moment*."""
        return bool(self.reason) and self.finished_at is not None and self.finished_at >= moment

    @classmethod
    def hold(cls, key: str, document_id: int, claim: Claim) -> bool:
        """Hold the part for *claim*; false where its notes are there, or somebody who is alive is taking them."""
        mine = {"holder_id": claim.work_id, "holder_fence": claim.fence}
        # A subquery that named this table would not be correlated in here: it would ask about all parts.
        at_work = select(Summary.id, Summary.fence).where(
            Summary.status == Status.PROCESSING, Summary.lease_until > utcnow()
        )
        alive = cls.finished_at.is_(None) & tuple_(cls.holder_id, cls.holder_fence).in_(at_work)
        held = db.session.execute(
            insert_into(cls)
            .values(key=key, document_id=document_id, **mine)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={**mine, "reason": "", "finished_at": None},
                where=cls.notes.is_(None) & or_(~alive, cls._held_by(claim)),
            )
            .returning(cls.id)
        )
        return held.first() is not None

    @classmethod
    def finish(cls, key: str, claim: Claim, notes: str) -> bool:
        return cls._end(key, claim, notes=notes)

    @classmethod
    def fail(cls, key: str, claim: Claim, reason: str) -> bool:
        """Note that it cannot be read."""
        return cls._end(key, claim, reason=reason)

    @classmethod
    def _end(cls, key: str, claim: Claim, **values: str) -> bool:
        ended = db.session.execute(
            update(cls)
            .where(cls.key == key, cls._held_by(claim))
            .values(finished_at=utcnow(), **values)
            .returning(cls.id)
            .execution_options(synchronize_session=False)
        )
        return ended.first() is not None

    @classmethod
    def _held_by(cls, claim: Claim) -> ColumnElement[bool]:
        return (cls.holder_id == claim.work_id) & (cls.holder_fence == claim.fence)
