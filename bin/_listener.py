"""Somebody at the keyboard who sees nothing: what they press, what they hear, and whether that is as it should be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error as PlaywrightError

from bin._orca import Orca
from tests.support.reader import Reader, Tab

# What is said in live regions. Each is heard where a step expects it, and otherwise never.
ANNOUNCEMENT = re.compile(
    r"^Summarising |^Still summarising|Checked at \d|^Summary (ready|stopped)$|^Summary failed\."
    r"|^The server (does|did) not answer|^Connected again|^Automatic updates are|^Copied"
)
KEYS = {
    "Return": "Enter",
    "shift+Tab": "Shift+Tab",
    "shift+h": "Shift+H",
    "h": "H",
    "p": "P",
    "l": "L",
    "Down": "the down arrow",
}
MOST_TABS = 40
PATIENCE_SECONDS = 60
SETTLED_SECONDS = 1.2  # for so long Orca notices nothing more, before it is taken to have said everything
BRIEFLY_SECONDS = 0.5  # the same between two presses of one step
MOST_SETTLING_SECONDS = 15  # where a page goes on changing


class Lost(Exception):
    """Nothing of what follows could be done, because a step could not."""


@dataclass(frozen=True)
class Expected:
    """What is to be heard of one step."""

    lines: tuple[str, ...]  # each once, wherever in a line
    perhaps: tuple[str, ...] = ()  # each once at most
    alone: bool = False  # nothing else at all
    page: bool = False  # a page is read out, in which any words may stand

    def allows(self, line: str) -> bool:
        if any(re.search(pattern, line) for pattern in (*self.lines, *self.perhaps)):
            return True
        return not self.alone and (self.page or not ANNOUNCEMENT.search(line))


@dataclass
class Step:
    """One thing that was done, what was heard then, and what is wrong with that."""

    done: str
    heard: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def judge(self, expected: Expected) -> None:
        """Find what is missing, what was said too often, and what should not have been said."""
        for pattern in expected.lines:
            if (times := self._times(pattern)) != 1:
                self.problems.append(f"/{pattern}/ was heard {times} times instead of once.")
        for pattern in expected.perhaps:
            if (times := self._times(pattern)) > 1:
                self.problems.append(f"/{pattern}/ was heard {times} times.")
        for line in self.heard:
            if not expected.allows(line):
                self.problems.append(f"“{line}” was heard, and should not have been.")

    def _times(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, line)) for line in self.heard)


@dataclass
class Scene:
    """Steps that belong together."""

    title: str
    steps: list[Step] = field(default_factory=list)


class Listener:
    """Does one thing after the other, and keeps what was heard of each."""

    tab: Tab

    def __init__(self, orca: Orca) -> None:
        self.orca = orca
        self.scenes: list[Scene] = []
        self.browsers: list[str] = []

    def sit_down(self, reader: Reader) -> None:
        """Take a browser window of one's own, on an empty page."""
        self.tab = reader.tab()
        self.orca.look_at_the_browser()
        self._settle()
        self.orca.spoken()

    def begin(self, title: str) -> None:
        print(f"\n{title}", flush=True)
        self.scenes.append(Scene(title))

    # -- what is done --------------------------------------------------------------------------------

    def opens(self, address: str, *hears: str) -> None:
        self.does(f"Opened `{address}`", lambda: self.tab.page.goto(address), *hears, page=True)

    def presses(self, key: str, what_for: str, *hears: str, **more: Any) -> None:
        self.does(f"Pressed {KEYS.get(key, key)} {what_for}", lambda: self.orca.press(key), *hears, **more)

    def types(self, text: str) -> None:
        self.does(f"Typed “{text}”", lambda: self.orca.type(text))

    def tabs_to(self, selector: str, *hears: str, key: str = "Tab") -> None:
        """Press Tab until what *selector* names has the focus."""
        self.does(f"Pressed {KEYS.get(key, key)} as far as `{selector}`", lambda: self._tab_to(selector, key), *hears)

    def _tab_to(self, selector: str, key: str) -> None:
        for _ in range(MOST_TABS):
            self.orca.press(key)
            self._settle(BRIEFLY_SECONDS)
            if self.tab.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{KEYS.get(key, key)} does not reach {selector}")

    def does(self, done: str, act: Callable[[], object], *hears: str, **more: Any) -> None:
        """Do something, wait for all of what is to be heard, and until nothing more is; then judge it."""
        step = Step(done)
        self.scenes[-1].steps.append(step)
        try:
            act()
        except (AssertionError, PlaywrightError) as failure:
            step.heard = self.orca.spoken()
            step.problems.append(f"It could not be done: {str(failure).partition(chr(10))[0]}")
            raise Lost from failure
        self._wait(lambda: all(self.orca.has_said(pattern) for pattern in hears), PATIENCE_SECONDS)
        self._settle()
        step.heard = self.orca.spoken()
        step.judge(Expected(hears, **more))
        print(f"  {step.done}", *(f"    | {line}" for line in step.heard), sep="\n", flush=True)
        for problem in step.problems:
            print(f"    ! {problem}", flush=True)

    # -- waiting, in which the browser goes on -------------------------------------------------------

    def _settle(self, seconds: float = SETTLED_SECONDS) -> None:
        before, since = -1, time.monotonic()

        def settled() -> bool:
            nonlocal before, since
            if (now := self.orca.noticed) != before:
                before, since = now, time.monotonic()
            return time.monotonic() - since > seconds

        self._wait(settled, MOST_SETTLING_SECONDS)

    def _wait(self, true: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not true() and time.monotonic() < deadline:
            self.tab.page.wait_for_timeout(50)
