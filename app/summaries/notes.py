"""Reading a long document: notes of each part, several parts at a time, and of notes where there are too many.

What was paid for is kept as soon as it is there (``app/models/part.py``), so whatever becomes of this attempt, the
next one goes on from it. A part that somebody else is reading is waited for; a part that is read twice is paid once.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError, IntegrityError

from app.extensions import db
from app.following import HandedBack, Lost, is_stopping
from app.llm import Completion, ProviderError
from app.llm.base import Reason
from app.models import Claim, Part, Step
from app.summaries import prompt
from app.summaries.calls import Call, Calls, Event
from app.summaries.coverage import Coverage, Unread
from app.summaries.key import part_key
from app.summaries.parts import group

# What is wrong with the part alone, so that the others may still be read. Anything else is the attempt's affair.
UNREADABLE: frozenset[Reason] = frozenset({"refused", "cut_short"})
ENOUGH_FAILURES = 2  # one after the other: the provider is not well, and is left alone
LOOK_AT_OTHERS_SECONDS = 1.0
BETWEEN = "\n\n"

log = logging.getLogger("foreword.notes")

Settle = Callable[[Callable[[], bool]], None]  # makes a move and files the calls that ended, in one transaction
Show = Callable[[int, int], None]  # how many parts of how many have been read


@dataclass(frozen=True)
class Notes:
    """What the summary is written from, and how much of the document it covers."""

    text: str
    coverage: Coverage


@dataclass
class Reader:
    """Reads the parts of one document for one claim."""

    document_id: int
    asked_at: datetime
    claim: Claim
    calls: Calls
    at_once: int  # calls
    settle: Settle
    show: Show
    paid: int = 0  # parts read in this attempt

    def read(self, texts: Sequence[str], limit: int) -> Notes:
        """Notes of all *texts*, at most *limit* bytes of them.

        :raises ProviderError: when the rest must wait for another attempt, or none can help.
        :raises Lost, HandedBack: see :class:`app.following.Watch`.
        """
        keys = self._keys(texts, Step.PART)
        found = _Round(self, dict(zip(keys, texts, strict=True)), Step.PART).run()
        notes = [found.notes.get(key, prompt.NOT_READ) for key in keys]
        unread = [
            Unread(number, len(text.encode()), found.unreadable[key])
            for number, (key, text) in enumerate(zip(keys, texts, strict=True), 1)
            if key in found.unreadable
        ]
        if len(unread) == len(texts):
            raise ProviderError(found.unreadable[keys[0]])
        size, reused = sum(len(text.encode()) for text in texts), sum(key in found.reused for key in keys)
        return Notes(self._condensed(notes, limit), Coverage(size, len(texts), reused, tuple(unread)))

    def _condensed(self, notes: Sequence[str], limit: int) -> str:
        """The notes as one text; notes of them, and so on, for as long as they are too long."""
        while len((text := BETWEEN.join(notes)).encode()) > limit:
            together = [BETWEEN.join(some) for some in _grouped(notes, limit)]
            keys = self._keys(together, Step.MERGE)
            found = _Round(self, dict(zip(keys, together, strict=True)), Step.MERGE).run()
            if found.unreadable:
                raise ProviderError(next(iter(found.unreadable.values())))
            notes = [found.notes[key] for key in keys]
        return text

    def _keys(self, texts: Sequence[str], step: Step) -> list[str]:
        return [part_key(self.document_id, step, text, self.calls.model) for text in texts]


def _grouped(notes: Sequence[str], limit: int) -> list[list[str]]:
    """Fewer groups than notes. The limit is a cautious one: where no two fit into it, they may fit into the window."""
    for most in (limit, 2 * limit):
        groups = group(notes, most)
        if len(groups) < len(notes):
            return groups
    raise ProviderError("too_long", "the notes of the parts do not get shorter")


class _Round:
    """All that is to be read at one level: each key once, however often its text occurs."""

    def __init__(self, reader: Reader, texts: dict[str, str], step: Step) -> None:
        self.reader = reader
        self.texts = texts
        self.step = step
        self.notes: dict[str, str] = {}
        self.reused: set[str] = set()
        self.unreadable: dict[str, Reason] = {}
        self._waiting = deque(texts)
        self._others: list[str] = []  # somebody else is reading these
        self._looked = 0.0
        self._failure: ProviderError | None = None
        self._failures = 0

    def run(self) -> _Round:
        self._take_what_is_there(list(self.texts))
        while len(self.notes) + len(self.unreadable) < len(self.texts):
            self._look_at_others()
            self._begin_some()
            if not self.reader.calls.open and self._is_at_its_end():
                raise self._failure or HandedBack
            if happened := self.reader.calls.next():
                self._see(*happened)
        return self

    def _is_at_its_end(self) -> bool:
        return self._must_not_begin() or (self._failure is not None and not self._waiting)

    def _must_not_begin(self) -> bool:
        failure = self._failure
        hopeless = failure is not None and (failure.permanent or failure.reason == "rate_limited")
        return hopeless or self._failures >= ENOUGH_FAILURES or is_stopping()

    def _begin_some(self) -> None:
        calls = self.reader.calls
        while self._waiting and len(calls.open) < self.reader.at_once and not self._must_not_begin():
            key = self._waiting.popleft()
            held = self._hold(key)
            if held is None:
                self._waiting.appendleft(key)
                return
            if held:
                calls.begin(prompt.notes(self.texts[key], self.step), self.step, key)
            else:
                self._others.append(key)

    def _hold(self, key: str) -> bool | None:
        """Whether the part is ours to read; None while the database is away, which is borne as long as the lease is.

        :raises Lost: when the document was deleted meanwhile.
        """
        try:
            held = Part.hold(key, self.reader.document_id, self.reader.claim)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            raise Lost from None
        except DBAPIError:
            db.session.rollback()
            return None
        return held

    # -- what is there already, or is being read for somebody else ---------------------------------------

    def _look_at_others(self) -> None:
        if self._others and time.monotonic() - self._looked > LOOK_AT_OTHERS_SECONDS:
            self._looked = time.monotonic()
            others, self._others = self._others, []
            self._take_what_is_there(others)
            self._waiting.extend(key for key in others if not self._is_settled(key))

    def _take_what_is_there(self, keys: Sequence[str]) -> None:
        try:
            found = Part.find(keys)
        except DBAPIError:  # away; whoever tries to hold a part will see that it is there
            db.session.rollback()
            return
        for key, part in found.items():
            if part.notes is not None:
                self._note(key, part.notes, reused=part.holder_id != self.reader.claim.work_id)
            elif part.has_failed_since(self.reader.asked_at):
                self.unreadable[key] = part.reason  # type: ignore[assignment] # it was a Reason when it was kept
        db.session.rollback()
        self._waiting = deque(key for key in self._waiting if not self._is_settled(key))
        self._show()

    def _is_settled(self, key: str) -> bool:
        return key in self.notes or key in self.unreadable

    def _note(self, key: str, notes: str, *, reused: bool) -> None:
        self.notes[key] = notes
        if reused:
            self.reused.add(key)

    # -- what happens to our own calls ---------------------------------------------------------------------

    def _see(self, call: Call, event: Event) -> None:
        key, claim = call.about, self.reader.claim
        if isinstance(event, str):
            return
        if isinstance(event, Completion):
            self.reader.settle(lambda: Part.finish(key, claim, event.text))
            self.reader.paid += 1
            self._failures = 0
            self._note(key, event.text, reused=False)
        elif isinstance(event, ProviderError) and event.reason in UNREADABLE:
            self.reader.settle(lambda: Part.fail(key, claim, event.reason))
            self.unreadable[key] = event.reason
        elif isinstance(event, ProviderError):
            self.reader.settle(lambda: True)
            self._fail(event)
        else:
            raise event
        self._show()

    def _fail(self, error: ProviderError) -> None:
        """Remember what ends this attempt: what cannot heal, or else what must be waited for longest."""
        log.warning("summary %s: a part was not read: %s", self.reader.claim.work_id, error)
        self._failures += 1
        graver = self._failure is None or (error.permanent, error.retry_after or 0) > (
            self._failure.permanent,
            self._failure.retry_after or 0,
        )
        if graver:
            self._failure = error

    def _show(self) -> None:
        if self.step == Step.PART:
            self.reader.show(len(self.notes) + len(self.unreadable), len(self.texts))
