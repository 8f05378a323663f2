"""People who press Summarise and follow, as a browser with htmx does, many of them in one process.

Each keeps one connection open, on bare sockets, sends what htmx would send, and asks again after the delay that the
server chose. What a browser adds to that, swapping and painting, is measured in Chromium elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import delete

from app.database import utcnow
from app.extensions import db
from app.models import Collaborator, Document, Role, Summary, User
from app.summaries import pace
from app.views.auth import begin_session
from tests.provider import Answer
from tests.support.deployment import Deployment
from tests.support.people import TEXT

PATIENCE_SECONDS = 60  # for one answer
LONGEST_SECONDS = 600  # that anybody follows
WATCHDOG_SECONDS = 15  # after which a page asks again whatever the answer was
NEXT = re.compile(
    rb'id="summary-poller"[^>]* data-hx-get="([^"]+)"(?: data-hx-trigger="load(?: delay:(\d+)ms)?([^"]*))?'
)
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
STATE = re.compile(rb'id="summary-body" data-state="(\w+)" data-stale="(\w+)"')
WORDS = re.compile(rb'(?:id="summary-text"[^>]*|"outerHTML:#summary-tail-\d+")>\s*(?:<\w+>)?\s*[^<\s]')


class Visitor(NamedTuple):
    """A browser in which somebody is signed in."""

    cookie: str
    csrf_token: str
    user_id: int
    address: str  # from which they come


@dataclass
class Followed:
    """What one person saw: moments of ``time.monotonic``, and how long each request took, in seconds."""

    began: float = 0.0
    answered: float = 0.0  # the first response
    words: float = 0.0  # the first words of the summary
    ended: float = 0.0  # the whole summary
    requests: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def times(self) -> tuple[float, float, float]:
        """Milliseconds to the first response, to the first words and to the whole summary."""
        return tuple((moment - self.began) * 1000 for moment in (self.answered, self.words, self.ended))


# -- who they are ------------------------------------------------------------------------------------------


def admitted(app: Flask, count: int) -> list[Visitor]:
    """So many new people, signed in without the form: hashing as many passwords would take minutes."""
    with app.app_context():
        first = User.count()
        users = [User(email=f"visitor{first + n}@example.org", password_hash="none") for n in range(count)]
        for user in users:
            user.confirmed_at = utcnow()
        db.session.add_all(users)
        db.session.commit()
        ids = [user.id for user in users]
    return [_signed_in(app, user_id) for user_id in ids]


def _signed_in(app: Flask, user_id: int) -> Visitor:
    address = f"198.18.{user_id // 256 % 256}.{user_id % 256}"
    with app.test_request_context(method="POST", environ_base={"REMOTE_ADDR": address}) as context:
        begin_session(db.session.get(User, user_id), remember=False)
        token = generate_csrf()
        value = app.session_interface.get_signing_serializer(app).dumps(dict(context.session))
    return Visitor(f"{app.config['SESSION_COOKIE_NAME']}={value}", token, user_id, address)


def added(app: Flask, owner_id: int, texts: Iterable[str], shared_with: Sequence[Visitor] = ()) -> list[int]:
    """New documents of these texts; their ids."""
    ids = []
    with app.app_context():
        owner = db.session.get(User, owner_id)
        for text in texts:
            document = Document.add(owner, "The harbour", text)
            db.session.flush()
            ids.append(document.id)
            for visitor in shared_with:
                Collaborator.share(document.id, visitor.user_id, Role.VIEWER)
        db.session.commit()
    return ids


def teach(deployment: Deployment, visitor: Visitor, answer: Answer) -> None:
    """Have the program know calls like this *answer* alone, as it does where it has worked for a while.

    It asks again by how long the latest calls took, so those of a warm-up must not be among them.
    """
    with deployment.app.app_context():
        db.session.execute(delete(Summary))
        db.session.commit()
        pace.forget(deployment.environment["OPENAI_MODEL"])
    deployment.provider.default = answer
    document = added(deployment.app, visitor.user_id, [f"{TEXT} To learn from, at {time.time()}."])
    together(deployment.address, [visitor], press, document)
    with deployment.app.app_context():
        pace.forget(deployment.environment["OPENAI_MODEL"])  # what it measured before that call ended


# -- what they do ------------------------------------------------------------------------------------------


class Browser:
    """One connection that is kept open, and what was seen over it."""

    def __init__(self, address: str, visitor: Visitor) -> None:
        self.where = urlsplit(address)
        self.visitor = visitor
        self.seen = Followed()

    async def open(self) -> Browser:
        self._reader, self._writer = await asyncio.open_connection(self.where.hostname, self.where.port)
        return self

    async def get(self, path: str, *, htmx: bool = True) -> bytes:
        return await self._ask(self._head("GET", path, htmx=htmx))

    async def post(self, path: str, **fields: str) -> bytes:
        body = urlencode({"csrf_token": self.visitor.csrf_token, **fields})
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return await self._ask(self._head("POST", path, form, htmx=True) + body.encode())

    def _head(self, method: str, path: str, more: str = "", *, htmx: bool) -> bytes:
        lines = f"{method} {path} HTTP/1.1\r\nHost: {self.where.netloc}\r\nCookie: {self.visitor.cookie}\r\n"
        proxy = f"X-Forwarded-Proto: https\r\nX-Forwarded-For: {self.visitor.address}\r\n"
        return f"{lines}{proxy}{'HX-Request: true' if htmx else 'Accept: text/html'}\r\n{more}\r\n".encode()

    async def _ask(self, request: bytes) -> bytes:
        began = time.monotonic()
        head, body = b"", b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._writer.write(request)
                head = await self._reader.readuntil(b"\r\n\r\n")
                body = await self._reader.readexactly(int(LENGTH.search(head)[1]))
        self.seen.requests.append(time.monotonic() - began)
        if head.startswith(b"HTTP/1.1 200") and body:
            return body
        said = head[9:12].decode() or f"no answer within {PATIENCE_SECONDS} s"
        self.seen.wrong.append(f"{said} at {request[: re.search(rb'[?]| HTTP', request).start()].decode()}")
        if not body:  # what comes later must not be taken for the next answer
            self.close()
            await self.open()
        return b""

    def look(self, body: bytes) -> None:
        """Note what this answer brings for the first time."""
        now, seen = time.monotonic(), self.seen
        seen.answered = seen.answered or now
        if not seen.words and WORDS.search(body):
            seen.words = now
        if (state := STATE.search(body)) and state.groups() == (b"complete", b"false"):
            seen.ended = seen.ended or now
        elif state and state[1] in (b"failed", b"cancelled"):
            seen.wrong.append(f"the summary is {state[1].decode()}")

    def close(self) -> None:
        self._writer.close()


Act = Callable[[Browser, int], Awaitable[None]]


async def ask(browser: Browser, document: int) -> None:
    """Ask an application that answers with the whole text."""
    browser.seen.began = time.monotonic()
    browser.look(await browser.post(f"/documents/{document}/summary", text=TEXT))


async def press(browser: Browser, document: int) -> None:
    """Press Summarise and follow to the end."""
    browser.seen.began = time.monotonic()
    await _follow(browser, await browser.post(f"/documents/{document}/summary"))


async def arrive(browser: Browser, document: int) -> None:
    """Open the document's page, and follow to the end where there is one to come."""
    browser.seen.began = time.monotonic()
    await _follow(browser, await browser.get(f"/documents/{document}", htmx=False))


async def _follow(browser: Browser, body: bytes) -> None:
    """Ask again for as long as the server says when; on a page that is at rest it says "once, at once"."""
    path, given_up = "", time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < given_up:
        browser.look(body)
        following = NEXT.search(body)
        if following and following[3] is None:
            return
        path = unescape(following[1].decode()) if following else path
        if not path:  # the first request went wrong, and brought nothing to follow
            return
        await asyncio.sleep(int(following[2] or 0) / 1000 if following else WATCHDOG_SECONDS)
        body = await browser.get(path)


def together(
    address: str, visitors: Sequence[Visitor], act: Act, documents: Sequence[int], within: float = 0
) -> list[Followed]:
    """Have all of them *act*, each on the document in their place; what each of them saw.

    :param within: so many seconds, evenly; otherwise in the same moment.
    :raises ConnectionError: when the server hangs up.
    """

    async def one(browser: Browser, document: int, after: float) -> Followed:
        await asyncio.sleep(after)
        await act(browser, document)
        browser.close()
        return browser.seen

    async def everybody() -> list[Followed]:
        browsers = [await Browser(address, visitor).open() for visitor in visitors]
        waits = [within * number / len(browsers) for number in range(len(browsers))]
        return await asyncio.gather(*map(one, browsers, documents, waits))

    return asyncio.run(everybody())
