"""One deployment on each database, which a whole run shares; before each test all of it runs and is ready.

The settings that are shorter than production's keep their order: a retry is sooner than a lease, and a lease than the
deadline of a call. A test that is about a promise in seconds starts its worker with production's own.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import missing
from tests.provider import says
from tests.support import servers
from tests.support.breakable import Postgres
from tests.support.deployment import Deployment, deployed
from tests.support.people import TEXT, Person

SHORT = {
    "SUMMARY_LEASE_SECONDS": "3",  # 12
    "SUMMARY_RETRY_SECONDS": "0.05",  # 1
    "WORKER_GRACE_SECONDS": "2",  # 20
    "WARMING_QUIET_SECONDS": "3600",  # passes only when a test says so
}
_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: the fault may end otherwise on the other database")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on Postgres, as the Procfile does; on SQLite too where its mark says that it matters."""
    if "deployment" not in metafunc.fixturenames:
        return
    both = metafunc.definition.get_closest_marker("both_databases") is not None
    kinds = ("sqlite", "postgres") if both else ("postgres",)
    metafunc.parametrize("deployment", kinds, indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    binaries = servers.postgres_binaries()
    if binaries is None:
        missing("PostgreSQL (initdb)")
    with Postgres.running(binaries) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def deployments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """The deployment on a kind of database, made when it is first asked for."""
    made: dict[str, Deployment] = {}
    with contextlib.ExitStack() as leaving:

        def deployment(kind: str) -> Deployment:
            if kind not in made:
                postgres = request.getfixturevalue("cluster") if kind == "postgres" else None
                made[kind] = leaving.enter_context(deployed(tmp_path_factory.mktemp(kind), postgres, **SHORT))
            return made[kind]

        yield deployment


@pytest.fixture
def deployment(request: pytest.FixtureRequest, deployments: Callable[[str], Deployment]) -> Iterator[Deployment]:
    deployment = deployments(request.param)
    deployment.mend()
    yield deployment
    deployment.provider.default = says()


@pytest.fixture
def release(release, deployment):
    """Set before anything is mended, so that no worker is in the midst of a call that never ends."""
    return release


@pytest.fixture
def ada(deployment: Deployment) -> Person:
    return deployment.person("ada")


@pytest.fixture
def ben(deployment: Deployment) -> Person:
    return deployment.person("ben")


@pytest.fixture
def a_text() -> Callable[[], str]:
    """Make a text that no other document has."""
    return lambda: f"{TEXT} This is copy number {next(_numbers)}."


@pytest.fixture
def text(a_text: Callable[[], str]) -> str:
    return a_text()
