"""What usage comes to, kept added up, so that looking at a month costs the same however much happened in it.

The ledger and the counts of reads stay the truth, and these tables only follow from them: what changes there is marked
by the database itself, in the same transaction (the triggers of migration 0008), and ``app.usage.settling`` brings the
sums up to date with what is marked.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UTCDateTime
from app.extensions import Model

EVERYBODY = 0  # in the place of an owner: whoever's documents
GONE = ""  # in the place of a document: one that was deleted since
NAME_MAX = 120


class Kind(StrEnum):
    """By what it is added up, and so what the name of a sum is."""

    DAY = "day"
    DOCUMENT = "document"  # its id
    PERSON = "person"  # who asked
    MODEL = "model"
    PROMPT = "prompt"
    USE = "use"  # what became of what a call brought
    WAIT = "wait"  # until what
    ROWS = "rows"  # how many sums there are of the kind that is named
    BUDGET = "budget"  # what was spent of which


class UsageMark(Model):
    """Something changed of a summary, so its share in the sums has to be reckoned anew.

    Marks are only added and taken away, so nobody who leaves one ever waits for anybody.
    """

    __tablename__ = "usage_mark"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    summary_id: Mapped[int] = mapped_column(index=True)
    # Of a line of the ledger: what it adds to the budgets, or takes from them where it is changed. They must be kept to
    # the micro-dollar before anybody has settled it.
    moment: Mapped[datetime | None] = mapped_column(UTCDateTime)
    purpose: Mapped[str | None] = mapped_column(String(10))
    user_id: Mapped[int | None]
    cost: Mapped[int | None] = mapped_column(BigInteger)


class UsageShare(Model):
    """What one summary has added to the sums so far, to be taken from them when that changes."""

    __tablename__ = "usage_share"

    summary_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sums: Mapped[list[Any]] = mapped_column(JSON)


class UsageSum(Model):
    """The figures of a month, of one owner's documents or everybody's, that have a name in common."""

    __tablename__ = "usage_sum"
    __table_args__ = (
        # The largest first, and never all of them.
        Index("ix_usage_sum_month_owner_id_kind_cost", "month", "owner_id", "kind", "cost", "reads", "name"),
    )

    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    owner_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    unpriced: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    estimated: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int] = mapped_column(BigInteger)
    reads: Mapped[int] = mapped_column(BigInteger)
    cached: Mapped[int] = mapped_column(BigInteger)
    stored: Mapped[int] = mapped_column(BigInteger)
    misses: Mapped[int] = mapped_column(BigInteger)
    worth: Mapped[int] = mapped_column(BigInteger)
    unvalued: Mapped[int] = mapped_column(BigInteger)
    waits: Mapped[list[Any]] = mapped_column(JSON)  # of how many hundredths of a second, and how many of each
