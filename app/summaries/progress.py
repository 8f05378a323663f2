"""The text so far of a summary that is being written. A copy for readers: losing it loses nothing."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import Any

from redis import RedisError

from app import moments
from app.extensions import cache
from app.models import Status
from app.moments import known_for

KEEP_SECONDS = 1800
LATE_SECONDS = 0.1

log = logging.getLogger("foreword.progress")


@dataclass(frozen=True)
class Progress:
    """The text so far and, of a text that is read in parts, how many of how many have been read."""

    text: str = ""
    read: int = 0
    parts: int = 0


def _name(summary_id: int, fence: int) -> str:
    return f"progress:{summary_id}:{fence}"  # another attempt begins anew, under its own fence


def write(summary_id: int, fence: int, so_far: Progress) -> None:
    try:
        cache.set(_name(summary_id, fence), asdict(so_far), timeout=KEEP_SECONDS)
    except RedisError as error:
        log.debug("progress unwritable: %s", error)
    moments.forget(lately, summary_id, fence)


@known_for(seconds=LATE_SECONDS)
def lately(summary_id: int, fence: int) -> Progress:
    """What was there a moment ago: everybody who follows it asks, and Redis is a quarter of a poll (measured)."""
    return read(summary_id, fence)


def of(row: Any) -> Progress:
    """Of a *row*, a summary or what a look found of one: nothing while nobody writes it."""
    return lately(row.id, row.fence) if row.status == Status.PROCESSING else Progress()


def read(summary_id: int, fence: int) -> Progress:
    try:
        found = cache.get(_name(summary_id, fence))
    except RedisError:
        return Progress()
    try:
        return Progress(str(found["text"]), int(found["read"]), int(found["parts"]))
    except (TypeError, KeyError, ValueError):
        return Progress()


def forget(summary_id: int, fence: int) -> None:
    try:
        cache.delete(_name(summary_id, fence))
    except RedisError as error:
        log.debug("progress unreachable: %s", error)
