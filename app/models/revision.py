"""One text that a document has had. It never changes; the next text is the next revision."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import UTCDateTime, utcnow
from app.extensions import Model

if TYPE_CHECKING:
    from app.models.document import Document


class Revision(Model):
    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    # Lists of documents need the digest and never the text, which may be a megabyte.
    text: Mapped[str] = mapped_column(Text, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    words: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    document: Mapped[Document] = relationship(back_populates="revisions", foreign_keys=document_id)

    @classmethod
    def of(cls, text: str, number: int) -> Revision:
        return cls(number=number, text=text, digest=digest(text), words=len(text.split()))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def normalise(text: str) -> str:
    """*text* as it is stored: one kind of line ending, no trailing blanks at the end.

    A browser turns every line ending of a form into CRLF, which must not look like an edit.
    """
    return without_nul(text).replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()


def without_nul(text: str) -> str:
    """*text* without the one character that Postgres cannot store and refuses with an error."""
    return text.replace("\x00", "")
