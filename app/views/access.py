"""Finders that decide access. What a person may not see does not exist for them."""

from __future__ import annotations

from typing import cast

from flask import abort
from flask_login import current_user
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Document, User


def me() -> User:
    """The person signed in; only for views that require one."""
    return cast("User", current_user._get_current_object())  # noqa: SLF001 - the way to unwrap werkzeug's proxy


def readable_document_or_404(document_id: int) -> Document:
    # With its revision in one query: between two, somebody else could delete it.
    document = db.session.get(Document, document_id, options=[joinedload(Document.revision)])
    if document is None or not document.can_view(me()):
        abort(404)
    return document
