"""What each signal counts for. They are connected once in a process, and only where something is to be measured."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Protocol

from blinker import Signal
from flask import current_app

from app import signals
from app.metrics import catalogue as metrics
from app.metrics.catalogue import Metric, Observation
from app.metrics.counts import Counts
from app.models import Status

EXTENSION = "foreword-metrics"  # under this name an application keeps who takes its observations

log = logging.getLogger("foreword.metrics")


class Taker(Protocol):
    """Whoever is told what was observed: what is kept for Prometheus, and what is sent to StatsD."""

    def take(self, observations: Iterable[Observation]) -> None: ...


def takers() -> Sequence[Taker]:
    """Those of the current application; none of one that measures nothing."""
    found: Sequence[Taker] = current_app.extensions.get(EXTENSION, ()) if current_app else ()
    return found


@cache  # so that a second application in one process adds no second listener
def listen() -> None:
    for signal, observe in _OBSERVED.items():
        signal.connect(_taking(observe), weak=False)
    signals.process_ends.connect(_write_now, weak=False)


def _taking(observe: Callable[..., Iterable[Observation]]) -> Callable[..., None]:
    def receive(_sender: Any, **told: Any) -> None:
        if not (told_to := takers()):
            return
        try:
            observations = list(observe(**told))
            for taker in told_to:
                taker.take(observations)
        except Exception:  # whatever is wrong with the counting, what is counted goes on
            log.exception("something was not counted")

    return receive


def _write_now(_sender: Any) -> None:
    """The process that ran a job ends right after, and what it counted with it."""
    for taker in takers():
        if isinstance(taker, Counts):
            taker.write()


# -- what is observed --------------------------------------------------------------------------------------


def _one(metric: Metric, *labels: str) -> Callable[..., Iterable[Observation]]:
    """That it happened, whatever else is told of it."""
    return lambda **_: [metric.seen(*labels)]


def _one_by(metric: Metric, name: str, *labels: str) -> Callable[..., Iterable[Observation]]:
    """That it happened, told apart by what is told under *name* as well."""
    return lambda **told: [metric.seen(*labels, str(told[name]))]


def _polled(*, panel: str, state: str, **_: Any) -> Iterable[Observation]:
    yield metrics.POLLS.seen(panel, str(state))


def _claimed(*, queue: str, waited: float, **_: Any) -> Iterable[Observation]:
    yield metrics.ATTEMPTS.seen("summary")
    yield metrics.QUEUE_WAIT.seen(queue, value=max(0.0, waited))


def _completed(*, seconds: float, waited: float, first_text: float | None, **_: Any) -> Iterable[Observation]:
    yield metrics.ENDED.seen("summary", Status.COMPLETE)
    yield metrics.GENERATION.seen(value=seconds)
    yield metrics.ASKED_TO_COMPLETE.seen(value=max(0.0, waited))
    if first_text is not None:
        yield metrics.FIRST_TEXT.seen(value=max(0.0, first_text))


def _extracted(*, seconds: float, **_: Any) -> Iterable[Observation]:
    yield metrics.ENDED.seen("extraction", Status.COMPLETE)
    yield metrics.READING.seen(value=seconds)


def _failed(kind: str) -> Callable[..., Iterable[Observation]]:
    return lambda reason, **_: [metrics.ENDED.seen(kind, Status.FAILED), metrics.FAILURES.seen(kind, reason)]


def _cancelled(kind: str) -> Callable[..., Iterable[Observation]]:
    return lambda **_: [metrics.ENDED.seen(kind, Status.CANCELLED), metrics.CANCELLATIONS.seen(kind)]


def _called(*, model: str, cost: int | None, milliseconds: int | None, **call: Any) -> Iterable[Observation]:
    yield metrics.CALLS.seen(model, str(call["step"]), call["outcome"])
    yield metrics.TOKENS.seen(model, "input", value=call["input_tokens"])
    yield metrics.TOKENS.seen(model, "output", value=call["output_tokens"])
    yield metrics.UNPRICED.seen(model) if cost is None else metrics.COST.seen(model, value=cost)
    if milliseconds is not None:  # of a lost call nobody saw the end
        yield metrics.CALL_SECONDS.seen(model, value=milliseconds / 1000)


_OBSERVED: dict[Signal, Callable[..., Iterable[Observation]]] = {
    signals.cache_hit: _one_by(metrics.LOOKUPS, "layer"),
    signals.cache_miss: _one(metrics.LOOKUPS, "nobody"),
    signals.summary_read: _one_by(metrics.READS, "layer"),
    signals.polled: _polled,
    signals.summary_claimed: _claimed,
    signals.summary_completed: _completed,
    signals.summary_retried: _one_by(metrics.RETRIES, "reason", "summary"),
    signals.summary_failed: _failed("summary"),
    signals.summary_cancelled: _cancelled("summary"),
    signals.summary_handed_back: _one(metrics.HAND_BACKS, "summary"),
    signals.summary_rescued: _one(metrics.RESCUES, "summary"),
    signals.extraction_claimed: _one(metrics.ATTEMPTS, "extraction"),
    signals.extraction_completed: _extracted,
    signals.extraction_retried: _one_by(metrics.RETRIES, "reason", "extraction"),
    signals.extraction_failed: _failed("extraction"),
    signals.extraction_cancelled: _cancelled("extraction"),
    signals.extraction_handed_back: _one(metrics.HAND_BACKS, "extraction"),
    signals.extraction_rescued: _one(metrics.RESCUES, "extraction"),
    signals.provider_called: _called,
    signals.budget_refused: _one_by(metrics.BUDGET_REFUSALS, "budget"),
    signals.sign_in_failed: _one(metrics.SIGN_IN_FAILURES),
    signals.request_refused: _one_by(metrics.REFUSED, "status"),
}
