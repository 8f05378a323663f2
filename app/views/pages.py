"""The front page, and what machines ask."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.routing import IntegerConverter

from app import queues
from app.extensions import db
from app.views import documents
from app.views.filters import HTMX

YEAR_SECONDS = 365 * 24 * 60 * 60

bp = Blueprint("pages", __name__)


class IdConverter(IntegerConverter):
    """An id that a database column can hold; a larger number is a 404, not an overflow."""

    def __init__(self, map: object) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, min=1, max=2**31 - 1)  # type: ignore[arg-type]


@bp.get("/")
def home() -> ResponseReturnValue:
    if current_user.is_authenticated:
        listing: ResponseReturnValue = documents.index()
        return listing
    return render_template("home.html")


@bp.get("/htmx.js")
def htmx() -> Response:
    """htmx as its wheel carries it; the page asks for it by its digest, so it may be kept for ever."""
    response = send_file(HTMX, mimetype="text/javascript", max_age=YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return "ok\n", {"Content-Type": "text/plain"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    checks = {"database": _database_answers(), **_redis_and_workers()}
    ready = all(checks.values())
    said = {name: "ok" if fine else "missing" for name, fine in checks.items()}
    return jsonify(status="ready" if ready else "not ready", **said), 200 if ready else 503


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1 FROM document LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis_and_workers() -> dict[str, bool]:
    try:
        queues.connection().ping()
        return {"redis": True, "worker": queues.a_worker_is_alive()}
    except RedisError:
        return {"redis": False, "worker": False}
