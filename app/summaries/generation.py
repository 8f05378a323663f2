"""One attempt at one summary: claim, read, write, file. This is the only place that paid calls are made from.

No transaction is open while the provider writes.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy.exc import DBAPIError

from app import signals
from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.following import HandedBack, Lost, Watch
from app.llm import Completion, Prompt, ProviderError, provider
from app.models import MAX_ATTEMPTS, Claim, Document, Purpose, Status, Step, Summary
from app.summaries import budget, cache, pace, progress, prompt, window
from app.summaries.asking import form_of, key_of
from app.summaries.cache import Stored
from app.summaries.calls import Calls
from app.summaries.coverage import Coverage
from app.summaries.entries import Account
from app.summaries.notes import Notes, Reader
from app.summaries.parts import split
from app.summaries.progress import Progress
from app.summaries.prompt import Options
from app.summaries.quotations import Source
from app.visible import visible

DATABASE_PATIENCE = (0.2, 0.5, 1, 2, 4, 8)  # seconds between tries to file what was paid for
LONGEST_BACKOFF_SECONDS = 60
OTHER_RELEASE_WAITS = timedelta(seconds=15)
SHOW_EVERY_SECONDS = 0.15  # how often the text so far is copied for readers

# What to tell once the move that it tells of is committed.
Tell = Callable[[], object]

log = logging.getLogger("foreword.generation")


@dataclass(frozen=True)
class Work:
    """What an attempt needs to know of its row; read at the claim, before that transaction ends."""

    document_id: int
    take: int
    text: str  # all of the document's that can be seen
    form: Options
    own_language: str
    in_parts: bool
    attempt: int
    purpose: str
    asked_at: datetime
    give_up_at: datetime


def generate(summary_id: int) -> None:
    """Make one attempt at the summary, if it is due and nobody else holds it; otherwise return at once."""
    settings: Settings = current_app.config["SETTINGS"]
    claim, work = _claim(summary_id, timedelta(seconds=settings.summary_lease_seconds))
    if claim and work:
        signals.summary_claimed.send(None, summary_id=summary_id, attempt=work.attempt)
        _Attempt(claim, work, settings).run()


def _claim(summary_id: int, lease: timedelta) -> tuple[Claim | None, Work | None]:
    summary = db.session.get(Summary, summary_id)
    ours = summary is not None and _is_ours_to_write(summary)
    claim = Claim.take(summary, lease, first_words_at=None) if summary and ours else None
    db.session.commit()
    if summary is None or claim is None:
        return None, None
    work = Work(
        document_id=summary.document_id,
        take=summary.take,
        text=visible(summary.revision.text),
        form=form_of(summary),
        own_language=summary.revision.language,
        in_parts=window.is_long(summary.revision.size, summary.model),
        attempt=summary.attempt,
        purpose=summary.purpose,
        asked_at=summary.requested_at,
        give_up_at=summary.give_up_at,
    )
    db.session.rollback()
    return claim, work


def _is_ours_to_write(summary: Summary) -> bool:
    """Whether what this process would send is what the row's key says, and is still wanted.

    What was to be made in advance of a text, prompt or model of the past is dropped, and so is what has cost
    more than its budget by failing.
    What a person asked for under another release, or the operator had renewed for it, waits for a worker of that
    release, with no attempt burnt.
    """
    if summary.status != Status.PENDING:
        return False
    same_input = summary.key == key_of(summary.revision, form_of(summary))
    if summary.is_in_advance:
        same_text = summary.revision.digest == summary.document.revision.input_digest
        wanted = same_text and (same_input or summary.purpose == Purpose.RENEWAL)
        if not wanted or budget.is_used_up_by(summary):
            summary.cancel()
            return False
    if not same_input:
        summary.postpone(OTHER_RELEASE_WAITS)
    return same_input


class _Attempt:
    """Reads the document, has the summary written, and files how that ended under the fence of its claim."""

    def __init__(self, claim: Claim, work: Work, settings: Settings) -> None:
        self.claim = claim
        self.work = work
        self.settings = settings
        self.started = self._shown_at = time.monotonic()
        self.first_words_at: datetime | None = None
        self.coverage = Coverage(len(work.text.encode()))
        self.quotable = Source(work.text)
        self.calls = Calls(provider(), Watch(claim, settings.summary_lease_seconds), settings.summary_timeout_seconds)
        self.account = Account(self.calls.model, work.purpose, work.attempt)
        self.reader = Reader(
            document_id=work.document_id,
            asked_at=work.asked_at,
            claim=claim,
            calls=self.calls,
            at_once=settings.summary_parts_at_once,
            settle=self._settle,
            show=self._show_reading,
        )

    def run(self) -> None:
        try:
            completion = self._write()
        except ProviderError as error:
            failed = error
            log.warning("summary %s attempt %s: %s", self.claim.work_id, self.work.attempt, failed)
            self._file(lambda: self._failure(failed.reason, failed.permanent, failed.retry_after))
        except HandedBack:
            self.calls.abandon("handed_back")
            self._file(self._hand_back)
        except Lost:
            self.calls.abandon("lost")
            self._file(lambda: None)
        except Exception:
            log.exception("summary %s attempt %s", self.claim.work_id, self.work.attempt)
            self.calls.abandon("internal")
            self._file(lambda: self._failure("internal", permanent=False, retry_after=None))
        else:
            self._file(lambda: self._finish(completion))
        progress.forget(self.claim.work_id, self.claim.fence)

    def _write(self) -> Completion:
        """The summary, from the whole text, or else from notes of its parts.

        :raises ProviderError, Lost, HandedBack:
        """
        if not self.work.in_parts:
            return self._follow(self._prompt(self.work.text), Step.WHOLE)
        notes = self._read_parts()
        self.coverage = notes.coverage
        return self._follow(self._prompt(notes.text), Step.COMBINE)

    def _read_parts(self) -> Notes:
        model = self.calls.model
        texts = split(self.work.text, window.part_bytes(model))
        return self.reader.read(texts, window.most_bytes(model) or len(self.work.text))

    def _prompt(self, text: str) -> Prompt:
        return prompt.build(text, self.work.form, self.work.own_language, in_parts=self.work.in_parts)

    def _follow(self, asked: Prompt, step: Step) -> Completion:
        call = self.calls.begin(asked, step)
        while True:
            happened = self.calls.next()
            if happened and isinstance(happened[1], Completion):
                return happened[1]
            if happened and isinstance(happened[1], Exception):
                raise happened[1]
            self._show_writing(call.text)

    # -- what those see who follow -------------------------------------------------------------------

    def _show_reading(self, read: int, parts: int) -> None:
        progress.write(self.claim.work_id, self.claim.fence, Progress(read=read, parts=parts))

    def _show_writing(self, text: str) -> None:
        """Copy the text so far, now and then. Words that claim to be quoted wait until that has been looked up."""
        now = time.monotonic()
        if not text or (self.first_words_at and now - self._shown_at < SHOW_EVERY_SECONDS):
            return
        self._shown_at = now
        so_far = self.quotable.so_far(text)
        if so_far:
            self.first_words_at = self.first_words_at or utcnow()
            parts = self.coverage.parts if self.work.in_parts else 0
            progress.write(self.claim.work_id, self.claim.fence, Progress(so_far, read=parts, parts=parts))

    # -- filing --------------------------------------------------------------------------------------

    def _settle(self, move: Callable[[], bool]) -> None:
        """File what a part came to. Whoever holds it by now, what it cost is in the ledger."""
        self._file(lambda: (lambda: None) if move() else None)

    def _file(self, ending: Callable[[], Tell | None]) -> None:
        """Move the row and write the ledger in one transaction, then tell. What was paid for is not let go easily."""
        for pause in (*DATABASE_PATIENCE, None):
            try:
                tell = ending()
                self._enter_calls(theirs=tell is None)
                db.session.commit()
            except DBAPIError:
                db.session.rollback()
                if pause is None:
                    raise
                log.warning("summary %s: the database is away, trying again in %s s", self.claim.work_id, pause)
                time.sleep(pause)
            else:
                self.calls.unfiled.clear()
                if tell:
                    tell()
                return

    def _enter_calls(self, *, theirs: bool) -> None:
        """A line for each call that has ended since.

        :param theirs: whether the row is somebody else's by now, so that the calls came to nothing.
        """
        kept = db.session.get(Summary, self.claim.work_id, populate_existing=True)
        for ended in self.calls.unfiled:
            outcome = "lost" if theirs else ended.outcome
            if line := self.account.line(ended, outcome, kept):
                db.session.add(line)

    # -- the endings: each makes its move, and returns what to tell if it was the one to make it ---------

    def _finish(self, completion: Completion) -> Tell | None:
        if self.work.take > 1:  # before the row, as a deletion does, so that neither waits for the other
            Document.note_choice(self.work.document_id)
        text, passages = self.quotable.checked(completion.text)
        finished = self.claim.finish(
            text=text,
            passages=[[passage.quote, self._paragraph(passage.start)] for passage in passages],
            coverage=self.coverage.kept(),
            first_words_at=self.first_words_at,
            chosen_at=utcnow(),
        )
        return self._tell_complete if finished else None

    def _paragraph(self, start: int) -> int:
        """The number of the paragraph, as the document's page counts them."""
        return self.work.text.count("\n\n", 0, start) + 1

    def _tell_complete(self) -> None:
        summary = db.session.get(Summary, self.claim.work_id)
        if summary and summary.text is not None:
            choices = summary.document.choices
            cache.write(stored := Stored.of(summary), choices)
            db.session.rollback()
            if db.session.get(Summary, self.claim.work_id) is None:  # deleted while it was copied
                cache.forget([cache.name(stored.key, choices)])
        pace.forget(self.calls.model)
        seconds = round(time.monotonic() - self.started, 3)
        signals.summary_completed.send(None, summary_id=self.claim.work_id, seconds=seconds)

    def _failure(self, reason: str, permanent: bool, retry_after: float | None) -> Tell | None:
        about: dict[str, Any] = {"summary_id": self.claim.work_id, "reason": reason}
        seconds = backoff(self.work.attempt, self.settings.summary_retry_seconds, retry_after)
        wait = timedelta(seconds=seconds)
        if permanent or self.work.attempt >= MAX_ATTEMPTS or utcnow() + wait >= self.work.give_up_at:
            return (lambda: signals.summary_failed.send(None, **about)) if self.claim.fail(reason) else None
        # An attempt that read some parts was not in vain, so it does not count; the time that was promised ends it.
        retried = self.claim.retry(reason, wait, burnt=not self.reader.paid)
        return (lambda: signals.summary_retried.send(None, **about, seconds=round(seconds, 1))) if retried else None

    def _hand_back(self) -> Tell | None:
        if not self.claim.hand_back():
            return None
        return lambda: signals.summary_handed_back.send(None, summary_id=self.claim.work_id)


def backoff(attempt: int, base: float, retry_after: float | None) -> float:
    """Seconds until the next attempt: twice as long each time, with jitter, and never sooner than was asked."""
    seconds: float = min(LONGEST_BACKOFF_SECONDS, base * 2 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311
    return max(seconds, retry_after or 0)
