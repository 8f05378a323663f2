"""One text that a document has had. It never changes; the next text is the next revision."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db
from app.messages import Message
from app.models.sentences import Sentences

if TYPE_CHECKING:
    from app.models.document import Document


class Revision(Model):
    """A text, and the digest under which its summaries are filed.

    A revision that differs from an earlier one in nothing that a reader could tell stands under that one's
    digest: the text of the earlier one is what is sent, so what was made from it is found and nothing is
    paid twice, and a summary is still filed only under the digest of the very text that was sent.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    # Lists of documents need the digests and never the text, which may be a megabyte.
    text: Mapped[str] = mapped_column(Text, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    # Of the earlier text that is sent in place of this one, where this one says the same in another dress.
    carried_digest: Mapped[str | None] = mapped_column(String(64))
    essence: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8), default="")  # a code of ISO 639, where it could be told
    words: Mapped[int]
    # Bytes of UTF-8 of the text that is sent, by which tokens are estimated, and whether it fits in one piece.
    size: Mapped[int]
    # In whole sentences, what of the file or page that the text was taken from is not in it, and why.
    gaps: Mapped[list[Message]] = mapped_column(Sentences, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    document: Mapped[Document] = relationship(back_populates="revisions", foreign_keys=document_id)

    @classmethod
    def of(cls, text: str, number: int, language: str = "", gaps: Sequence[Message] = ()) -> Revision:
        return cls(
            number=number,
            gaps=list(gaps),
            text=text,
            digest=digest(text),
            essence=essence(text),
            language=language,
            words=len(text.split()),
            size=len(text.encode()),
        )

    def carry_over(self, earlier: Revision) -> None:
        """Stand under what was made from *earlier*, of which this is the same text in another dress."""
        self.language, self.size = earlier.language, earlier.size
        if earlier.input_digest != self.digest:
            self.carried_digest = earlier.input_digest

    @property
    def input_digest(self) -> str:
        """Of the text that is sent when a summary of this one is asked for."""
        return self.carried_digest or self.digest

    @property
    def is_carried_over(self) -> bool:
        """Whether this text differs, if only in its white space or encoding, from the one that is sent for it."""
        return self.carried_digest is not None

    def sent(self) -> Revision:
        """The revision whose text is sent when a summary of this one is asked for."""
        if not self.is_carried_over:
            return self
        return db.session.scalars(
            select(Revision)
            .where(Revision.document_id == self.document_id, Revision.digest == self.input_digest)
            .order_by(Revision.number)
            .limit(1)
        ).one()

    @classmethod
    def numbered(cls, document_id: int, number: int) -> Revision | None:
        return db.session.scalar(select(cls).where(cls.document_id == document_id, cls.number == number))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def essence(text: str) -> str:
    """A digest that white space, line endings and Unicode normalisation do not change."""
    return digest(" ".join(unicodedata.normalize("NFC", text).split()))


def normalise(text: str) -> str:
    """*text* as it is stored: one kind of line ending, no trailing blanks at the end.

    A browser turns every line ending of a form into CRLF, which must not look like an edit.
    """
    return without_nul(text).replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()


def without_nul(text: str) -> str:
    """*text* without the one character that Postgres cannot store and refuses with an error."""
    return text.replace("\x00", "")
