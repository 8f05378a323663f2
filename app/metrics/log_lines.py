"""Listeners to the signals: one log line for each move of a summary or an extraction, and for what touches accounts."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from app import logs, signals

moves = logging.getLogger("foreword.moves")
accounts = logging.getLogger("foreword.accounts")

_MOVES = (
    signals.summary_requested,
    signals.summary_claimed,
    signals.summary_completed,
    signals.summary_retried,
    signals.summary_failed,
    signals.summary_cancelled,
    signals.summary_handed_back,
    signals.summary_rescued,
    signals.extraction_requested,
    signals.extraction_claimed,
    signals.extraction_completed,
    signals.extraction_retried,
    signals.extraction_failed,
    signals.extraction_cancelled,
    signals.extraction_handed_back,
    signals.extraction_rescued,
)
# Never with an address of mail or anything else that was typed: a log is kept longer, and read by more people.
_ACCOUNTS = (
    signals.signed_up,
    signals.signed_in,
    signals.sign_in_failed,
    signals.signed_out,
    signals.sessions_ended,
    signals.password_reset_asked,
    signals.password_changed,
    signals.account_exported,
    signals.account_closed,
    signals.shared,
    signals.unshared,
    signals.published,
    signals.unpublished,
    signals.document_deleted,
    signals.admin_acted,
    signals.access_refused,
    signals.request_refused,
)


def listen() -> None:
    for log, told in ((moves, _MOVES), (accounts, _ACCOUNTS)):
        for signal in told:
            signal.connect(_log_line(log, signal.name), weak=False)


@cache  # so that a second application in one process adds no second listener
def _log_line(log: logging.Logger, name: str) -> Any:
    def line(_sender: Any, **values: Any) -> None:
        logs.told(log, name, **values)

    return line
