"""Errors, in the same design and in words that say what to do."""

from __future__ import annotations

import logging
import time
from contextlib import suppress

import psycopg
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_limiter import RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from redis import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, ServiceUnavailable

from app import logs, signals
from app.extensions import limiter

log = logging.getLogger("foreword.errors")

_WORDS = {
    400: (_("That request could not be read"), _("Go back, reload the page and try again.")),
    401: (_("You are signed out"), _("Reload the page and log in to go on.")),
    403: (_("That is not allowed"), _("Your account may not do this.")),
    404: (_("Nothing is here"), _("The address may be mistyped, or what was here is gone or not shared with you.")),
    405: (_("That is not possible here"), _("Go back and use the buttons of the page.")),
    409: (_("That is not possible yet"), _("Go back, and try again in a moment.")),
    413: (_("That is too large"), _("Choose a smaller file, or split the text and add its parts.")),
    422: (_("That choice is not offered"), _("Go back, reload the page and choose again.")),
    429: (_("That was too often"), _("Wait a minute, then try again. Nothing is lost.")),
    500: (_("Something went wrong here"), _("It has been noted. Try again in a moment; nothing you saved is lost.")),
    503: (_("Not available just now"), _("Try again in a moment.")),
}


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, page_of)
    # Somebody deleted it between two looks at it in the same request.
    app.register_error_handler(ObjectDeletedError, lambda _: page_of(NotFound()))
    app.register_error_handler(InternalServerError, _broken)
    app.register_error_handler(DBAPIError, _of_the_database)
    app.register_error_handler(PoolTimeout, lambda _: page_of(ServiceUnavailable()))
    app.register_error_handler(Exception, _unexpected)


def page_of(error: HTTPException) -> Response:
    """A whole page for a browser; for HTMX one line, which app.js puts into the status."""
    if error.code is None or error.code < 400:
        return current_app.make_response(error.get_response())  # a redirect that was raised
    if error.code in (400, 413, 429):
        note_refusal(error.code)
    if error.code >= 500:
        # Flask-Login would ask the database who this is, and that may be what is broken.
        g._login_user = AnonymousUserMixin()  # noqa: SLF001
    heading, message = _words_of(error)
    if request.headers.get("HX-Request") or not _can_link():
        response = make_response(f"{heading}. {message}", error.code)
        response.mimetype = "text/plain"
    else:
        page = render_template(
            "error.html", code=error.code, heading=heading, message=message, reference=logs.request_id()
        )
        response = make_response(page, error.code)
    for name, value in getattr(error, "get_headers", list)():
        if name.lower() in ("retry-after", "allow"):
            response.headers[name] = value
    if isinstance(error, RateLimitExceeded):
        _say_when_again(response)
    return response


def _say_when_again(response: Response) -> None:
    """In seconds. Of answers that no limit refused nothing is said: to ask Redis for it is a tenth of a press."""
    limit = limiter.current_limit
    with suppress(RedisError):
        if limit:
            response.headers["Retry-After"] = max(1, int(limit.reset_at - time.time()))


def note_refusal(status: int) -> None:
    """Have it counted and logged that this request was refused."""
    signals.request_refused.send(None, status=status, endpoint=request.endpoint or "", address=get_remote_address())


def _words_of(error: HTTPException) -> tuple[str, str]:
    """What it is, and what to do, in the language of whoever asked."""
    heading, message = map(str, _WORDS.get(error.code or 0, (error.name, error.description or "")))
    if isinstance(error, CSRFError):
        message = gettext("The page was open for too long or cookies are off. Reload it and try again.")
    elif error.code in (403, 409) and error.description and error.description != type(error).description:
        message = error.description
    elif error.code == 413:
        most = current_app.config["SETTINGS"].max_upload_mb
        message = f"{message} {gettext('The limit is %(megabytes)s MB.', megabytes=most)}"
    return heading, message


def _broken(error: InternalServerError) -> Response:
    """What went wrong while another error was being told: the database may be away for both."""
    original = error.original_exception
    return _of_the_database(original) if isinstance(original, DBAPIError) else page_of(error)


def _can_link() -> bool:
    """Whether there are addresses to link to: with a Host header that is no name nothing was routed."""
    return request_ctx.url_adapter is not None


def _of_the_database(error: DBAPIError) -> Response:
    """A database that is away, or busy for too long, is not a fault of ours, and passes."""
    if not isinstance(error.orig, psycopg.OperationalError) and "locked" not in str(error.orig):
        return _unexpected(error)
    log.error("the database is away: %s", type(error.orig).__name__)
    return page_of(ServiceUnavailable())


def _unexpected(error: Exception) -> Response:
    if current_app.testing:
        raise error
    log.error("unexpected error at %s", request.endpoint, exc_info=error)  # an address may be a secret
    return page_of(InternalServerError())
