"""Whole answers about documents at rest, kept for a moment, and given to everybody for whom they would be the same.

An answer is kept under all that decides it, which is looked up in the database each time that it is asked for
(:mod:`app.models.glance`): so access is decided then, and an answer from before any change is never found again. What
differs from request to request in an answer that is the same otherwise is a gap in what is kept.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from itertools import chain
from threading import Event, Lock
from typing import Any, Literal

from flask import Response, after_this_request, current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

from app import locales, signals
from app.extensions import db
from app.models import glance
from app.moments import known_for
from app.summaries import readership
from app.views.formats import ZONE_COOKIE
from app.views.panel import Panel
from app.views.place import check_token
from app.views.seen import Seen
from app.views.short_ways import View

# What changes with the time alone (this week's readers, this month's budget) is that much out of date at most.
KEPT_SECONDS = 30.0
PRESSED_SECONDS = 1.0  # of a press that changed nothing, for the others who press in the same moment
LONGEST_WAIT_SECONDS = 1.0  # for the first of many who ask the same
MOST_CHARACTERS = 8_000_000  # in one process
LONGEST = 500_000  # characters of one answer: the text of a document may be very long
EXTENSION = "foreword-at-once"

Kind = Literal["page", "poll", "press"]
_OF_THE_READER = ("session_began", "session_seen", "remembered", "reader_id", "email")


@dataclass(frozen=True)
class Kept:
    """An answer with its gaps: every other piece is the name of what is to be put there."""

    pieces: tuple[str, ...]
    until: float
    kind: Kind
    state: str
    key: str
    summary_id: int  # of the summary that it brings whole, which is then read; 0 where it brings none

    @classmethod
    def of(cls, html: str, panel: Panel, kind: Kind) -> Kept:
        gaps = {found: name for name, found in _fillings(generate_csrf()).items()}
        pieces = tuple(_cut(html, list(gaps.items())))
        until = time.monotonic() + (PRESSED_SECONDS if kind == "press" else KEPT_SECONDS)
        good = panel.reading.good
        brought = good.summary_id if good and panel.good and panel.body_changed else 0
        return cls(pieces, until, kind, panel.state, good.key if good and panel.is_current else "", brought)

    @property
    def is_for_all(self) -> bool:
        """Whether nothing of the one for whom it was made is left in it."""
        texts, gaps = self.pieces[::2], set(self.pieces[1::2])
        return generate_csrf() not in "".join(texts) and (self.kind != "page" or {"token", "reader", "check"} <= gaps)

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def filled(self) -> str:
        fillings = _fillings(_token()) if len(self.pieces) > 1 else {}
        return "".join(fillings[piece] if number % 2 else piece for number, piece in enumerate(self.pieces))


def _cut(html: str, gaps: Sequence[tuple[str, str]]) -> list[str]:
    """*html* without its *gaps*, and their names between. Their pattern would be compiled each time: a millisecond."""
    if not gaps:
        return [html]
    (found, name), *others = gaps
    pieces = ([name, *_cut(text, others)] for text in html.split(found))
    return list(chain.from_iterable(pieces))[1:]


def _token() -> str:
    raw = session.get("csrf_token")
    return _signed(raw) if raw else generate_csrf()


@known_for(seconds=60)
def _signed(_raw: str) -> str:
    """The token for the forms of this session. It is good for as long as that; to sign one takes as long as a look."""
    return str(generate_csrf())


def _fillings(token: str) -> dict[str, str]:
    """What is another for each reader or each time, as it stands in the page: nothing that is typed looks like it."""
    return {
        "token": f'name="csrf_token" value="{token}"',
        "check": f'name="checked" value="{check_token()}"',
        "recheck": f'name="reread" value="{check_token()}"',
        "reader": f"<bdi>{escape(g.glance.email)}</bdi></a>",
    }


@dataclass
class Shelf:
    """What one process keeps. The oldest goes first when there is too much."""

    kept: dict[str, Kept] = field(default_factory=dict)
    size: int = 0
    making: dict[str, Event] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def find_or_begin(self, name: str) -> tuple[Kept | None, bool]:
        """What is kept; of many who find nothing in the same moment all but the first wait for what that one makes.

        None for the first, and for all whom its answer does not fit. And whether it was waited for.
        """
        if found := self.find(name):
            return found, False
        with self.lock:
            begun = self.making.get(name)
            if begun is None:
                self.making[name] = Event()
        if begun is None:
            after_this_request(partial(self._end, name))
        elif not begun.wait(LONGEST_WAIT_SECONDS):
            self._end(name)  # so that nobody waits for it again, whatever became of it
        return self.find(name), begun is not None

    def _end(self, name: str, response: Response | None = None) -> Response | None:
        with self.lock:
            begun = self.making.pop(name, None)
        if begun:
            begun.set()
        return response

    def find(self, name: str) -> Kept | None:
        found = self.kept.get(name)
        return found if found and found.until > time.monotonic() else None

    def put(self, name: str, kept: Kept) -> None:
        with self.lock:
            self._drop(name)
            self.kept[name] = kept
            self.size += kept.size
            now = time.monotonic()
            for oldest in list(self.kept):
                if self.size <= MOST_CHARACTERS and self.kept[oldest].until > now:
                    break
                self._drop(oldest)

    def _drop(self, name: str) -> None:
        dropped = self.kept.pop(name, None)
        self.size -= dropped.size if dropped else 0


def keep(html: str, panel: Panel, kind: Kind) -> str:
    """Keep *html*, just made, for the next who asks the same, unless something about it is still to change."""
    name = g.get("at_once")
    if not name or len(html) > LONGEST or not _stays(panel, kind):
        return html
    # It may be made from what came after the first look; and a press that began something finds that now.
    if _name(_look(panel.document_id)) == name:
        kept = Kept.of(html, panel, kind)
        if kept.is_for_all:
            _shelf().put(name, kept)
    return html


def _stays(panel: Panel, kind: Kind) -> bool:
    """Whether whoever asks the same in the next moment is to be answered the same."""
    if kind == "press":
        return panel.asked == "press" and (panel.is_current or panel.reading.in_progress)
    return panel.asked == "poll" and panel.is_current


def look_first(view: View) -> View:
    """A view of a document before which one look tells who asks, for what is to count that: see ``person_key``."""

    @wraps(view)
    def looked(document_id: int) -> ResponseReturnValue:
        g.glance = _look(document_id)
        return view(document_id)

    return looked


def kept(document_id: int) -> str | None:
    """The answer that is kept for this request, a view of a document; None where there is none."""
    if request.args.keys() - {"seen"} or "regenerate" in request.form or session.get("_flashes"):
        return None
    if "glance" not in g:
        g.glance = _look(document_id)
    found = _found_or_awaited(document_id)
    if found is None:
        return None
    _tell(found)
    return found.filled()


def _found_or_awaited(document_id: int) -> Kept | None:
    """What is kept, or what somebody makes who asked the same a moment ago; None for whoever is to make it.

    Where many press in the same moment the first begins something, so that what the others asked for is no more: they
    look again, and of them the first makes for all what there is now.
    """
    found, waited = _find_or_begin()
    if waited and not found:
        asked, g.glance = g.at_once, _look(document_id)
        if _name(g.glance) != asked:
            found, _ = _find_or_begin()
    return found


def _find_or_begin() -> tuple[Kept | None, bool]:
    g.at_once = _name(g.glance)
    return _shelf().find_or_begin(g.at_once) if g.at_once else (None, False)


def _look(document_id: int) -> Any | None:
    token = session.get("_user_id")
    if db.session.registry.has():
        # The look takes a connection of its own: were each to wait for a second one, nobody would get on.
        db.session.rollback()
    return glance.at_rest(token, document_id, current_app.permanent_session_lifetime) if token else None


def _name(found: Any | None) -> str | None:
    """Under what an answer made from this is kept."""
    if found is None:
        return None
    fields = sorted((name, value) for name, value in request.form.items() if name != "csrf_token")
    asked = (request.endpoint, request.headers.get("HX-Request"), _shown(), fields)
    language = "" if found.locale else (request.headers.get("Accept-Language"), request.cookies.get(locales.COOKIE))
    return repr((asked, language, request.cookies.get(ZONE_COOKIE), found[len(_OF_THE_READER) :]))


def _shown() -> str | None:
    """What the page shows, as far as it matters: how much it had of a text that is complete now does not."""
    token = request.args.get("seen")
    seen = Seen.parse(token)
    return str(replace(seen, characters=0, read=0, still=False)) if seen.in_progress else token


def _tell(kept: Kept) -> None:
    found = g.glance
    if kept.key:
        signals.cache_hit.send(None, key=kept.key, layer="cache")
    if kept.summary_id:
        readership.note(kept.summary_id, found.document_id, found.document_owner_id, found.reader_id, cached=True)
    if kept.kind == "poll":
        signals.polled.send(None, panel="summary", state=kept.state)


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions.setdefault(EXTENSION, Shelf())
    return shelf
