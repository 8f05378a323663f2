"""Workers that stand in the midst of their call for as long as a test likes, and the provider that lets them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from threading import Event, Thread

from flask import Flask
from sqlalchemy import select

from app import following
from app.extensions import db
from app.following import Watch
from app.models import Summary
from app.summaries import service
from tests.moves.model import Fate, Held
from tests.provider import Answer, Call, ProviderServer, Step
from tests.support.servers import wait_until

LONG_AGO = -1e9

FATES = (
    Fate("well"),
    Fate("cut", "broken_answer"),
    Fate("unavailable", "unavailable"),
    Fate("in a while", "rate_limited", wait_minutes=20),
    Fate("in an hour", "rate_limited", wait_minutes=60),
    Fate("refused", "refused", heals=False),
    Fate("bad key", "bad_key", heals=False),
)
_ERRORS = {"unavailable": (503, "busy"), "rate_limited": (429, "rate_limit_exceeded"), "bad_key": (401, "bad_key")}


def words_of(number: int, document: str) -> str:
    """A summary that says which call it is of, and of which text."""
    return f"Call {number} read {mark(document)}."


def mark(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()[:12]


def answer(fate: Fate, number: int, until: Event) -> Answer:
    """What the call comes to, once *until* is set. Not a byte is sent before."""

    def steps(call: Call) -> Iterator[Step]:
        yield until
        if fate.reason == "refused":
            yield {"choices": [{"index": 0, "delta": {"refusal": "I cannot help with that."}}]}
        elif fate.reason in ("", "broken_answer"):
            yield words_of(number, call.document)

    if fate.reason in _ERRORS:
        status, code = _ERRORS[fate.reason]
        headers = {"Retry-After": str(int(fate.wait_minutes * 60))} if fate.wait_minutes else {}
        body = json.dumps({"error": {"message": fate.name, "type": code, "code": code}}).encode()
        return Answer(steps, status=status, headers=headers, body=body)
    return Answer(steps, ending="cut" if fate.reason == "broken_answer" else "stop")


class Watched(Watch):
    """A watch that looks at the row when a test says so, and never by the clock."""

    latest: Watched | None = None

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self._renew_every = 3600.0
        Watched.latest = self

    def look_at_the_row(self) -> None:
        self._renewed = LONG_AGO


class Worker:
    """A thread that runs the job of one row, as a doorbell has it run."""

    def __init__(self, app: Flask, provider: ProviderServer, summary_id: int, fate: Fate) -> None:
        self.app = app
        self.summary_id = summary_id
        self.until = Event()
        self.held: Held | None = None
        self.number = len(provider.calls) + 1
        self.error: BaseException | None = None
        provider.script(answer(fate, self.number, self.until))
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_until(lambda: len(provider.calls) >= self.number or not self._thread.is_alive(), "it calls or returns", 90)
        self.calls = len(provider.calls) >= self.number
        if self.calls:
            self.watch, self.document = Watched.latest, provider.calls[-1].document
        else:
            provider._answers.clear()
            self._raise()

    def _run(self) -> None:
        try:
            with self.app.app_context():
                service.generate(self.summary_id)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever joins
            self.error = error

    def go_on(self) -> None:
        """Get the answer, and file it."""
        self.until.set()
        self.join()

    def renew(self) -> None:
        """Look whether the row is still one's own, as workers do every second."""
        before = self._lease()
        self.watch.look_at_the_row()
        wait_until(lambda: not self._thread.is_alive() or self._lease() != before, "the worker has looked", 90)
        self._raise()

    def _lease(self) -> object:
        with self.app.app_context():
            return db.session.scalar(select(Summary.lease_until).where(Summary.id == self.summary_id))

    @property
    def is_at_work(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join(timeout=90)
        assert not self.is_at_work, "the worker does not end"
        self._raise()

    def _raise(self) -> None:
        if self.error:
            raise self.error


def stop(workers: list[Worker]) -> None:
    """As if the process that they are in were told to end, with no time left."""
    following.hand_back_after(-1)
    try:
        for worker in workers:
            worker.join()
    finally:
        following._Shutdown.at = None
