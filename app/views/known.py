"""Browsers in which an account was opened before: guesses made elsewhere must not shut its owner out of them."""

from __future__ import annotations

import hashlib

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "known"
YEAR_SECONDS = 365 * 24 * 60 * 60


def remember(answer: Response, email: str) -> None:
    """Have the browser that gets *answer* show that it has opened this account."""
    answer.set_cookie(
        _name(),
        _serializer().dumps(_digest(email)),
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def here() -> bool:
    """Whether the browser that asks has opened the account before that the form names."""
    try:
        return bool(_serializer().loads(request.cookies.get(_name(), "")) == _digest(request.form.get("email", "")))
    except BadSignature:
        return False


def _name() -> str:
    prefix: str = current_app.config["SESSION_COOKIE_NAME"].removesuffix("session")
    return f"{prefix}{COOKIE}"


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"], salt="known-browser", signer_kwargs={"digest_method": hashlib.sha256}
    )
