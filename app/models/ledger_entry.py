"""One call to the provider, as it ended. Entries are only ever added."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UTCDateTime, utcnow
from app.extensions import Model


class Step(StrEnum):
    """What a call was for."""

    WHOLE = "whole"  # the summary of a text that was sent in one piece
    PART = "part"  # notes of one part of a long text
    MERGE = "merge"  # notes of several notes, where they are too many for one summary
    COMBINE = "combine"  # the summary, from the notes


class LedgerEntry(Model):
    """Outlives what it paid for: deleting a document or an account keeps the cost."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    summary_id: Mapped[int | None] = mapped_column(ForeignKey("summary.id", ondelete="SET NULL"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    model: Mapped[str] = mapped_column(String(120))
    step: Mapped[str] = mapped_column(String(10), default=Step.WHOLE)
    attempt: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(40))
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    tokens_estimated: Mapped[bool]
    # Micro-dollars, and micro-dollars per million tokens, as they were on that day; None where no price is known.
    input_price: Mapped[int | None] = mapped_column(BigInteger)
    output_price: Mapped[int | None] = mapped_column(BigInteger)
    cost: Mapped[int | None] = mapped_column(BigInteger)
