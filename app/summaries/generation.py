"""One attempt at one summary: claim, read, write, file. Whatever is paid for is paid for by an attempt.

No transaction is open while the provider writes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app import signals
from app.config import Settings
from app.database import only_reading, utcnow
from app.extensions import db
from app.following import HandedBack, Lost, Watch, follow, is_stopping
from app.llm import Completion, Prompt, ProviderError, provider
from app.logs import on_behalf_of
from app.models import MAX_ATTEMPTS, Claim, Document, Purpose, Step, Summary
from app.models.work import backoff
from app.summaries import cache, claiming, pace, progress, prompt, window
from app.summaries.cache import Stored
from app.summaries.calls import Call, Calls, Ended
from app.summaries.claiming import Task
from app.summaries.coverage import Coverage
from app.summaries.entries import Account, telling_of
from app.summaries.notes import Notes, Reader
from app.summaries.parts import split
from app.summaries.progress import Progress
from app.summaries.quotations import Passage, Source

DATABASE_PATIENCE = (0.2, 0.5, 1, 2, 4, 8)  # seconds between tries to file what was paid for
SHOW_EVERY_SECONDS = 0.15  # how often the text so far is copied for readers

# What to tell once the move that it tells of is committed.
Tell = Callable[[], object]

log = logging.getLogger("foreword.generation")


def generate(summary_id: int) -> None:
    """Make one attempt at the summary, if it is due and nobody else holds it; otherwise return at once."""
    settings: Settings = current_app.config["SETTINGS"]
    claimed = claiming.claim(summary_id, timedelta(seconds=settings.summary_lease_seconds))
    if claimed is None:
        return
    claim, task = claimed
    with on_behalf_of(task.request_id):
        signals.summary_claimed.send(
            None, summary_id=summary_id, attempt=task.attempt, queue=task.queue, waited=task.waited
        )
        _Attempt(claim, task, settings).run()


def rehearse() -> None:
    """Go the way of an attempt but for its call, of no row, for this process and each that is forked from it.

    They inherit the statements compiled, which was half of what it took a processor to file a summary (measured).
    What is written meanwhile is taken back.
    """
    claiming.rehearse()
    nobody, call = Claim(Summary, claiming.NO_ROW, fence=1), Call(Prompt("", ""), Step.WHOLE, about="")
    Document.keep_from_deletion(nobody.work_id)
    nobody.renew(timedelta())
    _complete(nobody, "", passages=[], coverage=Coverage(), first_words_at=None)
    account = Account(nobody.work_id, nobody.fence, 1, provider().model, prompt.PROMPT_VERSION, Purpose.REQUEST)
    account.enter([Ended(call, "complete", seconds=0.0)], theirs=False)
    db.session.flush()
    db.session.rollback()


def _complete(
    claim: Claim, text: str, *, passages: Sequence[Any], coverage: Coverage, first_words_at: datetime | None
) -> bool:
    return claim.finish(
        text=text,
        passages=passages,
        coverage=coverage.kept(),
        first_words_at=first_words_at,
        chosen_at=utcnow(),
    )


class _Attempt:
    """Reads the document, has the summary written, and files how that ended under the fence of its claim."""

    def __init__(self, claim: Claim, task: Task, settings: Settings) -> None:
        self.claim = claim
        self.task = task
        self.settings = settings
        self.started = self._shown_at = time.monotonic()
        self.began_at = utcnow()
        self.first_words_at: datetime | None = None
        self.coverage = Coverage(len(task.text.encode()))
        self.quotable = Source(task.text)
        self.watch = Watch(claim, settings.summary_lease_seconds)
        self.calls = Calls(provider(), self.watch, settings.summary_timeout_seconds)
        self.reader = Reader(
            document_id=task.document_id,
            asked_at=task.asked_at,
            claim=claim,
            calls=self.calls,
            at_once=settings.summary_parts_at_once,
            settle=self._settle,
            show=self._show_reading,
        )

    def run(self) -> None:
        try:
            written = self.quotable.checked(self._write().text)  # no transaction is open: it takes a second at worst
        except ProviderError as error:
            failed = error
            log.warning("summary %s attempt %s: %s", self.claim.work_id, self.task.attempt, failed)
            self._file(lambda: self._failure(failed.reason, failed.permanent, failed.retry_after))
        except HandedBack:
            self.calls.abandon("handed_back")
            self._file(self._hand_back)
        except Lost:
            self.calls.abandon("lost")
            self._file(lambda: None)
        except Exception:
            log.exception("summary %s attempt %s", self.claim.work_id, self.task.attempt)
            self.calls.abandon("internal")
            self._file(lambda: self._failure("internal", permanent=False, retry_after=None))
        else:
            self._file(lambda: self._finish(*written))
        progress.forget(self.claim.work_id, self.claim.fence)

    def _write(self) -> Completion:
        """The summary, from the whole text, or else from notes of its parts.

        :raises ProviderError, Lost, HandedBack:
        """
        if not self.task.in_parts:
            return self._follow(self._prompt(self.task.text), Step.WHOLE)
        notes = self._read_parts()
        self.coverage = notes.coverage
        if is_stopping():
            raise HandedBack
        return self._follow(self._prompt(notes.text), Step.COMBINE)

    def _read_parts(self) -> Notes:
        model, seconds = self.calls.model, self.settings.summary_timeout_seconds
        limit = window.part_bytes(model)
        # Splitting a strange text can take longer than the lease.
        texts = follow(lambda: split(self.task.text, limit), self.watch, seconds)
        return self.reader.read(texts, window.most_bytes(model) or len(self.task.text))

    def _prompt(self, text: str) -> Prompt:
        return prompt.build(text, self.task.form, self.task.own_language, in_parts=self.task.in_parts)

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
            parts = self.coverage.parts if self.task.in_parts else 0
            progress.write(self.claim.work_id, self.claim.fence, Progress(so_far, read=parts, parts=parts))

    # -- filing --------------------------------------------------------------------------------------

    def _settle(self, move: Callable[[], bool]) -> None:
        """File what a part came to. Whoever holds it by now, what it cost is in the ledger."""
        self._file(lambda: (lambda: None) if move() else None)

    def _file(self, ending: Callable[[], Tell | None]) -> None:
        """Move the row and write the ledger in one transaction, then tell. What was paid for is not let go easily."""
        for pause in (*DATABASE_PATIENCE, None):
            try:
                Document.keep_from_deletion(self.task.document_id)
                tell = ending()
                entered = self.task.account.enter(self.calls.unfiled, theirs=tell is None)
                tell_of_calls = telling_of(entered)
                db.session.commit()
            except DBAPIError:
                db.session.rollback()
                if pause is None:
                    raise
                log.warning("summary %s: the database is away, trying again in %s s", self.claim.work_id, pause)
                time.sleep(pause)
            else:
                self.calls.unfiled.clear()
                tell_of_calls()
                if tell:
                    tell()
                return

    # -- the endings: each makes its move, and returns what to tell if it was the one to make it ---------

    def _finish(self, text: str, passages: Sequence[Passage]) -> Tell | None:
        if self.task.take > 1:
            Document.note_choice(self.task.document_id)
        finished = _complete(
            self.claim,
            text,
            passages=[[passage.quote, self.task.paragraphs.number_at(passage.start)] for passage in passages],
            coverage=self.coverage,
            first_words_at=self.first_words_at,
        )
        return self._tell_complete if finished else None

    def _tell_complete(self) -> None:
        with only_reading():
            self._copy()
        pace.forget(self.calls.model)
        first_text = self.first_words_at and (self.first_words_at - self.began_at).total_seconds()
        signals.summary_completed.send(
            None,
            summary_id=self.claim.work_id,
            seconds=round(time.monotonic() - self.started, 3),
            waited=round((utcnow() - self.task.asked_at).total_seconds(), 3),
            first_text=first_text,
        )

    def _copy(self) -> None:
        """Have it in the cache, unless it is deleted meanwhile."""
        summary = Summary.whole(self.claim.work_id)
        if summary and summary.text is not None:
            choices = summary.document.choices
            cache.write(stored := Stored.of(summary), choices)
            db.session.rollback()
            if Summary.whole(self.claim.work_id) is None:
                cache.forget([cache.name(stored.key, choices)])

    def _failure(self, reason: str, permanent: bool, retry_after: float | None) -> Tell | None:
        about: dict[str, Any] = {"summary_id": self.claim.work_id, "reason": reason}
        seconds = backoff(self.task.attempt, self.settings.summary_retry_seconds, retry_after)
        wait = timedelta(seconds=seconds)
        # An attempt that read some parts was not in vain, so it does not count; the time that was promised ends it.
        burnt = not self.reader.paid
        last = burnt and self.task.attempt >= MAX_ATTEMPTS
        if permanent or last or utcnow() + wait >= self._promised():
            return (lambda: signals.summary_failed.send(None, **about)) if self.claim.fail(reason) else None
        retried = self.claim.retry(reason, wait, burnt=burnt)
        return (lambda: signals.summary_retried.send(None, **about, seconds=round(seconds, 1))) if retried else None

    def _promised(self) -> datetime:
        """Until when there is to be an end: an earlier time than at the claim, if somebody has joined meanwhile."""
        row = select(Summary.give_up_at).where(Summary.id == self.claim.work_id).with_for_update()
        return db.session.scalar(row) or self.task.give_up_at

    def _hand_back(self) -> Tell | None:
        if not self.claim.hand_back():
            return None
        return lambda: signals.summary_handed_back.send(None, summary_id=self.claim.work_id)
