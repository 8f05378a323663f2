"""Finders that decide access. What a person may not see does not exist for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask import abort, g
from flask_limiter.util import get_remote_address
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import signals
from app.extensions import db
from app.models import Document, Role, Status, Summary, User


def me() -> User:
    """The person signed in; only for views that require one."""
    return cast("User", current_user._get_current_object())  # noqa: SLF001 - the way to unwrap werkzeug's proxy


def person_key() -> str:
    """Whose requests are counted together; where a look has told who asks (``at_once.look_first``), by that."""
    if seen := g.get("glance"):
        return f"user:{seen.reader_id}"
    return f"user:{me().id}" if current_user.is_authenticated else get_remote_address()


def my_role(document: Document) -> Role:
    """What the reader is to a document that they may see."""
    role = document.role_of(me())
    if role is None:
        abort(404)
    return role


def readable_document_or_404(document_id: int) -> Document:
    # With its revision in one query: between two, somebody else could delete it.
    document = db.session.get(Document, document_id, options=[joinedload(Document.revision)])
    if document is None:
        abort(404)
    if not document.can_view(me()):
        signals.access_refused.send(None, user_id=me().id, document_id=document_id)
        abort(404)
    return document


def readable_documents_or_404(ids: Sequence[int]) -> list[Document]:
    """All of these, or nothing where one of them is not there for the reader."""
    wanted = select(Document).where(Document.id.in_(ids)).options(joinedload(Document.revision))
    found = {document.id: document for document in db.session.scalars(wanted)}
    for document_id in ids:
        if document_id not in found:
            abort(404)
        if not found[document_id].can_view(me()):
            signals.access_refused.send(None, user_id=me().id, document_id=document_id)
            abort(404)
    return [found[document_id] for document_id in ids]


def editable_document_or_404(document_id: int) -> Document:
    """403 for those who may only read it."""
    return _document_of(Role.EDITOR, document_id)


def owned_document_or_404(document_id: int) -> Document:
    """403 for those with whom it is only shared."""
    return _document_of(Role.OWNER, document_id)


def public_document_or_404(token: str) -> Document:
    """The document that this link opens, for anyone, to read."""
    # Of our own alphabet at least: Postgres refuses to compare with a NUL.
    document = Document.by_public_token(token) if token.isprintable() else None
    if document is None:
        abort(404)
    return document


def summary_or_404(document: Document, summary_id: int | None) -> Summary:
    """A complete summary of the document."""
    summary = db.session.get(Summary, summary_id) if summary_id and 0 < summary_id < 2**31 else None
    if summary is None or summary.document_id != document.id or summary.status != Status.COMPLETE:
        abort(404)
    return summary


def _document_of(needed: Role, document_id: int) -> Document:
    document = readable_document_or_404(document_id)
    if not my_role(document).includes(needed):
        signals.access_refused.send(None, user_id=me().id, document_id=document_id)
        abort(403)
    return document
