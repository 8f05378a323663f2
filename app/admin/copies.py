"""Forgetting copies of summaries, on purpose. Nothing is lost: the next reader gets them from the database."""

from __future__ import annotations

import re

from flask import current_app
from redis import Redis

from app import queues

BATCH = 500  # names in one answer of Redis, and in one deletion
MEANS_MORE = re.compile(r"([*?\[\]\\^-])")  # to Redis, in a pattern


def connection() -> Redis:
    """The Redis that holds the copies, with a web process's short patience."""
    return queues.connection_to(current_app.config["CACHE_REDIS_URL"])


def forget_document(document_id: int) -> int:
    """Forget the copies of one document's summaries; how many there were.

    :raises RedisError: when Redis does not answer; what was forgotten by then stays so.
    """
    return _forget(f"summary:{document_id}:*")


def forget_prompt(version: str) -> int:
    """Forget the copies of every summary that was made with this version of the prompt.

    :raises RedisError: as above.
    """
    literal = MEANS_MORE.sub(r"\\\1", version)
    return _forget(f"summary:*:{literal}:*")


def forget_all() -> int:
    """Forget the copies of all summaries.

    :raises RedisError: as above.
    """
    return _forget("summary:*")


def _forget(pattern: str) -> int:
    """One step after the other, where ``KEYS`` would keep everybody waiting for the whole of it."""
    redis, forgotten = connection(), 0
    names: list[bytes] = []
    for name in redis.scan_iter(f"{current_app.config['CACHE_KEY_PREFIX']}{pattern}", count=BATCH):
        names.append(name)
        if len(names) == BATCH:
            forgotten += redis.delete(*names)
            names = []
    return forgotten + (redis.delete(*names) if names else 0)
