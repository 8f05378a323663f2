"""Counts that are kept for Prometheus: a second in this process, then in Redis, where those of all processes add up.

Web processes live on several machines, and a worker forks one process for each job, so no file of one process or
machine could hold them. When Redis is emptied they begin at 0 again, which Prometheus takes for a restart.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.util import Finalize
from threading import Lock, Thread
from typing import NamedTuple
from weakref import WeakSet

from redis import Redis, RedisError
from rq.utils import as_text

from app.metrics.catalogue import SUM, Found, Kind, Observation, Slot

KEPT_AT = "foreword:metrics"
WRITE_EVERY_SECONDS = 1.0
# For how long it is known which batches were added: longer than anybody waits for an answer about one.
REMEMBERED_SECONDS = 60
_BETWEEN = "\t"

# A batch whose answer was lost is sent again, and must not be added twice. What somebody else has put into a field and
# is no number stays as it is.
_ADD = """
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[1]) then
    for i = 2, #ARGV, 2 do redis.pcall('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
"""

log = logging.getLogger("foreword.metrics")


class _Batch(NamedTuple):
    name: str
    counts: Found


class Counts:
    """What this process counted and has not yet added to what is in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(_ADD)
        self.forget()
        _all.add(self)

    def forget(self) -> None:
        """Begin anew, as a fork must: what was counted before it is its parent's, and so are threads and locks."""
        self._counting, self._writing = Lock(), Lock()
        self._counts: Found = {}
        self._batch: _Batch | None = None
        self._to_be_written = False

    def take(self, observations: Iterable[Observation]) -> None:
        with self._counting:
            for observation in observations:
                for slot, amount in _amounts(observation):
                    self._counts[slot] = self._counts.get(slot, 0) + amount
            self._see_to_writing()

    def _see_to_writing(self) -> None:
        """Have a thread write in a second, unless one is about to. None lives while there is nothing to write."""
        if not self._to_be_written:
            Thread(target=self._write_soon, name="metrics", daemon=True).start()
            self._to_be_written = True

    def _write_soon(self) -> None:
        # A signal is for the main thread, which would sleep on if this one were given it.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(WRITE_EVERY_SECONDS)
        with self._counting:
            self._to_be_written = False
        if not self.write():
            with self._counting:
                self._see_to_writing()

    def write(self) -> bool:
        """Add what was counted to what is in Redis now. While Redis is away it is kept, and false returned."""
        with self._writing:
            try:
                self._write_batch()  # that could not be written before
                self._write_batch()
            except RedisError as error:
                log.debug("counts are kept until later: %s", error)
                return False
        return True

    def _write_batch(self) -> None:
        with self._counting:
            if self._batch is None and self._counts:
                self._batch, self._counts = _Batch(uuid.uuid4().hex, self._counts), {}
        if self._batch:
            named = {
                _BETWEEN.join(slot).encode(errors="replace"): amount for slot, amount in self._batch.counts.items()
            }
            fields = [part for pair in named.items() for part in pair]
            self._add(keys=[KEPT_AT, f"{KEPT_AT}:{self._batch.name}"], args=[REMEMBERED_SECONDS, *fields])
            self._batch = None

    def read(self) -> Found:
        """What all processes have counted.

        :raises RedisError: when Redis does not answer.
        """
        found: Found = {}
        for name, amount in self._redis.hgetall(KEPT_AT).items():
            with suppress(ValueError):  # what is not ours is no count
                found[tuple(as_text(name).split(_BETWEEN))] = _positive(as_text(amount))
        return found


def _amounts(observation: Observation) -> Iterable[tuple[Slot, float]]:
    metric, labels, value = observation
    if metric.kind is not Kind.HISTOGRAM:
        return [(metric.slot(*labels), value)]
    number = sum(value > bucket for bucket in metric.buckets)
    return [(metric.slot(*labels, metric.bounds[number]), 1), (metric.slot(*labels, SUM), value)]


def _positive(given: str) -> float:
    """:raises ValueError: when it is not the number of anything."""
    number = float(given)
    if not 0 <= number < math.inf:
        raise ValueError("no count")
    return number


_all: WeakSet[Counts] = WeakSet()


def _forget_in_a_fork() -> None:
    for counts in _all:
        counts.forget()


def _write_at_the_end() -> None:
    for counts in _all:
        counts.write()


os.register_at_fork(after_in_child=_forget_in_a_fork)
# Not atexit: a web process is forked by multiprocessing, which ends it without.
Finalize(None, _write_at_the_end, exitpriority=0)
