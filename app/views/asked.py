"""What a request for a document says, as far as a short way needs to know it: read by Flask, or before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request, session

from app import locales
from app.views.formats import ZONE_COOKIE


class Asked(NamedTuple):
    """A request for the page of a document, for its summary, or for what changed about that."""

    endpoint: str
    document_id: int
    path: str  # as the browser knows it
    seen: str | None  # what its page shows already
    others: bool  # whether it asks for anything else, as no short way knows it
    fields: tuple[tuple[str, str], ...]  # of a form, in the order of their names
    htmx: str | None
    languages: str | None
    locale: str | None
    zone: str | None
    session: Mapping[str, Any]

    @classmethod
    def of_request(cls, document_id: int) -> Asked:
        """The request that Flask answers now."""
        fields = sorted((name, value) for name, value in request.form.items() if name != "csrf_token")
        return cls(
            endpoint=request.endpoint or "",
            document_id=document_id,
            path=f"{request.script_root}{request.path}",
            seen=request.args.get("seen"),
            others=bool(request.args.keys() - {"seen"}),
            fields=tuple(fields),
            htmx=request.headers.get("HX-Request"),
            languages=request.headers.get("Accept-Language"),
            locale=request.cookies.get(locales.COOKIE),
            zone=request.cookies.get(ZONE_COOKIE),
            session=session,
        )

    @property
    def token(self) -> str | None:
        """Of the session of whoever is signed in."""
        return self.session.get("_user_id")
