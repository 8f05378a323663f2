"""The panel that follows the reading of a document's file or page: one renderer for page, poll, check and press.

It works as the summary's does: a poll says what its page shows already and gets the next poller and only what
changed; what is said to a screen reader is said at the press, at the end, and when a person checks by hand.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property

from flask import render_template, url_for

from app import signals
from app.database import utcnow
from app.documents import intake, reasons
from app.models import Document, Extraction, Role, Status
from app.models.work import IN_PROGRESS
from app.summaries import pace
from app.views.access import my_role
from app.views.document_page import document_page
from app.views.formats import clock, clock_minute, local_time
from app.views.panel import WATCHDOG, Asked
from app.views.seen import Seen
from app.views.standstill import Standstill, standstill


@dataclass(frozen=True)
class SeenExtraction:
    """What a page shows already: which state under which fence, and whether the document's text."""

    fence: int = 0
    state: str = ""
    has_text: bool = True
    standstill: Standstill = Standstill.NONE

    @classmethod
    def parse(cls, token: str | None) -> SeenExtraction:
        """What *token* says; of one that is not ours, that everything is known, so that nothing is announced."""
        try:
            fence, state, has_text, *later = (token or "").split(".")
            stopped = Standstill(later[0] if later else "")
            return cls(int(fence), state if state in tuple(Status) else "", has_text == "1", stopped)
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"{self.fence}.{self.state}.{int(self.has_text)}.{self.standstill}"

    @property
    def in_progress(self) -> bool:
        return self.state in IN_PROGRESS


class ExtractionPanel:
    """What the templates in ``templates/extraction/`` ask for."""

    def __init__(
        self, document: Document, row: Extraction, shown: SeenExtraction, asked: Asked, *, whole: bool = False
    ) -> None:
        """The panel of *row*. See :class:`app.views.panel.Panel` for *shown*, *asked* and *whole*."""
        self.document = document
        self.row = row
        self.state = row.status
        self.in_progress = row.in_progress
        self.before = None if whole else shown
        self.shown = shown
        self.asked = asked
        self.standstill = standstill(row.status, row.next_at, row.lease_until) if row.in_progress else Standstill.NONE
        self.now = SeenExtraction(row.fence, row.status, document.has_text, self.standstill)
        self.seen = str(self.now)
        self.check_token = f"{time.time():.3f}"  # a form that never changes is sent only once
        self.page_url = url_for("documents.show", document_id=document.id)
        self.status_url = url_for("extractions.status", document_id=document.id)

    @classmethod
    def of_page(cls, document: Document, seen: str, *, checked: bool) -> ExtractionPanel | None:
        """The panel of a whole page; None where there is nothing to follow or to ask for."""
        row = intake.state_of(document)
        if row is None or (row.status == Status.COMPLETE and not row.is_of_a_page):
            return None
        return cls(document, row, SeenExtraction.parse(seen), "check" if checked else "poll", whole=True)

    # -- what it shows ---------------------------------------------------------------------------------

    @property
    def may_ask(self) -> bool:
        return my_role(self.document).includes(Role.EDITOR)

    @property
    def again(self) -> str:
        """What the button says that asks once more."""
        return "Fetch again" if self.row.is_of_a_page else "Try again"

    @cached_property
    def kind(self) -> str:
        return "error" if self.state == Status.FAILED else "info"

    @cached_property
    def said(self) -> str:
        """Where it stands, in a sentence or two."""
        row, what = self.row, "page" if self.row.is_of_a_page else "file"
        if self.state == Status.FAILED:
            return f"{row.message or reasons.sentence(row.reason)}{self._older()}"
        if self.state == Status.CANCELLED:
            return f"Stopped. Press {self.again} to read the {what}." if self.may_ask else "Stopped."
        if self.standstill:
            return f"{self.standstill.sentence} {self._promise()}"
        if self.state == Status.PENDING and row.attempt:
            why = row.message or reasons.wait_sentence(row.reason)
            return f"{why} It is tried again at {clock(row.next_at)}. {self._promise()}"
        if self.in_progress:
            doing = "Fetching the page" if row.is_of_a_page else "Reading the file"
            return f"{doing}. {self._promise()}"
        return self._at_rest(row, what)

    def _at_rest(self, row: Extraction, what: str) -> str:
        """What is said once it has been read."""
        if row.text_digest is None:
            return f"The text below was typed in. That of the {what} was not used."
        if not row.is_of_a_page:
            return "The text was read from the file."
        when = f"Fetched {local_time(row.finished_at)}." if row.finished_at else "Fetched."
        return when if row.changed else f"{when} Nothing had changed in its text."

    def _older(self) -> str:
        if not self.document.has_text:
            return ""
        return f" The text below is {'the one from before' if self.row.text_digest else 'what was typed in'}."

    def _promise(self) -> str:
        return f"The text will be here, or the reason why not, by {clock_minute(self.row.give_up_at)}."

    # -- what changed since ----------------------------------------------------------------------------

    @property
    def body_changed(self) -> bool:
        return self.before is None or replace(self.before, has_text=self.now.has_text) != self.now

    @property
    def brings_text(self) -> bool:
        """Whether the page has no text yet, and this answer brings it."""
        return self.before is not None and self.now.has_text and not self.before.has_text

    @property
    def has_newer_text(self) -> bool:
        """Whether a page that shows a text shows an older one."""
        ended = self.shown.in_progress and self.state == Status.COMPLETE
        return ended and self.row.changed and self.shown.has_text

    # -- polling and saying ----------------------------------------------------------------------------

    @property
    def trigger(self) -> str:
        if not self.in_progress:
            return "load" if self.before is None else ""
        now = utcnow()
        until_due = (self.row.next_at - now).total_seconds() if self.state == Status.PENDING else 0.0
        waited = (now - self.row.requested_at).total_seconds()
        seconds = min(pace.LONGEST_SECONDS, max(until_due, pace.next_look_in_queue(max(0.0, waited))))
        return f"load delay:{round(seconds * 1000)}ms, {WATCHDOG}"

    @property
    def status_on_load(self) -> str:
        if self.asked == "check":
            return self._checked()
        return self._start() if self.in_progress else ""

    @property
    def announcement(self) -> str:
        if self.before is None:
            return ""
        if self.asked == "press":
            return self._start() if self.in_progress else self._end()
        if self.before.in_progress and not self.in_progress:
            return self._end()
        if self.asked == "check":
            return self._checked()
        return self._start() if self.in_progress and not self.before.in_progress else ""

    def _start(self) -> str:
        return f"{'Fetching' if self.row.is_of_a_page else 'Reading'} {self.document.title}"

    def _end(self) -> str:
        if self.state == Status.FAILED:
            return "The text could not be read."
        if self.state == Status.CANCELLED:
            return "Stopped"
        if not self.shown.has_text or not self.row.is_of_a_page:
            return "The text is here."
        return "The text has changed." if self.row.changed else "Nothing had changed."

    def _still(self) -> str:
        return f"Still waiting: {self.standstill.in_short}" if self.standstill else "Still reading"

    def _checked(self) -> str:
        news = (
            self._still() if self.in_progress else self._end().rstrip(".") if self.shown.in_progress else "Nothing new"
        )
        return f"{news}. Checked at {clock()}."


def render_extraction(document: Document, row: Extraction, shown: SeenExtraction, asked: Asked) -> str:
    """The fragment for a press, a poll or a check, on a page that has *shown* something."""
    panel = ExtractionPanel(document, row, shown, asked)
    if asked == "poll":
        signals.polled.send(None, panel="extraction", state=panel.state)
    content = document_page(document, Seen()) if panel.brings_text else {"document": document}
    return render_template("extraction/_answer.html", extraction=panel, **content)
