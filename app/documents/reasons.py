"""Why there is no text, where the file or the page itself did not say, in words for the person who waits for it."""

from __future__ import annotations

from app.models import MAX_ATTEMPTS

_SENTENCES = {
    "too_slow": "It took too long to read. Split it and add the parts, or copy the text and paste it.",
    "too_big": "It needs more memory to read than there is. Split it and add the parts, or copy the text and paste it.",
    "worker_lost": f"The program that reads documents stopped {MAX_ATTEMPTS} times while it was at work on this one. "
    "Nothing is lost; try again, or copy the text and paste it.",
    "overdue": "It was not read by the promised time. Nothing is lost; try again.",
    "internal": "Something went wrong in this site itself. Please tell the person who runs it.",
}

_WAITS = {"worker_lost": "The program that was reading it stopped."}


def sentence(reason: str) -> str:
    return _SENTENCES.get(reason, _SENTENCES["internal"])


def wait_sentence(reason: str) -> str:
    """Why another attempt is needed."""
    return _WAITS.get(reason, "The last attempt failed.")
