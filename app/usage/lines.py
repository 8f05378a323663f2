"""The lines that the figures are added up from, for a spreadsheet. Nothing in them was written by anybody:
a cell that begins as a formula does would be run by the program that opens the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.extensions import db
from app.models import LedgerEntry
from app.usage.period import Month
from app.usage.reads import each_read_in
from app.usage.spending import counted

_LEDGER = (
    LedgerEntry.id,
    LedgerEntry.created_at,
    LedgerEntry.document_id,
    LedgerEntry.summary_id,
    LedgerEntry.user_id,
    LedgerEntry.purpose,
    LedgerEntry.step,
    LedgerEntry.attempt,
    LedgerEntry.outcome,
    LedgerEntry.model,
    LedgerEntry.prompt_version,
    LedgerEntry.input_tokens,
    LedgerEntry.output_tokens,
    LedgerEntry.tokens_estimated,
    LedgerEntry.milliseconds,
    LedgerEntry.input_price,
    LedgerEntry.output_price,
    LedgerEntry.cost,
)
UNITS = {
    "created_at": "utc",
    "input_price": "micro_dollars_per_million_tokens",
    "output_price": "micro_dollars_per_million_tokens",
    "cost": "micro_dollars",
}


def of_the_ledger(month: Month, owner_id: int | None) -> Iterator[list[object]]:
    """A head, and a line for each call of the month.

    :param owner_id: of whose documents; None for everybody's.
    """
    yield [f"{column.key}_{UNITS[column.key]}" if column.key in UNITS else column.key for column in _LEDGER]
    rows = db.session.execute(select(*_LEDGER).where(counted(month, owner_id)).order_by(LedgerEntry.id))
    for entry_id, created_at, *others in rows:
        yield [entry_id, created_at.isoformat(), *others]


def of_reads(month: Month, owner_id: int | None) -> Iterator[list[object]]:
    """A head, and a line for each summary and day on which it was read."""
    yield [
        "day",
        "document_id",
        "summary_id",
        "reads",
        "hits_cache",
        "hits_database",
        "misses",
        "hit_worth_micro_dollars",
    ]
    for read in each_read_in(month, owner_id):
        yield [
            read.day.isoformat(),
            read.document_id,
            read.summary_id,
            read.reads,
            read.cached,
            read.stored,
            read.misses,
            read.worth,
        ]
