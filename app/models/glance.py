"""One look that tells who asks, whether they may see a document, and all that decides what they are shown of it.

Access is decided by it at the moment of the question, as by the finders: it asks the rows themselves.
"""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.looks import Look, moment
from app.models.collaborator import Collaborator
from app.models.document import Document
from app.models.extraction import Extraction
from app.models.login_session import LoginSession, is_noted_long_ago, is_open, token_digest
from app.models.readership import Readership
from app.models.revision import Revision
from app.models.summary import Summary
from app.models.tag import Tag
from app.models.user import User

# What a look tells first: who asks, which decides nothing of what they are shown.
OF_THE_READER = ("session_began", "session_seen", "remembered", "reader_id", "email")
# All that it tells of them, emptied: what is left is the same for everybody who follows a row.
NOBODY = dict.fromkeys((*OF_THE_READER, "is_admin", "locale", "summary_options", "role"))

# In the text of the question, where each parameter would be a few microseconds more.
_BETWEEN: ColumnElement[str] = literal_column("'.'", String)
_NOTHING: ColumnElement[str] = literal_column("''", String)
_DOCUMENT: BindParameter[int] = bindparam("document", 0)
_Later = aliased(Summary)


def _seen_by_somebody(*columns: Any) -> Select[Any]:
    """*columns* of a document for the person of a session who may see it, with what there is to know of both."""
    return (
        select(
            LoginSession.created_at.label("session_began"),
            LoginSession.seen_at.label("session_seen"),
            LoginSession.remembered,
            User.id.label("reader_id"),
            User.email,
            User.is_admin,
            User.locale,
            User.updates_paused,
            User.summary_options,
            Collaborator.role,
            *columns,
        )
        .select_from(LoginSession)
        .join(User, User.id == LoginSession.user_id)
        .join(Document, Document.id == _DOCUMENT)
        .outerjoin(Collaborator, (Collaborator.document_id == Document.id) & (Collaborator.user_id == User.id))
        .where(LoginSession.digest == bindparam("session", ""))
        .where(or_(Document.owner_id == User.id, Collaborator.id.is_not(None)))
    )


def _all_of(kind: Any, *columns: Any) -> ScalarSelect[str]:
    """These columns of all rows of *kind* that hang on the document, as one text."""
    row = reduce(lambda so_far, text: so_far + _BETWEEN + text, map(_as_text, columns))
    return _of(kind, func.aggregate_strings(row, " "))


def _as_text(column: Any) -> ColumnElement[str]:
    text = cast(column, String)
    return func.coalesce(text, _NOTHING) if column.nullable else text


def _of(kind: Any, figure: ColumnElement[Any]) -> ScalarSelect[Any]:
    return select(figure).where(kind.document_id == _DOCUMENT).scalar_subquery()


# Texts never change under their number, nor rows of work without their state or their fence.
_AT_REST = Look(
    _seen_by_somebody(
        *(column.label(f"document_{column.key}") for column in Document.__table__.columns),
        _all_of(Summary, Summary.id, Summary.status, Summary.fence, Summary.purpose).label("summaries"),
        _all_of(
            Extraction,
            *(Extraction.id, Extraction.status, Extraction.fence, Extraction.attempt, Extraction.finished_at),
        ).label("extraction"),
        _of(Collaborator, func.count()).label("collaborators"),  # whose roles show on no page but their own
        _all_of(Tag, Tag.name).label("tags"),
        _of(Readership, cast(func.count(), String) + _BETWEEN + cast(func.sum(Readership.reads), String)).label(
            "readers"
        ),
    )
)

_WAITING = Look(
    _seen_by_somebody(
        Revision.document_id,
        Revision.language,
        Revision.size,
        Document.input_digest,
        Summary.id,
        Summary.key,
        Summary.status,
        Summary.fence,
        Summary.attempt,
        Summary.reason,
        Summary.purpose,
        Summary.model,
        Summary.requested_at,
        Summary.started_at,
        Summary.next_at,
        Summary.lease_until,
        Summary.give_up_at,
    )
    .join(Revision, (Revision.document_id == Document.id) & (Revision.number == Document.revision_number))
    .join(Summary, (Summary.document_id == Document.id) & (Summary.id == bindparam("summary", 0)))
    .outerjoin(_Later, (_Later.key == Summary.key) & (_Later.take > Summary.take))
    .where(_Later.id.is_(None))
)


def at_rest(token: str, document_id: int, longest: timedelta) -> Any | None:
    """All that decides what a page shows of a document on which nothing is under way.

    :param token: of the browser's session.
    :param longest: for how long a session may last.
    :return: None for whoever may not see it, and whenever the long way has to be gone.
    """
    return _of_an_open_session(_AT_REST.first(session=token_digest(token), document=document_id), longest)


def waiting(token: str, document_id: int, summary_id: int, longest: timedelta) -> Any | None:
    """The row of a summary that is its key's latest take, with the text that the document has now."""
    found = _WAITING.first(session=token_digest(token), document=document_id, summary=summary_id)
    return _of_an_open_session(found, longest)


def _of_an_open_session(found: Any | None, longest: timedelta) -> Any | None:
    if found is None:
        return None
    began, seen = moment(found.session_began), moment(found.session_seen)
    lasts = is_open(began, seen, longest, remembered=bool(found.remembered))
    return found if lasts and not is_noted_long_ago(seen) else None
