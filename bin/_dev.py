"""What ``bin/dev`` runs once everything is installed: Valkey, migrations, web and workers, until Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import http.client
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from _foreground import Foreground

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN = 60


class Refused(Exception):
    """Why Foreword does not start, in words for the person at the terminal."""


def main() -> int:
    """Run Foreword until it is interrupted (0), or until a part of it ends by itself (1)."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it stays ignored
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        host, port = os.environ.get("HOST") or "127.0.0.1", _port()
        instance = Path(os.environ.get("INSTANCE_PATH") or ROOT / "instance").resolve()
        env = _environment(host, port, instance)
        with _only_one(instance):
            _refuse_busy(host, port)
            with _redis(instance, env):
                if not _migrated(instance, env):
                    _migrate(env)
                return _run(_commands(host, port, env), env, host, port)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _port() -> int:
    given = os.environ.get("PORT") or "5000"
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        raise Refused(f"PORT must be a number from 1 to 65535, not {given!r}: PORT=5001 bin/dev")
    return int(given)


def _environment(host: str, port: int, instance: Path) -> dict[str, str]:
    """What every process gets: one place for the settings, so that no two of them disagree."""
    defaults = {
        "APP_ENV": "development",
        "SITE_URL": _address(host, port),
        "WORKER_GRACE_SECONDS": "3",  # honcho kills after 5 seconds
    }
    fixed = {"PYTHONUNBUFFERED": "1", "PORT": str(port), "INSTANCE_PATH": str(instance)}
    # Only the flask command would read .env, and then migrate a database that nothing else uses.
    return defaults | os.environ | fixed | {"FLASK_SKIP_DOTENV": "1"}


@contextlib.contextmanager
def _only_one(instance: Path) -> Iterator[None]:
    """Hold the instance folder: two at once would write the same Valkey dump. A lock ends with its holder."""
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (instance / "dev.lock").open("a")
    except OSError as error:
        raise Refused(f"INSTANCE_PATH must be a folder that can be written to: {error}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Foreword is already running from {instance}.") from None
        yield


def _refuse_busy(host: str, port: int) -> None:
    """Find out before anything starts."""
    another = f"Choose another: PORT={5001 if port == 5000 else port % 65535 + 1} bin/dev"
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise Refused(f"Port {port} is not allowed for this user. {another}") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(f"Port {port} is in use. {another}") from None
        raise Refused(f"HOST must be an address of this machine, not {host!r}") from None
    # macOS lets one bind a port that AirPlay, for example, serves on every address; what answers there tells.
    with contextlib.suppress(OSError), socket.create_connection((_reachable(host), port), timeout=1):
        raise Refused(f"Port {port} is in use. {another}")


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound


def _address(host: str, port: int) -> str:
    reachable = _reachable(host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


@contextlib.contextmanager
def _redis(instance: Path, env: dict[str, str]) -> Iterator[None]:
    """Start an embedded Valkey, unless there is a Redis, and stop it after everything that uses it."""
    if env.get("REDIS_URL"):
        yield
        return
    command = [sys.executable, str(ROOT / "bin" / "_valkey.py"), str(instance / "valkey")]
    valkey = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        port = valkey.stdout.readline().strip()
        if not port:
            raise Refused("Foreword needs Redis, and found none.")
        env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        env["CACHE_URL"] = env.get("CACHE_URL") or f"redis://127.0.0.1:{port}/1"
        yield
    finally:
        valkey.stdin.close()
        valkey.wait()


def _migrated(instance: Path, env: dict[str, str]) -> bool:
    """Whether the SQLite file is at the newest migration: asking it takes a millisecond, Alembic seconds."""
    newest = max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    if env.get("DATABASE_URL") or not (instance / "foreword.sqlite3").exists():
        return False
    with contextlib.closing(sqlite3.connect(instance / "foreword.sqlite3")) as database:
        try:
            return database.execute("SELECT version_num FROM alembic_version").fetchone() == (newest,)
        except sqlite3.Error:
            return False


def _migrate(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        # What is wrong with the environment needs no traceback.
        raise Refused(done.stdout.rpartition("ConfigError: ")[2].rstrip() or "The migrations failed.")


def _commands(host: str, port: int, env: dict[str, str]) -> dict[str, list[str]]:
    web = ["granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws", "--blocking-threads", "32"]
    web += ["--workers", env.get("WEB_CONCURRENCY") or "1", "--workers-kill-timeout", "4", "--log-level", "warning"]
    return {
        "web": [*web, "wsgi:app"],
        "worker": ["jobs.worker", "high", "default", "low"],
    }


def _run(commands: dict[str, list[str]], env: dict[str, str], host: str, port: int) -> int:
    manager = Foreground(when_started=functools.partial(_announce, host, port))
    for name, command in commands.items():
        manager.add_process(name, "exec " + shlex.join([sys.executable, "-m", *command]), env=env, cwd=str(ROOT))
    try:
        manager.loop()
    finally:
        manager.kill()
    return 0 if manager.interrupted else 1


def _announce(host: str, port: int, manager: Foreground) -> None:
    """Say where Foreword is once it answers, and where its summaries come from."""
    address = _reachable(host)
    deadline = time.monotonic() + READY_WITHIN
    while not _ready(address, port):
        if time.monotonic() > deadline:
            manager.say(f"Foreword is not ready after {READY_WITHIN} seconds; the lines above may say why.")
            return
        time.sleep(0.1)
    manager.say(f"Foreword is running at {_address(host, port)}  (Ctrl-C stops it)\n{_source_of_summaries()}")


def _ready(address: str, port: int) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _source_of_summaries() -> str:
    if not os.environ.get("OPENAI_API_KEY"):
        return "Summaries come from the offline summariser; set OPENAI_API_KEY to have a model write them."
    sys.path.insert(0, str(ROOT))
    from app.config import load_settings

    return f"Summaries come from {load_settings().openai_model}."


if __name__ == "__main__":
    sys.exit(main())
