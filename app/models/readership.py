"""How often a summary was read, by whom, on each day. Reads are counted together, never one row for each.

Counts outlive the document, as the ledger does, so that what was saved stays saved: no column has a foreign key, and
an id is never given twice.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import insert_into
from app.extensions import Model, db

ANONYMOUS = 0  # readers who came by the public link


class Readership(Model):
    __tablename__ = "readership"
    __table_args__ = (Index("ix_readership_document_id_day", "document_id", "day"), Index("ix_readership_day", "day"))

    summary_id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    document_id: Mapped[int]
    owner_id: Mapped[int]  # whose document it was
    reads: Mapped[int] = mapped_column(default=0)
    cached: Mapped[int] = mapped_column(default=0)  # of the reads, those that the cache answered

    @classmethod
    def add(cls, *, reads: int, cached: int, **whose: object) -> None:
        """Add to the counts of one summary, reader and day, all of which *whose* names, with the document."""
        db.session.execute(
            insert_into(cls)
            .values(reads=reads, cached=cached, **whose)
            .on_conflict_do_update(
                index_elements=["summary_id", "reader_id", "day"],
                set_={"reads": cls.reads + reads, "cached": cls.cached + cached},
            )
        )
