"""Looking at the gallery with a browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, Response

from tests.support.gallery import sites
from tests.support.gallery.entry import Entry
from tests.support.gallery.standing import Gallery
from tests.support.reader import Reader, Tab

# Not by a press: htmx would turn that into a fragment, and a browser may refuse what is wrong.
SEND = """
    ([selector, fields, to]) => {
      const form = document.querySelector(selector);
      for (const [name, values] of Object.entries(fields)) {
        const there = form.elements.namedItem(name);
        if (there?.matches?.("select")) there.add(new Option(values, values, true, true));
        else if (there?.matches?.("input:not([type=checkbox]), textarea")) there.value = values;
        else for (const value of [values].flat())
          form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      if (to) form.action = to;
      HTMLFormElement.prototype.submit.call(form);
    }
"""


class Visit:
    """A browser in front of the gallery, in which everybody is signed in.

    :ivar addresses: where the sites are that somebody has been to.
    """

    def __init__(self, gallery: Gallery, browser: Browser, usual: str, **options: Any) -> None:
        self.gallery = gallery
        self.browser = browser
        self.addresses = {sites.USUAL: usual}
        self.options = options
        self.readers: dict[str, Reader] = {}
        self._leaving = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leaving.close()

    def open(self, entry: Entry) -> Tab:
        """A new tab with this page in it.

        :raises AssertionError: when it is not the page that was meant.
        """
        tab = self._reader(entry.who).tab()
        answer = tab.page.goto(self._site(entry.site) + self.gallery.address(entry))
        if entry.sends:
            answer = self._send(tab, entry)
        assert answer is not None
        assert answer.status == entry.status, answer.status
        assert tab.page.locator(entry.shows).count(), f"{entry.shows} is not there"
        return tab

    def _send(self, tab: Tab, entry: Entry) -> Response | None:
        sends = entry.sends
        with tab.page.expect_navigation() as arriving:
            tab.page.evaluate(
                SEND, [sends.form, sends.filled(self.gallery.known), sends.to.format_map(self.gallery.known)]
            )
        return arriving.value

    def _reader(self, who: str) -> Reader:
        if who not in self.readers:
            context = self._enter(self.browser.new_context, **self.options)
            cookies = [
                {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
                for name, value in self.gallery.cookies[who].items()
            ]
            context.add_cookies(cookies)
            self.readers[who] = Reader(context, f"{who}@example.org")
        return self.readers[who]

    def _site(self, name: str) -> str:
        if name not in self.addresses:
            self.addresses[name] = self._enter(sites.serving, self.gallery.apps[name])
        return self.addresses[name]

    def _enter(self, what: Callable[..., AbstractContextManager[Any]], *given: Any, **named: Any) -> Any:
        return self._leaving.enter_context(what(*given, **named))
