"""What being ready costs and saves: ``python -m bench.readiness``.

Starts the program as it is deployed (one web process, one worker, Valkey, SQLite) with a provider that streams
for 6 seconds, and prints: the paid calls that 50 people cause who read one document at the same time, and when
the last of them has its text; and how long a click waits to be begun behind 500 warm-ups, and with none.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Barrier, Event
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from sqlalchemy import func, select

from app import create_app
from app.config import Settings
from app.database import utcnow
from app.extensions import db
from app.models import Collaborator, Document, Purpose, Role, Status, Summary, User
from tests.provider import Answer, Call, Step, says
from tests.support.people import PASSWORD, TEXT
from tests.support.servers import wait_until
from tests.support.stack import Stack, running

READERS = 50
WARM_UPS = 500
CLICKS = 15
CALL_SECONDS = 6.0
QUIET_SECONDS = 3600  # passes only for the documents that are made as if it had
TOKEN = r'name="csrf_token"[^>]* value="([^"]+)"'
SUMMARY = "The harbour silted up, was dredged for 400 pounds, and its trade came back within two years."


class Reader:
    """Somebody with an account and a browser, whose page asks again when the server said it should."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        self.email = f"{name}@example.org"
        self.browser = build_opener(HTTPCookieProcessor(CookieJar()))

    def sign_up(self) -> Reader:
        self.token = _found(TOKEN, self._open("/signup"))
        library = self._open("/signup", {"email": self.email, "password": PASSWORD})
        self.token = _found(TOKEN, library)
        return self

    def look(self, document: int) -> str:
        return self._open(f"/documents/{document}")

    def press(self, document: int) -> str:
        return self._open(f"/documents/{document}/summary", {"seen": ""}, htmx=True)

    def follow(self, panel: str) -> float:
        """Poll from what *panel* carries to the end; when that was seen, in monotonic seconds."""
        while delay := re.search(r"load delay:(\d+)ms", panel):
            time.sleep(int(delay[1]) / 1000)
            panel = self._open(_found(r'data-hx-get="([^"]+)"', panel).replace("&amp;", "&"), htmx=True)
        if 'data-state="complete"' not in panel:
            raise SystemExit(f"not the end that was to be measured: {panel}")
        return time.monotonic()

    def _open(self, path: str, form: dict[str, str] | None = None, *, htmx: bool = False) -> str:
        fields = urlencode({**form, "csrf_token": self.token}).encode() if form else None
        headers = {"HX-Request": "true"} if htmx else {}
        with self.browser.open(Request(self.stack.address + path, fields, headers), timeout=60) as answer:
            return answer.read().decode()


class Library:
    """The documents of one reader, all shared with the others, put into the database of the stack directly."""

    def __init__(self, stack: Stack, readers: list[Reader]) -> None:
        self.stack = stack
        self.readers = readers
        self.app = create_app(Settings(**{name.lower(): value for name, value in stack.environment.items()}))

    def add(self, *texts: str, pinned: bool = False) -> list[int]:
        with self.app.app_context():
            owner, *others = (User.by_email(reader.email) for reader in self.readers)
            added = [Document.add(owner, text[:40], text, language="en") for text in texts]
            for document in added if pinned else ():
                document.pinned_at = utcnow()
                document.unsettled_since = utcnow() - timedelta(seconds=QUIET_SECONDS)
            db.session.flush()
            for document in added:
                document.collaborators = [Collaborator(user_id=one.id, role=Role.VIEWER) for one in others]
            db.session.commit()
            return [document.id for document in added]

    def revise(self, document: int, text: str) -> None:
        with self.app.app_context():
            found = db.session.get(Document, document)
            found.revise(found.title, text, found.version, "en")
            db.session.commit()

    def warm_ups(self, status: Status) -> int:
        wanted = (Summary.status == status, Summary.purpose == Purpose.WARMING)
        with self.app.app_context():
            return db.session.scalar(select(func.count(Summary.id)).where(*wanted))


def _answers(release: Event) -> Answer:
    """At once to what is clicked, else streamed over 6 seconds; what is "Held" waits for *release* before that."""
    between = CALL_SECONDS / len(SUMMARY.split())

    def steps(call: Call) -> Iterable[Step]:
        if call.document.startswith("Clicked"):
            return [SUMMARY]
        slowly = says(SUMMARY, before=between, between=between).steps(call)
        return [release, *slowly] if call.document.startswith("Held") else slowly

    return Answer(steps)


def main() -> None:
    release, settings = Event(), {"WARMING_QUIET_SECONDS": str(QUIET_SECONDS), "WORKER_GRACE_SECONDS": "1"}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), **settings) as stack:
        stack.provider.default = _answers(release)
        with ThreadPoolExecutor(READERS) as pool:
            readers = list(pool.map(lambda number: Reader(stack, f"reader{number}").sign_up(), range(READERS)))
        library = Library(stack, readers)
        print(f"{f'{READERS} people at once, {CALL_SECONDS:g} s a call':44} paid calls   first, last has it")
        _cold(library)
        _warming(library, release)
        _stale(library)
        print(f"\nfrom a click to its call at the provider, {CLICKS} clicks")
        _clicks(library)


def _cold(library: Library) -> None:
    (document,) = library.add(text := f"Cold. {TEXT}")
    _report("cold: all press", library, Reader.press, document, text)


def _warming(library: Library, release: Event) -> None:
    held, queued, runs = (f"{name}. {TEXT}" for name in ("Held", "Queued", "Runs"))
    library.add(held, pinned=True)
    wait_until(lambda: _calls(library, held), "the worker that takes warm-ups is busy")
    (document,) = library.add(queued, pinned=True)
    wait_until(lambda: library.warm_ups(Status.PENDING) == 1, "the warm-up is queued")
    _report("warming: all open it while it is queued", library, Reader.look, document, queued)
    release.set()
    wait_until(lambda: library.stack.in_progress() == 0, "the other is written")
    release.clear()
    (document,) = library.add(runs, pinned=True)
    wait_until(lambda: _calls(library, runs), "the warm-up runs")
    _report("warming: all open it while it is written", library, Reader.look, document, runs)


def _stale(library: Library) -> None:
    (document,) = library.add(f"Before. {TEXT}")
    ada = library.readers[0]
    ada.follow(ada.press(document))
    library.revise(document, text := f"After. {TEXT}")
    _found('data-stale="(true)"', ada.look(document))
    _report("stale: all read it", library, Reader.look, document, text)
    _report("stale: then all press", library, Reader.press, document, text)


def _report(name: str, library: Library, act: Callable[[Reader, int], str], document: int, text: str) -> None:
    """Let all readers do it in one moment, each in a thread, and follow it to the end."""
    barrier, began = Barrier(READERS), time.monotonic()

    def arrive(reader: Reader) -> float:
        barrier.wait()
        return reader.follow(act(reader, document)) - began

    with ThreadPoolExecutor(READERS) as pool:
        ends = list(pool.map(arrive, library.readers))
    print(f"  {name:42} {_calls(library, text):10}      {min(ends):5.1f} s {max(ends):5.1f} s", flush=True)


def _clicks(library: Library) -> None:
    wait_until(lambda: library.stack.in_progress() == 0, "nothing is left to do")
    alone = _delays(library, "alone")
    library.add(*(f"Held {number}. {TEXT}" for number in range(WARM_UPS)), pinned=True)
    wait_until(lambda: library.warm_ups(Status.PENDING) == WARM_UPS - 1, "all but one are queued", 120)
    behind = _delays(library, "behind")
    waiting = library.warm_ups(Status.PENDING)
    for name, delays in (("on an empty queue", alone), (f"behind one warm-up that runs and {waiting} queued", behind)):
        print(f"  {name:44} p50 {statistics.median(delays):6.0f} ms   max {max(delays):6.0f} ms")
    print(f"  {'ratio of the medians':44} {statistics.median(behind) / statistics.median(alone):10.2f}")


def _delays(library: Library, name: str) -> list[float]:
    """Milliseconds from each click to the moment at which the provider has its call. The first does not count."""
    delays = []
    for number in range(CLICKS + 1):
        (document,) = library.add(text := f"Clicked {name}, {number}. {TEXT}")
        clicked = time.monotonic()
        library.readers[0].press(document)
        wait_until(lambda text=text: _calls(library, text), "the call came")
        (came,) = (call.at for call in library.stack.provider.calls if call.document == text)
        delays.append((came - clicked) * 1000)
    return delays[1:]


def _calls(library: Library, text: str) -> int:
    return sum(call.document == text for call in list(library.stack.provider.calls))


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise SystemExit(f"{pattern} is not in: {page}")
    return match[1]


if __name__ == "__main__":
    main()
