"""How soon a page shows what the provider has sent, and how often it asks: ``python -m bench.visible``.

The program as it is deployed with one web process, one worker, Valkey and SQLite, and a page in Chromium that follows
calls of 8 and of 20 seconds: silent ones, and ones that are written from the first second on. What the provider sent
when is known to the provider; what stands on the screen when, to the page itself. The first calls teach the program
how long such calls take, and do not count.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Request

from bench.browser import signed_in
from bench.report import Bars, Goal, Part, Table, as_text, at_most, p50, p95
from tests.provider import Answer, says
from tests.support.people import TEXT
from tests.support.stack import Stack, running

FOLLOWED = {8: 10, 20: 5}  # calls, by how many seconds each takes
TEACHING = 6
SUMMARY = " ".join(f"The harbour silted up, time number {n}." for n in range(1, 21))
WORDS = len(SUMMARY.split())  # each is sent by itself
# Notes when the page first shows words, and when it shows the end.
WATCH = """() => {
    window.seen = {}
    const look = () => {
        const body = document.querySelector("#summary-body"), text = document.querySelector("#summary-text")
        if (text && text.textContent.trim() && !seen.words) seen.words = Date.now()
        if (body && body.dataset.state === "complete" && !seen.end) seen.end = Date.now()
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


@dataclass(frozen=True)
class Kind:
    name: str
    seconds: float
    written: bool  # from the first second on; otherwise all of it comes at the end

    @property
    def answer(self) -> Answer:
        if not self.written:
            return says(before=self.seconds, pieces=1)
        return says(SUMMARY, before=1, between=(self.seconds - 1) / (WORDS - 1))


KINDS = (
    Kind("8 s, silent", 8, written=False),
    Kind("8 s, written", 8, written=True),
    Kind("20 s, silent", 20, written=False),
    Kind("20 s, written", 20, written=True),
)
MOST_POLLS = {8: 12, 20: 8}


@dataclass(frozen=True)
class Followed:
    """One call: milliseconds from its first words, and from its end, to the screen; and the polls that it took."""

    words: float
    end: float
    polls: int


def measure() -> Part:
    found = {kind: _followed(kind) for kind in KINDS}
    rows = [[kind.name, len(seen), *_figures(seen)] for kind, seen in found.items()]
    columns = ["call", "times", "first words p50", "p95", "end p50", "p95", "polls p50", "most"]
    return Part(
        "visible",
        "From the provider to the screen",
        "Milliseconds from when the provider sent the first words, and the end, of a summary until a page in Chromium "
        "showed them, and how often the page asked for that.",
        [Table(columns, rows)],
        [goal for kind, seen in found.items() for goal in _goals(kind, seen)],
        Bars(
            "Milliseconds from the provider to the screen, p95",
            "ms",
            [kind.name for kind in KINDS],
            {
                "first words": [p95([one.words for one in seen]) for seen in found.values()],
                "end": [p95([one.end for one in seen]) for seen in found.values()],
            },
        ),
    )


def _figures(seen: list[Followed]) -> list[float]:
    words, ends, polls = ([getattr(one, name) for one in seen] for name in ("words", "end", "polls"))
    return [p50(words), p95(words), p50(ends), p95(ends), p50(polls), max(polls)]


def _goals(kind: Kind, seen: list[Followed]) -> list[Goal]:
    polls = float(p50([one.polls for one in seen]))
    goals = [
        at_most(f"{kind.name}: end to visible, p95", 400, p95([one.end for one in seen])),
        at_most(f"{kind.name}: polls", MOST_POLLS[int(kind.seconds)], polls, ""),
    ]
    if kind.written:
        goals.append(at_most(f"{kind.name}: first words to visible, p95", 700, p95([one.words for one in seen])))
    return goals


def _followed(kind: Kind) -> list[Followed]:
    """Whole calls of this kind, one after the other, on a site that has known no others."""
    with _site() as (stack, page):
        stack.provider.default = kind.answer
        _teach(stack, page)
        return [_follow(stack, page, kind, number) for number in range(FOLLOWED[int(kind.seconds)])]


@contextmanager
def _site() -> Iterator[tuple[Stack, Page]]:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack, signed_in(stack) as page:
        yield stack, page


def _teach(stack: Stack, page: Page) -> None:
    for number in range(TEACHING):
        _add(page, stack, f"{TEXT} For learning, {number}.")
        page.click("#summary-start")
        page.wait_for_selector("#summary-body:not([data-state=none])")
    deadline = time.monotonic() + 300
    while stack.in_progress() and time.monotonic() < deadline:
        time.sleep(0.1)


def _follow(stack: Stack, page: Page, kind: Kind, number: int) -> Followed:
    stack.provider.reset()
    _add(page, stack, f"{TEXT} {kind.name} {number}.")
    page.wait_for_selector("#summary-poller:not([data-hx-trigger])", state="attached")
    page.evaluate(WATCH)
    asked: list[str] = []

    def count(request: Request) -> None:
        asked.extend([request.url] if "/status" in request.url else [])

    page.on("request", count)
    page.click("#summary-start")
    page.wait_for_selector("#summary-body[data-state=complete]", timeout=60_000)
    page.remove_listener("request", count)
    call, seen = stack.provider.calls[0], page.evaluate("seen")
    ahead = time.time() - time.monotonic()  # the provider's clock has another beginning than the page's
    ended = call.finished_at or 0.0
    first = call.at + 1 if kind.written else ended
    return Followed(seen["words"] - (first + ahead) * 1000, seen["end"] - (ended + ahead) * 1000, len(asked))


def _add(page: Page, stack: Stack, text: str) -> None:
    page.goto(f"{stack.address}/documents/new")
    page.fill("[name=text]", text)
    page.click("main form button")
    page.wait_for_selector("#summary-poller", state="attached")


if __name__ == "__main__":
    print(as_text(measure()))
