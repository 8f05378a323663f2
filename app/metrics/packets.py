"""What StatsD is told: a packet for each thing that happens, from the process in which it does.

Nobody waits for an answer, and nothing depends on whether a packet arrives.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from threading import Thread
from urllib.parse import urlsplit

from statsd import StatsClient  # type: ignore[import-untyped]

from app.metrics.catalogue import Kind, Observation

PREFIX = "foreword"
PORT = 8125
LOOK_UP_EVERY_SECONDS = 60.0
_ODD = re.compile(r"[^A-Za-z0-9_-]")  # in a name of StatsD a dot divides, and a colon or a bar ends it

log = logging.getLogger("foreword.metrics")


class Packets:
    """Where they go. A host whose name cannot be found is looked up again later, aside from any request."""

    def __init__(self, where: str) -> None:
        """:param where: HOST or HOST:PORT."""
        self._where = where
        self._client: StatsClient | None = None
        self._looked_at = time.monotonic()
        self._find()

    def take(self, observations: Iterable[Observation]) -> None:
        if self._client is None:
            self._look_again()
            return
        with self._client.pipeline() as packet:
            for metric, labels, value in observations:
                name = ".".join((metric.dotted, *(_ODD.sub("_", label) for label in labels)))
                if metric.kind is Kind.HISTOGRAM:
                    packet.timing(name, value * 1000)
                else:
                    packet.incr(name, int(value))

    def _look_again(self) -> None:
        if time.monotonic() > self._looked_at + LOOK_UP_EVERY_SECONDS:
            self._looked_at = time.monotonic()
            Thread(target=self._find, name="statsd", daemon=True).start()

    def _find(self) -> None:
        try:
            parts = urlsplit(f"//{self._where}")
            host = parts.hostname or ""
            self._client = StatsClient(host, parts.port or PORT, PREFIX, ipv6=":" in host)
        except (OSError, ValueError) as error:
            log.warning("StatsD at %s is told nothing: %s", self._where, error)
