"""How cookies are set, signed and checked."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

MOST_KNOWN = 2000
KNOWN_SECONDS = 60.0


class SecureWhenHTTPS(Response):
    """Every cookie is ``Secure`` in production, and elsewhere whenever the request came over HTTPS."""

    def set_cookie(self, key: str, value: str = "", **options: Any) -> None:  # type: ignore[override]
        options["secure"] = options.get("secure") or request.is_secure
        super().set_cookie(key, value, **options)


class SignedWithSHA256(SecureCookieSessionInterface):
    """Flask signs the cookie of a session with SHA-1 by default (OWASP ASVS 5, 11.4.1).

    A page that follows its summary shows the same cookie with every poll. To check its signature took a quarter of
    an answer's time (measured), so what a cookie says is known for a minute after it was checked.
    """

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self) -> None:
        self._serializers: dict[object, URLSafeTimedSerializer | None] = {}
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}  # until when, and what it says

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        secret = app.secret_key
        if secret not in self._serializers:
            self._serializers = {secret: super().get_signing_serializer(app)}
        return self._serializers[secret]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return self.session_class(self.said(app, request.cookies.get(self.get_cookie_name(app), "")))

    def said(self, app: Flask, cookie: str) -> Mapping[str, Any]:
        """What the cookie of a session says: nothing where its signature is not ours, or too old."""
        until, said = self._known.get(cookie, (0.0, {}))
        if time.monotonic() < until:
            return said
        serializer = self.get_signing_serializer(app)
        if not (cookie and serializer):
            return {}
        try:
            read: dict[str, Any] = serializer.loads(cookie, max_age=int(app.permanent_session_lifetime.total_seconds()))
        except BadSignature:
            return {}
        self._remember(cookie, read)
        return read

    def _remember(self, cookie: str, said: dict[str, Any]) -> None:
        """Keep what it says, unless a request could change that in place, as it does with messages to be flashed."""
        if all(isinstance(value, str | int) for value in said.values()):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[cookie] = time.monotonic() + KNOWN_SECONDS, said
