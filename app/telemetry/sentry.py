"""Errors, for Sentry: what broke and where, under the id of the click that it came of, and nothing that was typed.

What may leave is named here, and everything else is left out. The message of an exception is among that: it may repeat
what it choked on, a text, an address, a token. The log, which stays here, has it under the same id.
"""

from __future__ import annotations

import logging
import os
from functools import cache, partial
from multiprocessing.util import Finalize
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.integrations.rq import RqIntegration
from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint
from sentry_sdk.utils import get_default_release

from app import logs, signals

LAST_WORDS_SECONDS = 1.0  # that a process which is to end waits for what it has told to be taken
OURS = "foreword."
TOLD_ON_THE_WAY = "foreword.moves"  # its lines hold ids, numbers and words of ours

_OF_AN_EVENT = (
    *("event_id", "timestamp", "level", "logger", "platform", "sdk"),
    *("environment", "release", "server_name", "transaction", "transaction_info"),
)
_OF_AN_EXCEPTION = ("type", "module", "mechanism", "stacktrace")
_OF_A_CRUMB = ("timestamp", "type", "level", "category", "message")


@cache  # so that a second application in one process starts nothing anew
def start(dsn: str, environment: str) -> None:
    begin = partial(_begin, dsn, environment, get_default_release())  # which may ask git, once
    begin()
    # A connection that was open before a fork must not be spoken on by both sides.
    os.register_at_fork(after_in_child=begin)
    ignore_logger("opentelemetry.*")  # a collector that is away is no error of ours
    Finalize(None, sentry_sdk.flush, exitpriority=0)  # a web process of Granian's ends without atexit
    signals.process_ends.connect(_tell_the_rest)
    for claimed in (signals.summary_claimed, signals.extraction_claimed):
        claimed.connect(_note_the_click)


def _begin(dsn: str, environment: str, release: str | None) -> None:
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        default_integrations=False,
        auto_enabling_integrations=False,  # they would note queries and calls to the provider
        integrations=[
            LoggingIntegration(level=logging.INFO, event_level=logging.ERROR, sentry_logs_level=None),
            FlaskIntegration(transaction_style="endpoint"),  # the address may hold a token
            RqIntegration(),
            ExcepthookIntegration(),
            DedupeIntegration(),
        ],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=LAST_WORDS_SECONDS,
        before_send=_confine,
        before_breadcrumb=_confine_breadcrumb,
    )


def _note_the_click(_sender: Any, **_about: Any) -> None:
    """RQ tells of an error that ends its job when nothing is done on anybody's behalf any more."""
    sentry_sdk.get_current_scope().set_tag("request_id", logs.request_id())


def _tell_the_rest(_sender: Any) -> None:
    """Wait until it is taken. RQ's integration does so for jobs that were run, and not for those thrown away."""
    sentry_sdk.flush()


def _confine(event: Event, _hint: Hint) -> Event:
    given = cast("dict[str, Any]", event)
    kept = {name: given[name] for name in _OF_AN_EVENT if name in given}
    request_id = logs.request_id() or given.get("tags", {}).get("request_id")
    if request_id:
        kept["tags"] = {"request_id": request_id}
    if "logentry" in given:
        kept["logentry"] = _message(given["logentry"], given.get("logger", ""))
    if "exception" in given:
        kept["exception"] = {"values": [_without_words(error) for error in given["exception"]["values"]]}
    if "breadcrumbs" in given:
        kept["breadcrumbs"] = given["breadcrumbs"]
    return cast("Event", kept)


def _message(entry: dict[str, Any], logger: str) -> dict[str, Any]:
    """The words of the program, and of what was filled in the numbers. Others may fill in before they log."""
    if not logger.startswith(OURS):
        return {"message": f"an error in {logger}"}
    params = [param if isinstance(param, int) else "…" for param in entry.get("params") or ()]
    return {"message": entry["message"], "params": params}


def _without_words(error: dict[str, Any]) -> dict[str, Any]:
    return {name: error[name] for name in _OF_AN_EXCEPTION if name in error}


def _confine_breadcrumb(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb | None:
    if crumb.get("category") != TOLD_ON_THE_WAY:
        return None
    return {name: crumb[name] for name in _OF_A_CRUMB if name in crumb}
