"""Copies of finished summaries in Redis. The database has the originals.

Explicit get and set of JSON under our own key: Flask-Caching's decorators key on the path alone, so one
user saw another's page, and hold no single flight. A cache that is down, or a value that is not ours,
is a miss.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from redis import RedisError

from app.extensions import cache
from app.models import Summary

SCHEMA = 1
DAY_SECONDS = 24 * 60 * 60

log = logging.getLogger("foreword.cache")


@dataclass(frozen=True)
class Stored:
    """A finished summary, as it is read."""

    key: str
    summary_id: int
    fence: int
    text: str
    model: str
    prompt_version: str
    revision_number: int
    made_at: datetime

    @classmethod
    def of(cls, summary: Summary) -> Stored:
        if summary.text is None or summary.finished_at is None:
            raise ValueError(f"summary {summary.id} is not finished")
        return cls(
            key=summary.key,
            summary_id=summary.id,
            fence=summary.fence,
            text=summary.text,
            model=summary.model,
            prompt_version=summary.prompt_version,
            revision_number=summary.revision.number,
            made_at=summary.finished_at,
        )


def read(key: str) -> Stored | None:
    try:
        return _parse(cache.get(key), key)
    except RedisError as error:
        log.warning("cache unreadable: %s", error)
        return None


def write(stored: Stored) -> None:
    value = {"schema": SCHEMA, **asdict(stored), "made_at": stored.made_at.isoformat()}
    seconds = int(current_app.config["SETTINGS"].summary_cache_days * DAY_SECONDS)
    try:
        cache.set(stored.key, value, timeout=max(1, seconds))
    except RedisError as error:
        log.warning("cache unwritable: %s", error)


def forget(keys: Iterable[str]) -> None:
    try:
        for key in set(keys):
            cache.delete(key)
    except RedisError as error:
        log.warning("cache unreachable: %s", error)


def _parse(value: Any, key: str) -> Stored | None:
    """*value* if it is what this version writes under *key*; anything else is a miss."""
    if not isinstance(value, dict) or value.pop("schema", None) != SCHEMA or value.get("key") != key:
        return None
    try:
        stored = Stored(**{**value, "made_at": datetime.fromisoformat(value["made_at"])})
    except (TypeError, KeyError, ValueError):
        return None
    well_formed = all(
        isinstance(getattr(stored, name), kind)
        for name, kind in (("summary_id", int), ("fence", int), ("text", str), ("model", str), ("revision_number", int))
    )
    return stored if well_formed and isinstance(stored.prompt_version, str) and stored.made_at.tzinfo else None
