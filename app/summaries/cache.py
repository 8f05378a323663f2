"""Copies of finished summaries in Redis. The database has the originals.

Explicit get and set of JSON under our own key: Flask-Caching's decorators key on the path alone, so one
user saw another's page, and hold no single flight. A cache that is down, or a value that is not ours,
is a miss.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app
from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError
from redis import RedisError

from app.extensions import cache
from app.models import Summary
from app.summaries.coverage import Coverage

SCHEMA = 3
DAY_SECONDS = 24 * 60 * 60

log = logging.getLogger("foreword.cache")


@dataclass(frozen=True)
class Stored:
    """A finished summary, as it is read."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    key: str
    summary_id: int
    fence: int
    text: str
    model: str
    prompt_version: str
    revision_number: int
    style: str
    length: str
    language: str  # asked for; empty for the document's own
    own_language: str  # of the text that was read
    take: int
    made_at: AwareDatetime
    coverage: Coverage
    passages: list[tuple[str, int]]  # what is quoted, and the number of the paragraph that it stands in
    gaps: list[str]  # what of the file or page is not in the text that was read; messages as they are stored

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
            style=summary.style,
            length=summary.length,
            language=summary.language,
            own_language=summary.revision.language,
            take=summary.take,
            made_at=summary.finished_at,
            coverage=Coverage.parse(summary.coverage),
            passages=[(quote, paragraph) for quote, paragraph in summary.passages],
            gaps=[gap.stored for gap in summary.revision.gaps],
        )


_FORM = TypeAdapter(Stored)


def name(key: str, choices: int) -> str:
    """Where the copy lies that is read while another take was chosen so many times.

    So the row decides: a copy of an earlier take can not be read again, whoever wrote it when, and also if
    Redis was away when the choice was made.
    """
    return f"{key}:{choices}" if choices else key


def read(key: str, choices: int) -> Stored | None:
    try:
        return _parse(cache.get(name(key, choices)), key)
    except RedisError as error:
        log.warning("cache unreadable: %s", error)
        return None


def write(stored: Stored, choices: int) -> None:
    value = {"schema": SCHEMA, **asdict(stored), "made_at": stored.made_at.isoformat()}
    seconds = int(current_app.config["SETTINGS"].summary_cache_days * DAY_SECONDS)
    try:
        cache.set(name(stored.key, choices), value, timeout=max(1, seconds))
    except RedisError as error:
        log.warning("cache unwritable: %s", error)


def changes_key(document_id: int) -> str:
    """Where the count of what changed between two revisions is kept."""
    return f"changes:{document_id}"


def forget(names: Iterable[str]) -> None:
    try:
        for copy in set(names):
            cache.delete(copy)
    except RedisError as error:
        log.warning("cache unreachable: %s", error)


def _parse(value: Any, key: str) -> Stored | None:
    """*value* if it is what this version writes under *key*; anything else is a miss."""
    if not isinstance(value, dict) or value.pop("schema", None) != SCHEMA or value.get("key") != key:
        return None
    try:
        return _FORM.validate_python(value)
    except ValidationError:
        return None
