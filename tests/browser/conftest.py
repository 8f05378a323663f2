"""One running program and one Chromium for all browser tests; each test has its own people and its own script."""

from __future__ import annotations

import functools
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.clock import stop_the_clock
from tests.browser.site import Site
from tests.conftest import missing
from tests.provider import ProviderServer, streams
from tests.support import servers, stack
from tests.support.reader import PATIENCE_SECONDS, Reader, Tab
from tests.support.texts import SMALL_WINDOW

_numbers = itertools.count(1)
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = stack.chromium(playwright)
        if chromium is None:
            missing("Chromium (the system's own, as `chromium`)")
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def running(browser: Browser, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Stack]:
    folder = tmp_path_factory.mktemp("browser")
    shutil.copy(migrated_sqlite, folder)
    variables = {**SMALL_WINDOW, "WARMING_QUIET_SECONDS": "0", "FETCH_ALLOW": "127.0.0.1/32"}
    with stack.running(folder, model="gpt-4o-mini", **variables) as everything:
        yield everything


@pytest.fixture
def provider(running: stack.Stack) -> Iterator[ProviderServer]:
    """The provider, with no calls yet; at the end all that a test began is waited for."""
    running.provider.reset()
    yield running.provider
    servers.wait_until(running.is_at_rest, "no summary is in progress after the test")


@pytest.fixture
def in_steps(provider: ProviderServer) -> Iterator[Callable[..., list[Event]]]:
    """Script an answer each of whose pieces, but the first, waits for its event; the events are returned."""
    events: list[Event] = []

    def script(first: str, *others: str) -> list[Event]:
        waits = [Event() for _ in others]
        events.extend(waits)
        steps = [step for pair in zip(waits, others, strict=True) for step in pair]
        provider.script(streams(*([first] if first else []), *steps))
        return waits

    yield script
    for event in events:
        event.set()


@pytest.fixture
def hold(in_steps: Callable[..., list[Event]]) -> Callable[..., Event]:
    """Script an answer that waits after *first*, or before everything, until the event that is returned is set."""
    return lambda first="The channel ", rest="**silted** up.": in_steps(first, rest)[0]


@pytest.fixture
def reader(running: stack.Stack, browser: Browser, provider: ProviderServer) -> Iterator[Callable[..., Reader]]:
    """Make somebody; any error on a page of theirs, or breach of its CSP, that the test does not forgive fails it."""
    readers: list[Reader] = []

    def make(name: str = "ada", **browser_options) -> Reader:
        known, scripted = "storage_state" in browser_options, browser_options.get("java_script_enabled", True)
        context = browser.new_context(base_url=running.address, **browser_options)
        email = f"{name}@example.org" if known else f"{name}-{next(_numbers)}@example.org"
        readers.append(Reader(context, email, scripted=scripted))
        return readers[-1]

    yield make
    troubles = [trouble for reader in readers for tab in reader.tabs for trouble in tab.troubles]
    for reader in readers:
        reader.context.close()
    assert not troubles


@pytest.fixture(scope="package")
def signed_in(running: stack.Stack, browser: Browser) -> Callable[[str], dict]:
    """The cookies of somebody who signed up through the form, once for all tests."""

    @functools.cache
    def cookies(name: str) -> dict:
        with browser.new_context(base_url=running.address) as context:
            Reader(context, f"{name}@example.org").sign_up()
            return context.storage_state()

    return cookies


@pytest.fixture
def ada(reader: Callable[..., Reader], signed_in: Callable[[str], dict]) -> Tab:
    """The owner, signed in, with one tab."""
    return reader("ada", storage_state=signed_in("ada")).tab()


@pytest.fixture
def timed(ada: Tab) -> Tab:
    """Ada's tab, on whose clock no time passes but what the test lets pass."""
    return stop_the_clock(ada)


@pytest.fixture(params=[True, False], ids=["scripted", "plain"])
def anyone(request: pytest.FixtureRequest, reader: Callable[..., Reader], signed_in: Callable[[str], dict]) -> Tab:
    """Ada in a browser that runs JavaScript, and in one that does not."""
    return reader("ada", storage_state=signed_in("ada"), java_script_enabled=request.param).tab()


@pytest.fixture
def ben(reader: Callable[..., Reader], signed_in: Callable[[str], dict]) -> Tab:
    return reader("ben", storage_state=signed_in("ben")).tab()


@pytest.fixture
def site(running: stack.Stack) -> Iterator[Site]:
    """A web site; at the end everything that was asked of it is done with."""
    with Site() as site:
        yield site
    query = "SELECT count(*) FROM extraction WHERE status IN ('pending', 'processing')"
    with closing(sqlite3.connect(running.database)) as connection:
        servers.wait_until(lambda: connection.execute(query).fetchone() == (0,), "nothing is being read after the test")


@pytest.fixture
def let(site: Site) -> Iterator[Event]:
    """The event after which silent pages are sent."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def fetched(ada: Tab, site: Site) -> Tab:
    """Ada's tab, with a document whose text was fetched from ``/page``."""
    ada.add_page(site.serve("/page")).sees("complete", of="extraction").page.locator("#summary-start").wait_for()
    ada.until(lambda: not ada.busy, "nothing is on its way")
    return ada
