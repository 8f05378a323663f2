"""Staying with a piece of work that goes on in another thread, while keeping the claim to it alive.

So the deadline, the lease, a cancellation and a shutdown are all noticed while the work is silent. Whoever stops
following leaves the thread behind; the end of the worker's process, right after, ends it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.models import Claim

LOOK_EVERY_SECONDS = 0.2  # how soon a shutdown or the deadline is noticed in silence
RENEW_EVERY_SECONDS = 1.0  # how soon a cancellation is noticed; the lease is longer

Result = TypeVar("Result")


class Lost(Exception):
    """The row was cancelled, deleted or given to another worker."""


class HandedBack(Exception):
    """This process must end before the work does."""


class OutOfTime(Exception):
    """The work did not end within its time."""


class _Shutdown:
    """When this process has to let go of its work, in monotonic seconds."""

    at: float | None = None


def hand_back_after(seconds: float) -> None:
    """Give the work under way *seconds* to end by itself. Safe in a signal handler: it only stores a number."""
    _Shutdown.at = time.monotonic() + seconds


def is_stopping() -> bool:
    """Whether this process is to begin nothing new."""
    return _Shutdown.at is not None


class Watch:
    """Keeps a claim alive; to be asked to look around every moment."""

    def __init__(self, claim: Claim, lease_seconds: float) -> None:
        self.claim = claim
        self.lease = timedelta(seconds=lease_seconds)
        self._renew_every = min(RENEW_EVERY_SECONDS, lease_seconds / 4)
        self._renewed = time.monotonic()

    def look_around(self) -> None:
        """:raises Lost: the row is no longer ours.
        :raises HandedBack: the process is being stopped, and the time it was given is over.
        """
        now = time.monotonic()
        if _Shutdown.at is not None and now > _Shutdown.at:
            raise HandedBack
        if now - self._renewed > self._renew_every:
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


def follow(work: Callable[[], Result], watch: Watch, timeout: float) -> Result:
    """What *work* returns or raises, made in a thread of its own.

    :param timeout: seconds.
    :raises OutOfTime: when it did not end in time.
    :raises Lost, HandedBack: see :class:`Watch`.
    """
    ended: queue.SimpleQueue[tuple[bool, Result | BaseException]] = queue.SimpleQueue()

    def run() -> None:
        try:
            ended.put((True, work()))
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that follows
            ended.put((False, error))

    started = time.monotonic()
    threading.Thread(target=run, daemon=True).start()
    while True:
        watch.look_around()
        if time.monotonic() - started > timeout:
            raise OutOfTime
        try:
            well, outcome = ended.get(timeout=LOOK_EVERY_SECONDS)
        except queue.Empty:
            continue
        if well:
            return outcome  # type: ignore[return-value]
        raise outcome  # type: ignore[misc]
