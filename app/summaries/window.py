"""How much text a model can be sent at once, and how long texts are cut."""

from __future__ import annotations

from flask import current_app

from app.config import Settings
from app.llm import OFFLINE_MODEL
from app.llm.prices import context_tokens

# Part of every key of a long text: whoever changes how texts are cut changes this too.
PARTS_SCHEME = 1
UNKNOWN_MODEL_TOKENS = 32_768
# For our instructions, the longest answer, and what the provider itself puts around a message.
RESERVED_TOKENS = 3_000
# The usual four bytes a token are too hopeful for tables, code and scripts other than Latin.
BYTES_PER_TOKEN = 2.5
# 12,000 tokens or so. Small enough that an edit pays for little again, large enough to be understood by itself.
PART_BYTES = 48_000


def most_bytes(model: str) -> int | None:
    """Bytes of UTF-8 that are sent in one piece; None for the offline summariser, which reads any length."""
    if model == OFFLINE_MODEL:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    tokens = settings.openai_context_tokens or context_tokens(model) or UNKNOWN_MODEL_TOKENS
    return int(max(tokens - RESERVED_TOKENS, tokens // 4) * BYTES_PER_TOKEN)


def part_bytes(model: str) -> int:
    """Of one part of a text that is longer than :func:`most_bytes`."""
    return min(most_bytes(model) or PART_BYTES, PART_BYTES)


def is_long(size: int, model: str) -> bool:
    """Whether a text of so many bytes is read in parts."""
    most = most_bytes(model)
    return most is not None and size > most


def likely_parts(size: int, model: str) -> int:
    """About how many parts there will be: cut where the text itself suggests it, they are a little over half full."""
    return max(1, round(size / (0.55 * part_bytes(model))))


def scheme(size: int, model: str) -> str:
    """How a text of so many bytes is sent, for its key."""
    return f"parts-{PARTS_SCHEME}-{part_bytes(model)}" if is_long(size, model) else "whole"
