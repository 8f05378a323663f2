"""A page of somebody's documents, each with the state of its summary, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Document, Extraction, Purpose, Revision, Status, Summary, User
from app.summaries.asking import current_key
from app.summaries.prompt import Options
from app.summaries.reading import NONE

PAGE_SIZE = 30


@dataclass(frozen=True)
class Row:
    document: Document
    words: int
    state: str
    stale: bool
    extraction: str = ""  # its state, while there is no text


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    total: int
    search: str
    next_url: str | None
    first_url: str | None


def page(reader: User, options: Options, search: str, before: str) -> Page:
    """The documents that *reader* may see, latest change first.

    :param search: words that the title must contain.
    :param before: the cursor that ``next_url`` carried; one that is not ours begins at the top.
    """
    search = " ".join(search.split())[:200]
    wanted = _matching(reader, search)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    cursor = _parse_cursor(before)
    documents: list[Document] = list(
        db.session.scalars(
            _from(wanted, cursor)
            .options(
                joinedload(Document.revision).load_only(
                    Revision.document_id,
                    Revision.digest,
                    Revision.carried_digest,
                    Revision.language,
                    Revision.words,
                    Revision.size,
                    Revision.number,
                )
            )
            .options(joinedload(Document.owner))
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


def _matching(reader: User, search: str) -> Select[Document]:
    wanted = select(Document).where(Document.readable_by(reader))
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
    unread = Extraction.states([document.id for document in documents if not document.has_text])
    others = _complete([document.id for document in documents if keys[document.id] not in states])
    rows = []
    for document in documents:
        state = states.get(keys[document.id], NONE)
        made = others.get(document.id, [])
        stale = bool(made) and all(key != current_key(document, form) for key, form in made)
        shown = Status.COMPLETE if made else state
        rows.append(Row(document, document.revision.words, shown, stale, unread.get(document.id, "")))
    return rows


def _states(keys: list[str]) -> dict[str, str]:
    """The state of the latest take under each key; one that came to nothing beside a good one changes nothing."""
    states: dict[str, str] = {}
    rows = db.session.execute(
        select(Summary.key, Summary.status, Summary.purpose).where(Summary.key.in_(keys)).order_by(Summary.take)
    )
    for key, status, purpose in rows:
        came_to_nothing = status in (Status.FAILED, Status.CANCELLED)
        if came_to_nothing and (purpose != Purpose.REQUEST or states.get(key) == Status.COMPLETE):
            continue
        states[key] = status
    return states


def _complete(document_ids: list[int]) -> dict[int, list[tuple[str, Options]]]:
    """By document, the key and form of every summary there is, of whichever text, prompt and model."""
    found: dict[int, list[tuple[str, Options]]] = {}
    rows = db.session.execute(
        select(Summary.document_id, Summary.key, Summary.style, Summary.language, Summary.length)
        .where(Summary.document_id.in_(document_ids), Summary.status == Status.COMPLETE)
        .distinct()
    )
    for document_id, key, *form in rows:
        found.setdefault(document_id, []).append((key, Options(*form)))
    return found


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
