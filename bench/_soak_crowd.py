"""The people of the soak: each does one thing after the other, and keeps account of what they were promised."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import httpx2
from lxml.etree import ParserError

from tests.provider import Call
from tests.support.deployment import Deployment
from tests.support.people import Panel, Person
from tests.support.texts import sentence

MARK = "Digest "
POLLS = 12


def digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def echo(call: Call) -> str:
    """A summary that says of which text it is."""
    return f"{MARK}{digest(call.document)} of what the harbour was, and what became of it."


def marked(text: str) -> str:
    return text.partition(MARK)[2].split(" ", 1)[0]


@dataclass
class Kept:
    """One document, as its owner knows it."""

    id: int
    texts: set[str]  # more than one where an answer was lost, so that it is not known which was saved
    asked: set[str] = field(default_factory=set)  # texts whose summary was asked for, and the asking answered


class Weather(Protocol):
    """What the crowd may know of what is broken."""

    fault: str  # the last one

    def is_calm_since(self, moment: float) -> bool: ...


class Inhabitant(threading.Thread):
    """Somebody who writes, asks, changes their mind, and looks."""

    def __init__(self, deployment: Deployment, name: str, seed: int, weather: Weather) -> None:
        super().__init__(name=name, daemon=True)
        self.chance = Random(f"{seed} {name}")
        self.person = Person(deployment, name).sign_up()
        self.person.browser.client.event_hooks["response"].append(self._note)
        self.person.browser.client.timeout = 20
        self.weather = weather
        self.friends: list[Person] = []
        self.mine: dict[int, Kept] = {}
        self.uploaded: dict[int, str] = {}
        self.gone: set[int] = set()  # of whose deletion the answer came
        self.done: Counter[str] = Counter()
        self.violations: list[str] = []
        self.enough = threading.Event()
        self._began = 0.0

    def run(self) -> None:
        while not self.enough.is_set():
            act = self.chance.choices(ACTS, WEIGHTS)[0]
            self._began = time.monotonic()
            try:
                act(self)
                self.done[act.__name__] += 1
            except (httpx2.HTTPError, AssertionError, ValueError, IndexError, AttributeError, ParserError) as error:
                self.done[f"without an answer: {type(error).__name__}"] += 1
                if self.weather.is_calm_since(self._began - 5):
                    self.violations.append(f"{self.name}, {act.__name__}: {error!r:.200}")
            self.enough.wait(self.chance.uniform(0.05, 0.6))

    def _note(self, response: httpx2.Response) -> None:
        code = response.status_code
        self.done[f"status {code}"] += 1
        if code >= 500 and (code != 503 or self.weather.is_calm_since(self._began - 5)):
            place, empty = re.sub(r"\d+", "…", response.request.url.path), " and nothing else" * (not response.read())
            self.violations.append(f"{code}{empty} at {response.request.method} {place}, with {self.weather.fault}")

    # -- what they do ------------------------------------------------------------------------------------

    def _text(self) -> str:
        return " ".join(sentence(self.chance) for _ in range(4))

    def _any(self) -> Kept:
        return self.mine[self.chance.choice(list(self.mine))] if self.mine else self.add()

    def add(self) -> Kept:
        text = self._text()
        kept = Kept(self.person.add(text), {text})
        self.mine[kept.id] = kept
        return kept

    def upload(self) -> None:
        """It is left alone from then on: what is edited before it was read is another matter."""
        text = self._text()
        self.uploaded[self.person.add_file("notes.txt", text.encode())] = text

    def press(self, **fields: str) -> None:
        kept = self._any()
        texts = set(kept.texts)
        response = self.person.summarise(kept.id, **fields)
        if response.status_code == 303 and len(texts) == 1:
            kept.asked |= texts
        elif response.status_code not in (303, 409, 429, 503):
            raise AssertionError(f"a press was answered {response.status_code}")
        self._follow(kept)

    def regenerate(self) -> None:
        self.press(regenerate="1")

    def _follow(self, kept: Kept) -> None:
        panel = self.person.panel(kept.id)
        for _ in range(self.chance.randrange(POLLS)):
            if not panel.polls or self.enough.is_set():
                break
            self.enough.wait(0.3)
            panel = self.person.panel(kept.id)
        self._check(kept, panel)

    def look(self) -> None:
        kept = self._any()
        self._check(kept, self.person.panel(kept.id))

    def _check(self, kept: Kept, panel: Panel) -> None:
        """What is shown as the summary of the present text is of that text."""
        shown = marked(panel.text)
        if panel.state == "complete" and not panel.stale and shown not in map(digest, kept.texts):
            self.violations.append(f"document {kept.id} was shown with the summary of another text: {panel.text!r}")

    def edit(self) -> None:
        kept, text = self._any(), self._text()
        version = self.person.version(kept.id)
        before, kept.texts = kept.texts, kept.texts | {text}
        code = self.person.edit(kept.id, text, version=version).status_code
        if code in (303, 409):
            kept.texts = {text} if code == 303 else before

    def delete(self) -> None:
        kept = self._any()
        del self.mine[kept.id]
        if self.person.delete(kept.id).status_code == 303:
            self.gone.add(kept.id)

    def cancel(self) -> None:
        self.person.cancel(self._any().id)

    def share(self) -> None:
        kept, friend = self._any(), self.chance.choice(self.friends)
        if self.person.share(kept.id, friend).status_code == 303:
            with contextlib.suppress(AssertionError):
                friend_sees = Panel(friend.page(f"/documents/{kept.id}"))
                self._check(kept, friend_sees)

    def pin(self) -> None:
        self.person.pin(self._any().id)

    def read_the_library(self) -> None:
        self.person.page("/documents")


ACTS = [
    Inhabitant.add,
    Inhabitant.upload,
    Inhabitant.press,
    Inhabitant.regenerate,
    Inhabitant.look,
    Inhabitant.edit,
    Inhabitant.delete,
    Inhabitant.cancel,
    Inhabitant.share,
    Inhabitant.pin,
    Inhabitant.read_the_library,
]
WEIGHTS = [4, 1, 8, 2, 4, 3, 1, 1, 1, 1, 1]
