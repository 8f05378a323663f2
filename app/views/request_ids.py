"""Each request has an id: the one that the proxy gave it, or one of its own."""

from __future__ import annotations

import re
import uuid

from flask import Flask, Response, current_app, request

from app import logs

_ACCEPTED = re.compile(rf"[A-Za-z0-9_-]{{8,{logs.REQUEST_ID_MAX}}}")


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_say)
    app.teardown_request(lambda _error: logs.begin(""))


def _begin() -> None:
    logs.begin(id_of(request.headers.get("X-Request-ID", "") if current_app.config["SETTINGS"].trusted_proxies else ""))


def id_of(given: str) -> str:
    """The id of a request to which a proxy that is trusted has *given* one; empty where none has."""
    return given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex


def _say(response: Response) -> Response:
    response.headers["X-Request-ID"] = logs.request_id()
    return response
