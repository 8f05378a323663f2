"""One call to the provider, as it ended. Entries are only ever added.

The price is that of the day of the call, so what was spent stays what it was, whatever the price list says later.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, event
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
    """Outlives what it paid for: deleting a document or an account keeps the cost.

    The id of a summary that is gone is kept, and never given again, so that what is read of it later still counts.
    """

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    summary_id: Mapped[int | None] = mapped_column(index=True)  # without a foreign key
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"), index=True)
    # Whose document it was of, and who asked; nobody for what was made in advance.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    model: Mapped[str] = mapped_column(String(120))
    prompt_version: Mapped[str] = mapped_column(String(20), default="")
    step: Mapped[str] = mapped_column(String(10), default=Step.WHOLE)
    attempt: Mapped[int]
    fence: Mapped[int] = mapped_column(default=0)  # of the claim that made the call
    outcome: Mapped[str] = mapped_column(String(40))
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    tokens_estimated: Mapped[bool]
    milliseconds: Mapped[int | None]  # from asking to the end; None where nobody was there to see it
    # Micro-dollars, and micro-dollars per million tokens, as they were on that day; None where no price is known.
    input_price: Mapped[int | None] = mapped_column(BigInteger)
    output_price: Mapped[int | None] = mapped_column(BigInteger)
    cost: Mapped[int | None] = mapped_column(BigInteger)


@event.listens_for(LedgerEntry, "before_update")
@event.listens_for(LedgerEntry, "before_delete")
def _only_added(_mapper: object, _connection: object, entry: LedgerEntry) -> None:
    raise TypeError(f"ledger entry {entry.id} is not to be changed: the ledger is append-only")
