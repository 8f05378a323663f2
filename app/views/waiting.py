"""The poll of a page whose summary is being written: the most frequent request of all, so answered in the shortest way.

It finds who asks, whether they may, and the row in one look, and says what the panel would say when nothing but the
text has grown. Whatever else happened is told by the panel itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app

from app import signals
from app.database import utcnow
from app.looks import moment
from app.models import IN_PROGRESS, glance
from app.moments import known_for
from app.summaries import pace, progress
from app.summaries.asking import key_of
from app.summaries.progress import LATE_SECONDS, Progress
from app.summaries.prompt import Options
from app.summaries.reading import Attempt, Reading
from app.views.asked import Asked
from app.views.panel import seen_after, trigger_after
from app.views.seen import Seen

_WHEN = "{when}"  # the place of the moment to ask again, which is another for each


def still_waiting(asked: Asked) -> str | None:
    """The answer to a poll that finds the same row under way; None for any other request, or where more happened."""
    shown = Seen.parse(asked.seen)
    if not (shown.in_progress and shown.form and asked.token and asked.htmx) or asked.others:
        return None
    longest = current_app.permanent_session_lifetime
    found = glance.waiting(asked.token, asked.document_id, shown.summary_id, longest)
    if found is None:
        return None
    following = _following(found._replace(**glance.NOBODY), progress.of(found), shown, asked.path)
    if following is None:
        return None
    signals.cache_miss.send(None, key=found.key)
    signals.polled.send(None, panel="summary", state=found.status)
    answer, seconds = following
    return answer.replace(_WHEN, trigger_after(seconds), 1)  # in the poller, which comes first


@known_for(seconds=LATE_SECONDS)
def _following(found: Any, so_far: Progress, shown: Seen, url: str) -> tuple[str, float] | None:
    """What all are told who follow it from the same point, but for the moment to ask again, and seconds until then."""
    form = shown.form
    if form is None or not _is_as_before(found, shown, form):
        return None
    attempt = _attempt(found, so_far)
    reading = Reading(attempt.status, found.model, attempt=attempt)
    now = seen_after(reading, shown, form, paused=bool(found.updates_paused))
    now = replace(now, stale=shown.stale)  # as long as the text and the row are the same ones
    if replace(now, characters=shown.characters) != shown:
        return None
    return _answer(url, shown, now, attempt), pace.until_next_look(attempt, found.model)


def _is_as_before(found: Any, shown: Seen, form: Options) -> bool:
    """Whether it is the row that the page follows, and that of the document's present text, and still under way."""
    same = (found.fence, found.status) == (shown.fence, shown.state) and found.status in IN_PROGRESS
    return same and moment(found.give_up_at) > utcnow() and found.key == key_of(found, form)


def _attempt(found: Any, so_far: Progress) -> Attempt:
    times = ("requested_at", "started_at", "next_at", "lease_until", "give_up_at")
    row = found._replace(**{name: moment(at) for name in times if (at := getattr(found, name))})
    return Attempt.of(row, so_far)


def _answer(url: str, shown: Seen, now: Seen, attempt: Attempt) -> str:
    """The next poller, which asks here again, and what has been written since."""
    answer = _macros("documents/_poller.html").poller("summary", "seen", url, str(now), _WHEN, paused=False)
    if now.characters > shown.characters:
        text = attempt.partial[shown.characters :]
        answer += _macros("summary/_appended.html").appended(shown.characters, text, now.characters)
    return str(answer)


def _macros(template: str) -> Any:
    return current_app.jinja_env.get_template(template).module
