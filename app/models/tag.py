"""A word that somebody filed a document under. It belongs to the document: whoever reads that sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UTCDateTime, insert_into, utcnow
from app.extensions import Model, db
from app.models.document import Document
from app.models.revision import without_nul

TAG_MAX = 40
MOST_TAGS = 20  # of one document


class Tag(Model):
    __tablename__ = "tag"
    __table_args__ = (Index("ix_tag_owner_id_name_document_id", "owner_id", "name", "document_id"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(TAG_MAX), primary_key=True)
    # Whose document it is, which never changes: so that the tags of a library are found without its documents.
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def of(cls, document_ids: Sequence[int]) -> dict[int, list[str]]:
        """The tags of each of these documents that has any, in their alphabetical order."""
        found: dict[int, list[str]] = {}
        rows = select(cls.document_id, cls.name).where(cls.document_id.in_(document_ids)).order_by(cls.name)
        for document_id, name in db.session.execute(rows):
            found.setdefault(document_id, []).append(name)
        return found

    @classmethod
    def names_of(cls, document_id: int) -> list[str]:
        return cls.of([document_id]).get(document_id, [])

    @classmethod
    def replace(cls, document: Document, names: Sequence[str]) -> None:
        """Give the document these tags and no others."""
        db.session.execute(delete(cls).where(cls.document_id == document.id, cls.name.not_in(names)))
        for name in names:
            cls._insert(document, name)

    @classmethod
    def add(cls, document: Document, name: str) -> bool:
        """File the document under *name* as well; false when it has as many tags as it may."""
        others = select(func.count()).where(cls.document_id == document.id, cls.name != name)
        if (db.session.scalar(others) or 0) >= MOST_TAGS:
            return False
        cls._insert(document, name)
        return True

    @classmethod
    def remove(cls, document_ids: Iterable[int], name: str) -> int:
        """Take it off these documents; of how many."""
        gone = delete(cls).where(cls.document_id.in_(list(document_ids)), cls.name == name).returning(cls.document_id)
        return len(db.session.execute(gone).all())

    @classmethod
    def _insert(cls, document: Document, name: str) -> None:
        row = {"document_id": document.id, "name": name, "owner_id": document.owner_id, "created_at": utcnow()}
        db.session.execute(insert_into(cls).values(row).on_conflict_do_nothing())


def tag_named(typed: str) -> str:
    """A tag as it is kept: in lower case, so that it is one however it is typed. Empty where nothing was typed."""
    return " ".join(without_nul(typed).lower().split())


def tags_named(typed: str) -> list[str]:
    """The tags of a list with commas, each once."""
    return list(dict.fromkeys(filter(None, map(tag_named, typed.split(",")))))
