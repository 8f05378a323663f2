"""The program as it is deployed: each process type of the Procfile under a honcho of its own, as a platform runs it.

The release command migrates. The environment is that of production: cookies are for HTTPS, and one proxy stands in
front, for which the people here speak. Valkey and Postgres can be broken, and processes be found and signalled.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.config import Settings
from app.extensions import db
from app.models import LedgerEntry, Summary
from app.models.work import IN_PROGRESS
from app.summaries.recovery import KINDS
from tests.provider import Answer, Call, ProviderServer
from tests.support import servers
from tests.support.breakable import Postgres, Valkey
from tests.support.dyno import Dyno
from tests.support.people import Person

READY_SECONDS = 120  # on a machine that does much else
_addresses = (f"203.0.113.{number}" for number in itertools.cycle(range(1, 255)))


class Provider(ProviderServer):
    """Answers some texts in ways of their own, one call after the other; the last way is for all that follow."""

    def __init__(self) -> None:
        super().__init__()
        self._ways: dict[str, list[Answer]] = defaultdict(list)

    def answer(self, text: str, *ways: Answer) -> None:
        self._ways[text] = list(ways)

    def begin(self, call: Call) -> Answer:
        usual, ways = super().begin(call), self._ways[call.document]
        return (ways.pop(0) if len(ways) > 1 else ways[0]) if ways else usual

    def about(self, text: str) -> list[Call]:
        """The calls that came about this text."""
        return [call for call in list(self.calls) if call.document == text]

    def wait_for(self, text: str, count: int = 1) -> list[Call]:
        """The calls about this text, once there are so many."""
        self.wait_until(lambda: len(self.about(text)) >= count, what=f"{count} calls about {text[-40:]!r}")
        return self.about(text)


class Deployment:
    """Web and worker, and whatever else is asked for, on one database and one Valkey."""

    def __init__(self, valkey: Valkey, provider: Provider, postgres: Postgres | None, environment: dict[str, str]):
        self.valkey = valkey
        self.provider = provider
        self.postgres = postgres
        self.environment = environment
        self.port = servers.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.dynos: list[Dyno] = []
        self.past: list[Dyno] = []  # those that have ended, and what they said
        self._people: dict[str, Person] = {}

    def start(self, kind: str, release: Path = servers.ROOT, **changes: str) -> Dyno:
        dyno = Dyno(kind, {**self.environment, **changes}, self.port, release)
        dyno.changed = bool(changes) or release != servers.ROOT
        self.dynos.append(dyno)
        return dyno

    def replace(self, kind: str, release: Path = servers.ROOT, **changes: str) -> Dyno:
        """Deploy one process type anew, with other variables or from another release; return when it is ready."""
        for dyno in [dyno for dyno in self.dynos if dyno.kind == kind]:
            self._remove(dyno)
        dyno = self.start(kind, release, **changes)
        self.wait_until_ready()
        return dyno

    def _remove(self, dyno: Dyno) -> None:
        dyno.end()
        self.dynos.remove(dyno)
        self.past.append(dyno)

    def release(self) -> None:
        """The release command, which migrates."""
        dyno = self.start("release")
        assert dyno.process.popen.wait(timeout=120) == 0, dyno.process.log()
        self.dynos.remove(dyno)

    def mend(self) -> None:
        """One web and one worker run again as they should, whatever was done to them, and are ready."""
        for dyno in list(self.dynos):
            dyno.signal(signal.SIGCONT)
            if not dyno.alive or dyno.changed or dyno is not self._first(dyno.kind):
                self._remove(dyno)
        for kind in ("web", "worker"):
            if self._first(kind) is None:
                self.start(kind)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(["the program is not ready", *(d.process.log() for d in self.dynos)]))
            time.sleep(0.25)  # looking all the time would keep it from starting

    def is_ready(self) -> bool:
        """Seen from outside, whatever the program says of itself."""
        with contextlib.suppress(httpx2.HTTPError):
            answers = self._prober.get("/healthz").status_code == 200
            return answers and len(self.worker.workers()) == 2 and len(self.worker.parts()) == 3
        return False

    @cached_property
    def _prober(self) -> httpx2.Client:
        return Browser(self.address, patience=5).client

    def end(self) -> None:
        for dyno in self.dynos:
            dyno.end()
        if "app" in vars(self):
            with self.app.app_context():
                db.engine.dispose()

    def _first(self, kind: str) -> Dyno | None:
        return next((dyno for dyno in self.dynos if dyno.kind == kind and dyno.alive), None)

    @property
    def web(self) -> Dyno:
        return next(dyno for dyno in reversed(self.dynos) if dyno.kind == "web")

    @property
    def worker(self) -> Dyno:
        """The one that was started last."""
        return next(dyno for dyno in reversed(self.dynos) if dyno.kind == "worker")

    def test_client(self) -> Browser:
        """A new browser, as ``Person`` asks the application for one."""
        return Browser(self.address)

    def person(self, name: str) -> Person:
        """Who of that name is signed in; they sign up the first time."""
        if name not in self._people:
            self._people[name] = Person(self, name).sign_up()
        return self._people[name]

    # -- what is in the database -----------------------------------------------------------------------

    @cached_property
    def app(self) -> Flask:
        """The same program in this process, to look into the database with."""
        known = {name.lower(): value for name, value in self.environment.items()}
        return create_app(Settings(**{name: value for name, value in known.items() if name in Settings.model_fields}))

    def looking_in(self) -> psycopg.Connection:
        """A connection to its Postgres that does not count among the program's."""
        assert self.postgres is not None
        return self.postgres.connection(self.environment["DATABASE_URL"].rpartition("/")[2])

    def summaries(self, document: int) -> list[Summary]:
        with self.app.app_context():
            return list(db.session.scalars(select(Summary).filter_by(document_id=document).order_by(Summary.id)))

    def standing(self, document: int) -> tuple[str, int]:
        """State and attempt of its one summary."""
        (summary,) = self.summaries(document)
        return summary.status, summary.attempt

    def outcomes(self, document: int) -> list[str]:
        """How its calls ended, as the ledger says."""
        with self.app.app_context():
            entries = select(LedgerEntry.outcome).filter_by(document_id=document).order_by(LedgerEntry.id)
            return list(db.session.scalars(entries))

    def in_progress(self) -> int:
        with self.app.app_context():
            counted = [select(func.count(kind.id)).where(kind.status.in_(IN_PROGRESS)) for kind in KINDS]
            return sum(db.session.scalar(each) for each in counted)

    def wait_for(self, document: int, *states: str, seconds: float = 30) -> None:
        """Wait until its latest summary is in one of *states*, as the database says it."""

        def there() -> bool:
            with contextlib.suppress(DBAPIError, IndexError):  # the database may be what was broken
                return self.summaries(document)[-1].status in states
            return False

        servers.wait_until(there, f"the summary is {' or '.join(states)}", seconds)


@contextlib.contextmanager
def deployed(folder: Path, postgres: Postgres | None = None, **changes: str) -> Iterator[Deployment]:
    """A deployment in *folder* that is ready; on SQLite there unless a cluster of Postgres is given.

    :param changes: further variables of the environment.
    """
    with Valkey() as valkey, Provider() as provider:
        name = f"foreword_{os.getpid()}_{servers.free_port()}"
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "APP_ENV": "production",
            "SECRET_KEY": "known to nobody but these processes",
            "TRUSTED_PROXIES": "1",
            "INSTANCE_PATH": str(folder),
            "DATABASE_URL": postgres.database(name) if postgres else f"sqlite:///{folder / 'foreword.sqlite3'}",
            "REDIS_URL": valkey.url,
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": provider.base_url,
            "OPENAI_MODEL": "test-model",
            **changes,
        }
        deployment = Deployment(valkey, provider, postgres, environment)
        try:
            deployment.release()
            deployment.mend()
            yield deployment
        finally:
            deployment.end()


# -- people over HTTP --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Response:
    """As much of an answer as ``Person`` looks at."""

    status_code: int
    text: str
    location: str
    headers: httpx2.Headers


class Browser:
    """Speaks as Flask's test client does, over real HTTP and as if through a proxy that took HTTPS."""

    def __init__(self, address: str, patience: float = 60) -> None:
        self.client = httpx2.Client(
            base_url=address,
            timeout=patience,
            headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": next(_addresses)},
            limits=httpx2.Limits(max_keepalive_connections=0),  # a web process may end between two requests
            trust_env=False,
            verify=False,  # there is no TLS here, and loading authorities takes longer than a request
        )

    @property
    def cookies(self) -> str:
        """As a request says them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)

    def get(self, url: str, **options: Any) -> Response:
        return self._response(self.client.get(url, **options))

    def post(self, url: str, data: dict[str, Any], **options: Any) -> Response:
        files = [("file", (name, content)) for content, name in data.pop("file", [])]
        return self._response(self.client.post(url, data=data, files=files or None, **options))

    def _response(self, answer: httpx2.Response) -> Response:
        for cookie in self.client.cookies.jar:
            cookie.secure = False  # or it would not be sent on the way between the proxy and the program
        return Response(answer.status_code, answer.text, answer.headers.get("Location", ""), answer.headers)
