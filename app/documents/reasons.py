"""Why there is no text, where the file or the page itself did not say, in words for the person who waits for it."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import MAX_ATTEMPTS

_SENTENCES = {
    "too_slow": _l("It took too long to read. Split it and add the parts, or copy the text and paste it."),
    "too_big": _l(
        "It needs more memory to read than there is. Split it and add the parts, or copy the text and paste it."
    ),
    "worker_lost": _l(
        "The program that reads documents stopped %(times)s times while it was at work on this one. Nothing is lost; "
        "try again, or copy the text and paste it.",
        times=MAX_ATTEMPTS,
    ),
    "overdue": _l("It was not read by the promised time. Nothing is lost; try again."),
    "internal": _l("Something went wrong in this site itself. Please tell the person who runs it."),
}


def sentence(reason: str) -> str:
    return str(_SENTENCES.get(reason, _SENTENCES["internal"]))


def wait_sentence(reason: str) -> str:
    """Why another attempt is needed."""
    if reason == "worker_lost":
        return _("The program that was reading it stopped.")
    return _("The last attempt failed.")
