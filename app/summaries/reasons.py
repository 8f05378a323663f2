"""Why there is no summary, in words for the person who asked; each says what can be done."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.messages import N_
from app.models.work import MAX_ATTEMPTS

ASK = _l("Please tell the person who runs this site.")

_SENTENCES = {
    "bad_key": N_("The summary service did not accept this site's key. %(ask)s"),
    "no_quota": N_("This site has used up what it may spend at the summary service. %(ask)s"),
    "unknown_model": N_("The summary service does not know the model that this site asks for. %(ask)s"),
    "rejected": N_("The summary service did not accept the request. %(ask)s"),
    "refused": N_("The summary service declined to summarise this text."),
    "too_long": N_("This text was too long for the model to read at once. %(ask)s"),
    "cut_short": N_("The summary was cut off before its end, so it is not shown. %(again)s"),
    "rate_limited": N_("The summary service is too busy at present. %(again)s"),
    "unavailable": N_("The summary service could not be reached. %(again)s"),
    "broken_answer": N_("The summary service sent an answer that was not whole. %(again)s"),
    "timeout": N_("The summary service took too long. %(again)s"),
    "worker_lost": N_("The program that writes summaries stopped %(times)s times while it was at work. %(again)s"),
    "overdue": N_("The summary was not ready by the promised time. %(again)s"),
    "budget": N_("The attempts so far used up what may be spent this month, so there is no other until the next."),
    "internal": N_("Something went wrong in this site itself. %(ask)s"),
}

_WAITS = {
    "rate_limited": _l("The summary service is busy."),
    "unavailable": _l("The summary service could not be reached."),
    "broken_answer": _l("The summary service sent an answer that was not whole."),
    "timeout": _l("The summary service took too long."),
    "worker_lost": _l("The program that was writing it stopped."),
}


_OF_PARTS = {
    "refused": _l("the summary service declined it."),
    "cut_short": _l("the notes on it were cut off."),
}


def sentence(reason: str, button: str = "") -> str:
    """Why it failed, and which *button* to press where that may help; as a rule, the one that asked for it."""
    again = _("Nothing is lost; press %(button)s to try again.", button=button or _("Summarise"))
    return _(_SENTENCES.get(reason, _SENTENCES["internal"]), ask=ASK, again=again, times=MAX_ATTEMPTS)


def wait_sentence(reason: str) -> str:
    """Why another attempt is needed."""
    return str(_WAITS.get(reason) or _("The last attempt failed."))


def of_a_part(reason: str) -> str:
    """Why one part of a document was not read, while the others were."""
    return str(_OF_PARTS.get(reason, _OF_PARTS["refused"]))
