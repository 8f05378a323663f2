"""How the log is written: one line for each thing that happened, and the id of the request that it came of.

The id begins with a click. It is kept in the row of the work that the click asked for, and taken up again by
whichever process does that work, so one search finds everything that a click led to.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST_ID_MAX = 64

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that this is done for; empty for what nobody asked for."""
    return _request_id.get()


def begin(request_id: str) -> None:
    """From here on this thread works for that request; for none, when it is empty."""
    _request_id.set(request_id)


@contextmanager
def on_behalf_of(request_id: str) -> Iterator[None]:
    """Whatever is logged or asked for meanwhile is of that request."""
    before = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(before)


def told(log: logging.Logger, event: str, **fields: Any) -> None:
    """Log an *event* by its name, with what there is to know about it."""
    log.info("%s %s", event, _logfmt(fields), extra={"event": event, "fields": fields})


def set_up(level: str, *, as_json: bool) -> None:
    """Write to standard error, unless whoever runs this has arranged for something else already."""
    logging.getLogger("foreword").setLevel(level)
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines() if as_json else Lines())
    root.addHandler(handler)


class Lines(logging.Formatter):
    """``2026-11-25T09:30:00.123Z INFO foreword.moves: summary-claimed summary_id=1 attempt=1 request_id=…``."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        of = f" request_id={request_id()}" if request_id() else ""
        lines = self._with_traceback(record, f"{_on_one_line(record.getMessage())}{of}")
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {lines}"

    def _with_traceback(self, record: logging.LogRecord, message: str) -> str:
        return f"{message}\n{self.formatException(record.exc_info)}" if record.exc_info else message


class JSONLines(Lines):
    """The same, as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": getattr(record, "event", None) or record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if request_id():
            line["request_id"] = request_id()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def _on_one_line(message: str) -> str:
    """Nobody's input may look like a line of ours."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)


def _logfmt(fields: dict[str, Any]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items())


def _value(value: Any) -> str:
    """*value*, in quotes where it would be taken for more than one."""
    shown = str(value)
    return shown if shown.isprintable() and not set(shown) & set(' "=') else json.dumps(shown)
