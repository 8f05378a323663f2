"""What every answer says to the browser."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, Response, abort, current_app, redirect, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database import SAFE_METHODS

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


class SecureWhenHTTPS(Response):
    """Every cookie is ``Secure`` in production, and elsewhere whenever the request came over HTTPS."""

    def set_cookie(self, key: str, value: str = "", **options: Any) -> None:  # type: ignore[override]
        options["secure"] = options.get("secure") or request.is_secure
        super().set_cookie(key, value, **options)


class SignedWithSHA256(SecureCookieSessionInterface):
    """Flask signs the cookie of a session with SHA-1 by default (OWASP ASVS 5, 11.4.1)."""

    digest_method = staticmethod(hashlib.sha256)


def register(app: Flask) -> None:
    app.session_interface = SignedWithSHA256()
    app.response_class = SecureWhenHTTPS
    # First of all, so that it is said before anything about what is missing in the form.
    app.before_request_funcs.setdefault(None, []).insert(0, _insist_on_https)
    app.after_request(_harden)


def _insist_on_https() -> ResponseReturnValue | None:
    """In production, behind a proxy that says which it was: a password must not travel in the clear."""
    settings = current_app.config["SETTINGS"]
    if not settings.production or not settings.trusted_proxies or request.is_secure or request.endpoint in FOR_MACHINES:
        return None
    if request.method not in SAFE_METHODS:
        abort(403, _("This site is read over HTTPS only. Go back, and begin its address with https://."))
    return redirect(request.url.replace("http://", "https://", 1), 308)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.endpoint not in ("static", "pages.htmx") or response.status_code >= 400:
        # Back must not show a page from before a logout, nor a summary from before it changed.
        headers["Cache-Control"] = "no-store"
        response.vary.add("HX-Request")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
