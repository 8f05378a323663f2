"""The gallery as it stands: the sites on a filled database, and what the answer to each entry is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from lxml import html
from werkzeug.test import Client, TestResponse

from bin._history import write_history
from tests.support.gallery import sites
from tests.support.gallery.entry import NOBODY, PEOPLE, Entry
from tests.support.gallery.filling import Filling
from tests.support.people import Person


class Gallery:
    """
    :ivar known: what stands for the names in addresses.
    :ivar cookies: of each person who is signed in.
    """

    def __init__(self, apps: dict[str, Flask], known: dict[str, Any]) -> None:
        self.apps = apps
        self.known = known
        self.cookies = {name: self._signed_in(name) for name in PEOPLE}
        self.cookies[NOBODY] = {}

    def _signed_in(self, name: str) -> dict[str, str]:
        browser = Person(self.apps[sites.USUAL], name)
        assert browser.log_in().status_code == 303, name
        return {key[-1]: cookie.value for key, cookie in browser.browser._cookies.items()}

    def address(self, entry: Entry) -> str:
        return entry.address.format_map(self.known)

    def fetch(self, entry: Entry) -> TestResponse:
        """What a browser without JavaScript gets."""
        browser = self.apps[entry.site].test_client()
        for name, value in self.cookies[entry.who].items():
            browser.set_cookie(name, value)
        page = browser.get(self.address(entry))
        return self._send(browser, entry, page) if entry.sends else page

    def _send(self, browser: Client, entry: Entry, page: TestResponse) -> TestResponse:
        form = html.fromstring(page.text).cssselect(entry.sends.form)[0]
        fields = {**dict(form.form_values()), **entry.sends.filled(self.known)}
        where = entry.sends.to.format_map(self.known) or form.get("action")
        return browser.open(where, method=form.get("method"), data=fields, follow_redirects=True)


@contextmanager
def standing(environment: dict[str, str]) -> Iterator[Gallery]:
    """The gallery, on a database that is there and empty."""
    with sites.applications(environment) as apps:
        known = Filling(apps[sites.USUAL]).fill()
        known |= Filling(apps["closed"]).fill_offline()
        known["month"] = write_history(Path(environment["DATABASE_URL"].removeprefix("sqlite:///")))
        yield Gallery(apps, known)
