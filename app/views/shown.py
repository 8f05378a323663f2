"""A finished summary as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.messages import Message
from app.models import Document
from app.summaries.cache import Stored
from app.views import naming, wording
from app.views.filters import linked, markdown


@dataclass(frozen=True)
class Shown:
    """A finished text as HTML."""

    html: Markup
    language: str
    byline: str
    made_at: datetime
    coverage: list[str]  # sentences: how much was read for it, and what was not

    @classmethod
    def of(cls, stored: Stored, document: Document) -> Shown:
        """*stored*, whose quotations lead to their places if this is the text that they are from."""
        language = stored.language or stored.own_language
        text = (
            linked(stored.text, stored.passages) if stored.revision_number == document.revision_number else stored.text
        )
        return cls(
            html=markdown(text),
            language=language,
            byline=naming.byline(stored.model),
            made_at=stored.made_at,
            coverage=wording.coverage(stored.coverage, [Message.parse(gap) for gap in stored.gaps]),
        )
