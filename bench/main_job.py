"""How long the main job keeps a person waiting: ``python -m bench.main_job``.

Starts the program as it is deployed (one web process, one worker, Valkey, SQLite) with a provider that takes
8 seconds, and prints: press to panel, a cached page, and in a real browser from the end of the call to the
summary on the screen, with the number of polls that took.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Request

from bench.browser import signed_in
from tests.provider import Answer, says
from tests.support.people import TEXT
from tests.support.stack import Stack, running

PRESSES = 60
VIEWS = 300
FOLLOWED = 8
TEACHING = 2
CALL_SECONDS = 8.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack, signed_in(stack) as page:
        hello = _timed(VIEWS, lambda: _fetch(page, f"{stack.address}/healthz"))
        _report("GET /healthz, for comparison", hello, hello)
        _report("press to panel (POST …/summary)", _presses(page, stack), hello)
        _report("a cached page (GET /documents/1)", _views(page, stack), hello)
        _follow(page, stack, "8 s of silence, then the text", says(before=CALL_SECONDS, pieces=1))
        _follow(page, stack, "8 s of text, from 1 s on", says(before=1, between=(CALL_SECONDS - 1) / 13, pieces=14))


def _add(page: Page, stack: Stack, text: str) -> None:
    page.goto(f"{stack.address}/documents/new")
    page.fill("[name=text]", text)
    page.click("main form button")
    page.wait_for_selector("#summary-poller", state="attached")


def _fetch(page: Page, url: str) -> float:
    """Milliseconds that the browser itself waits for *url*."""
    return page.evaluate(
        "async url => { const t = performance.now(); await (await fetch(url)).text(); return performance.now() - t }",
        url,
    )


def _timed(count: int, act: Callable[[], float]) -> list[float]:
    act()
    return [act() for _ in range(count)]


def _presses(page: Page, stack: Stack) -> list[float]:
    """Each press is for a document of its own, so each claims, enqueues and renders."""
    times = []
    for number in range(PRESSES):
        _add(page, stack, f"{TEXT} Number {number}.")
        times.append(
            page.evaluate(
                """async () => {
                    const form = document.querySelector("form.start"), t = performance.now()
                    const answer = await fetch(form.action, {
                        method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } })
                    await answer.text()
                    return performance.now() - t
                }"""
            )
        )
    deadline = time.monotonic() + 60
    while stack.in_progress() and time.monotonic() < deadline:
        time.sleep(0.1)
    return times


def _views(page: Page, stack: Stack) -> list[float]:
    return _timed(VIEWS, lambda: _fetch(page, f"{stack.address}/documents/1"))


@dataclass(frozen=True)
class Followed:
    panel_ms: float
    visible_ms: float
    polls: int


def _follow(page: Page, stack: Stack, name: str, answer: Answer) -> None:
    """Watch whole calls in the browser. The first teach the program how long such calls take, and do not count."""
    seen = [_follow_one(page, stack, answer, f"{TEXT} {name} {number}.") for number in range(FOLLOWED + TEACHING)]
    counted = seen[TEACHING:]
    print(f"\n{name}, {FOLLOWED} times in Chromium:")
    for what, values in (
        ("click to panel on the screen, ms", [one.panel_ms for one in counted]),
        ("end of call to text visible, ms", [one.visible_ms for one in counted]),
        ("polls", [one.polls for one in counted]),
    ):
        print(f"  {what:34} p50 {statistics.median(values):6.0f}   max {max(values):6.0f}")


def _follow_one(page: Page, stack: Stack, answer: Answer, text: str) -> Followed:
    stack.provider.reset()
    stack.provider.script(answer)
    _add(page, stack, text)
    page.wait_for_selector("#summary-poller:not([data-hx-trigger])", state="attached")
    asked: list[str] = []

    def count(request: Request) -> None:
        if "/status" in request.url:
            asked.append(request.url)

    page.on("request", count)
    pressed = time.monotonic()
    page.click("#summary-start")
    page.wait_for_selector("#summary-body:not([data-state=none])")
    panel_ms = (time.monotonic() - pressed) * 1000
    page.wait_for_selector("#summary-body[data-state=complete]", timeout=60_000)
    visible_ms = (time.monotonic() - (stack.provider.calls[0].finished_at or 0)) * 1000
    page.remove_listener("request", count)
    return Followed(panel_ms, visible_ms, len(asked))


def _report(name: str, times: list[float], hello: list[float]) -> None:
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
    print(f"{name:36} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   {p50 / statistics.median(hello):5.1f} × hello")


if __name__ == "__main__":
    main()
