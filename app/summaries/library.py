"""A page of somebody's documents, each with the state of its summary, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Document, Revision, Status, Summary, User
from app.summaries.prompt import Options
from app.summaries.reading import NONE, current_key

PAGE_SIZE = 30


@dataclass(frozen=True)
class Row:
    document: Document
    words: int
    state: str
    stale: bool


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    total: int
    search: str
    next_url: str | None
    first_url: str | None


def page(owner: User, options: Options, search: str, before: str) -> Page:
    """The documents of *owner*, latest change first.

    :param search: words that the title must contain.
    :param before: the cursor that ``next_url`` carried; one that is not ours begins at the top.
    """
    search = " ".join(search.split())[:200]
    wanted = _matching(owner, search)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    cursor = _parse_cursor(before)
    documents: list[Document] = list(
        db.session.scalars(
            _from(wanted, cursor)
            .options(joinedload(Document.revision).load_only(Revision.digest, Revision.words, Revision.number))
            .order_by(Document.updated_at.desc(), Document.id.desc())
            .limit(PAGE_SIZE + 1)
        )
    )
    shown = documents[:PAGE_SIZE]
    return Page(
        rows=_rows(shown, options),
        total=total,
        search=search,
        next_url=_url(search, shown[-1]) if len(documents) > PAGE_SIZE else None,
        first_url=_url(search) if cursor else None,
    )


def _matching(owner: User, search: str) -> Select[Document]:
    wanted = select(Document).where(Document.owner_id == owner.id)
    for word in search.split():
        wanted = wanted.where(Document.title.icontains(word, autoescape=True))
    return wanted


def _from(wanted: Select[Document], cursor: tuple[datetime, int] | None) -> Select[Document]:
    """Keyset paging: a document that is added or changed meanwhile shifts no page."""
    if cursor is None:
        return wanted
    at, document_id = cursor
    return wanted.where(or_(Document.updated_at < at, and_(Document.updated_at == at, Document.id < document_id)))


def _rows(documents: list[Document], options: Options) -> list[Row]:
    keys = {document.id: current_key(document, options) for document in documents}
    states = _states(list(keys.values()))
    old = _with_a_summary([document.id for document in documents], options)
    rows = []
    for document in documents:
        state = states.get(keys[document.id], NONE)
        stale = state == NONE and document.id in old
        rows.append(Row(document, document.revision.words, Status.COMPLETE if stale else state, stale))
    return rows


def _states(keys: list[str]) -> dict[str, str]:
    """The state of the latest take under each key."""
    rows = db.session.execute(select(Summary.key, Summary.status).where(Summary.key.in_(keys)).order_by(Summary.take))
    return {key: status for key, status in rows}  # noqa: C416 - a later take overwrites an earlier one


def _with_a_summary(document_ids: list[int], options: Options) -> set[int]:
    return set(
        db.session.scalars(
            select(Summary.document_id)
            .where(Summary.document_id.in_(document_ids), Summary.status == Status.COMPLETE)
            .where(Summary.style == options.style, Summary.language == options.language)
            .distinct()
        )
    )


def _url(search: str, last: Document | None = None) -> str:
    query = {"q": search} if search else {}
    if last is not None:
        query["before"] = f"{last.updated_at.timestamp():.6f}-{last.id}"
    return "?" + urlencode(query)


def _parse_cursor(before: str) -> tuple[datetime, int] | None:
    at, _, document_id = before.rpartition("-")
    try:
        return datetime.fromtimestamp(float(at), UTC), min(int(document_id), 2**31 - 1)
    except (ValueError, OverflowError, OSError):
        return None
