"""What every answer says to the browser."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
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


def register(app: Flask) -> None:
    app.response_class = SecureWhenHTTPS
    app.after_request(_harden)


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.endpoint not in ("static", "pages.htmx") or response.status_code >= 400:
        # Back must not show a page from before a logout, nor a summary from before it changed.
        headers.setdefault("Cache-Control", "no-store")
        response.vary.add("HX-Request")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
