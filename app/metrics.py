"""Listeners to the signals: one log line for each move of a summary or an extraction."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from app import signals

log = logging.getLogger("foreword.summaries")

_LOGGED = (
    signals.summary_requested,
    signals.summary_claimed,
    signals.summary_completed,
    signals.summary_retried,
    signals.summary_failed,
    signals.summary_cancelled,
    signals.summary_handed_back,
    signals.summary_rescued,
    signals.extraction_requested,
    signals.extraction_completed,
    signals.extraction_retried,
    signals.extraction_failed,
    signals.extraction_rescued,
)


def listen() -> None:
    for signal in _LOGGED:
        signal.connect(_log_line(signal.name), weak=False)


@cache  # so that a second application in one process adds no second listener
def _log_line(name: str) -> Any:
    def line(_sender: Any, **values: Any) -> None:
        log.info("%s %s", name, " ".join(f"{key}={value}" for key, value in values.items()))

    return line
