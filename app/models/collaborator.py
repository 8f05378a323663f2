"""A person with whom a document is shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.database import UTCDateTime, insert_into, utcnow
from app.extensions import Model, db

if TYPE_CHECKING:
    from app.models.document import Document
    from app.models.user import User


class Role(StrEnum):
    """What somebody is to a document. Each role may do what the one before it may, and more."""

    VIEWER = "viewer"  # reads, and asks for a summary where there is none of this text
    EDITOR = "editor"  # changes the text, which take is read, and whether the summary is kept ready
    OWNER = "owner"  # shares and deletes; never in the table

    def includes(self, other: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


class Collaborator(Model):
    __tablename__ = "collaborator"
    __table_args__ = (UniqueConstraint("document_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    document: Mapped[Document] = relationship(back_populates="collaborators")
    user: Mapped[User] = relationship()

    @classmethod
    def share(cls, document_id: int, user_id: int, role: Role) -> None:
        """Give *user_id* this role, whether they had another one before or none."""
        row = {"document_id": document_id, "user_id": user_id, "role": role, "created_at": utcnow()}
        db.session.execute(
            insert_into(cls)
            .values(row)
            .on_conflict_do_update(index_elements=["document_id", "user_id"], set_={"role": role})
        )

    @classmethod
    def unshare(cls, document_id: int, user_id: int) -> bool:
        """Take every right away; false when there was none."""
        gone = db.session.execute(
            delete(cls).where(cls.document_id == document_id, cls.user_id == user_id).returning(cls.id)
        )
        return gone.first() is not None

    @classmethod
    def of(cls, document_id: int) -> Sequence[Collaborator]:
        return db.session.scalars(
            select(cls).where(cls.document_id == document_id).options(joinedload(cls.user)).order_by(cls.id)
        ).all()

    @classmethod
    def role_of(cls, document_id: int, user_id: int) -> Role | None:
        role = db.session.scalar(select(cls.role).where(cls.document_id == document_id, cls.user_id == user_id))
        return Role(role) if role else None
