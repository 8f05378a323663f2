"""One attempt at one summary: claim, call, file. This is the only place that a paid call is made from.

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
from app.llm import OFFLINE_MODEL, Completion, Prompt, ProviderError, prices, provider
from app.llm.base import estimated_tokens
from app.models import Claim, Document, LedgerEntry, Purpose, Status, Summary
from app.models.summary import MAX_ATTEMPTS
from app.summaries import budget, cache, pace, progress, prompt
from app.summaries.asking import form_of, key_of
from app.summaries.cache import Stored
from app.summaries.following import Call, HandedBack, Lost

DATABASE_PATIENCE = (0.2, 0.5, 1, 2, 4, 8)  # seconds between tries to file what was paid for
LONGEST_BACKOFF_SECONDS = 60
OTHER_RELEASE_WAITS = timedelta(seconds=15)

# What to tell once the move that it tells of is committed.
Tell = Callable[[], object]

log = logging.getLogger("foreword.generation")


@dataclass(frozen=True)
class Work:
    """What an attempt needs to know of its row; read at the claim, before that transaction ends."""

    document_id: int
    take: int
    prompt: Prompt
    attempt: int
    purpose: str
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
    claim = Claim.take(summary, lease) if summary and _is_ours_to_write(summary) else None
    db.session.commit()
    if summary is None or claim is None:
        return None, None
    text = prompt.build(summary.revision.text, form_of(summary), summary.revision.language)
    work = Work(summary.document_id, summary.take, text, summary.attempt, summary.purpose, summary.give_up_at)
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
    """Makes the call, and files how it ended under the fence of its claim."""

    def __init__(self, claim: Claim, work: Work, settings: Settings) -> None:
        self.claim = claim
        self.work = work
        self.settings = settings
        self.started = time.monotonic()
        self.call = Call(provider(), work.prompt, claim, settings)

    def run(self) -> None:
        try:
            completion = self.call.follow()
        except ProviderError as error:
            failed = error
            log.warning("summary %s attempt %s: %s", self.claim.summary_id, self.work.attempt, failed)
            self._file(lambda: self._failure(failed.reason, failed.permanent, failed.retry_after), failed.reason)
        except HandedBack:
            self._file(self._hand_back, "handed_back")
        except Lost:
            self._file(lambda: None, "lost")
        except Exception:
            log.exception("summary %s attempt %s", self.claim.summary_id, self.work.attempt)
            self._file(lambda: self._failure("internal", permanent=False, retry_after=None), "internal")
        else:
            self._file(lambda: self._finish(completion), "complete", completion)
        progress.forget(self.claim.summary_id, self.claim.fence)

    def _file(self, ending: Callable[[], Tell | None], outcome: str, completion: Completion | None = None) -> None:
        """Move the row and write the ledger in one transaction, then tell. What was paid for is not let go easily."""
        for pause in (*DATABASE_PATIENCE, None):
            try:
                tell = ending()
                self._enter(outcome if tell else "lost", completion)
                db.session.commit()
            except DBAPIError:
                db.session.rollback()
                if pause is None:
                    raise
                log.warning("summary %s: the database is away, trying again in %s s", self.claim.summary_id, pause)
                time.sleep(pause)
            else:
                if tell:
                    tell()
                return

    # -- the endings: each makes its move, and returns what to tell if it was the one to make it ---------

    def _finish(self, completion: Completion) -> Tell | None:
        if self.work.take > 1:  # before the row, as a deletion does, so that neither waits for the other
            Document.note_choice(self.work.document_id)
        return self._tell_complete if self.claim.finish(completion.text, self.call.first_words_at) else None

    def _tell_complete(self) -> None:
        summary = db.session.get(Summary, self.claim.summary_id)
        if summary and summary.text is not None:
            choices = summary.document.choices
            cache.write(stored := Stored.of(summary), choices)
            db.session.rollback()
            if db.session.get(Summary, self.claim.summary_id) is None:  # deleted while it was copied
                cache.forget([cache.name(stored.key, choices)])
        pace.forget(self.call.model)
        seconds = round(time.monotonic() - self.started, 3)
        signals.summary_completed.send(None, summary_id=self.claim.summary_id, seconds=seconds)

    def _failure(self, reason: str, permanent: bool, retry_after: float | None) -> Tell | None:
        about: dict[str, Any] = {"summary_id": self.claim.summary_id, "reason": reason}
        seconds = backoff(self.work.attempt, self.settings.summary_retry_seconds, retry_after)
        wait = timedelta(seconds=seconds)
        if permanent or self.work.attempt >= MAX_ATTEMPTS or utcnow() + wait >= self.work.give_up_at:
            return (lambda: signals.summary_failed.send(None, **about)) if self.claim.fail(reason) else None
        retried = self.claim.retry(reason, wait)
        return (lambda: signals.summary_retried.send(None, **about, seconds=round(seconds, 1))) if retried else None

    def _hand_back(self) -> Tell | None:
        if not self.claim.hand_back():
            return None
        return lambda: signals.summary_handed_back.send(None, summary_id=self.claim.summary_id)

    # -- the ledger ----------------------------------------------------------------------------------

    def _enter(self, outcome: str, completion: Completion | None) -> None:
        """One line for the call, whoever the row belongs to by now. The offline summariser costs nothing."""
        if self.call.model == OFFLINE_MODEL:
            return
        spent = completion or self._estimate()
        price = prices.price_of(self.call.model)
        kept = db.session.get(Summary, self.claim.summary_id, populate_existing=True)
        db.session.add(
            LedgerEntry(
                summary_id=kept.id if kept else None,
                document_id=kept.document_id if kept else None,
                user_id=kept.requested_by_id if kept else None,
                purpose=self.work.purpose,
                model=self.call.model,
                attempt=self.work.attempt,
                outcome=outcome,
                input_tokens=spent.input_tokens,
                output_tokens=spent.output_tokens,
                tokens_estimated=spent.tokens_estimated,
                input_price=price and price.input,
                output_price=price and price.output,
                cost=price and price.cost(spent.input_tokens, spent.output_tokens),
            )
        )

    def _estimate(self) -> Completion:
        """What a call that brought no count may have cost: nothing if it was refused before the first word."""
        if not self.call.text:
            return Completion("", 0, 0, tokens_estimated=True)
        sent = len((self.work.prompt.instructions + self.work.prompt.document).encode())
        written = estimated_tokens(len(self.call.text.encode()))
        return Completion(self.call.text, estimated_tokens(sent), written, tokens_estimated=True)


def backoff(attempt: int, base: float, retry_after: float | None) -> float:
    """Seconds until the next attempt: twice as long each time, with jitter, and never sooner than was asked."""
    seconds: float = min(LONGEST_BACKOFF_SECONDS, base * 2 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311
    return max(seconds, retry_after or 0)
