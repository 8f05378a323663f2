"""The panel that follows the reading of a document's file or page: one renderer for page, poll, check and press.

It works as the summary's does: a poll says what its page shows already and gets the next poller and only what
changed; what is said to a screen reader is said at the press, at the end, and when a person checks by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from flask import render_template, url_for
from flask_babel import gettext as _

from app import signals
from app.database import utcnow
from app.documents import intake, reasons
from app.models import Document, Extraction, Role, Status
from app.models.work import IN_PROGRESS
from app.summaries import pace
from app.views.access import me, my_role
from app.views.document_page import document_page
from app.views.formats import clock, clock_minute, local_time
from app.views.panel import Asked, trigger_after
from app.views.place import check_token
from app.views.seen import Seen
from app.views.standstill import Standstill, standstill


@dataclass(frozen=True)
class SeenExtraction:
    """What a page shows already: which state under which fence, whether the document's text, what keeps it from
    moving, if anything, and whether automatic updates are said to be paused.
    """

    fence: int = 0
    state: str = ""
    has_text: bool = True
    standstill: Standstill = Standstill.NONE
    paused: bool = False

    @classmethod
    def parse(cls, token: str | None) -> SeenExtraction:
        """What *token* says; of one that is not ours, that everything is known, so that nothing is announced."""
        try:
            fence, state, has_text, *later = (token or "").split(".")
            stopped = Standstill(later[0] if later else "")
            known = state if state in tuple(Status) else ""
            return cls(int(fence), known, has_text == "1", stopped, later[1:2] == ["1"])
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"{self.fence}.{self.state}.{int(self.has_text)}.{self.standstill}.{int(self.paused)}"

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
        self.paused = me().updates_paused
        self.now = SeenExtraction(row.fence, row.status, document.has_text, self.standstill, self.paused)
        self.seen = str(self.now)
        self.check_token = check_token()
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
        return _("Fetch again") if self.row.is_of_a_page else _("Try again")

    @cached_property
    def kind(self) -> str:
        return "error" if self.state == Status.FAILED else "warning" if self.standstill else "info"

    @cached_property
    def said(self) -> str:
        """Where it stands, in a sentence or two."""
        row = self.row
        if self.state == Status.FAILED:
            return f"{row.message or reasons.sentence(row.reason)}{self._older()}"
        if self.state == Status.CANCELLED:
            return self._stopped() if self.may_ask else _("Stopped.")
        if self.standstill:
            return f"{self.standstill.sentence} {self._promise()}"
        if self.state == Status.PENDING and row.attempt:
            why = row.message or reasons.wait_sentence(row.reason)
            return f"{why} {_('It is tried again at %(time)s.', time=clock(row.next_at))} {self._promise()}"
        if self.in_progress:
            doing = _("Fetching the page.") if row.is_of_a_page else _("Reading the file.")
            return f"{doing} {self._promise()}"
        return self._at_rest(row)

    def _stopped(self) -> str:
        if self.row.is_of_a_page:
            return _("Stopped. Press Fetch again to read the page.")
        return _("Stopped. Press Try again to read the file.")

    def _at_rest(self, row: Extraction) -> str:
        """What is said once it has been read."""
        if row.text_digest is None:
            if row.is_of_a_page:
                return _("The text below was typed in. That of the page was not used.")
            return _("The text below was typed in. That of the file was not used.")
        if not row.is_of_a_page:
            return _("The text was read from the file.")
        when = _("Fetched %(time)s.", time=local_time(row.finished_at)) if row.finished_at else _("Fetched.")
        return when if row.changed else f"{when} {_('Nothing had changed in its text.')}"

    def _older(self) -> str:
        if not self.document.has_text:
            return ""
        if self.row.text_digest:
            return f" {_('The text below is the one from before.')}"
        return f" {_('The text below is what was typed in.')}"

    def _promise(self) -> str:
        by = clock_minute(self.row.give_up_at)
        return _("The text will be here, or the reason why not, by %(time)s.", time=by)

    # -- what changed since ----------------------------------------------------------------------------

    @property
    def body_changed(self) -> bool:
        return self.before is None or self._as_before() != self.now

    def _as_before(self) -> SeenExtraction | None:
        """What the page shows, but for what stands outside the panel's body."""
        return self.before and replace(self.before, has_text=self.now.has_text, paused=self.now.paused)

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
    def updates_changed(self) -> bool:
        """Whether they were paused, or go on, by what was pressed on another page."""
        return self.before is not None and self.before.paused != self.paused

    @property
    def trigger(self) -> str:
        if self.paused:
            return ""
        if not self.in_progress:
            return "load" if self.before is None else ""
        now = utcnow()
        until_due = (self.row.next_at - now).total_seconds() if self.state == Status.PENDING else 0.0
        waited = (now - self.row.requested_at).total_seconds()
        return trigger_after(pace.next_look_in_queue(waited, until_due))

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
        title = self.document.title
        return _("Fetching %(title)s", title=title) if self.row.is_of_a_page else _("Reading %(title)s", title=title)

    def _end(self) -> str:
        if self.state == Status.FAILED:
            return _("The text could not be read.")
        if self.state == Status.CANCELLED:
            return _("Stopped")
        if not self.shown.has_text or not self.row.is_of_a_page:
            return _("The text is here.")
        return _("The text has changed.") if self.row.changed else _("Nothing had changed.")

    def _checked(self) -> str:
        return _("%(news)s. Checked at %(time)s.", news=self._news().rstrip("."), time=clock())

    def _news(self) -> str:
        if self.in_progress:
            return self.standstill.in_short or _("Still reading")
        return self._end() if self.shown.in_progress else _("Nothing new")


def render_extraction(document: Document, row: Extraction, shown: SeenExtraction, asked: Asked) -> str:
    """The fragment for a press, a poll or a check, on a page that has *shown* something."""
    panel = ExtractionPanel(document, row, shown, asked)
    if asked == "poll":
        signals.polled.send(None, panel="extraction", state=panel.state)
    content = document_page(document, Seen()) if panel.brings_text else {"document": document}
    return render_template("extraction/_answer.html", extraction=panel, **content)
