"""The orders of a library, and the places in them from which its pages go on.

Paging is by keys: a page begins after a place in the order, which is a value and the id of the document that had it. So
the five-hundredth page takes no longer than the first, and what is added or changed meanwhile shifts none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.models import Document
from app.models.document import FOLDED_MAX

LARGEST = 2**31 - 1
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Order:
    """By a column that an index holds together with the owner and the id."""

    column: InstrumentedAttribute[Any]
    descending: bool
    written: Callable[[Any], str]
    read: Callable[[str], Any]

    def place_of(self, document: Document) -> str:
        """Where the document stands, for an address."""
        return f"{self.written(getattr(document, self.column.key))}-{document.id}"

    def place(self, written: str) -> Place | None:
        """The place that an address names; None for what is none of ours."""
        value, _, document_id = written.rpartition("-")
        try:
            return Place(self, self.read(value), min(int(document_id), LARGEST))
        except (ValueError, OverflowError, OSError):
            return None

    def sorted(self, column: Column, ids: Column, *, back: bool) -> list[UnaryExpression[Any]]:
        """What to order by; *back* for the other way round."""
        return [one.desc() if self.descending != back else one.asc() for one in (column, ids)]


@dataclass(frozen=True)
class Place:
    order: Order
    value: Any
    document_id: int

    def is_passed(self, *, back: bool) -> ColumnElement[bool]:
        """Whether a document stands after this place, or *back* before it."""
        column = self.order.column
        here = tuple_(literal(self.value, column.type), literal(self.document_id))
        there = tuple_(column, Document.id)
        return there < here if self.order.descending != back else there > here


def _time(written: str) -> datetime:
    return datetime.fromtimestamp(float(written), UTC)


def _number(written: str) -> int:
    return min(int(written), LARGEST)


def _seconds(time: datetime) -> str:
    return f"{time.timestamp():.6f}"


ORDERS = {
    "": Order(Document.updated_at, True, _seconds, _time),
    "added": Order(Document.created_at, True, _seconds, _time),
    "title": Order(Document.folded_title, False, str, lambda written: written[:FOLDED_MAX]),
    "length": Order(Document.words, True, str, _number),
}
