"""A site with people and documents in every state, and what its own pages say of its forms and addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask_wtf import FlaskForm
from lxml import html
from redis import Redis
from sqlalchemy import delete, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule
from wtforms.fields.core import UnboundField

import app as the_app
from app.database import utcnow
from app.extensions import db
from app.models import Collaborator, Document, Extraction, Role, Source, Summary, User
from app.models.user import hash_password
from app.models.work import asked_now
from app.summaries import asking
from app.summaries.prompt import Options
from tests.support.people import PASSWORD, Person

NAMES = ("ada", "ben", "cat", "eve", "dora")  # the owner, a viewer, an editor, a stranger, an administrator
SECRET = "Zanzibarbarossa"  # in everything of Ada's that no link opens
PUBLIC = "A ferry crosses the strait at noon. It takes an hour, and carries forty people."
STATES = ("pending", "processing", "complete", "failed", "cancelled")
OF_QUEUES = {
    "queue_name": "high",
    "registry_name": "queued",
    "per_page": "8",
    "order": "asc",
    "page": "1",
    "kind": "summary",
}
READ_IN_VIEWS = re.compile(r"""request\.(?:form|args|values|files)(?:\.get(?:list)?\(|\[)\s*["']([^"']+)["']""")
HEADERS_READ = re.compile(r"""request\.headers(?:\.get\(|\[)\s*["']([^"']+)["']""")


@dataclass
class Field:
    """A field of a form: what a person who changes nothing would send, and what else is offered."""

    kind: str
    values: list[bytes]


@dataclass
class Known:
    """What the pages themselves say of one rule."""

    fields: dict[str, Field] = field(default_factory=dict)
    queries: list[tuple[tuple[bytes, bytes], ...]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)  # that Ada's pages lead to, and nobody could make up


class Site:
    def __init__(self, app: Flask, redis: Redis) -> None:
        self.app = app
        self.redis = redis
        self._hash = hash_password(PASSWORD)
        self.cookies: dict[str, tuple[tuple[bytes, bytes], ...]] = {}
        self.tokens: dict[str, bytes] = {}
        self.documents: dict[str, list[int]] = {}
        self.public_token = ""
        self.known: dict[str, Known] = {}
        self.names, self.headers = names_read()
        self.rules = [rule for rule in app.url_map.iter_rules() if not rule.build_only]

    # -- making it ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make everything anew but the people, and look at every page."""
        self.redis.flushall()
        with self.app.app_context():
            people = {name: self._person(name) for name in NAMES}
            db.session.execute(delete(Document))
            db.session.commit()
            mine = [_document(people["ada"], state) for state in STATES]
            mine += [_unread(people["ada"], state) for state in STATES]
            public = Document.add(people["ada"], "The ferry", PUBLIC)
            others = Document.add(people["eve"], "Of Eve", "Eve wrote this. It is hers alone.")
            db.session.flush()
            public.publish()
            for document in [*mine, public]:
                Collaborator.share(document.id, people["ben"].id, Role.VIEWER)
                Collaborator.share(document.id, people["cat"].id, Role.EDITOR)
            db.session.commit()
            self.public_token = public.public_token or ""
            self.documents = {"ada": [d.id for d in mine], "public": [public.id], "eve": [others.id]}
            self.people = {name: person.id for name, person in people.items()}
        for name in ("anonymous", *NAMES):
            self.enter(name)
        Person(self.app, "ada").log_in()  # in another browser
        self.known = self._look_around()

    @staticmethod
    def _email(name: str) -> str:
        return f"{name}@example.org"

    def _person(self, name: str) -> User:
        person = User.by_email(self._email(name))
        if person is None:
            person = User.with_credentials(self._email(name), self._hash)
            db.session.add(person)
        person.password_hash, person.confirmed_at = self._hash, utcnow()  # whatever became of it meanwhile
        person.is_admin, person.monthly_budget = name == "dora", None
        db.session.flush()
        return person

    def enter(self, name: str) -> None:
        """Log in, unless the session of before still works, and keep the cookie and the token of a form.

        :raises LookupError: when there is no such account any more, or its password is another.
        """
        if name in self.cookies and self.is_signed_in(name):
            return
        browser = Person(self.app, name)
        if name != "anonymous" and browser.log_in().status_code != 303:
            raise LookupError(name)
        self.tokens[name] = browser.token("/login" if name == "anonymous" else "/documents/new").encode()
        kept = {key[-1]: cookie.value for key, cookie in browser.browser._cookies.items()}
        self.cookies[name] = tuple((key.encode(), value.encode()) for key, value in kept.items())

    def is_signed_in(self, name: str) -> bool:
        header = "; ".join(f"{key.decode()}={value.decode()}" for key, value in self.cookies[name])
        answer = self.app.test_client(use_cookies=False).get("/documents", headers={"Cookie": header})
        return answer.status_code == (303 if name == "anonymous" else 200)

    # -- what its pages say ------------------------------------------------------------------------

    def arguments(self, rule: Rule, document: int, words: str = "words") -> dict[str, object]:
        """Right values for the arguments of a rule; a kind that nobody foresaw gets some words."""
        known = {"token": self.public_token, "filename": "style.css", "document_id": document, **OF_QUEUES}
        known |= {"user_id": self.people["ben"], "suffix": "md", "tag": "de"}
        return {name: known.get(name, document if name.endswith("_id") else words) for name in rule.arguments}

    def _look_around(self) -> dict[str, Known]:
        known: dict[str, Known] = defaultdict(Known)
        for who in ("anonymous", "ada", "ben", "dora"):
            browser = self.app.test_client(use_cookies=False)
            cookie = {"Cookie": "; ".join(f"{k.decode()}={v.decode()}" for k, v in self.cookies[who])}
            for rule in [rule for rule in self.rules if "GET" in (rule.methods or ())]:
                for document in self._worth_looking_at(rule, who):
                    page = browser.get(self._address(rule, document), headers=cookie)
                    if page.status_code == 200 and page.mimetype == "text/html":
                        self._learn(known, html.fromstring(page.text))
        return dict(known)

    def _worth_looking_at(self, rule: Rule, who: str) -> list[int]:
        mine = self.documents["ada"]
        return [*mine, *self.documents["public"]] if who == "ada" and "document_id" in rule.arguments else [mine[2]]

    def _address(self, rule: Rule, document: int) -> str:
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, self.arguments(rule, document), method="GET")

    def _learn(self, known: dict[str, Known], page: html.HtmlElement) -> None:
        for form in page.cssselect("form"):
            method, address = form.get("method", "get").upper(), form.get("action") or ""
            endpoint = self._endpoint(address, method)
            if endpoint:
                known[endpoint].paths = [*known[endpoint].paths, urlsplit(address).path][-20:]
                for name, found in _fields(form):
                    there = known[endpoint].fields.setdefault(name, Field(found.kind, []))
                    good = [value.replace(SECRET.encode(), b"Elsewhere") for value in found.values]
                    there.values = [*there.values, *good][-20:]
        for element in page.cssselect("[href], [data-hx-get], [action]"):
            for attribute in ("href", "data-hx-get", "action"):
                address = element.get(attribute, "")
                endpoint, query = self._endpoint(address, "GET"), urlsplit(address).query
                if endpoint and query:
                    pairs = tuple((k.encode(), v.encode()) for k, v in parse_qsl(query))
                    known[endpoint].queries = [*known[endpoint].queries, pairs][-20:]

    def _endpoint(self, address: str, method: str) -> str | None:
        try:
            return self.app.url_map.bind("localhost").match(urlsplit(address).path or "/", method)[0]
        except (HTTPException, RequestRedirect):
            return None


def names_read() -> tuple[list[str], list[str]]:
    """The fields and headers that any view or form reads, as the source says."""
    names, headers = set(), set()
    for path in Path(the_app.__file__).parent.rglob("*.py"):
        source = path.read_text()
        names |= set(READ_IN_VIEWS.findall(source))
        headers |= set(HEADERS_READ.findall(source))
    for form in _forms(FlaskForm):
        names |= {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)}
    return sorted(names | {"csrf_token"}), sorted(headers)


def _forms(base: type) -> Iterator[type]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


def _fields(form: html.HtmlElement) -> Iterator[tuple[str, Field]]:
    for one in form.cssselect("input, textarea, select, button"):
        name = one.get("name")
        if not name:
            continue
        if one.tag == "select":
            yield name, Field("select", [option.get("value", "").encode() for option in one.cssselect("option")])
        else:
            value = one.text_content() if one.tag == "textarea" else one.get("value", "")
            yield name, Field(one.get("type", one.tag), [value.encode()])


def _document(owner: User, state: str) -> Document:
    """A document whose text has changed once, with summaries of both texts; the later one in this *state*."""
    document = Document.add(owner, f"{SECRET} {state}", f"{SECRET} was a harbour. It silted up in 1703.", language="en")
    db.session.flush()
    _summary(document, 1, "complete", owner)
    _summary(document, 2, "complete", owner)
    document.revise(document.title, f"{SECRET} was a harbour. It silted up in 1710.", document.version, language="en")
    db.session.flush()
    db.session.expire(document, ["revision"])
    _summary(document, 1, state, owner)
    document.pin()
    return document


def _summary(document: Document, take: int, state: str, by: User) -> None:
    now = utcnow()
    asking.start(document, Options(), take, "request", by)
    row = db.session.scalars(select(Summary).order_by(Summary.id.desc()).limit(1)).one()
    row.status, row.fence, row.attempt = state, 3, 1
    row.lease_until = now + timedelta(hours=1) if state == "processing" else None
    row.started_at = now - timedelta(seconds=5)
    if state in ("complete", "failed", "cancelled"):
        row.finished_at = now
    if state == "complete":
        row.text, row.chosen_at = f"{SECRET} was a harbour, take {take}. It said “silted up” of itself.", now
        row.passages = [["“silted up”", 1]]
    row.reason = "unavailable" if state == "failed" else ""
    db.session.flush()


def _unread(owner: User, state: str) -> Document:
    """A document whose text is on a page or in a file, and whose reading is in this *state*."""
    of_a_page = state in ("complete", "processing")
    address = "https://example.org/page" if of_a_page else None
    document = Document.await_text(owner, f"{SECRET} unread {state}", "example.org" if of_a_page else "a.txt", address)
    row = Extraction(
        source=Source.ADDRESS if of_a_page else Source.FILE,
        name=address or "a.txt",
        content=None if of_a_page else SECRET.encode(),
        queue="high",
        status=state,
        requested_by_id=owner.id,
        reason="unreachable" if state == "failed" else "",
        **asked_now(),
    )
    row.document = document
    db.session.add(row)
    if state == "complete":
        db.session.flush()
        document.take_in(f"{SECRET} was read from a page.", "en", ["One picture is not in the text."])
    db.session.flush()
    return document
