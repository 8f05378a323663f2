"""Where a summary's panel stands, for whom, and what they may do there."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import g, url_for

from app.models import Document, Role, User
from app.summaries import service
from app.summaries.prompt import Options
from app.summaries.reading import Reading
from app.views.access import me, my_role


def check_token() -> str:
    """What makes the forms of this answer others than those of the last: one that never changes is sent only once."""
    if "check_token" not in g:
        g.check_token = f"{time.time():.3f}"
    return str(g.check_token)


@dataclass(frozen=True)
class Place:
    """Where a panel stands, for whom, and what they may do there."""

    document: Document
    options: Options
    reader: User | None
    page_url: str
    status_url: str
    paused: bool  # whether it asks the server only when somebody presses

    @classmethod
    def of_document(cls, document: Document, form: Options | None = None) -> Place:
        """The document's own page, for the person signed in; in the *form* it shows, else the one they chose last."""
        return cls(
            document,
            form or Options.preferred_by(me()),
            reader=me(),
            page_url=url_for("documents.show", document_id=document.id),
            status_url=url_for("summaries.status", document_id=document.id),
            paused=me().updates_paused,
        )

    @classmethod
    def of_link(cls, document: Document, token: str, form: Options | None = None, *, paused: bool) -> Place:
        """The public page, for anyone: as the owner would see it, and with nothing to press that costs."""
        return cls(
            document,
            form or Options.preferred_by(document.owner),
            reader=None,
            page_url=url_for("public.show", token=token),
            status_url=url_for("public.status", token=token),
            paused=paused,
        )

    def file_url(self, suffix: str) -> str:
        """Where the summary is to be had as a file of this kind."""
        return f"{self.page_url}/summary.{suffix}"

    @property
    def may_ask(self) -> bool:
        return self.reader is not None

    @property
    def may_edit(self) -> bool:
        return self.reader is not None and my_role(self.document).includes(Role.EDITOR)

    def read(self, *, from_cache: bool = True) -> Reading:
        return service.read(self.document, self.options, self.reader, from_cache=from_cache)
