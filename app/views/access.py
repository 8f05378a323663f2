"""Finders that decide access. What a person may not see does not exist for them."""

from __future__ import annotations

from typing import cast

from flask import abort, g
from flask_login import current_user
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Document, Role, Status, Summary, User


def me() -> User:
    """The person signed in; only for views that require one."""
    return cast("User", current_user._get_current_object())  # noqa: SLF001 - the way to unwrap werkzeug's proxy


def my_role() -> Role | None:
    """What the reader is to the document that was found for this request; None for whoever came by its link."""
    return cast("Role | None", g.get("role"))


def readable_document_or_404(document_id: int) -> Document:
    return _document_for(Role.VIEWER, document_id)


def editable_document_or_404(document_id: int) -> Document:
    """403 for those who may only read it."""
    return _document_for(Role.EDITOR, document_id)


def owned_document_or_404(document_id: int) -> Document:
    """403 for those with whom it is only shared."""
    return _document_for(Role.OWNER, document_id)


def public_document_or_404(token: str) -> Document:
    """The document that this link opens, for anyone, to read."""
    document = Document.by_public_token(token)
    if document is None:
        abort(404)
    return document


def summary_or_404(document: Document, summary_id: int | None) -> Summary:
    """A complete summary of the document."""
    summary = db.session.get(Summary, summary_id) if summary_id else None
    if summary is None or summary.document_id != document.id or summary.status != Status.COMPLETE:
        abort(404)
    return summary


def _document_for(needed: Role, document_id: int) -> Document:
    # With its revision in one query: between two, somebody else could delete it.
    document = db.session.get(Document, document_id, options=[joinedload(Document.revision)])
    role = document.role_of(me()) if document else None
    if document is None or role is None:
        abort(404)
    if not role.includes(needed):
        abort(403)
    g.role = role
    return document
