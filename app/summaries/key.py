"""The name of a summary: everything that decides its text."""

from __future__ import annotations

import hashlib
import json

from app.summaries import prompt
from app.summaries.prompt import Options

KEY_SCHEMA = 2
PARTS_SCHEME = "whole"  # the text is sent in one piece
DIGEST_CHARACTERS = 40


def key_for(document_id: int, text_digest: str, options: Options, model: str) -> str:
    """``summary:7:v1.0:<digest>``; the prefix is for people, the digest decides."""
    parts = [
        KEY_SCHEMA,
        document_id,
        text_digest,
        options.style,
        options.language,
        options.length,
        model,
        prompt.PROMPT_VERSION,
        prompt.digest(options),
        PARTS_SCHEME,
    ]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"summary:{document_id}:{prompt.PROMPT_VERSION}:{digest}"
