"""Asking for a summary, following it, stopping it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.database import go_on_to_write, only_read_on, read_first
from app.extensions import limiter
from app.models import Document
from app.summaries import service
from app.summaries.prompt import Options
from app.views import at_once, waiting
from app.views.access import editable_document_or_404, me, my_role, person_key, readable_document_or_404
from app.views.panel import Asked, panel_of_answer, poll_or_check, render_answer
from app.views.place import Place
from app.views.seen import Seen, seen_token
from app.views.short_ways import shortened_by
from app.views.turns import taking_turns

PRESSES_AT_ONCE = 3  # in one process: of its four connections to Postgres one is left for polls

bp = Blueprint("summaries", __name__, url_prefix="/documents/<id:document_id>/summary")


def _limit() -> str:
    return f"{current_app.config['SETTINGS'].summaries_per_minute} per minute"


@bp.post("")
@read_first
@at_once.look_first
@limiter.limit(_limit, key_func=person_key)
@shortened_by(at_once.kept)  # where many press at once, all but one find it under way already
@taking_turns(PRESSES_AT_ONCE)
@login_required
def create(document_id: int) -> ResponseReturnValue:
    regenerate = request.form.get("regenerate") == "1"
    # A new take is read by everyone from then on, so it is for those who may change the document.
    document = editable_document_or_404(document_id) if regenerate else readable_document_or_404(document_id)
    try:
        asked = _asked_options()
        service.request(document, me(), asked, regenerate=regenerate)
    except service.Gone:
        abort(404)
    except service.NoText:
        abort(409, _("The text of this document is still to be read. Go back to it, and ask when it is there."))
    except service.OverBudget:
        return _answer(document, asked, "refused")
    only_read_on()
    return _answer(document, asked, "press")


@bp.post("/cancel")
@login_required
def cancel(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    form = _seen().form or Options.preferred_by(me())
    try:
        service.cancel(document, form, me(), my_role(document))
    except service.NotYours:
        abort(403, _("Others wait for it too, so it can be stopped only by somebody who may change the document."))
    return _answer(document, form, "poll")


@bp.get("/status")
@shortened_by(waiting.still_waiting)
@shortened_by(at_once.kept)
@login_required
def status(document_id: int) -> ResponseReturnValue:
    return _answer(readable_document_or_404(document_id), _seen().form, poll_or_check())


def _seen() -> Seen:
    return Seen.parse(seen_token())


def _answer(document: Document, form: Options | None, asked: Asked) -> ResponseReturnValue:
    """A fragment for HTMX; a plain browser goes to the page, which tells the same."""
    place = Place.of_document(document, form)
    if not request.headers.get("HX-Request"):
        refused = "?refused=1" if asked == "refused" else ""
        return redirect(f"{place.page_url}{refused}#summary", 303)
    panel = panel_of_answer(place, _seen(), asked)
    return at_once.keep(render_answer(panel), panel, "press" if request.method == "POST" else "poll")


def _asked_options() -> Options:
    """The form asked for in this request, which is remembered; for what it does not name, the one chosen last."""
    last = asdict(Options.preferred_by(me()))
    asked = {name: request.form.get(name, chosen) for name, chosen in last.items()}
    try:
        options = Options(**asked)
    except ValueError:
        abort(422)
    if asked != last:
        go_on_to_write()
        me().summary_options = asked
    return options
