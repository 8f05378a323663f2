"""The databases that a deployment is measured on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import servers
from tests.support.breakable import Postgres


@contextmanager
def postgres(connections: int = 0) -> Iterator[Postgres]:
    """A cluster of its own, for as long as it is needed.

    :param connections: that the program may have at once, where that is to be another number than on a small plan.
    :raises SystemExit: where Postgres is not installed.
    """
    binaries = servers.postgres_binaries()
    if binaries is None:
        sys.exit("PostgreSQL (initdb) is not installed.")
    with Postgres.running(binaries) as cluster:
        if connections:
            with cluster.connection() as connection:
                connection.execute(f"ALTER ROLE program CONNECTION LIMIT {connections}")
        yield cluster


def databases(connections: int = 0) -> Iterator[tuple[str, Postgres | None]]:
    """SQLite, which needs no cluster, and then Postgres where it is installed; each while it is measured."""
    yield "SQLite", None
    if servers.postgres_binaries():
        with postgres(connections) as cluster:
            yield "Postgres", cluster
