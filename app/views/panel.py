"""The summary panel: one renderer for the page, the poll, the check and the press.

A poll says in ``seen`` what its page shows already, and gets the next poller and only what changed since.
What is said to a screen reader is decided here too: at the press, at the end, once at sixty seconds, and
when a person checks by hand. Nothing else is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from flask import render_template, request
from flask_babel import gettext as _

from app import signals
from app.models import Purpose, Status
from app.models.readership import ANONYMOUS
from app.summaries import asking, budget, pace, readership
from app.summaries.budget import Refusal
from app.summaries.cache import Stored
from app.summaries.progress import Progress
from app.summaries.prompt import Options
from app.summaries.reading import Attempt, Reading
from app.views import appointments, naming, wording
from app.views.formats import clock, money
from app.views.place import Place, check_token
from app.views.seen import Seen
from app.views.shown import Shown
from app.views.standstill import Standstill, standstill

STILL_AFTER_SECONDS = 60
Asked = Literal["poll", "press", "check", "refused"]
WATCHDOG = "every 15s, visibilitychange from:document"  # revives a chain of polls that an error broke


@dataclass(frozen=True)
class Appended:
    after: int
    text: str


class Panel:
    """What the templates in ``templates/summary/`` ask for."""

    def __init__(self, place: Place, reading: Reading, shown: Seen, asked: Asked, *, whole: bool = False) -> None:
        """The panel made from *reading*.

        :param shown: what was shown before to whoever gets this.
        :param asked: by what: a poll of the page, a press of a button, one for which there was no money left, or a
            check by hand, which is answered.
        :param whole: whether this is the panel of a page that is made anew, and not what changed on one.
        """
        self.place = place
        self.document_id = place.document.id
        self.title = place.document.title
        self.reading = reading
        self.state = str(reading.state)
        self.stale = reading.stale
        self.shown = shown
        self.before = None if whole else shown
        self.asked = asked
        self.check_token = check_token()
        self.paused = place.paused
        self.now = seen_after(reading, self.before, place.options, paused=place.paused)
        self.seen = str(self.now)

    # -- the body ------------------------------------------------------------------------------------

    @property
    def partial(self) -> str:
        return self.reading.attempt.partial if self.reading.attempt else ""

    @property
    def tail(self) -> int:
        return self.now.characters

    @cached_property
    def good(self) -> Shown | None:
        """The text to read in ``#summary-text``; while a new one is written, the old one stands beside it."""
        return self._shown(self.reading.good) if not self.reading.in_progress else None

    @cached_property
    def earlier(self) -> Shown | None:
        return self._shown(self.reading.good) if self.reading.in_progress else None

    def _shown(self, stored: Stored | None) -> Shown | None:
        return Shown.of(stored, self.place.document) if stored else None

    @property
    def progress(self) -> Progress | None:
        """How far the reading of a long document has come."""
        found = self.reading.attempt.progress if self.reading.attempt else None
        return found if found and found.parts and self.state == Status.PROCESSING else None

    @cached_property
    def notice(self) -> wording.Notice | None:
        stopped = self.now.standstill
        found = wording.notice(self.place.document, self.reading, stopped, may_ask=self.place.may_ask)
        return wording.with_refusal(found, self.refusal) if self.refusal else found

    @cached_property
    def refusal(self) -> Refusal | None:
        """Why a press would be refused; of one that nobody needs, only when it was pressed."""
        if self.place.reader is None or self.reading.in_progress or (self.is_current and self.asked != "refused"):
            return None
        return budget.refusal(self._estimate, Purpose.REQUEST, self.place.reader)

    @property
    def is_current(self) -> bool:
        """Whether Summarise would only bring what is shown already."""
        return self.state == Status.COMPLETE and not self.stale and not self.reading.other_form

    @property
    def choices(self) -> list[naming.Choice]:
        return naming.choices(self.place.options, self.place.document.revision.language)

    @cached_property
    def cost(self) -> str:
        """What a call for this text would roughly cost; nothing where that is not known, or nothing."""
        return money(self._estimate) if self._estimate else ""

    @cached_property
    def _estimate(self) -> int | None:
        return asking.estimate(self.place.document.revision, self.place.options)

    # -- what changed since --------------------------------------------------------------------------

    @property
    def body_changed(self) -> bool:
        return self.before is None or self.asked == "refused" or not self.before.same_body(self.now)

    @property
    def earlier_changed(self) -> bool:
        """The older text appears at the start and, if the attempt failed, moves back into the body."""
        if not self.body_changed or self.before is None:
            return self.body_changed
        moved_back = self.state != Status.COMPLETE or self.reading.attempt is not None
        return moved_back and self.before.in_progress != self.now.in_progress

    @property
    def appended(self) -> Appended | None:
        if self.before is None or self.now.characters <= self.before.characters:
            return None
        return Appended(self.before.characters, self.partial[self.before.characters :])

    @property
    def progress_changed(self) -> bool:
        return self.before is None or self.body_changed or self.before.read != self.now.read

    # -- polling and saying --------------------------------------------------------------------------

    @property
    def updates_changed(self) -> bool:
        """Whether they were paused, or go on, by what was pressed on another page."""
        return self.before is not None and self.before.paused != self.paused

    @property
    def trigger(self) -> str:
        """When to ask again: until the end by the pace of such jobs; on a page that is at rest once, on load."""
        if self.paused:
            return ""
        if not self.reading.in_progress:
            return "load" if self.before is None else ""
        attempt = self.reading.attempt
        return trigger_of(attempt, self.reading.model) if attempt else WATCHDOG

    @property
    def status_on_load(self) -> str:
        """What stands in the live region of a fresh page. Of a page at rest: nothing."""
        if self.asked == "check":
            return self._checked()
        if self.asked == "refused":
            return self._refused()
        return self._start() if self.reading.in_progress else ""

    @property
    def announcement(self) -> str:
        """What to say now, if anything."""
        if self.before is None:
            return ""
        if self.asked in ("press", "refused"):
            return self._answer_to_the_press()
        if self.before.in_progress and not self.reading.in_progress:
            return self._end()
        if self.asked == "check":
            return self._checked()
        if self.reading.in_progress and not self.before.in_progress:
            return self._start()
        return _("Still summarising") if self.now.still and not self.before.still else ""

    def _answer_to_the_press(self) -> str:
        if self.asked == "refused":
            return self._refused()
        if self.reading.in_progress:
            return self._start()
        # The words that stand there already are not spoken again; an answer with the time in it is.
        return self._checked() if self.shown.same_body(self.now) else self._end()

    def _start(self) -> str:
        return _("Summarising %(title)s", title=self.title)

    def _end(self) -> str:
        return wording.ending(self.reading, may_ask=self.place.may_ask)

    def _refused(self) -> str:
        return _("Not summarised: too little is left of this month’s budget") if self.refusal else ""

    def _checked(self) -> str:
        return _("%(news)s. Checked at %(time)s.", news=self._news().rstrip("."), time=clock())

    def _news(self) -> str:
        if self.reading.in_progress:
            return self.now.standstill.in_short or _("Still summarising")
        if self.shown.in_progress:
            return self._end()
        changed = self.shown.state and not self.shown.same_body(self.now)
        return _("Brought up to date") if changed else _("Nothing new")


def seen_after(reading: Reading, before: Seen | None, form: Options, *, paused: bool) -> Seen:
    """What a page that showed *before* shows once it has the answer made from *reading*."""
    attempt = reading.attempt
    still = attempt is not None and attempt.waited >= STILL_AFTER_SECONDS
    after = Seen.after(reading, form, before, still=still, standstill=_standstill(reading))
    return replace(after, paused=paused)


def trigger_of(attempt: Attempt, model: str) -> str:
    """When a page that follows this asks again."""
    return trigger_after(pace.until_next_look(attempt, model))


def trigger_after(seconds: float) -> str:
    """Ask again after that, or a little later where many others will."""
    return f"load delay:{round(appointments.after(seconds) * 1000)}ms, {WATCHDOG}"


def panel_of_answer(place: Place, shown: Seen, asked: Asked) -> Panel:
    """The panel for a press, a poll or a check, on a page that has *shown* something."""
    reading = place.read(from_cache=not (asked in ("press", "refused") or shown.in_progress))
    panel = Panel(place, reading, shown, asked)
    _note_reader(panel)
    if asked == "poll":
        signals.polled.send(None, panel="summary", state=panel.state)
    return panel


def render_answer(panel: Panel) -> str:
    """The fragment that brings a page what changed."""
    return render_template("summary/_answer.html", panel=panel)


def page_panel(place: Place, shown: Seen, asked: Asked) -> Panel:
    """The panel of a whole page, for somebody to whom *shown* was shown before."""
    panel = Panel(place, place.read(), shown, asked, whole=True)
    _note_reader(panel)
    return panel


def poll_or_check() -> Asked:
    """By what the page, or what changed on it, is asked for in this request."""
    if "refused" in request.args:
        return "refused"
    return "check" if "checked" in request.args else "poll"


def _standstill(reading: Reading) -> Standstill:
    attempt = reading.attempt if reading.in_progress else None
    return standstill(attempt.status, attempt.next_at, attempt.lease_until) if attempt else Standstill.NONE


def _note_reader(panel: Panel) -> None:
    """Count a reading where this answer brings a whole summary to be read."""
    good = panel.reading.good
    if good and panel.good and panel.body_changed:
        reader_id = panel.place.reader.id if panel.place.reader else ANONYMOUS
        document = panel.place.document
        readership.note(good.summary_id, document.id, document.owner_id, reader_id, cached=panel.reading.cached)
