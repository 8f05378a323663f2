"""What the pages of administrators have in common: who may see them, and that what is done there is told."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import signals
from app.extensions import db, login_manager
from app.models import User
from app.views.access import me


def area(name: str, import_name: str, path: str = "", **options: Any) -> Blueprint:
    """A blueprint below ``/admin``, for administrators only."""
    bp = Blueprint(name, import_name, url_prefix=f"/admin{path}", **options)
    bp.before_request(_administrators_only)
    return bp


def _administrators_only() -> ResponseReturnValue | None:
    if not current_user.is_authenticated:
        to_log_in: ResponseReturnValue = login_manager.unauthorized()
        return to_log_in
    if not me().is_admin:
        abort(404)
    return None


def person_or_404(user_id: int) -> User:
    return db.session.get(User, user_id) or abort(404)


def acted(action: str, target: int = 0) -> None:
    """Tell of what the administrator who asks has done. Call it after the commit."""
    signals.admin_acted.send(None, user_id=me().id, action=action, target=target)
