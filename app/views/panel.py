"""The summary panel: one renderer for the page, the poll, the check and the press.

A poll says in ``seen`` what its page shows already, and gets the next poller and only what changed since.
What is said to a screen reader is decided here too: at the press, at the end, once at sixty seconds, and
when a person checks by hand. Nothing else is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, session
from markupsafe import Markup

from app.database import utcnow
from app.llm import OFFLINE_MODEL
from app.models import Document, Status
from app.models.summary import IN_PROGRESS
from app.summaries import pace, reasons, service
from app.summaries.cache import Stored
from app.summaries.prompt import Options
from app.summaries.reading import NONE, Attempt, Reading
from app.views.filters import clock, local_time, markdown

STILL_AFTER_SECONDS = 60
WATCHDOG = "every 15s, visibilitychange from:document"  # revives a chain of polls that an error broke
STATES = (NONE, *Status)


@dataclass(frozen=True)
class Seen:
    """What a page shows: which row under which fence, its state, how much of its text, whether "still" was said."""

    summary_id: int = 0
    fence: int = 0
    state: str = ""
    characters: int = 0
    still: bool = False

    @classmethod
    def parse(cls, token: str | None) -> Seen:
        """What *token* says; a token that is not ours has seen nothing, so it gets everything."""
        try:
            row, fence, state, characters, still = (token or "").split(".")
            seen = cls(int(row), int(fence), state, max(0, int(characters)), still == "1")
        except ValueError:
            return cls()
        return seen if state in STATES else cls()

    def __str__(self) -> str:
        return f"{self.summary_id}.{self.fence}.{self.state}.{self.characters}.{int(self.still)}"

    @property
    def in_progress(self) -> bool:
        return self.state in IN_PROGRESS

    def same_body(self, other: Seen) -> bool:
        return (self.summary_id, self.fence, self.state) == (other.summary_id, other.fence, other.state)


@dataclass(frozen=True)
class Notice:
    kind: str  # info, warning or error
    text: str


@dataclass(frozen=True)
class Appended:
    after: int
    text: str


@dataclass(frozen=True)
class Shown:
    """A finished text as HTML."""

    html: Markup
    byline: str
    made_at: datetime

    @classmethod
    def of(cls, stored: Stored) -> Shown:
        return cls(markdown(stored.text), _byline(stored.model), stored.made_at)


class Panel:
    """What the templates in ``templates/summary/`` ask for."""

    def __init__(
        self,
        document: Document,
        reading: Reading,
        seen: Seen | None = None,
        *,
        pressed: bool = False,
        checked: bool = False,
    ) -> None:
        self.document_id = document.id
        self.title = document.title
        self.reading = reading
        self.state = str(reading.state)
        self.stale = reading.stale
        self.before = seen
        self.pressed = pressed
        self.checked = checked
        self.check_token = f"{time.time():.3f}"  # a form that never changes is sent only once
        self.now = _now_seen(reading, seen, self._seconds_since_request())
        self.seen = str(self.now)

    # -- the body ------------------------------------------------------------------------------------

    @property
    def partial(self) -> str:
        return self.reading.attempt.partial if self.reading.attempt else ""

    @property
    def tail(self) -> int:
        return self.now.characters

    @property
    def good(self) -> Shown | None:
        """The text to read in ``#summary-text``; while a new one is written, the old one stands beside it."""
        return Shown.of(self.reading.good) if self.reading.good and not self.reading.in_progress else None

    @property
    def earlier(self) -> Shown | None:
        return Shown.of(self.reading.good) if self.reading.good and self.reading.in_progress else None

    @property
    def notice(self) -> Notice | None:
        attempt = self.reading.attempt
        if attempt and self.state == Status.FAILED:
            return Notice("error", reasons.sentence(attempt.reason) + self._out_of_date(" The one below is older: "))
        if attempt and self.state == Status.PENDING:
            return Notice("info", _waiting(attempt))
        if self.state == Status.CANCELLED:
            return Notice("info", "Stopped. Press Summarise to begin again." + self._out_of_date(" Below: "))
        if self.stale and self.state == Status.COMPLETE:
            return Notice("warning", self._out_of_date("Out of date: ") + " Press Summarise to update it.")
        if self.state == NONE:
            return Notice("info", "There is no summary yet. Press Summarise, and read it here as it is written.")
        return None

    def _out_of_date(self, introduction: str) -> str:
        return f"{introduction}{', and '.join(self.reading.stale_reasons)}." if self.stale else ""

    # -- what changed since --------------------------------------------------------------------------

    @property
    def body_changed(self) -> bool:
        return self.before is None or not self.before.same_body(self.now)

    @property
    def earlier_changed(self) -> bool:
        """The older text appears at the start and, if the attempt failed, moves back into the body."""
        if not self.body_changed or self.before is None:
            return self.body_changed
        return self.state != Status.COMPLETE and self.before.in_progress != self.now.in_progress

    @property
    def appended(self) -> Appended | None:
        if self.before is None or self.now.characters <= self.before.characters:
            return None
        return Appended(self.before.characters, self.partial[self.before.characters :])

    # -- polling and saying --------------------------------------------------------------------------

    @property
    def trigger(self) -> str:
        """When to ask again: until the end by the pace of such jobs; on a page that is at rest once, on load."""
        if not self.reading.in_progress:
            return "load" if self.before is None else ""
        return f"load delay:{round(self._next_look() * 1000)}ms, {WATCHDOG}"

    def _next_look(self) -> float:
        attempt = self.reading.attempt
        if attempt is None:
            return pace.LONGEST_SECONDS
        now = utcnow()
        if self.state == Status.PENDING:
            waited = (now - attempt.next_at).total_seconds()  # negative before the next attempt is due
            return min(pace.LONGEST_SECONDS, max(-waited, pace.next_look_in_queue(max(0.0, waited))))
        elapsed = (now - (attempt.started_at or now)).total_seconds()
        return pace.next_look(pace.typical(self.reading.model), elapsed, streaming=bool(attempt.partial))

    @property
    def status_on_load(self) -> str:
        """What stands in the live region of a fresh page. Of a page at rest: nothing."""
        if self.checked:
            return self._checked()
        return f"Summarising {self.title}" if self.reading.in_progress else ""

    @property
    def announcement(self) -> str:
        """What to say now, if anything."""
        if self.before is None:
            return ""
        if self.pressed:
            return self._start() if self.reading.in_progress else self._end()
        if self.before.in_progress and not self.reading.in_progress:
            return self._end()
        if self.checked:
            return self._checked()
        if self.reading.in_progress and not self.before.in_progress:
            return self._start()
        return "Still summarising" if self.now.still and not self.before.still else ""

    def _start(self) -> str:
        return f"Summarising {self.title}"

    def _end(self) -> str:
        if self.state == Status.FAILED:
            return "Summary failed. You can try again."
        return "Summary stopped" if self.state == Status.CANCELLED else "Summary ready"

    def _checked(self) -> str:
        said = "Still summarising." if self.reading.in_progress else "Nothing new."
        return f"{said} Checked at {clock()}."

    def _seconds_since_request(self) -> float:
        attempt = self.reading.attempt
        return (utcnow() - attempt.requested_at).total_seconds() if attempt else 0.0


def render_answer(
    document: Document, options: Options, seen: Seen, *, pressed: bool = False, checked: bool = False
) -> str:
    """The fragment for a press, a poll or a check."""
    reading = service.read(document, options, from_cache=not (pressed or seen.in_progress))
    panel = Panel(document, reading, seen, pressed=pressed, checked=checked)
    return render_template("summary/_answer.html", panel=panel)


def page_panel(document: Document, *, checked: bool) -> Panel:
    """The panel of a whole page."""
    return Panel(document, service.read(document, chosen_options()), checked=checked)


def chosen_options() -> Options:
    """The form that this person chose last, or else the usual one."""
    try:
        return Options(*session.get("options", ()))
    except (TypeError, ValueError):
        return Options()


def _now_seen(reading: Reading, before: Seen | None, seconds: float) -> Seen:
    """What the page will show once it has this answer."""
    attempt = reading.attempt
    if attempt is None:
        good = reading.good
        return Seen(good.summary_id if good else 0, good.fence if good else 0, str(reading.state))
    row = (attempt.summary_id, attempt.fence, str(reading.state))
    # Text that a page has is never taken back: with Redis emptied in mid-call there is less of it for a moment.
    had = before.characters if before and (before.summary_id, before.fence, before.state) == row else 0
    still = reading.in_progress and seconds >= STILL_AFTER_SECONDS
    return Seen(*row, max(had, len(attempt.partial)), still)


def _waiting(attempt: Attempt) -> str:
    promise = f"It will be here, or the reason why not, by {local_time(attempt.give_up_at, '%H:%M')}."
    if attempt.reason and attempt.attempt:
        return f"{reasons.wait_sentence(attempt.reason)} It is tried again at {clock(attempt.next_at)}. {promise}"
    return f"Waiting to be written. {promise}"


def _byline(model: str) -> str:
    if model == OFFLINE_MODEL:
        return "Sentences taken from the document itself; not written by a model. Made"
    return f"Written by {model}. It can be wrong; the document has the last word. Made"
