"""Sending requests to the application, and what must be true of every answer, whatever was asked."""

from __future__ import annotations

import logging
import re
import traceback
from collections import Counter
from dataclasses import dataclass, field

from lxml import html
from werkzeug.test import run_wsgi_app

from tests.fuzz.making import Maker
from tests.fuzz.requests import Request, shrink
from tests.fuzz.site import SECRET, Site

EXPECTED = {200, 204, 206, 301, 302, 303, 304, 308, 400, 401, 403, 404, 405, 409, 413, 415, 416, 422, 429}
PROMISED = (
    *("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"),
    *("Cross-Origin-Opener-Policy", "Permissions-Policy"),
)
TRACEBACK = re.compile(r"Traceback \(most recent call last\)|File \"[^\"]+\.py\", line \d+|sqlalchemy\.exc|psycopg\.")
RENEW_AFTER = 150  # requests that may have deleted or changed what there was
MAY_END_A_SESSION = re.compile(r"^(?!documents|summaries|takes|sharing|extractions|public|pages|static)")


class Overheard(logging.Handler):
    """What the application logs as an error while it answers."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.said.append(f"{record.getMessage()}\n{trace}")


@dataclass
class Found:
    """A request that was answered as none should be."""

    number: int
    request: Request
    what: str

    def __str__(self) -> str:
        return f"request {self.number}: {self.what}\n{self.request}"


@dataclass
class Result:
    statuses: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # by rule, method and status
    found: list[Found] = field(default_factory=list)

    @property
    def answered_well(self) -> set[str]:
        return {aim for aim, _, status in self.statuses if status < 400}

    def table(self) -> str:
        seen = sorted({status for _, _, status in self.statuses})
        rows = sorted({(aim, method) for aim, method, _ in self.statuses})
        width = max((len(f"{aim} {method}") for aim, method in rows), default=10)
        lines = [" " * width + "".join(f"{status:>7}" for status in seen)]
        for aim, method in rows:
            counts = "".join(f"{self.statuses[aim, method, status] or '·':>7}" for status in seen)
            lines.append(f"{f'{aim} {method}':<{width}}{counts}")
        total = "".join(f"{sum(n for (_, _, s), n in self.statuses.items() if s == status):>7}" for status in seen)
        return "\n".join([*lines, f"{'all':<{width}}{total}"])


class Fuzz:
    def __init__(self, site: Site, seed: str) -> None:
        self.site = site
        self.maker = Maker(site, seed) if site.documents else None
        self.seed = seed
        self.overheard = Overheard()

    def run(self, count: int, most_found: int = 10) -> Result:
        """Send so many requests; stops early after *most_found* that were answered wrongly."""
        result = Result()
        logging.getLogger().addHandler(self.overheard)
        try:
            for number in range(count):
                if number % RENEW_AFTER == 0:
                    self._renew()
                request = self.maker.make(number)
                status, wrong = self.send(request)
                result.statuses[request.aim, self._listed(request), status] += 1
                if wrong:
                    result.found.append(Found(number, self._smallest(request, wrong), wrong))
                if len(result.found) >= most_found:
                    break
                self._see_who_is_in(request)
            self._renew()
        finally:
            logging.getLogger().removeHandler(self.overheard)
        return result

    def is_answered_well(self, endpoint: str, tries: int = 40) -> bool:
        """Whether a right request for it is, with everything as it was at the beginning."""
        self._renew()
        return any(self.send(self.maker.make_right(endpoint, number))[0] < 400 for number in range(tries))

    @staticmethod
    def _listed(request: Request) -> str:
        return request.method if request.method in ("GET", "POST", "HEAD") else "other"

    def _see_who_is_in(self, request: Request) -> None:
        """Let back in who signed out, or changed or closed their account; nothing else may end a session."""
        if request.method == "POST" and MAY_END_A_SESSION.match(request.aim):
            try:
                for name in self.site.cookies if request.aim.startswith("admin") else (request.who,):
                    self.site.enter(name)
            except LookupError:
                self.site.prepare()
                self.maker = Maker(self.site, self.seed)

    def _renew(self) -> None:
        """Make everything anew. Everybody is still signed in."""
        for name in self.site.cookies:
            assert self.site.is_signed_in(name), f"the session of {name} works no more"
        self.site.prepare()
        self.maker = Maker(self.site, self.seed)

    def send(self, request: Request) -> tuple[int, str]:
        """The status, and what is wrong with the answer, if anything is."""
        self.overheard.said.clear()
        try:
            body, status_line, headers = run_wsgi_app(self.site.app, request.environ(), buffered=True)
        except Exception:  # noqa: BLE001 - whatever it is, no request may bring it about
            return 500, traceback.format_exc()
        status, content = int(status_line.split()[0]), b"".join(body)
        wrong = self._wrong(request, status, headers, content)
        if self.overheard.said and wrong:
            wrong += "\n" + self.overheard.said[0]
        return status, wrong

    @staticmethod
    def _wrong(request: Request, status: int, headers, content: bytes) -> str:
        text = content.decode("utf-8", "replace")
        missing, location = [name for name in PROMISED if name not in headers], headers.get("Location", "/")
        expected = status in EXPECTED or (status == 503 and request.aim == "pages.readyz")
        shows_inside = TRACEBACK.search(text) and "javascript" not in headers.get("Content-Type", "")
        leads_away = not re.match(r"/(?![/\\])|\?|http://localhost/", location) and not _named_another_host(request)
        wrongs = {
            f"status {status}": not expected,
            f"{status} without {', '.join(missing)}": missing,
            f"{status} that shows what went wrong inside": shows_inside,
            f"{status} that shows a stranger what is Ada's": SECRET in text and request.who in ("anonymous", "eve"),
            f"{status} that leads to {location}": leads_away,
            "405 that does not say what is allowed": status == 405 and "Allow" not in headers,
        }
        return next((wrong for wrong, so in wrongs.items() if so), "") or _ill_formed(request, status, headers, text)

    def _smallest(self, request: Request, wrong: str) -> Request:
        kind = wrong.splitlines()[0]
        return shrink(request, lambda smaller: self.send(smaller)[1].startswith(kind))


def _named_another_host(request: Request) -> bool:
    """A redirect for a slash too few or too many names the host that the request named."""
    return any(name == "Host" for name, _ in request.headers)


def _ill_formed(request: Request, status: int, headers, text: str) -> str:
    """What is wrong with the page of an error, or with the one line that HTMX gets of it."""
    if status < 400 or request.method == "HEAD":
        return f"{status} with a body for HEAD" if text and request.method == "HEAD" else ""
    kind = headers.get("Content-Type", "").partition(";")[0]
    if kind == "text/plain":
        return "" if text.strip() and "<" not in text else f"{status} with the line {text[:80]!r}"
    if kind != "text/html":
        return "" if request.aim == "pages.readyz" else f"{status} as {kind}"
    page = html.fromstring(text) if text.strip() else None
    if page is None or not page.cssselect("main h1") or not page.cssselect("title"):
        return f"{status} that is no page"
    return ""
