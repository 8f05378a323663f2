"""A document that somebody added, and the revisions of its text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db
from app.models.revision import Revision, normalise, without_nul

if TYPE_CHECKING:
    from app.models.user import User

TITLE_MAX = 200
UNTITLED_WORDS = 10


class EditConflict(Exception):
    """Somebody else saved this document after the edit began."""


class Document(Model):
    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_owner_id_updated_at_id", "owner_id", "updated_at", "id"),
        # An id is never given twice, so nothing left of a deleted document can meet a new one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    source: Mapped[str] = mapped_column(String(255), default="")
    revision_number: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    # Two editors at once: the second UPDATE finds no row of its version and raises StaleDataError.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own idiom

    owner: Mapped[User] = relationship()
    revisions: Mapped[list[Revision]] = relationship(
        back_populates="document", cascade="all, delete-orphan", passive_deletes=True
    )
    revision: Mapped[Revision] = relationship(
        primaryjoin=lambda: and_(
            Revision.document_id == Document.id,
            foreign(Revision.number) == Document.revision_number,
        ),
        viewonly=True,
        uselist=False,
    )

    @classmethod
    def add(cls, owner: User, title: str, text: str, source: str = "") -> Document:
        text = normalise(text)
        document = cls(owner_id=owner.id, title=title_for(title, text), source=source[:255], revision_number=1)
        document.revisions.append(Revision.of(text, number=1))
        db.session.add(document)
        return document

    def can_view(self, user: User) -> bool:
        return self.owner_id == user.id

    def revise(self, title: str, text: str, version: int) -> None:
        """Give the document a new title or text.

        :param version: the version the editor began from.
        :raises EditConflict: when the document has moved on since; nothing is changed.
        """
        if version != self.version:
            raise EditConflict
        text = normalise(text)
        self.title = title_for(title, text)
        self.updated_at = utcnow()
        # The session writes the title before it reads the revision: from then on nobody can delete it under us.
        if text != self.revision.text:
            self.revision_number += 1
            self.revisions.append(Revision.of(text, number=self.revision_number))


def title_for(title: str, text: str) -> str:
    """The title given, or failing that the beginning of the text."""
    given = " ".join(without_nul(title).split())
    if given:
        return given[:TITLE_MAX]
    first_line = next((line for line in text.splitlines() if line.strip()), "Untitled").lstrip("# ")
    words = first_line.split()
    beginning = " ".join(words[:UNTITLED_WORDS])[: TITLE_MAX - 1] or "Untitled"
    return beginning.rstrip(".,;:") + "…" if len(words) > UNTITLED_WORDS else beginning
