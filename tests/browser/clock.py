"""A tab on whose clock no time passes but what a test lets pass, so that nothing waits and nothing is timed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tests.support.reader import Tab

A_LONG_TIME, WATCHDOG = 10 * 60 * 1000, 15 * 1000
SETTLING = 20  # milliseconds that htmx takes before it looks at what it has put into the page
STATUS = "**/summary/status*"


def stop_the_clock(tab: Tab) -> Tab:
    tab.page.clock.install()
    tab.page.goto("/documents/new")
    tab.page.clock.pause_at(datetime.now() + timedelta(hours=1))
    return tab


def press(tab: Tab, control: str) -> None:
    """Press it, and wait until what the server answers is in the page."""
    with tab.page.expect_response(re.compile(r"/summary(/status.*)?$")):
        tab.press(control)
    tab.until(lambda: not tab.busy, "the press is answered")


def let_pass(tab: Tab, milliseconds: int) -> None:
    tab.page.clock.run_for(milliseconds)


def next_look(tab: Tab) -> int:
    """Let pass just the time that the server chose, and wait until what it answers is in the page."""
    before = len(tab.looks)
    trigger = tab.page.evaluate("(window.asking = document.getElementById('summary-poller')).dataset.hxTrigger")
    let_pass(tab, int(re.match(r"load delay:(\d+)ms", trigger)[1]) + SETTLING)
    tab.until(lambda: not tab.page.evaluate("asking.isConnected"), "the poll is answered")
    return len(tab.looks) - before


def follow(tab: Tab, state: str) -> None:
    """Poll as the page would, until it is in *state*."""
    tab.until(lambda: tab.body.get_attribute("data-state") == state or not next_look(tab), f"it is {state}")
