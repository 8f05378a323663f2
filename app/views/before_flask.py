"""What pages that wait ask for all the time, answered before Flask does anything.

Of what a poll took within Flask, more than a third went into finding its view and into hooks that say the same of every
answer (measured). So where the address is that of a document or of its poll, the short ways are asked first. They
decide access as they do within Flask, and whatever they have no answer to goes on to Flask, as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from flask import Flask, request_finished

from app import locales, logs
from app.config import Settings
from app.views import at_once, waiting
from app.views.asked import Asked
from app.views.formats import ZONE_COOKIE
from app.views.headers import for_one_who_is_signed_in
from app.views.request_ids import id_of
from app.views.short_ways import ShortWay

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from app.views.cookies import SignedWithSHA256

# Anything that is written in another way, and means the same, Flask knows how to read.
_PATH = re.compile(r"/documents/([1-9]\d{0,8})(/summary/status)?", re.ASCII)
_QUERY = re.compile(r"(?:seen=([\w.-]+))?", re.ASCII)

PAGE, POLL = "documents.show", "summaries.status"
_SHORT_WAYS: dict[str, tuple[ShortWay, ...]] = {
    PAGE: (at_once.at_hand,),
    POLL: (waiting.still_waiting, at_once.at_hand),
}


class BeforeFlask:
    """The application, which hands on to Flask whatever no short way answers."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask: WSGIApplication = app.wsgi_app
        settings: Settings = app.config["SETTINGS"]
        self._trusts_proxies = settings.trusted_proxies > 0
        self._schemes = ("https",) if settings.insists_on_https else ("http", "https")
        self._sessions = cast("SignedWithSHA256", app.session_interface)
        self._cookie = app.config["SESSION_COOKIE_NAME"]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = self._asked(environ)
        if asked is None:
            return self._flask(environ, start_response)
        request_id = id_of(environ.get("HTTP_X_REQUEST_ID", "") if self._trusts_proxies else "")
        with self._app.app_context(), logs.on_behalf_of(request_id):
            said = next((said for short in _SHORT_WAYS[asked.endpoint] if (said := short(asked)) is not None), None)
        if said is None:
            return self._flask(environ, start_response)
        body = said.encode()
        about = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
        always = for_one_who_is_signed_in(over_https=environ["wsgi.url_scheme"] == "https")
        start_response("200 OK", [*about, ("X-Request-ID", request_id), *always])
        return [body]

    def _asked(self, environ: WSGIEnvironment) -> Asked | None:
        """What somebody asks who is signed in; None where it may be anything that no short way knows."""
        path, query = _PATH.fullmatch(environ.get("PATH_INFO", "")), _QUERY.fullmatch(environ.get("QUERY_STRING", ""))
        if not (path and query and environ["REQUEST_METHOD"] == "GET" and environ["wsgi.url_scheme"] in self._schemes):
            return None
        endpoint = POLL if path[2] else PAGE
        if environ.get("SCRIPT_NAME") or (endpoint == PAGE and request_finished.receivers):
            return None  # of a page, whoever wants to know of requests (traces) hears from Flask
        cookies = _cookies(environ.get("HTTP_COOKIE", ""))
        return Asked(
            endpoint=endpoint,
            document_id=int(path[1]),
            path=path[0],
            seen=query[1],
            others=False,
            fields=(),
            htmx=environ.get("HTTP_HX_REQUEST"),
            languages=environ.get("HTTP_ACCEPT_LANGUAGE"),
            locale=cookies.get(locales.COOKIE),
            zone=cookies.get(ZONE_COOKIE),
            session=self._sessions.said(self._app, cookies.get(self._cookie, "")),
        )


def _cookies(said: str) -> dict[str, str]:
    """As a browser says them; of two that have one name, the first."""
    pairs = (pair.strip().partition("=") for pair in reversed(said.split(";")))
    return {name: value for name, _, value in pairs}
