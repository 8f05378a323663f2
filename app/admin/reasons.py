"""Why work failed, in words for the person who runs the site: what it was, and where to look."""

from __future__ import annotations

_SENTENCES = {
    "bad_key": "The provider did not accept the key: look at OPENAI_API_KEY.",
    "no_quota": "The provider's quota is used up: look at its bill.",
    "unknown_model": "The provider does not know the model: look at OPENAI_MODEL.",
    "rejected": "The provider did not accept the request: look at OPENAI_BASE_URL and OPENAI_MODEL.",
    "refused": "The provider declined to summarise this text.",
    "too_long": "The text was too long for the model: look at OPENAI_CONTEXT_TOKENS.",
    "cut_short": "The provider stopped before the end.",
    "rate_limited": "The provider was asked too often.",
    "unavailable": "The provider could not be reached, or had an error of its own.",
    "broken_answer": "The provider's answer was not whole.",
    "timeout": "The provider took longer than SUMMARY_TIMEOUT_SECONDS.",
    "worker_lost": "Its worker was lost at every attempt: look at the workers' memory and log.",
    "overdue": "It was not done by the promised time: are there enough workers?",
    "budget": "The attempts so far used up a budget.",
    "internal": "Something went wrong in Foreword itself: the log has the error.",
    "unreachable": "The page could not be fetched.",
    "unreadable": "There was no text in it that can be read.",
    "too_slow": "Reading it took longer than EXTRACTION_TIMEOUT_SECONDS.",
    "too_big": "Reading it needed more memory than a job may take.",
}


def sentence(reason: str) -> str:
    """What is known of a *reason*; nothing of the document, which an administrator may not read."""
    return _SENTENCES.get(reason, _SENTENCES["internal"])
