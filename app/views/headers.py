"""What every answer says to the browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database import SAFE_METHODS
from app.views.cookies import SecureWhenHTTPS, SignedWithSHA256

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FOR_MACHINES = frozenset({"pages.healthz", "pages.readyz"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# What every answer says, whoever made it: as it stands, without a look at what is there already, on each poll too.
ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
REFERRER_POLICY = "same-origin"
ONLY_HTTPS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
PRIVATE = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Referrer-Policy", REFERRER_POLICY),
    ("Cache-Control", "no-store"),
    ("Vary", "HX-Request, Cookie"),
    *ALWAYS,
]
OVER_HTTPS = [*PRIVATE, ONLY_HTTPS]


class Hardened(SecureWhenHTTPS):
    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        body, status, headers = super().get_wsgi_response(environ)
        return body, status, headers + ALWAYS


def register(app: Flask) -> None:
    app.session_interface = SignedWithSHA256()
    app.response_class = Hardened
    # First of all, so that it is said before anything about what is missing in the form.
    app.before_request_funcs.setdefault(None, []).insert(0, _insist_on_https)
    app.after_request(_harden)


def _insist_on_https() -> ResponseReturnValue | None:
    """In production, behind a proxy that says which it was: a password must not travel in the clear."""
    if not current_app.config["SETTINGS"].insists_on_https or request.is_secure or request.endpoint in FOR_MACHINES:
        return None
    if request.method not in SAFE_METHODS:
        abort(403, _("This site is read over HTTPS only. Go back, and begin its address with https://."))
    return redirect(request.url.replace("http://", "https://", 1), 308)


def _harden(response: Response) -> Response:
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        headers.add("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    if "Referrer-Policy" not in headers:
        headers.add("Referrer-Policy", REFERRER_POLICY)
    if request.endpoint not in ("static", "pages.htmx") or response.status_code >= 400:
        # Back must not show a page from before a logout, nor a summary from before it changed.
        headers["Cache-Control"] = "no-store"
        headers.add("Vary", "HX-Request")
    if request.is_secure:
        headers.add(*ONLY_HTTPS)
    return response


def for_one_who_is_signed_in(*, over_https: bool) -> list[tuple[str, str]]:
    """What Flask's answers to such a person say by what is above, and by their session, for one made before Flask."""
    return OVER_HTTPS if over_https else PRIVATE
