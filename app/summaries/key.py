"""The name of a summary: everything that decides its text."""

from __future__ import annotations

import hashlib
import json

from app.models import Step
from app.summaries import prompt
from app.summaries.prompt import Options

KEY_SCHEMA = 2
PART_SCHEMA = 1
DIGEST_CHARACTERS = 40


def key_for(document_id: int, text_digest: str, options: Options, model: str, scheme: str = "whole") -> str:
    """``summary:7:v1.0:<digest>``; the prefix is for people, the digest decides.

    :param scheme: how the text is sent, as ``window.scheme`` says.
    """
    parts = [
        KEY_SCHEMA,
        document_id,
        text_digest,
        options.style,
        options.language,
        options.length,
        model,
        prompt.PROMPT_VERSION,
        prompt.digest(options, in_parts=scheme != "whole"),
        scheme,
    ]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"summary:{document_id}:{prompt.PROMPT_VERSION}:{digest}"


def part_key(document_id: int, step: Step, text: str, model: str) -> str:
    """The name of the notes of one part: whatever decides them, and not where in the document the part stands."""
    parts = [
        PART_SCHEMA,
        document_id,
        step,
        hashlib.sha256(text.encode()).hexdigest(),
        model,
        prompt.notes_digest(step),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
