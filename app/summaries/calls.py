"""Following a call to the provider while keeping the claim alive.

The call runs in a thread of its own and this one follows it, so that the deadline, the lease, a cancellation
and a shutdown are all noticed while the provider is silent. Whoever stops following leaves the thread behind;
the end of the worker's process, right after, hangs up.
"""

from __future__ import annotations

import queue
import threading
import time
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.llm import Completion, Prompt, Provider, ProviderError
from app.models import Claim
from app.summaries import progress

SHOW_EVERY_SECONDS = 0.15  # how often the text so far is copied for readers
LOOK_EVERY_SECONDS = 0.2  # how soon a shutdown or the deadline is noticed in silence
RENEW_EVERY_SECONDS = 1.0  # how soon a cancellation is noticed; the lease is longer


class Lost(Exception):
    """The row was cancelled, deleted or given to another worker."""


class HandedBack(Exception):
    """This process must end before the provider does."""


class _Shutdown:
    """When this process has to let go of its call, in monotonic seconds."""

    at: float | None = None


def hand_back_after(seconds: float) -> None:
    """Give the call under way *seconds* to end by itself. Safe in a signal handler: it only stores a number."""
    _Shutdown.at = time.monotonic() + seconds


class Call:
    """One call to the provider, as far as it has come."""

    def __init__(self, source: Provider, prompt: Prompt, claim: Claim, settings: Settings) -> None:
        self.source = source
        self.model = source.model
        self.prompt = prompt
        self.claim = claim
        self.lease = timedelta(seconds=settings.summary_lease_seconds)
        self.renew_every = min(RENEW_EVERY_SECONDS, settings.summary_lease_seconds / 4)
        self.timeout = settings.summary_timeout_seconds
        self.text = ""
        self.first_words_at: datetime | None = None
        self._events: queue.SimpleQueue[str | Completion | Exception] = queue.SimpleQueue()

    def follow(self) -> Completion:
        """Make the call and stay with it to its end.

        :raises ProviderError: no usable answer came, or none within the deadline.
        :raises Lost: the row is no longer ours.
        :raises HandedBack: the process is being stopped.
        """
        self._started = self._renewed = self._shown = time.monotonic()
        threading.Thread(target=self._make, daemon=True, name=f"summary-{self.claim.summary_id}").start()
        while True:
            self._look_around()
            try:
                event = self._events.get(timeout=LOOK_EVERY_SECONDS)
            except queue.Empty:
                self._show()
                continue
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Completion):
                return event
            self.text += event
            self._show()

    def _make(self) -> None:
        try:
            for event in self.source.stream(self.prompt):
                self._events.put(event)
        except Exception as error:  # noqa: BLE001 - raised again by the thread that follows
            self._events.put(error)

    def _look_around(self) -> None:
        now = time.monotonic()
        if now - self._started > self.timeout:  # however slowly the stream still drips
            raise ProviderError("timeout", f"no end after {self.timeout} s")
        if _Shutdown.at is not None and now > _Shutdown.at:
            raise HandedBack
        if now - self._renewed > self.renew_every:
            self._renew()

    def _renew(self) -> None:
        """Prolong the lease. A database that is away is borne for as long as the lease lasts."""
        try:
            held = self.claim.renew(self.lease)
            db.session.commit()
        except DBAPIError:
            db.session.rollback()
            if time.monotonic() - self._renewed > self.lease.total_seconds():
                raise Lost from None
            return
        if not held:
            raise Lost
        self._renewed = time.monotonic()

    def _show(self) -> None:
        """Copy the text so far for those who follow the page, now and then."""
        if not self.text:
            return
        now = time.monotonic()
        if self.first_words_at is None:
            self.first_words_at = utcnow()
        elif now - self._shown < SHOW_EVERY_SECONDS:
            return
        self._shown = now
        progress.write(self.claim.summary_id, self.claim.fence, self.text)
