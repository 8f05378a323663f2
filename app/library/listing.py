"""A page of a library, in a fixed number of queries, none of which reads a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, union_all
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.library import states
from app.library.order import ORDERS, Column, Order, Place
from app.library.wanted import Wanted
from app.models import Collaborator, Document, Extraction, Tag, User
from app.models.document import folded

PAGE_SIZE = 30
MOST_COUNTED = 1000  # where each must be looked at
MOST_COUNTED_AT_ONCE = 10_000  # along an index, which takes a millisecond
MOST_TAGS_OFFERED = 200


@dataclass(frozen=True)
class Row:
    document: Document
    state: str
    extraction: str  # its state, while there is no text
    tags: list[str]


@dataclass(frozen=True)
class Count:
    """How many there are; *or_more* where it was not counted to the end."""

    number: int
    or_more: bool = False


@dataclass(frozen=True)
class Page:
    wanted: Wanted
    rows: list[Row]
    count: Count
    first_url: str | None
    previous_url: str | None
    next_url: str | None


def page(reader: User, wanted: Wanted, after: str = "", before: str = "") -> Page:
    """The documents that *reader* may see and that are *wanted*.

    :param after: the place after which the page begins, as ``next_url`` says it; one that is not ours is the top.
    :param before: the place before which it ends, as ``previous_url`` says it.
    """
    order = ORDERS[wanted.sort]
    if end := order.place(before):
        found = _ids(reader, wanted, order, end, back=True)
        if len(found) > PAGE_SIZE:
            return _page(reader, wanted, found[:PAGE_SIZE][::-1], has_earlier=True, has_later=True)
    start = None if end else order.place(after)  # where less than a page stands before it, the first page is meant
    found = _ids(reader, wanted, order, start)
    return _page(reader, wanted, found[:PAGE_SIZE], has_earlier=bool(start), has_later=len(found) > PAGE_SIZE)


def tags_of(reader: User) -> list[str]:
    """The tags by which *reader* can filter, in alphabetical order."""
    shared = select(Tag.name).where(Tag.document_id.in_(_shared_with(reader))).limit(MOST_TAGS_OFFERED)
    rows = db.session.scalars(union_all(*(select(one.subquery()) for one in (_own_tags(reader), shared))))
    return sorted(set(rows))


def _own_tags(reader: User) -> Select[str]:
    """Those of the reader's own documents, each found from the one before it.

    An index leads to the next name at once. For DISTINCT each row of a library would be looked at, with all
    documents under a dozen names: Postgres does not skip from one to the next by itself.
    """
    first = select(func.min(Tag.name).label("name"), literal(1).label("number")).where(Tag.owner_id == reader.id)
    found = first.cte("found", recursive=True)
    following = select(func.min(Tag.name)).where(Tag.owner_id == reader.id, Tag.name > found.c.name).scalar_subquery()
    is_before_last = found.c.name.is_not(None) & (found.c.number < MOST_TAGS_OFFERED)
    each = found.union_all(select(following, found.c.number + 1).where(is_before_last))
    return select(each.c.name).where(each.c.name.is_not(None))


def _page(reader: User, wanted: Wanted, ids: Sequence[int], *, has_earlier: bool, has_later: bool) -> Page:
    rows, order = _rows(ids), ORDERS[wanted.sort]
    is_all = not (has_earlier or has_later)
    return Page(
        wanted=wanted,
        rows=rows,
        count=Count(len(ids)) if is_all else _count(reader, wanted),
        first_url=_url(wanted) if has_earlier else None,
        previous_url=_url(wanted, before=order.place_of(rows[0].document)) if has_earlier and rows else None,
        next_url=_url(wanted, after=order.place_of(rows[-1].document)) if has_later and rows else None,
    )


def _url(wanted: Wanted, **place: str) -> str:
    return "?" + urlencode(wanted.query | place)


# -- finding ---------------------------------------------------------------------------------------------


def _ids(reader: User, wanted: Wanted, order: Order, place: Place | None, *, back: bool = False) -> Sequence[int]:
    """The ids of one page, and of one document more if there is one."""
    found = []
    for matching in _matching(reader, wanted, Document.id.label("id"), order.column.label("value")):
        query = matching if place is None else matching.where(place.is_passed(back=back))
        found.append(query.order_by(*order.sorted(order.column, Document.id, back=back)).limit(PAGE_SIZE + 1))
    # Each of them goes along an index and stops soon; sorted together, or with an OR, they would all be looked at.
    both = union_all(*(select(query.subquery()) for query in found)).subquery()
    return db.session.scalars(
        select(both.c.id).order_by(*order.sorted(both.c.value, both.c.id, back=back)).limit(PAGE_SIZE + 1)
    ).all()


def _count(reader: User, wanted: Wanted) -> Count:
    """How many are wanted, as far as is worth knowing."""
    most = MOST_COUNTED if wanted.must_be_looked_for else MOST_COUNTED_AT_ONCE
    each = [select(query.limit(most + 1).subquery()) for query in _matching(reader, wanted, Document.id)]
    number = db.session.scalar(select(func.count()).select_from(union_all(*each).subquery())) or 0
    return Count(min(number, most), or_more=number > most)


def _matching(reader: User, wanted: Wanted, *columns: Column) -> list[Select[Any]]:
    """Queries for the reader's own documents, and for those that are shared with them."""
    found = []
    if wanted.whose != "shared":
        found.append((Document.owner_id == reader.id, Tag.owner_id == reader.id))
    if wanted.whose != "mine":
        shared = _shared_with(reader)
        found.append((Document.id.in_(shared), Tag.document_id.in_(shared)))
    return [select(*columns).where(mine, *_filters(wanted, tagged)) for mine, tagged in found]


def _shared_with(reader: User) -> Select[int]:
    return select(Collaborator.document_id).where(Collaborator.user_id == reader.id)


def _filters(wanted: Wanted, tagged: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """
    :param tagged: which tags come into question.
    """
    filters = [Document.folded_title.contains(word, autoescape=True) for word in folded(wanted.q).split()]
    if wanted.tag:
        filters.append(Document.id.in_(select(Tag.document_id).where(and_(tagged, Tag.name == wanted.tag))))
    if wanted.state:
        filters.append(states.is_in(wanted.state))
    return filters


# -- showing ---------------------------------------------------------------------------------------------


def _rows(ids: Sequence[int]) -> list[Row]:
    """The documents of a page, in its order."""
    found = db.session.execute(
        select(Document, states.shown()).where(Document.id.in_(ids)).options(joinedload(Document.owner))
    )
    by_id = {document.id: (document, state) for document, state in found}
    tags = Tag.of(ids)
    unread = Extraction.states([document.id for document, _ in by_id.values() if not document.has_text])
    shown = (by_id[one] for one in ids if one in by_id)  # unless somebody deleted it in this moment
    return [Row(document, state, unread.get(document.id, ""), tags.get(document.id, [])) for document, state in shown]
