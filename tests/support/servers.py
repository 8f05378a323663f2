"""Postgres in a temporary cluster, and the program's own processes."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait for a condition, never for a duration.

    :raises AssertionError: when it has not come about in *seconds*.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def postgres_binaries() -> Path | None:
    found = [Path(p).parent for p in [shutil.which("initdb") or ""] if p]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


@contextlib.contextmanager
def postgres(binaries: Path) -> Iterator[str]:
    """A cluster of its own, on a free port; yields the address of the server, without a database."""
    folder = Path(tempfile.mkdtemp(prefix="foreword-pg-"))
    user = None
    if os.getuid() == 0:  # Postgres refuses to run as root
        user = next(name for name in ("postgres", "nobody") if _exists(name))
        shutil.chown(folder, user)
    port = free_port()
    run = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [binaries / "initdb", "-D", folder / "data", "-U", "foreword", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        **run,
    )
    settings = ("listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "synchronous_commit=off")
    options = ["-p", str(port), "-k", str(folder), *(word for one in settings for word in ("-c", one))]
    server = subprocess.Popen([binaries / "postgres", "-D", folder / "data", *options], **run)
    try:
        address = f"postgres://foreword@127.0.0.1:{port}"
        wait_until(lambda: _accepts(f"{address}/postgres"), "Postgres accepts connections")
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # "fast": ends sessions, then stops
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


# Which tables, columns, constraints and triggers there are, and which transactions made them; not what rows.
SHAPE = """
    SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
        SELECT concat(oid, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat(attrelid, attname, attribute.xmin) FROM pg_attribute AS attribute
            JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat(oid, xmin) FROM pg_constraint
        UNION ALL SELECT concat(oid, xmin) FROM pg_trigger
    ) AS shape (one)
"""
TABLES = """
    SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


RENAMED_WITHIN = 5  # seconds


class Databases:
    """An empty database for each test, of the tables that *migrate* makes.

    It is the last test's, emptied, under another name, so that what is left of that test cannot reach it: making it
    from a template takes twice as long, and the first connection to it as long again. Where the last test changed
    the tables themselves, it is made from the template all the same.
    """

    def __init__(self, server: str, migrate: Callable[[str], None]) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._name = "test_0"
        with self._connected("postgres") as maintenance:
            maintenance.execute("CREATE DATABASE migrated")
            migrate(f"{server}/migrated")
            maintenance.execute(f"CREATE DATABASE {self._name} TEMPLATE migrated")
        with self._connected("migrated") as connection:
            self._shape = connection.execute(SHAPE).fetchone()
            self._tables = connection.execute(TABLES).fetchone()[0]

    def empty(self) -> str:
        """The address of a database without rows, which nobody knows yet."""
        before, self._name = self._name, f"test_{next(self._numbers)}"
        with self._connected("postgres") as maintenance:
            if not (_renamed(maintenance, before, self._name) and self._emptied()):
                maintenance.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
                maintenance.execute(f"CREATE DATABASE {self._name} TEMPLATE migrated")
        return f"{self._server}/{self._name}"

    def _emptied(self) -> bool:
        with self._connected(self._name) as connection:
            if connection.execute(SHAPE).fetchone() != self._shape:
                return False
            connection.execute(f"TRUNCATE {self._tables} RESTART IDENTITY")
            return True

    def _connected(self, name: str) -> psycopg.Connection:
        return psycopg.connect(f"{self._server}/{name}", autocommit=True)


def _renamed(maintenance: psycopg.Connection, before: str, after: str) -> bool:
    """Whether the database could be given another name, now that whoever was left in it is told to go.

    It cannot where somebody comes back at once, as a worker that has still to end, or where it is gone.
    """
    deadline = time.monotonic() + RENAMED_WITHIN
    while time.monotonic() < deadline:
        maintenance.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [before])
        try:
            maintenance.execute(f"ALTER DATABASE {before} RENAME TO {after}")
        except psycopg.errors.ObjectInUse:
            time.sleep(0.02)
        except psycopg.errors.InvalidCatalogName:
            return False
        else:
            return True
    return False


def _exists(user: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def _accepts(address: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address, connect_timeout=1):
        return True
    return False


class Process:
    """One of the program's processes, in a group of its own, with its output kept."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        # Without a name: a work horse that a test forks would remove a named one when it is collected there.
        self.output = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.popen = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def log(self) -> str:
        descriptor = self.output.fileno()  # read by position: the processes write where this one would read on
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    def signal_tree(self, signal_number: int) -> None:
        """Signal the process and all that came of it, the way Heroku does, each by its own id."""
        for pid in [self.popen.pid, *descendants(self.popen.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.signal_tree(signal.SIGKILL)
                self.popen.wait(timeout=10)


def freeze(signal_all: Callable[[signal.Signals], None], database_url: str) -> None:
    """Stop processes, by what signals all of them, at a moment at which none of them holds the lock of SQLite.

    One that stood still in the middle of a write would keep everybody else from writing until it goes on.
    """
    signal_all(signal.SIGSTOP)
    while not _takes_writes(database_url):
        signal_all(signal.SIGCONT)
        time.sleep(0.02)
        signal_all(signal.SIGSTOP)


def _takes_writes(database_url: str) -> bool:
    if not database_url.startswith("sqlite:///"):
        return True
    # Whoever runs has the lock for some milliseconds; and while one waits for it, leases run out.
    database = sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=0.2, isolation_level=None)
    with contextlib.closing(database), contextlib.suppress(sqlite3.OperationalError):
        database.execute("BEGIN IMMEDIATE")
        return True
    return False


def descendants(pid: int) -> list[int]:
    """Every process that *pid* or one of its children started, parents first."""
    parents, found, frontier = _parents(), [], {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found += sorted(frontier)
    return found


def children(*pids: int) -> list[int]:
    """The processes that these started, without what came of those."""
    return sorted(child for child, parent in _parents().items() if parent in pids)


def _parents() -> dict[int, int]:
    """The parent of each process."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return {int(pid): int(parent) for pid, parent in map(str.split, listing.splitlines())}


def horses(pid: int) -> list[int]:
    """The processes of a worker that run a job: each leads a process group of its own, which those that wait do not."""
    return [found for found in descendants(pid) if leads_its_group(found)]


def waiting_horses(pid: int) -> list[int]:
    """The processes of a worker that wait for a job: what its parts have forked, and nothing else is."""
    return [found for found in children(*children(pid)) if not leads_its_group(found)]


def leads_its_group(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):  # it has ended since
        return os.getpgid(pid) == pid
    return False


def worker(environment: dict[str, str], *queues: str) -> Process:
    return Process([sys.executable, "-m", "jobs.worker", *(queues or ("high", "default", "low"))], environment)


def web(environment: dict[str, str], port: int) -> Process:
    command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    process = Process(
        [sys.executable, *command, "--no-ws", "--blocking-threads", "4", "--log-level", "warning", "wsgi:app"],
        environment,
    )
    wait_until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), "the web process answers")
    return process


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as response:
        return response.status == 200
    return False
