"""Every metric there is: its name, its kind, what it says, and by what it is told apart.

Prometheus and StatsD both go by this one table. Labels are words of ours or the names of models, never an id, a title
or an address: each value is a series of its own, which is kept for months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from app import queues
from app.llm.prices import DOLLAR
from app.models import IN_PROGRESS, Status
from app.summaries.budget import Scope
from app.summaries.reading import NONE
from app.summaries.recovery import KINDS

_KINDS = tuple(kind.__tablename__ for kind in KINDS)
_LAYERS = ("cache", "database")
_STATES = (NONE, *map(str, Status))
_ENDS = (Status.COMPLETE, Status.FAILED, Status.CANCELLED)
_OPEN: tuple[str, ...] = ()  # a label whose values only time tells
SUM = "sum"  # beside the buckets of a histogram

# A call ends after 8 seconds for 95 of 100 people, and a long document's many calls after minutes.
_CALL_SECONDS = (0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 60, 120)
_ASKED_SECONDS = (*_CALL_SECONDS, 300, 600, 1800)
# A click is taken up after 16 ms where a worker is free.
_WAIT_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)


class Kind(StrEnum):
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


# How a part of a metric is named where it is kept: its name, its labels' values, and of a histogram which bucket.
Slot = tuple[str, ...]
Found = dict[Slot, float]


@dataclass(frozen=True, eq=False)
class Metric:
    """What is told of one thing."""

    name: str  # as Prometheus has it
    kind: Kind
    help: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # each with the values it can have, if known
    buckets: tuple[float, ...] = ()  # of a histogram, up to which value each goes
    dotted: str = ""  # as StatsD has it; none of what is only looked up for a scrape
    per_unit: int = 1  # how many of what is counted make one of what is told

    def seen(self, *labels: str, value: float = 1) -> Observation:
        return Observation(self, labels, value)

    def slot(self, *rest: str) -> Slot:
        return (self.name, *rest)

    @property
    def zeros(self) -> Found:
        """Nothing yet of each, where all values of its labels are known.

        A series that begins at 1 has never risen, as far as Prometheus can see.
        """
        last = (SUM,) if self.kind is Kind.HISTOGRAM else ()
        return {self.slot(*labels, *last): 0.0 for labels in product(*self.labels.values())}

    @property
    def bounds(self) -> tuple[str, ...]:
        """What its buckets are called, the last of which is for everything beyond the others."""
        return (*(repr(float(bucket)) for bucket in self.buckets), "+Inf")


class Observation(NamedTuple):
    """That something happened once, or so much of it."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


def _counter(
    name: str, dotted: str, about: str, labels: Mapping[str, tuple[str, ...]] | None = None, per_unit: int = 1
) -> Metric:
    return Metric(f"foreword_{name}_total", Kind.COUNTER, about, labels or {}, dotted=dotted, per_unit=per_unit)


def _seconds(
    name: str, dotted: str, about: str, buckets: tuple[float, ...], labels: Mapping[str, tuple[str, ...]] | None = None
) -> Metric:
    return Metric(f"foreword_{name}_seconds", Kind.HISTOGRAM, about, labels or {}, buckets, dotted)


def _gauge(name: str, about: str, labels: Mapping[str, tuple[str, ...]] | None = None) -> Metric:
    return Metric(f"foreword_{name}", Kind.GAUGE, about, labels or {})


# -- reading ---------------------------------------------------------------------------------------------

LOOKUPS = _counter(
    "summary_lookups",
    "summary.lookups",
    "Looks for a document's current summary, by what had it.",
    {"answered_by": (*_LAYERS, "nobody")},
)
READS = _counter(
    "summary_reads", "summary.reads", "Pages that showed a summary whole, by what had it.", {"layer": _LAYERS}
)
POLLS = _counter(
    "polls",
    "polls",
    "Polls of a page that follows work, by what it was told.",
    {"panel": ("summary", "extraction"), "state": _STATES},
)

# -- waiting and writing ---------------------------------------------------------------------------------

QUEUE_WAIT = _seconds(
    "queue_wait",
    "queue.wait",
    "From when a summary was due until a worker took it up.",
    _WAIT_SECONDS,
    {"queue": queues.ALL},
)
GENERATION = _seconds("generation", "generation", "An attempt that ended with a summary.", _CALL_SECONDS)
FIRST_TEXT = _seconds("first_text", "first_text", "From taking a summary up to its first words.", _CALL_SECONDS)
ASKED_TO_COMPLETE = _seconds(
    "asked_to_complete", "asked_to_complete", "From asking for a summary to having it.", _ASKED_SECONDS
)
READING = _seconds("extraction", "extraction", "An attempt that got a document's text.", _CALL_SECONDS)
ATTEMPTS = _counter("attempts", "attempts", "Attempts that were begun.", {"kind": _KINDS})
FAILURES = _counter("failures", "failures", "Work that failed for good, by reason.", {"kind": _KINDS, "reason": _OPEN})
ENDED = _counter("ended", "ended", "Work that ended, by how.", {"kind": _KINDS, "status": tuple(map(str, _ENDS))})
RETRIES = _counter("retries", "retries", "Attempts that failed and are made again.", {"kind": _KINDS, "reason": _OPEN})
RESCUES = _counter("rescues", "rescues", "Work that the sweeper took from a worker that fell silent.", {"kind": _KINDS})
CANCELLATIONS = _counter("cancellations", "cancellations", "Work that was cancelled.", {"kind": _KINDS})
HAND_BACKS = _counter("hand_backs", "hand_backs", "Work that a stopping worker handed back.", {"kind": _KINDS})

# -- the provider, and what it costs ---------------------------------------------------------------------

CALLS = _counter(
    "provider_calls",
    "provider.calls",
    "Calls of the provider, by how they ended.",
    {"model": _OPEN, "step": _OPEN, "outcome": _OPEN},
)
CALL_SECONDS = _seconds(
    "provider_call", "provider.call", "From asking the provider to the end.", _CALL_SECONDS, {"model": _OPEN}
)
TOKENS = _counter("tokens", "tokens", "Tokens read and written.", {"model": _OPEN, "direction": ("input", "output")})
COST = _counter(
    "cost_dollars",
    "cost.microdollars",
    "What calls cost by the prices of their day.",
    {"model": _OPEN},
    per_unit=DOLLAR,
)
UNPRICED = _counter("unpriced_calls", "provider.unpriced", "Calls for which no price is known.", {"model": _OPEN})
BUDGET_REFUSALS = _counter(
    "budget_refusals", "budget.refusals", "Summaries refused for want of money.", {"budget": tuple(map(str, Scope))}
)

# -- the door --------------------------------------------------------------------------------------------

SIGN_IN_FAILURES = _counter("sign_in_failures", "sign_in.failures", "Attempts to sign in that failed.")
REFUSED = _counter(
    "refused_requests",
    "requests.refused",
    "Requests that could not be read (400), were too large (413) or too many (429).",
    {"status": ("400", "413", "429")},
)

# -- what is looked up for a scrape ----------------------------------------------------------------------

DEPTH = _gauge("queue_depth", "Work that is due and that no worker has taken up.", {"queue": queues.ALL})
OLDEST_DUE = _gauge("queue_oldest_due_seconds", "For how long the longest due has been due.", {"queue": queues.ALL})
IN_HAND = _gauge(
    "work_in_progress",
    "Work that is waiting, also for its next attempt, or under way.",
    {"kind": _KINDS, "status": tuple(map(str, IN_PROGRESS))},
)
WORKERS = _gauge("workers", "RQ workers whose heart beats; a worker process of the Procfile has two.")
UP = _gauge("up", "Whether it answered this scrape.", {"part": _OPEN})
REDIS_HITS = Metric("foreword_redis_keyspace_hits_total", Kind.COUNTER, "Keys that were there.", {"part": _OPEN})
REDIS_MISSES = Metric("foreword_redis_keyspace_misses_total", Kind.COUNTER, "Keys that were not.", {"part": _OPEN})
REDIS_EVICTED = Metric(
    "foreword_redis_evicted_keys_total", Kind.COUNTER, "Keys lost for want of room.", {"part": _OPEN}
)
REDIS_MEMORY = _gauge("redis_memory_bytes", "What Redis holds.", {"part": _OPEN})
REDIS_LIMIT = _gauge("redis_memory_limit_bytes", "What Redis may hold; 0 where nobody set a limit.", {"part": _OPEN})

# All of the above, in that order.
TABLE = tuple(metric for metric in list(globals().values()) if isinstance(metric, Metric))
