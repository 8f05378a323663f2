"""Ada, Ben and Eve in front of a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request

from tests.support.people import PASSWORD, TEXT

RECORDER = Path(__file__).parent.parent / "browser" / "recorder.js"
PATIENCE_SECONDS = 40
A_DOCUMENT, THE_LIBRARY = re.compile(r"/documents/\d+$"), re.compile(r"/documents$")
# htmx reports a poll that a press overtook as an error, although nothing is wrong.
OVERTAKEN = ("htmx:afterRequest", "htmx:sendAbort")


class Tab:
    """One tab: what is done in it, what it shows, what it asked the server, and what went wrong in it."""

    def __init__(self, reader: Reader, page: Page) -> None:
        self.reader = reader
        self.page = page
        self.requests: list[Request] = []
        self.troubles: list[str] = []
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - Playwright takes no built-in
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        if message.type == "error" and message.text not in OVERTAKEN:
            self.troubles.append(f"{message.text} ({message.location.get('url')})")

    def forgive(self, words: str) -> None:
        """Take out the troubles that the test provoked."""
        self.troubles = [trouble for trouble in self.troubles if words not in trouble]

    # -- what is done --------------------------------------------------------------------------------

    def open(self, document: int) -> Tab:
        self.page.goto(f"/documents/{document}")
        return self

    def add(self, text: str = TEXT, title: str = "The harbour") -> int:
        """Add a document, and be on its page."""
        self._begin(title).get_by_label("Text").fill(text)
        return self._add(A_DOCUMENT).document

    def add_files(self, files: Mapping[str, bytes], title: str = "") -> Tab:
        """Upload files, by their names, and be where that leads to: the document, or of several the library."""
        given = [{"name": name, "mimeType": "", "buffer": content} for name, content in files.items()]
        self._begin(title).get_by_label("Files").set_input_files(given)
        return self._add(A_DOCUMENT if len(files) == 1 else THE_LIBRARY)

    def add_page(self, address: str, title: str = "") -> Tab:
        """Have a page fetched, and be on its document's page."""
        self._begin(title).get_by_label("Address").fill(address)
        return self._add(A_DOCUMENT)

    def _begin(self, title: str) -> Page:
        self.page.goto("/documents/new")
        self.page.get_by_label("Title").fill(title)
        return self.page

    def _add(self, leads_to: re.Pattern[str]) -> Tab:
        self.page.get_by_role("button", name="Add the document").click()
        self.page.wait_for_url(leads_to)
        return self

    def edit(self, document: int, text: str) -> Tab:
        """Save another text, and be on the document's page."""
        self._open_form(document, text).click()
        self.page.wait_for_url(A_DOCUMENT)
        return self

    def edit_and_leave(self, document: int, text: str) -> Tab:
        """Save another text without looking at what becomes of its summary."""
        self._open_form(document, text)
        fields = self.page.evaluate("Object.fromEntries(new FormData(document.querySelector('main form')))")
        assert self.page.request.post(self.page.url, form=fields, max_redirects=0).status == 303
        self.page.goto("/documents")
        return self

    def _open_form(self, document: int, text: str) -> Locator:
        self.page.goto(f"/documents/{document}/edit")
        self.page.get_by_label("Text").fill(text)
        return self.page.get_by_role("button", name="Save")

    def share(self, document: int, email: str, role: str = "viewer") -> Tab:
        """Give somebody access through the form."""
        self.page.goto(f"/documents/{document}/sharing")
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("They may").select_option(role)
        self.page.get_by_role("button", name="Share").click()
        return self

    def make_link(self, document: int) -> str:
        """Make the document's public link through the form, and take its address."""
        self.page.goto(f"/documents/{document}/sharing")
        self.page.get_by_role("button", name="Make a link").click()
        return self.page.get_by_label("Link", exact=True).input_value()

    def choose(self, **form: str) -> Tab:
        """Choose ``length``, ``style`` or ``language``, by their names in the page."""
        self.page.get_by_text("Length, style and language").click()
        for name, value in form.items():
            self.page.get_by_label(name.capitalize(), exact=True).select_option(value)
        return self

    def press(self, control: str, of: str = "summary") -> None:
        """Press ``start``, ``check``, ``cancel`` or ``regenerate`` in the summary's panel, or one of the source's."""
        self.page.locator(f"#{of}-{control}").click()

    def summarise(self) -> Tab:
        """Have a summary written, to its end."""
        self.press("start")
        return self.sees("complete")

    def stop(self) -> Tab:
        self.press("cancel")
        return self.sees("cancelled")

    def tab_to(self, selector: str) -> None:
        """Press Tab until what *selector* names has the focus."""
        for _ in range(80):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {selector}")

    # -- what is seen --------------------------------------------------------------------------------

    @property
    def document(self) -> int:
        return int(self.page.url.partition("#")[0].partition("?")[0].rpartition("/")[2])

    @property
    def body(self) -> Locator:
        return self.page.locator("#summary-body")

    @property
    def text(self) -> Locator:
        return self.page.locator("#summary-text")

    @property
    def status(self) -> Locator:
        return self.page.locator("#summary-status")

    def sees(self, state: str, of: str = "summary") -> Tab:
        """Wait until the panel is in *state*."""
        self.page.locator(f"#{of}-body[data-state={state}]").wait_for(state="attached")
        return self

    def comes_to(self, state: str) -> Tab:
        """Wait until the panel is in *state*, pressing Check for updates where no JavaScript does so."""
        if self.reader.scripted:
            return self.sees(state)
        self.until(lambda: self.press("check") or self.body.get_attribute("data-state") == state, f"it is {state}")
        return self

    def shown_controls(self) -> list[str]:
        shown = self.page.locator(".summary-controls button:visible").evaluate_all("all => all.map(({ id }) => id)")
        return [name.removeprefix("summary-") for name in shown]

    def reads(self, words: str) -> Tab:
        """Wait until the summary holds *words*."""
        self.page.locator("#summary-text", has_text=words).wait_for(state="attached")
        return self

    def until(self, true: Callable[[], object], what: str) -> None:
        """Wait for a condition while the browser goes on."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {PATIENCE_SECONDS} s")
            self.page.wait_for_timeout(20)

    def boxes(self, *controls: str, of: str = "summary") -> list[Any]:
        """Where the controls stand, in the page."""
        return [self.page.locator(f"#{of}-{control}").bounding_box() for control in controls]

    def overflow(self) -> int:
        """By how much the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    def small_targets(self) -> list[str]:
        """What is shown to be pressed, and is not 24 pixels high and wide; links in running text may be so."""
        return self.page.evaluate("""
            () => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
              .filter((element) => element.checkVisibility() && !element.closest(".prose, .skip-link"))
              .filter((element) => getComputedStyle(element).display !== "inline" || !element.matches("p > a")
                || ![...element.parentElement.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
              .filter((element) => {
                const { width, height } = element.getBoundingClientRect();
                return width < 24 || height < 24;
              })
              .map((element) => element.outerHTML)
        """)

    def lightness(self, selector: str) -> list[float]:
        """Of the ground and of the text, from 0 to 255."""
        colours = "element => (style => [style.backgroundColor, style.color])(getComputedStyle(element))"
        found = self.page.locator(selector).evaluate(colours)
        return [sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3 for colour in found]

    def contrast(self, selector: str) -> float:
        """Between the text and the ground that it really stands on, as WCAG counts it: from 1 to 21."""
        return self.page.locator(selector).first.evaluate("element => contrast(element)")

    # -- what the recorder kept ----------------------------------------------------------------------

    @property
    def announcements(self) -> list[str]:
        """Each change of a live region since the page was loaded."""
        return self.page.evaluate("noticed.announcements")

    @property
    def speakers(self) -> list[str]:
        """The id of the live region of each announcement."""
        return self.page.evaluate("noticed.speakers")

    @property
    def summaries(self) -> list[str]:
        """Each text that stood as the summary, however briefly."""
        return self.page.evaluate("noticed.summaries")

    @property
    def changes(self) -> list[str]:
        """Each change of the document, other than of the poller."""
        return self.page.evaluate("noticed.changes")

    def keeps(self, *names: str) -> bool:
        """Whether the nodes of these ids or classes are those that were loaded."""
        return self.page.evaluate("names => names.every(name => nodes[name].isConnected)", list(names))

    def forget(self) -> None:
        """Begin the record anew."""
        self.page.evaluate("() => { for (const list of Object.values(noticed)) list.length = 0; }")

    # -- what was asked of the server ----------------------------------------------------------------

    @property
    def looks(self) -> list[str]:
        """The addresses of the polls and checks of this tab."""
        return [request.url for request in self.requests if "/status?" in request.url]

    def visits(self, document: int) -> list[str]:
        """Each time the whole page of the document was asked for."""
        address = re.compile(rf"/documents/{document}(\?.*)?(#.*)?$")
        return [request.url for request in self.requests if address.search(request.url)]

    @property
    def polls(self) -> bool:
        """Whether the page means to ask again by itself."""
        return self.page.locator("#summary-poller[data-hx-trigger]").count() > 0

    @property
    def busy(self) -> bool:
        """Whether something is on its way that was asked for."""
        return self.page.locator(".htmx-request:not(.htmx-settling)").count() > 0

    def looks_again(self, times: int = 1) -> None:
        """Wait for so many more answered polls or checks."""
        for _ in range(times):
            with self.page.expect_event("requestfinished", lambda request: "/status?" in request.url):
                pass


class Reader:
    """Somebody with an account, and a browser of their own with any number of tabs."""

    def __init__(self, context: BrowserContext, email: str, *, scripted: bool = True) -> None:
        self.context = context
        self.email = email
        self.scripted = scripted
        self.tabs: list[Tab] = []
        context.add_init_script(path=RECORDER)

    def tab(self) -> Tab:
        self.tabs.append(Tab(self, self.context.new_page()))
        return self.tabs[-1]

    def sign_up(self) -> Tab:
        """Make the account through the form; the tab is at the library then."""
        return self._enter("/signup", "Sign up")

    def log_in(self) -> Tab:
        return self._enter("/login", "Log in")

    def _enter(self, address: str, button: str) -> Tab:
        tab = self.tab()
        tab.page.goto(address)
        tab.page.get_by_label("Email address").fill(self.email)
        tab.page.get_by_label("Password").fill(PASSWORD)
        tab.page.get_by_role("main").get_by_role("button", name=button).click()
        tab.page.wait_for_url("**/documents")
        return tab
