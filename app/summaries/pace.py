"""How long summaries take, and so when a page should ask again.

Asking seldom while nothing can be ready and often near the end shows the result sooner, with fewer requests,
than any fixed interval: at 0.5 s a p95 of 500 ms with 16 polls of an 8 s call (measured).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from redis import RedisError

from app.database import utcnow
from app.extensions import cache
from app.llm import OFFLINE_MODEL
from app.models import Status, Summary
from app.moments import known_for
from app.summaries.reading import Attempt

RECENT = 20
KEEP_SECONDS = 60

SOON_SECONDS = 0.3  # when the next thing may be there any moment
STREAMING_SECONDS = 1.0  # between two looks at text that is being written
LONGEST_SECONDS = 5.0
# One looks before an end can be there, for it may be a little sooner than ever before. First words may be seen a little
# late, which spares the look that finds none.
MARGIN_SECONDS = 0.1
ENOUGH = 5  # times, to say how far apart they are


@dataclass(frozen=True)
class Spread:
    """How long something takes, in seconds: what half of them are over in, and before what hardly any ends."""

    typical: float
    soonest: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Spread:
        """Few times say little about how far apart others are, so that of them one looks sooner."""
        typical = statistics.median(times)
        early = sorted(times)[len(times) // 10]
        return cls(typical, early if len(times) >= ENOUGH else min(early, typical * 0.9))


@dataclass(frozen=True)
class Pace:
    """Seconds from claim to the first words and to the end."""

    first_words: Spread
    end: Spread

    @property
    def is_silent(self) -> bool:
        """Whether words come with the end, or not long before it."""
        return self.first_words.soonest > self.end.soonest / 2


UNKNOWN = Pace(Spread(1.0, 0.9), Spread(6.0, 5.4))
OFFLINE = Pace(Spread(0.1, 0.0), Spread(0.1, 0.0))


@known_for(seconds=1)
def typical(model: str) -> Pace:
    """How long this model's latest summaries took."""
    if model == OFFLINE_MODEL:
        return OFFLINE
    try:
        remembered = cache.get(_name(model))
        if isinstance(remembered, dict):
            return Pace(Spread(**remembered["first_words"]), Spread(**remembered["end"]))
    except (RedisError, KeyError, TypeError, ValueError):
        pass
    return _measure(model)


def until_next_look(attempt: Attempt, model: str) -> float:
    """Seconds until it is worth asking again about an attempt at a summary with this model."""
    now = utcnow()
    if attempt.status == Status.PENDING:
        waited = (now - attempt.next_at).total_seconds()  # negative before the next attempt is due
        # A short call is not to begin and end between two looks.
        longest = max(STREAMING_SECONDS, typical(model).end.soonest - MARGIN_SECONDS)
        return next_look_in_queue(waited, until_due=-waited, longest=longest)
    elapsed = (now - (attempt.started_at or now)).total_seconds()
    return next_look(typical(model), elapsed, streaming=bool(attempt.partial or attempt.progress.parts))


def forget(model: str) -> None:
    with suppress(RedisError):
        cache.delete(_name(model))


def next_look_in_queue(waited: float, until_due: float, longest: float = LONGEST_SECONDS) -> float:
    """Seconds until it is worth asking whether a worker has begun: usually at once, and if not, not soon.

    :param waited: seconds since it was due, or asked for.
    :param until_due: seconds before which no worker begins; negative or 0 where one may.
    :param longest: seconds in which a worker may begin and end.
    """
    worth_it = min(longest, SOON_SECONDS + max(0.0, waited) / 10)
    return min(LONGEST_SECONDS, max(until_due, worth_it))


def next_look(pace: Pace, elapsed: float, *, streaming: bool) -> float:
    """Seconds until it is worth asking again.

    :param elapsed: seconds since a worker began.
    :param streaming: whether words have come already.
    """
    expected = pace.end if streaming else pace.first_words
    margin = -MARGIN_SECONDS if streaming or pace.is_silent else MARGIN_SECONDS
    until_worth_it = expected.soonest + margin - elapsed
    if until_worth_it > 0:
        steps = max(1, round(until_worth_it / _longest_step(pace, elapsed, streaming=streaming)))
        return max(SOON_SECONDS, until_worth_it / steps)
    overdue = elapsed - expected.typical * 1.5
    # A call that is silent longer than most may still end when most end.
    longest = LONGEST_SECONDS if elapsed > pace.end.typical * 1.5 else STREAMING_SECONDS
    return min(longest, SOON_SECONDS + max(0.0, overdue) / 4)


def _longest_step(pace: Pace, elapsed: float, *, streaming: bool) -> float:
    """Seconds between two looks while the end is not near.

    In silence nothing is missed but a change of state. Words come faster than they are read (some ten in a second
    instead of four), so the more of them stand there, the later the next are missed. A call of 10 s is looked at each
    second all the same, one of 20 s at most every five.
    """
    if not streaming:
        return max(STREAMING_SECONDS, pace.first_words.typical * 0.3)
    since_words = elapsed - pace.first_words.typical
    to_read = 1.5 * (since_words if since_words > 0 else elapsed)
    typical = pace.end.typical
    return max(STREAMING_SECONDS, min(to_read, typical**2 / 80, max(LONGEST_SECONDS, typical / 8)))


def _measure(model: str) -> Pace:
    times = Summary.recent_times(model, RECENT)
    pace = Pace(Spread.of([first for first, _ in times]), Spread.of([end for _, end in times])) if times else UNKNOWN
    with suppress(RedisError):
        cache.set(_name(model), asdict(pace), timeout=KEEP_SECONDS)
    return pace


def _name(model: str) -> str:
    return f"pace:{model}"
