"""The text so far of a summary that is being written. A copy for readers: losing it loses nothing."""

from __future__ import annotations

import logging

from redis import RedisError

from app.extensions import cache

KEEP_SECONDS = 600

log = logging.getLogger("foreword.progress")


def _name(summary_id: int, fence: int) -> str:
    return f"progress:{summary_id}:{fence}"  # another attempt begins anew, under its own fence


def write(summary_id: int, fence: int, text: str) -> None:
    try:
        cache.set(_name(summary_id, fence), text, timeout=KEEP_SECONDS)
    except RedisError as error:
        log.debug("progress unwritable: %s", error)


def read(summary_id: int, fence: int) -> str:
    try:
        text = cache.get(_name(summary_id, fence))
    except RedisError:
        return ""
    return text if isinstance(text, str) else ""


def forget(summary_id: int, fence: int) -> None:
    try:
        cache.delete(_name(summary_id, fence))
    except RedisError as error:
        log.debug("progress unreachable: %s", error)
