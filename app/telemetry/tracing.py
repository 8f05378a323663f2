"""Traces, for OpenTelemetry: the request of a click, each attempt at what it asked for, each call of the provider.

They are one trace, though web, workers and sweeper share nothing but the id of the click in the row of the work. Names
and attributes are those of the semantic conventions (1.37), except that nothing here says an address, a title or
a text: ``url.path``, which they require, may hold a token.
"""

from __future__ import annotations

import time
from functools import cache, partial
from typing import Any

from flask import Flask, Response, g, request, request_finished, request_started
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context

from app import logs, signals
from app.telemetry.sending import IdsOfTheClick, Sending, of_the_click

# What a page that is open, a browser or a platform that looks after us asks for all the time.
UNREMARKABLE = frozenset({"static", "pages.htmx", "pages.healthz", "pages.readyz"})
POLLS = ".status"
MACHINES = ("metrics.", "rq_dashboard.")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})

_CLAIMED = {signals.summary_claimed: "summarise", signals.extraction_claimed: "extract"}
_ENDED = {
    signals.summary_completed: "complete",
    signals.summary_retried: "retried",
    signals.summary_failed: "failed",
    signals.summary_cancelled: "cancelled",
    signals.summary_handed_back: "handed_back",
    signals.extraction_completed: "complete",
    signals.extraction_retried: "retried",
    signals.extraction_failed: "failed",
    signals.extraction_cancelled: "cancelled",
    signals.extraction_handed_back: "handed_back",
}


def start(app: Flask, endpoint: str) -> None:
    tracing = _listening(endpoint)
    request_started.connect(tracing.begin_request, app)
    request_finished.connect(tracing.end_request, app)


@cache  # so that a second application in one process adds no second listener
def _listening(endpoint: str) -> Tracing:
    tracing = Tracing(Sending(endpoint))
    for claimed, verb in _CLAIMED.items():
        claimed.connect(partial(tracing.begin_attempt, verb), weak=False)
    for ended, outcome in _ENDED.items():
        ended.connect(partial(tracing.end_attempt, outcome), weak=False)
    signals.provider_called.connect(tracing.add_call)
    signals.process_ends.connect(tracing.end_job)
    return tracing


class Tracing:
    """Makes spans of what it hears. A process makes one attempt at a time."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._requests = sending.tracer(IdsOfTheClick())
        self._work = sending.tracer(RandomIdGenerator())
        self._attempt: Span | None = None

    # -- the web ---------------------------------------------------------------------------------------

    def begin_request(self, _app: Flask, **_: Any) -> None:
        g.began = time.time_ns()  # the span is made at the end, when the request has its id

    def end_request(self, _app: Flask, response: Response, **_: Any) -> None:
        if _is_unremarkable(request.endpoint or ""):
            return
        method = request.method if request.method in METHODS else "_OTHER"
        route = {"http.route": request.url_rule.rule} if request.url_rule else {}
        span = self._requests.start_span(
            " ".join(("HTTP" if method == "_OTHER" else method, *route.values())),
            context=Context(),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": method,
                **route,
                "http.response.status_code": response.status_code,
                "url.scheme": request.scheme,
                "foreword.request_id": logs.request_id(),
            },
            start_time=g.began,
        )
        _end(span, error=str(response.status_code) if response.status_code >= 500 else "")

    # -- the workers -------------------------------------------------------------------------------------

    def begin_attempt(self, verb: str, _sender: Any, *, attempt: int, queue: str = "", **about: int) -> None:
        destination = {"messaging.destination.name": queue} if queue else {}
        self._attempt = self._work.start_span(
            " ".join((verb, *destination.values())),
            context=of_the_click(),
            kind=SpanKind.CONSUMER,
            attributes={
                "messaging.system": "rq",
                "messaging.operation.type": "process",
                "messaging.operation.name": verb,
                **destination,
                "foreword.request_id": logs.request_id(),
                "foreword.attempt": attempt,
                **{f"foreword.{name}": about[name] for name in ("summary_id", "extraction_id") if name in about},
            },
        )

    def add_call(self, _sender: Any, *, model: str, outcome: str, milliseconds: int | None, **about: Any) -> None:
        """Of a call that has ended already. How long one took whose worker was lost, nobody knows."""
        ended = time.time_ns()
        span = self._work.start_span(
            f"chat {model}",
            context=set_span_in_context(self._attempt) if self._attempt else of_the_click(),
            kind=SpanKind.CLIENT,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",  # whose interface it is, whoever made the model
                "gen_ai.request.model": model,
                "gen_ai.usage.input_tokens": about["input_tokens"],
                "gen_ai.usage.output_tokens": about["output_tokens"],
                "foreword.step": str(about["step"]),
                "foreword.summary_id": about["summary_id"],
            },
            start_time=ended - (milliseconds or 0) * 1_000_000,
        )
        _end(span, error="" if outcome == "complete" else outcome, at=ended)

    def end_attempt(self, outcome: str, _sender: Any, *, reason: str = "", **_: Any) -> None:
        """End what this process is at. The sweeper and the web, which tell of endings too, are at nothing."""
        if self._attempt:
            self._attempt.set_attribute("foreword.outcome", outcome)
            _end(self._attempt, error=reason)
            self._attempt = None

    def end_job(self, _sender: Any) -> None:
        if self._attempt:  # it lost its row, or broke where nobody could file it
            self._attempt.end()
            self._attempt = None
        self._sending.send_now()


def _is_unremarkable(endpoint: str) -> bool:
    return endpoint in UNREMARKABLE or endpoint.endswith(POLLS) or endpoint.startswith(MACHINES)


def _end(span: Span, *, error: str, at: int | None = None) -> None:
    """:param error: what kind of error it ended with, in a word; empty for none."""
    if error:
        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)
    span.end(at)
