"""What a page shows already, as its next poll, check or stop tells the server."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import request

from app.models import Status
from app.models.work import IN_PROGRESS
from app.summaries.prompt import Options
from app.summaries.reading import NONE, Reading
from app.views.standstill import Standstill

STATES = (NONE, *Status)


def seen_token() -> str | None:
    """What the request says that its page shows: in the body of a form that was posted, else in the query."""
    return (request.form if request.method == "POST" else request.args).get("seen")


@dataclass(frozen=True)
class Seen:
    """Which row under which fence, its state, how much of its text, whether "still" was said, whether out of date,
    and, one more than that, how many parts of a long document have been read; 0 where none is being read in parts.

    And what is said to keep it from moving, if anything, whether automatic updates are said to be paused, and in which
    form it is: the page goes on with the one it shows, whatever its reader chooses elsewhere meanwhile.
    """

    summary_id: int = 0
    fence: int = 0
    state: str = ""
    characters: int = 0
    still: bool = False
    stale: bool = False
    read: int = 0
    standstill: Standstill = Standstill.NONE
    paused: bool = False
    form: Options | None = None

    @classmethod
    def parse(cls, token: str | None) -> Seen:
        """What *token* says; a token that is not ours has seen nothing, so it gets everything."""
        try:
            row, fence, state, characters, still, stale, *later, form = (token or "").split(".")
            read = int(later[0]) if later else 0  # tokens of earlier releases have less
            stopped = Standstill(later[1] if len(later) > 1 else "")
            paused = len(later) > 2 and later[2] == "1"
            style, length, language = form.split("-")
            options = Options(style, language, length)
            shown = max(0, int(characters)), still == "1", stale == "1", read, stopped, paused
            seen = cls(int(row), int(fence), state, *shown, options)
        except ValueError:
            return cls()
        return seen if state in STATES else cls()

    @classmethod
    def after(
        cls,
        reading: Reading,
        form: Options,
        before: Seen | None,
        *,
        still: bool,
        standstill: Standstill = Standstill.NONE,
    ) -> Seen:
        """What a page that showed *before* will show once it has the answer made from *reading*."""
        row = reading.attempt or reading.good
        if row is None:
            return cls(state=str(reading.state), form=form)
        now = cls(row.summary_id, row.fence, str(reading.state), stale=reading.stale, standstill=standstill, form=form)
        # Text that a page has is never taken back: with Redis emptied in mid-call there is less of it for a moment.
        had = before.characters if before and before.same_body(now) else 0
        attempt = reading.attempt
        written = len(attempt.partial) if attempt else 0
        read = attempt.progress.read + 1 if attempt and attempt.progress.parts else 0
        return replace(now, characters=max(had, written), still=still and reading.in_progress, read=read)

    def __str__(self) -> str:
        form = self.form or Options()
        state = f"{self.summary_id}.{self.fence}.{self.state}.{self.characters}.{int(self.still)}.{int(self.stale)}"
        return f"{state}.{self.read}.{self.standstill}.{int(self.paused)}.{form.style}-{form.length}-{form.language}"

    @property
    def in_progress(self) -> bool:
        return self.state in IN_PROGRESS

    def same_body(self, other: Seen) -> bool:
        mine = (self.summary_id, self.fence, self.state, self.stale, self.standstill)
        return mine == (other.summary_id, other.fence, other.state, other.stale, other.standstill)
