"""Why there is no summary, in words for the person who asked; each says what can be done."""

from __future__ import annotations

from app.models.work import MAX_ATTEMPTS

ASK = "Please tell the person who runs this site."
_AGAIN = "Nothing is lost; press {button} to try again."

_SENTENCES = {
    "bad_key": f"The summary service did not accept this site's key. {ASK}",
    "no_quota": f"This site has used up what it may spend at the summary service. {ASK}",
    "unknown_model": f"The summary service does not know the model that this site asks for. {ASK}",
    "rejected": f"The summary service did not accept the request. {ASK}",
    "refused": "The summary service declined to summarise this text.",
    "too_long": f"This text was too long for the model to read at once. {ASK}",
    "cut_short": f"The summary was cut off before its end, so it is not shown. {_AGAIN}",
    "rate_limited": f"The summary service is too busy at present. {_AGAIN}",
    "unavailable": f"The summary service could not be reached. {_AGAIN}",
    "broken_answer": f"The summary service sent an answer that was not whole. {_AGAIN}",
    "timeout": f"The summary service took too long. {_AGAIN}",
    "worker_lost": f"The program that writes summaries stopped {MAX_ATTEMPTS} times while it was at work. {_AGAIN}",
    "overdue": f"The summary was not ready by the promised time. {_AGAIN}",
    "budget": "The attempts so far used up what may be spent this month, so there is no other until the next.",
    "internal": f"Something went wrong in this site itself. {ASK}",
}

_WAITS = {
    "rate_limited": "The summary service is busy.",
    "unavailable": "The summary service could not be reached.",
    "broken_answer": "The summary service sent an answer that was not whole.",
    "timeout": "The summary service took too long.",
    "worker_lost": "The program that was writing it stopped.",
}


_OF_PARTS = {
    "refused": "the summary service declined it.",
    "cut_short": "the notes on it were cut off.",
}


def sentence(reason: str, button: str = "Summarise") -> str:
    """Why it failed, and which *button* to press where that may help."""
    return _SENTENCES.get(reason, _SENTENCES["internal"]).format(button=button)


def wait_sentence(reason: str) -> str:
    """Why another attempt is needed."""
    return _WAITS.get(reason, "The last attempt failed.")


def of_a_part(reason: str) -> str:
    """Why one part of a document was not read, while the others were."""
    return _OF_PARTS.get(reason, _OF_PARTS["refused"])
