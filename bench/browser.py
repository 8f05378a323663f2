"""A browser for what is measured in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from tests.support.people import PASSWORD
from tests.support.stack import Stack, chromium


@contextmanager
def signed_in(stack: Stack) -> Iterator[Page]:
    """A page of Chromium's, in which somebody has just signed up.

    :raises SystemExit: where there is no Chromium.
    """
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        if browser is None:
            raise SystemExit("Chromium is needed: apt-get install chromium")
        page = browser.new_page()
        page.goto(f"{stack.address}/signup")
        page.fill("[name=email]", "ada@example.org")
        page.fill("[name=password]", PASSWORD)
        page.click("main form button")
        page.wait_for_url("**/documents")
        yield page
