"""The poll of a page whose summary is being written: the most frequent request of all, so answered in the shortest way.

It finds who asks, whether they may, and the row in one look, and says what the panel would say when nothing but the
text has grown. Whatever else happened is told by the panel itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app

from app import signals
from app.database import moment, utcnow
from app.models import IN_PROGRESS, glance
from app.summaries.asking import key_of
from app.summaries.prompt import Options
from app.summaries.reading import Attempt, Reading
from app.views.asked import Asked
from app.views.panel import seen_after, trigger_of
from app.views.seen import Seen


def still_waiting(asked: Asked) -> str | None:
    """The answer to a poll that finds the same row under way; None for any other request, or where more happened."""
    shown = Seen.parse(asked.seen)
    form = shown.form if shown.in_progress else None
    if not (form and asked.token and asked.htmx) or asked.others:
        return None
    longest = current_app.permanent_session_lifetime
    found = glance.waiting(asked.token, asked.document_id, shown.summary_id, longest)
    if found is None or not _is_as_before(found, shown, form):
        return None
    attempt = _attempt(found)
    reading = Reading(attempt.status, found.model, attempt=attempt)
    now = seen_after(reading, shown, form, paused=bool(found.updates_paused))
    now = replace(now, stale=shown.stale)  # as long as the text and the row are the same ones
    if replace(now, characters=shown.characters) != shown:
        return None
    signals.cache_miss.send(None, key=found.key)
    signals.polled.send(None, panel="summary", state=attempt.status)
    return _answer(asked.path, shown, now, attempt, found.model)


def _is_as_before(found: Any, shown: Seen, form: Options) -> bool:
    """Whether it is the row that the page follows, and that of the document's present text, and still under way."""
    same = (found.fence, found.status) == (shown.fence, shown.state) and found.status in IN_PROGRESS
    return same and moment(found.give_up_at) > utcnow() and found.key == key_of(found, form)


def _attempt(found: Any) -> Attempt:
    times = ("requested_at", "started_at", "next_at", "lease_until", "give_up_at")
    return Attempt.of(found._replace(**{name: moment(at) for name in times if (at := getattr(found, name))}))


def _answer(url: str, shown: Seen, now: Seen, attempt: Attempt, model: str) -> str:
    """The next poller, which asks here again, and what has been written since."""
    trigger = trigger_of(attempt, model)
    answer = _macros("documents/_poller.html").poller("summary", "seen", url, str(now), trigger, paused=False)
    if now.characters > shown.characters:
        text = attempt.partial[shown.characters :]
        answer += _macros("summary/_appended.html").appended(shown.characters, text, now.characters)
    return str(answer)


def _macros(template: str) -> Any:
    return current_app.jinja_env.get_template(template).module
