"""Getting a document's text out of the file or the page that it comes from: one row for each such document.

The row is asked again when the page is fetched anew. An uploaded file stays in it until its text is there, so that
no upload is lost to a worker that dies.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import db
from app.messages import Message
from app.models.sentences import Sentence
from app.models.work import Status, Work, asked_now

if TYPE_CHECKING:
    from app.models.document import Document

NAME_MAX = 2000


class Source(StrEnum):
    FILE = "file"
    ADDRESS = "address"


class Extraction(Work):
    JOB = "jobs.documents.extract"
    BELL = "ext"
    SECONDS = 10 * 60

    __tablename__ = "extraction"
    __table_args__ = (Index("ix_extraction_status_next_at", "status", "next_at"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), unique=True)
    source: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(NAME_MAX))  # of the file, or the page's address
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # of the file, until it has been read
    title_given: Mapped[bool] = mapped_column(default=False)  # whether a person chose the document's title
    # Of the text that was found last. A page that says the same again has not changed, whatever was edited here.
    text_digest: Mapped[str | None] = mapped_column(String(64))
    changed: Mapped[bool] = mapped_column(default=False)  # whether what was found last was another text than before
    message: Mapped[Message] = mapped_column(Sentence, default="")  # why there is no text, for the person who asked
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)

    document: Mapped[Document] = relationship()

    @classmethod
    def of(cls, document_id: int) -> Extraction | None:
        return db.session.scalar(select(cls).where(cls.document_id == document_id))

    @classmethod
    def states(cls, document_ids: list[int]) -> dict[int, str]:
        """The state of each document's extraction, by the document's id."""
        if not document_ids:
            return {}
        rows = db.session.execute(select(cls.document_id, cls.status).where(cls.document_id.in_(document_ids)))
        return {document_id: status for document_id, status in rows}  # noqa: C416 - a Row is no pair to mypy

    @property
    def is_of_a_page(self) -> bool:
        return self.source == Source.ADDRESS

    def again(self, requested_by_id: int) -> bool:
        """Ask for it once more; false while it is under way, and of a file whose text is there."""
        if self.in_progress or (self.status == Status.COMPLETE and not self.is_of_a_page):
            return False
        return self._reopen(requested_by_id=requested_by_id, message="", **asked_now())
