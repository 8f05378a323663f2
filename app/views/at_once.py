"""Whole answers about documents at rest, kept for a moment, and given to everybody for whom they would be the same.

An answer is kept under all that decides it, which is looked up in the database each time that it is asked for
(:mod:`app.models.glance`): so access is decided then, and an answer from before any change is never found again. What
differs from request to request in an answer that is the same otherwise is a gap in what is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import current_app, g
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from markupsafe import escape

from app import signals
from app.extensions import db
from app.models import glance
from app.moments import known_for
from app.summaries import readership
from app.views.asked import Asked
from app.views.panel import Panel
from app.views.place import check_token
from app.views.seen import Seen
from app.views.shelf import Kept, Kind, Shelf, cut
from app.views.short_ways import View

# What changes with the time alone (this week's readers, this month's budget) is that much out of date at most.
KEPT_SECONDS = 30.0
PRESSED_SECONDS = 1.0  # of a press that changed nothing, for the others who press in the same moment
LONGEST = 500_000  # characters of one answer: the text of a document may be very long
EXTENSION = "foreword-at-once"

_ON_A_PAGE = frozenset({"token", "reader", "check"})


# -- finding ---------------------------------------------------------------------------------------------


def look_first(view: View) -> View:
    """A view of a document before which one look tells who asks, for what is to count that: see ``person_key``."""

    @wraps(view)
    def looked(document_id: int) -> ResponseReturnValue:
        g.glance = _look(Asked.of_request(document_id))
        return view(document_id)

    return looked


def kept(asked: Asked) -> str | None:
    """The answer that is kept for this request, a view of a document; None where there is none."""
    if not _may_be_kept(asked):
        return None
    if "glance" not in g:
        g.glance = _look(asked)
    return _told(_found_or_awaited(asked), asked)


def at_hand(asked: Asked) -> str | None:
    """The same before Flask, which makes whatever is not there yet, and the token of whoever has none."""
    if not (_may_be_kept(asked) and "csrf_token" in asked.session):
        return None
    g.glance = _look(asked)
    name = _name(asked)
    return _told(_shelf().find(name) if name else None, asked)


def _may_be_kept(asked: Asked) -> bool:
    return not (asked.others or "regenerate" in dict(asked.fields) or asked.session.get("_flashes"))


def _found_or_awaited(asked: Asked) -> Kept | None:
    """What is kept, or what somebody makes who asked the same a moment ago; None for whoever is to make it.

    Where many press in the same moment the first begins something, so that what the others asked for is no more: they
    look again, and of them the first makes for all what there is now.
    """
    found, waited = _find_or_begin(asked)
    if waited and not found:
        before, g.glance = g.at_once, _look(asked)
        if _name(asked) != before:
            found, _ = _find_or_begin(asked)
    return found


def _find_or_begin(asked: Asked) -> tuple[Kept | None, bool]:
    g.at_once = _name(asked)
    return _shelf().find_or_begin(g.at_once) if g.at_once else (None, False)


def _look(asked: Asked) -> Any | None:
    if db.session.registry.has():
        # The look takes a connection of its own: were each to wait for a second one, nobody would get on.
        db.session.rollback()
    if not asked.token:
        return None
    return glance.at_rest(asked.token, asked.document_id, current_app.permanent_session_lifetime)


def _name(asked: Asked) -> str | None:
    """Under what an answer made from the last look is kept."""
    found = g.glance
    if found is None:
        return None
    said = (asked.endpoint, asked.htmx, _shown(asked), asked.fields)
    language = "" if found.locale else (asked.languages, asked.locale)
    return repr((said, language, asked.zone, found[len(glance.OF_THE_READER) :]))


def _shown(asked: Asked) -> str | None:
    """What the page shows, as far as it matters: how much it had of a text that is complete now does not."""
    seen = Seen.parse(asked.seen)
    return str(replace(seen, characters=0, read=0, still=False)) if seen.in_progress else asked.seen


def _told(kept: Kept | None, asked: Asked) -> str | None:
    """What is kept, as it is sent, and counted as whatever it answers."""
    if kept is None:
        return None
    found = g.glance
    if kept.key:
        signals.cache_hit.send(None, key=kept.key, layer="cache")
    if kept.summary_id:
        readership.note(kept.summary_id, found.document_id, found.document_owner_id, found.reader_id, cached=True)
    if kept.kind == "poll":
        signals.polled.send(None, panel="summary", state=kept.state)
    return kept.filled(_fillings(_token(asked)) if kept.gaps else {})


# -- keeping ---------------------------------------------------------------------------------------------


def keep(html: str, panel: Panel, kind: Kind) -> str:
    """Keep *html*, just made, for the next who asks the same, unless something about it is still to change."""
    name, asked = g.get("at_once"), Asked.of_request(panel.document_id)
    if not name or len(html) > LONGEST or not _stays(panel, kind):
        return html
    # It may be made from what came after the first look; and a press that began something finds that now.
    g.glance = _look(asked)
    if _name(asked) == name:
        made = _kept(html, panel, kind)
        if _is_for_all(made):
            _shelf().put(name, made)
    return html


def _stays(panel: Panel, kind: Kind) -> bool:
    """Whether whoever asks the same in the next moment is to be answered the same."""
    if kind == "press":
        return panel.asked == "press" and (panel.is_current or panel.reading.in_progress)
    return panel.asked == "poll" and panel.is_current


def _kept(html: str, panel: Panel, kind: Kind) -> Kept:
    gaps = {found: name for name, found in _fillings(generate_csrf()).items()}
    until = time.monotonic() + (PRESSED_SECONDS if kind == "press" else KEPT_SECONDS)
    good = panel.reading.good
    brought = good.summary_id if good and panel.good and panel.body_changed else 0
    key = good.key if good and panel.is_current else ""
    return Kept(tuple(cut(html, list(gaps.items()))), until, kind, panel.state, key, brought)


def _is_for_all(made: Kept) -> bool:
    """Whether nothing of the one for whom it was made is left in it."""
    return generate_csrf() not in "".join(made.texts) and (made.kind != "page" or set(made.gaps) >= _ON_A_PAGE)


def _fillings(token: str) -> Mapping[str, str]:
    """What is another for each reader or each time, as it stands in the page: nothing that is typed looks like it."""
    return {
        "token": f'name="csrf_token" value="{token}"',
        "check": f'name="checked" value="{check_token()}"',
        "recheck": f'name="reread" value="{check_token()}"',
        "reader": f"<bdi>{escape(g.glance.email)}</bdi></a>",
    }


def _token(asked: Asked) -> str:
    raw = asked.session.get("csrf_token")
    return _signed(raw) if raw else generate_csrf()


@known_for(seconds=60)
def _signed(raw: str) -> str:
    """The token for the forms of a session, as Flask-WTF signs it, which would ask for a request. It is good for as
    long as the session, and to sign one takes as long as a look.
    """
    return str(URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token").dumps(raw))


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions.setdefault(EXTENSION, Shelf())
    return shelf
