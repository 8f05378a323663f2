"""A provider of our own for tests, benchmarks and trying things by hand: OpenAI's chat completions over real HTTP.

    with ProviderServer() as provider:
        provider.script(fails(503), says("A short summary."))  # the next two calls; then provider.default again
        ...
        provider.wait_for_calls(2)

By hand: ``python -m tests.provider --port 9000 --before 6 --between 0.05`` or ``... --lognormal 6 0.2``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import random
import re
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from threading import Condition, Event, Thread
from typing import Any, Literal, Self

POLL_SECONDS = 0.05  # how soon a waiting answer notices that its client hung up or that the server stops
NEVER = Event()


@dataclass
class Call:
    """One POST to chat/completions, as it arrived, and how it went. Header names are in lower case."""

    payload: dict[str, Any]
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)
    finished: bool = False  # the answer ran to its end, whichever end was scripted
    finished_at: float | None = None  # in the same seconds as ``at``
    client_gone: bool = False  # the client hung up before that

    model = property(lambda self: self.payload["model"])
    messages = property(lambda self: self.payload["messages"])
    instructions = property(lambda self: self._said_by("system"))
    document = property(lambda self: self._said_by("user"))

    def _said_by(self, role: str) -> str:
        return "\n".join(message["content"] for message in self.messages if message["role"] == role)


Step = str | float | Event | dict[str, Any]  # a piece of text, seconds to wait, what to wait for, an event as it is


@dataclass(frozen=True)
class Answer:
    """Either the ``steps``, streamed, or ``body``. No byte is sent before the first text, event or body."""

    steps: Callable[[Call], Iterable[Step]] = lambda _: ()
    ending: Literal["stop", "length", "content_filter", "cut", "reset"] = "stop"
    usage: bool = True
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def says(text: str | None = None, before: float = 0.0, between: float = 0.0, pieces: int | None = None) -> Answer:
    """*text*, or else a summary that quotes the document, word by word or in at most so many *pieces*."""

    def steps(call: Call) -> Iterator[Step]:
        for number, piece in enumerate(_split(text or summary_of(call.document), pieces)):
            yield between if number else before
            yield piece

    return Answer(steps)


def lognormal(median: float, sigma: float, between: float = 0.05) -> Answer:
    """The default summary. Each call's whole time is drawn; what the gaps *between* pieces leave of it comes first."""

    def steps(call: Call) -> Iterable[Step]:
        gaps = len(_split(summary_of(call.document))) - 1
        whole_time = random.lognormvariate(math.log(median), sigma)
        return says(before=whole_time - between * gaps, between=between).steps(call)

    return Answer(steps)


def hold(until: Event, text: str | None = None) -> Answer:
    return Answer(lambda call: (until, *says(text).steps(call)))


def drips(seconds_between: float) -> Answer:
    return Answer(lambda _: cycle(("drip ", seconds_between)))


def streams(*steps: Step, ending: Any = "stop", usage: bool = True) -> Answer:
    return Answer(lambda _: steps, ending, usage)


def fails(status: int, code: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
    error = {"message": f"Scripted failure {status}", "type": code or "scripted", "param": None, "code": code}
    return Answer(status=status, headers=headers or {}, body=json.dumps({"error": error}).encode())


def rate_limited(retry_after: float | str | None = 30) -> Answer:
    return fails(429, "rate_limit_exceeded", {} if retry_after is None else {"Retry-After": str(retry_after)})


no_quota = partial(fails, 429, "insufficient_quota")
bad_key = partial(fails, 401, "invalid_api_key")
too_long = partial(fails, 400, "context_length_exceeded")
html = partial(Answer, headers={"Content-Type": "text/html"}, body=b"<!doctype html><title>Sign in to the wifi</title>")
garbage = partial(Answer, body=b'data: {"choices": [{"delta": {"content": "Ha\n\n')
hangs = partial(streams, NEVER)
empty = streams
hold_midway = streams  # hold_midway("first text", until, "the rest")
no_usage = partial(streams, usage=False)
stops_for_length = partial(streams, ending="length")
refuses = partial(streams, {"choices": [{"index": 0, "delta": {"refusal": "I cannot help with that."}}]})
error_event = partial(streams, "Half a text", {"error": {"message": "Overloaded", "code": "busy"}}, ending="cut")
filtered = partial(streams, "Here it", ending="content_filter")
cut_after = partial(streams, ending="cut")  # a tidy end without finish_reason and [DONE], as a proxy's timeout makes it
reset_after = partial(streams, ending="reset")  # RST, as by a server that is killed


def summary_of(document: str) -> str:
    words = document.split()
    return f"The text of {len(words)} words begins “{' '.join(words[:6])}”.\n\n- It has a point.\n- It ends."


def _split(text: str, count: int | None = None) -> list[str]:
    words = re.findall(r"\s*\S+\s*", text)
    size = math.ceil(len(words) / count) if count else 1
    return ["".join(words[i : i + size]) for i in range(0, len(words), size)]


class ProviderServer(ThreadingHTTPServer):
    """Answers while it is entered, and stops at once, whatever it is in the midst of."""

    request_queue_size = 1024

    def __init__(self, port: int = 0, default: Answer | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.base_url = f"http://127.0.0.1:{self.server_port}/v1"
        self.default = default or says()
        self.calls: list[Call] = []
        self.open_calls = self.peak_open_calls = 0
        self.stopping = Event()
        self._answers: deque[Answer] = deque()
        self._changed = Condition()

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def script(self, *answers: Answer) -> None:
        """Answer the next calls so, in this order, after what was scripted before; later ones get ``default``."""
        with self._changed:
            self._answers.extend(answers)

    def reset(self) -> None:
        """Forget the calls that came and the answers that were not asked for."""
        with self._changed:
            self.calls.clear()
            self._answers.clear()
            self.peak_open_calls = self.open_calls

    def wait_for_calls(self, count: int, timeout: float = 60) -> None:
        self.wait_until(lambda: len(self.calls) >= count, timeout, f"{count} calls")

    def wait_until(self, condition: Callable[[], bool], timeout: float = 60, what: str = "that") -> None:
        """Wait for the *condition*, which is looked at whenever a call arrives or ends."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                came = [f"{c.document[:40]!r}, finished={c.finished}, client_gone={c.client_gone}" for c in self.calls]
                raise AssertionError("\n  ".join([f"waited {timeout} s for {what}; {len(came)} calls came:", *came]))

    def begin(self, call: Call) -> Answer:
        with self._changed:
            self.calls.append(call)
            self.open_calls += 1
            self.peak_open_calls = max(self.peak_open_calls, self.open_calls)
            self._changed.notify_all()
            return self._answers.popleft() if self._answers else self.default

    def end(self, call: Call, *, finished: bool = False, client_gone: bool = False) -> None:
        with self._changed:
            call.finished, call.client_gone = finished, client_gone
            call.finished_at = time.monotonic() if finished else None
            self.open_calls -= 1
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Conversation(BaseHTTPRequestHandler):
    """One connection, which brings one call. What is written, headers too, waits in a buffer for its flush."""

    server: ProviderServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1024 * 1024

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self.send_error(404)
            return
        call = Call(payload, {name.lower(): value for name, value in self.headers.items()})
        answer = self.server.begin(call)
        try:
            self._write(call, answer)
        except (ConnectionError, InterruptedError) as error:
            self.server.end(call, client_gone=isinstance(error, ConnectionError))
            return
        self.server.end(call, finished=True)  # before the last flush, so that who has read it all finds it ended
        self.wfile.flush()
        if answer.ending == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())

    def _write(self, call: Call, answer: Answer) -> None:
        usual = {"Content-Type": "text/event-stream" if call.payload.get("stream") else "application/json"}
        self.send_response(answer.status)
        for name, value in {**usual, **answer.headers, "Transfer-Encoding": "chunked", "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in self._chunks(call, answer):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if answer.ending != "reset":
            self.wfile.write(b"0\r\n\r\n")

    def _chunks(self, call: Call, answer: Answer) -> Iterator[bytes]:
        text, streamed = "", call.payload.get("stream")
        for step in self._paced(answer.steps(call)):
            text += step if isinstance(step, str) else ""
            if streamed:
                yield _event(call, _choice(delta={"content": step}) if isinstance(step, str) else step)
                self.wfile.flush()
        if answer.body is not None:
            yield answer.body
        elif answer.ending not in ("cut", "reset"):
            usage = _usage(call, text) if answer.usage else {}
            if not streamed:
                message = {"role": "assistant", "content": text}
                yield json.dumps(_choice(answer.ending, message=message) | usage).encode()
                return
            yield _event(call, _choice(answer.ending, delta={}))
            if usage and call.payload.get("stream_options", {}).get("include_usage"):
                yield _event(call, {"choices": [], **usage})
            yield b"data: [DONE]\n\n"

    def _paced(self, steps: Iterable[Step]) -> Iterator[str | dict[str, Any]]:
        """The texts and events among the *steps*, each when its time has come."""
        for step in steps:
            self._wait(step)
            if isinstance(step, str | dict):
                yield step

    def _wait(self, step: Step) -> None:
        """Return when it is time for the next step; raise ConnectionError or InterruptedError if all is over."""
        event = step if isinstance(step, Event) else NEVER
        end = math.inf if event is step else time.monotonic() + (step if isinstance(step, int | float) else 0)
        while True:
            if self.server.stopping.is_set():
                raise InterruptedError
            with contextlib.suppress(BlockingIOError):
                if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    raise ConnectionAbortedError
            if event.is_set() or (left := end - time.monotonic()) <= 0:
                return
            event.wait(min(left, POLL_SECONDS))

    def log_message(self, *args: object) -> None:
        """Say nothing: the calls are the log."""


def _event(call: Call, fields: dict[str, Any]) -> bytes:
    event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": call.model, **fields}
    return b"data: %b\n\n" % json.dumps(event).encode()


def _choice(finish_reason: str | None = None, **said: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": finish_reason, **said}]}


def _usage(call: Call, text: str) -> dict[str, Any]:
    """This server's tokens are words."""
    read, written = sum(len(m["content"].split()) for m in call.messages), len(text.split())
    return {"usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}}


def main() -> None:
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server that answers with a made-up summary.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--before", type=float, default=0.0, help="seconds before the first piece")
    parser.add_argument("--between", type=float, default=0.0, help="seconds between pieces")
    parser.add_argument("--lognormal", type=float, nargs=2, metavar=("MEDIAN", "SIGMA"), help="of a call's whole time")
    given = parser.parse_args()
    answer = says(before=given.before, between=given.between)
    if given.lognormal:
        median, sigma = given.lognormal
        answer = lognormal(median, sigma, given.between)
    with ProviderServer(given.port, answer) as provider:
        print(provider.base_url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            NEVER.wait()


if __name__ == "__main__":
    main()
