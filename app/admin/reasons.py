"""Why work failed, in words for the person who runs the site: what it was, and where to look."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

_SENTENCES = {
    "bad_key": _("The provider did not accept the key: look at OPENAI_API_KEY."),
    "no_quota": _("The provider's quota is used up: look at its bill."),
    "unknown_model": _("The provider does not know the model: look at OPENAI_MODEL."),
    "rejected": _("The provider did not accept the request: look at OPENAI_BASE_URL and OPENAI_MODEL."),
    "refused": _("The provider declined to summarise this text."),
    "too_long": _("The text was too long for the model: look at OPENAI_CONTEXT_TOKENS."),
    "cut_short": _("The provider stopped before the end."),
    "rate_limited": _("The provider was asked too often."),
    "unavailable": _("The provider could not be reached, or had an error of its own."),
    "broken_answer": _("The provider's answer was not whole."),
    "timeout": _("The provider took longer than SUMMARY_TIMEOUT_SECONDS."),
    "worker_lost": _("Its worker was lost at every attempt: look at the workers' memory and log."),
    "overdue": _("It was not done by the promised time: are there enough workers?"),
    "budget": _("The attempts so far used up a budget."),
    "internal": _("Something went wrong in Foreword itself: the log has the error."),
    "unreachable": _("The page could not be fetched."),
    "unreadable": _("There was no text in it that can be read."),
    "too_slow": _("Reading it took longer than EXTRACTION_TIMEOUT_SECONDS."),
    "too_big": _("Reading it needed more memory than a job may take."),
}


def sentence(reason: str) -> str:
    """What is known of a *reason*; nothing of the document, which an administrator may not read."""
    return str(_SENTENCES.get(reason, _SENTENCES["internal"]))
