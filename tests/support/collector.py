"""Whoever telemetry is sent to: a server of our own that takes what Sentry and an OpenTelemetry collector take."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.servers import wait_until


@dataclass(frozen=True)
class Span:
    """A span as it arrived; ids are in hexadecimal, as they are shown to people."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    begin: int
    end: int
    failed: bool
    attributes: dict[str, Any]
    service: str


class Collector:
    """Takes whatever is posted; one that is *stuck* never answers."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.posted: list[tuple[str, bytes]] = []  # path and body, unpacked
        self._leaving = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take, stuck and self._leaving))
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def dsn(self) -> str:
        """Its address as Sentry writes it."""
        return f"{self.address.replace('//', '//public@')}/1"

    def _take(self, path: str, body: bytes) -> None:
        self.posted.append((path, body))

    def said(self) -> str:
        """Everything, as text, to look for what must not be there."""
        return "".join(body.decode(errors="replace") for _, body in list(self.posted))

    def events(self) -> list[dict[str, Any]]:
        """What Sentry was told of. An envelope is a line for itself, then two for each thing in it."""
        lines = [line for path, body in list(self.posted) if "envelope" in path for line in body.splitlines()[1:]]
        things = zip(lines[::2], lines[1::2], strict=True)
        return [json.loads(thing) for header, thing in things if json.loads(header)["type"] == "event"]

    def spans(self) -> list[Span]:
        """The spans that came by OTLP, in the order in which they began."""
        bodies = [body for path, body in list(self.posted) if path == "/v1/traces"]
        found = [span for body in bodies for span in _spans(ExportTraceServiceRequest.FromString(body))]
        return sorted(found, key=lambda span: span.begin)

    def wait_for(self, name: str, count: int = 1) -> list[Span]:
        """The spans of that name, once there are so many."""
        wait_until(lambda: len(self.named(name)) >= count, f"{count} spans {name!r}", 60)
        return self.named(name)

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans() if span.name == name]


def _handler(take: Callable[[str, bytes], None], stuck_until: Event | bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            take(self.path, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            if isinstance(stuck_until, Event):
                stuck_until.wait()
                return
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _spans(request: ExportTraceServiceRequest) -> list[Span]:
    return [
        Span(
            name=span.name,
            kind=span.kind,
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            begin=span.start_time_unix_nano,
            end=span.end_time_unix_nano,
            failed=span.status.code == span.status.STATUS_CODE_ERROR,
            attributes={one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes},
            service=next(one.value.string_value for one in of.resource.attributes if one.key == "service.name"),
        )
        for of in request.resource_spans
        for scope in of.scope_spans
        for span in scope.spans
    ]
