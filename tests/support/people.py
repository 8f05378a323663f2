"""Ada, Ben and Eve: people with a browser, as far as a page without JavaScript, or htmx, needs one."""

from __future__ import annotations

import io
from dataclasses import dataclass

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery staple"
TEXT = (
    "The harbour of Aldwick silted up in 1703. Ships could no longer reach the quay at low water. "
    "The town council dredged the channel in 1710 at a cost of 400 pounds. "
    "Trade came back within two years, and the quay was lengthened in 1715."
)


@dataclass
class Panel:
    """What a panel of a page, or of a fragment, shows: the summary's, or that of the reading of the text."""

    tree: html.HtmlElement
    of: str = "summary"  # or "extraction"

    def one(self, selector: str) -> html.HtmlElement | None:
        found = self.tree.cssselect(selector)
        return found[0] if found else None

    @property
    def state(self) -> str | None:
        body = self.one(f"#{self.of}-body")
        return body.get("data-state") if body is not None else None

    @property
    def stale(self) -> bool:
        return self.one("#summary-body").get("data-stale") == "true"

    @property
    def text(self) -> str:
        return self._words("#summary-text")

    @property
    def earlier(self) -> str:
        return self._words("#summary-earlier")

    @property
    def notice(self) -> str:
        return self._words(f"#{self.of}-body .notice")

    @property
    def said(self) -> str:
        """Where the reading of the text stands, in its panel's words."""
        return self._words(f"#{self.of}-body > p")

    @property
    def status(self) -> str:
        return self._words(f"#{self.of}-status")

    @property
    def announcement(self) -> str:
        return self._words(f"[data-hx-swap-oob='innerHTML:#{self.of}-status']")

    @property
    def appended(self) -> str:
        return self._words("[data-hx-swap-oob^='outerHTML:#summary-tail']")

    @property
    def readiness(self) -> str:
        """Why the summary is kept ready, or is not."""
        return self._words("#readiness-why")

    @property
    def poll_url(self) -> str:
        return self.one(f"#{self.of}-poller").get("data-hx-get")

    @property
    def trigger(self) -> str:
        return self.one(f"#{self.of}-poller").get("data-hx-trigger", "")

    @property
    def polls(self) -> bool:
        return "every" in self.trigger

    def _words(self, selector: str) -> str:
        element = self.one(selector)
        return "" if element is None else words(element)


class Person:
    """Somebody with an account and a browser."""

    def __init__(self, app: Flask, name: str) -> None:
        self.app = app
        self.name = name
        self.email = f"{name}@example.org"
        self.browser = app.test_client()

    # -- pages -------------------------------------------------------------------------------------

    def get(self, url: str, **kwargs) -> TestResponse:
        return self.browser.get(url, **kwargs)

    def page(self, url: str) -> html.HtmlElement:
        response = self.get(url)
        assert response.status_code == 200, response.text
        return html.fromstring(response.text)

    def post(self, url: str, /, form_at: str = "/documents/new", *, htmx: bool = False, **fields) -> TestResponse:
        """Post a form with the token that the page at *form_at* carries."""
        headers = {"HX-Request": "true"} if htmx else {}
        return self.browser.post(url, data={"csrf_token": self.token(form_at), **fields}, headers=headers)

    def token(self, form_at: str) -> str:
        page = html.fromstring(self.get(form_at, follow_redirects=True).text)
        return page.cssselect("input[name=csrf_token]")[0].get("value")

    # -- accounts ----------------------------------------------------------------------------------

    def sign_up(self, password: str = PASSWORD) -> Person:
        assert self.post("/signup", "/signup", email=self.email, password=password).status_code == 303
        return self

    def log_in(self, password: str = PASSWORD, **fields) -> TestResponse:
        return self.post("/login", "/login", email=self.email, password=password, **fields)

    def log_out(self) -> None:
        assert self.post("/logout").status_code == 303

    # -- documents ---------------------------------------------------------------------------------

    def add(self, text: str = TEXT, title: str = "The harbour") -> int:
        return self._id(self.post("/documents", title=title, text=text))

    def upload(self, filename: str, content: bytes, title: str = "") -> TestResponse:
        return self.upload_all({filename: content}, title=title)

    def upload_all(self, files: dict[str, bytes], **fields) -> TestResponse:
        chosen = [(io.BytesIO(content), name) for name, content in files.items()]
        return self.post("/documents", **{"title": "", "text": "", "file": chosen, **fields})

    def add_file(self, filename: str, content: bytes, title: str = "") -> int:
        return self._id(self.upload(filename, content, title))

    def add_page(self, address: str, title: str = "") -> int:
        """Add the page at an address, which is fetched later."""
        return self._id(self.post("/documents", title=title, text="", url=address))

    def edit(
        self, document: int, text: str, title: str = "The harbour", version: int | None = None, **more
    ) -> TestResponse:
        url = f"/documents/{document}/edit"
        return self.post(url, url, title=title, text=text, version=version or self.version(document), **more)

    def version(self, document: int) -> int:
        page = html.fromstring(self.get(f"/documents/{document}/edit").text)
        return int(page.cssselect("input[name=version]")[0].get("value"))

    def delete(self, document: int) -> TestResponse:
        return self.post(f"/documents/{document}/delete", confirm="yes")

    # -- sharing -----------------------------------------------------------------------------------

    def share(self, document: int, with_whom: Person, role: str = "viewer") -> TestResponse:
        return self.post(f"/documents/{document}/sharing", email=with_whom.email, role=role)

    def unshare(self, document: int, from_whom: Person) -> TestResponse:
        """Press Remove beside the person's address."""
        page = self.page(f"/documents/{document}/sharing")
        (row,) = [row for row in page.cssselect(".people li") if from_whom.email in row.text_content()]
        return self.post(row.cssselect("form")[0].get("action"))

    def leave(self, document: int) -> TestResponse:
        return self.post(f"/documents/{document}/leave")

    def publish(self, document: int) -> str:
        """Make a link for everybody; its address on this site."""
        assert self.post(f"/documents/{document}/link").status_code == 303
        address = self.page(f"/documents/{document}/sharing").cssselect("#public-link")[0].get("value")
        return address.removeprefix("http://localhost")

    def unpublish(self, document: int) -> TestResponse:
        return self.post(f"/documents/{document}/link/delete")

    def pin(self, document: int) -> None:
        """Press "Keep this summary ready"."""
        assert self.post(f"/documents/{document}/pin").status_code == 303

    def unpin(self, document: int) -> None:
        assert self.post(f"/documents/{document}/pin/delete").status_code == 303

    @staticmethod
    def _id(response: TestResponse) -> int:
        assert response.status_code == 303, response.text
        return int(response.location.rpartition("/")[2])

    # -- what a document's text is read from -------------------------------------------------------

    def source(self, document: int, query: str = "") -> Panel:
        """The panel in which the reading of a document's file or page is followed."""
        return Panel(self.page(f"/documents/{document}{query}"), "extraction")

    def reread(self, document: int) -> TestResponse:
        """Press "Fetch again", or "Try again"."""
        return self.post(f"/documents/{document}/extraction")

    def press_again(self, document: int, seen: str = "") -> Panel:
        """Press it with htmx, and take the fragment that comes."""
        response = self.post(f"/documents/{document}/extraction", htmx=True, seen=seen)
        assert response.status_code == 200, response.text
        return fragment(response, "extraction")

    def text_of(self, document: int) -> str:
        """The document's text as its page shows it; empty while there is none."""
        return "\n\n".join(
            p.text_content() for p in self.page(f"/documents/{document}").cssselect(".document-text .prose p")
        )

    # -- summaries ---------------------------------------------------------------------------------

    def summarise(self, document: int, **fields) -> TestResponse:
        return self.post(f"/documents/{document}/summary", **fields)

    def press(self, document: int, seen: str = "", **fields) -> Panel:
        """Press Summarise with htmx, and take the fragment that comes."""
        response = self.post(f"/documents/{document}/summary", htmx=True, seen=seen, **fields)
        assert response.status_code == 200, response.text
        return fragment(response)

    def cancel(self, document: int) -> TestResponse:
        return self.post(f"/documents/{document}/summary/cancel")

    def panel(self, document: int, query: str = "") -> Panel:
        return self.panel_at(f"/documents/{document}{query}")

    def panel_at(self, url: str) -> Panel:
        return Panel(self.page(url))

    def poll(self, panel: Panel, extra: str = "") -> Panel:
        """What htmx would do next, from what *panel* carries."""
        response = self.get(panel.poll_url + extra, headers={"HX-Request": "true"})
        assert response.status_code == 200, response.text
        return fragment(response, panel.of)

    def takes(self, document: int, query: str = "") -> dict[int, str]:
        """The takes that stand side by side, by their numbers."""
        found = self.page(f"/documents/{document}/summary/takes{query}").cssselect(".takes section")
        return {int(one.get("aria-labelledby")[5:]): words(one.cssselect(".prose")[0]) for one in found}

    def choose(self, document: int, summary: object) -> TestResponse:
        return self.post(f"/documents/{document}/summary/takes", summary=str(summary))

    def receipt(self, document: int, query: str = "") -> dict[str, str]:
        facts = self.page(f"/documents/{document}/summary/receipt{query}").cssselect(".receipt > div")
        return {words(fact[0]): words(fact[1]) for fact in facts}


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def fragment(response: TestResponse, of: str = "summary") -> Panel:
    return Panel(html.fromstring(f"<div>{response.text}</div>"), of)
