"""The front page, and what machines ask."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user
from redis import RedisError
from werkzeug.routing import IntegerConverter

from app import database, locales, queues
from app.views import library
from app.views.filters import HTMX
from app.views.going_on import next_url

YEAR_SECONDS = 365 * 24 * 60 * 60

_ADVICE = {
    "database": "The database does not answer, or was not migrated: look at DATABASE_URL, and run flask db upgrade.",
    "redis": "Redis does not answer: look at REDIS_URL. Until it does, what is asked for waits.",
    "worker": "No worker is alive: run python -m jobs.worker high default low. Until one is, what is asked for waits.",
}

bp = Blueprint("pages", __name__)


class IdConverter(IntegerConverter):
    """An id that a database column can hold; a larger number is a 404, not an overflow."""

    def __init__(self, map: object) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, min=1, max=2**31 - 1)  # type: ignore[arg-type]


@bp.get("/")
def home() -> ResponseReturnValue:
    if current_user.is_authenticated:
        listing: ResponseReturnValue = library.index()
        return listing
    return render_template("home.html")


@bp.get("/locale/<tag>")
def choose_locale(tag: str) -> ResponseReturnValue:
    """Speak this language in this browser from now on, for somebody who has no account to keep it in."""
    if tag not in locales.LOCALES:
        abort(404)
    response = current_app.make_response(redirect(next_url("pages.home"), 303))
    response.set_cookie(locales.COOKIE, tag, max_age=YEAR_SECONDS, httponly=True, samesite="Lax")
    return response


@bp.get("/htmx.js")
def htmx() -> Response:
    """htmx as its wheel carries it; the page asks for it by its digest, so it may be kept for ever."""
    response = send_file(HTMX, mimetype="text/javascript", max_age=YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Ready, or what is missing, by name and in words."""
    checks = {"database": database.answers(), **_redis_and_workers()}
    said = {name: "ok" if fine else "missing" for name, fine in checks.items()}
    missing = [name for name, fine in checks.items() if not fine]
    answer = jsonify(
        status="not ready" if missing else "ready",
        **said,
        missing=missing,
        advice=[_ADVICE[name] for name in missing],
    )
    return answer, 503 if missing else 200


def _redis_and_workers() -> dict[str, bool]:
    try:
        queues.connection().ping()
        return {"redis": True, "worker": queues.workers_alive() > 0}
    except RedisError:
        return {"redis": False, "worker": False}
