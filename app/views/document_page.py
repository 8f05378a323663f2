"""What the page of a document shows of its text and its summary, once there is a text."""

from __future__ import annotations

from typing import Any

from flask import current_app

from app.models import Document
from app.summaries import warming
from app.summaries.prompt import Options
from app.views.access import me, my_role
from app.views.panel import page_panel, poll_or_check
from app.views.place import Place
from app.views.seen import Seen


def document_page(document: Document, seen: Seen) -> dict[str, Any]:
    """For ``documents/_content.html``."""
    about: dict[str, Any] = {"document": document, "role": my_role(document)}
    if not document.has_text:
        return about
    facts = warming.facts_of(document, Options.preferred_by(me()))
    return about | {
        "facts": facts,
        "verdict": warming.verdict(facts),
        "quiet_seconds": current_app.config["SETTINGS"].warming_quiet_seconds,
        "panel": page_panel(Place.of_document(document, seen.form), seen, poll_or_check()),
    }
