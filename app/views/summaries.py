"""Asking for a summary, following it, stopping it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_required

from app.extensions import limiter
from app.models import Document
from app.summaries import service
from app.summaries.prompt import Options
from app.views.access import editable_document_or_404, me, my_role, readable_document_or_404
from app.views.panel import Place, render_answer
from app.views.seen import Seen

bp = Blueprint("summaries", __name__, url_prefix="/documents/<id:document_id>/summary")


def _person() -> str:
    return f"user:{me().id}" if current_user.is_authenticated else get_remote_address()


def _limit() -> str:
    return f"{current_app.config['SETTINGS'].summaries_per_minute} per minute"


@bp.post("")
@login_required
@limiter.limit(_limit, key_func=_person)
def create(document_id: int) -> ResponseReturnValue:
    regenerate = request.form.get("regenerate") == "1"
    # A new take is read by everyone from then on, so it is for those who may change the document.
    document = editable_document_or_404(document_id) if regenerate else readable_document_or_404(document_id)
    try:
        service.request(document, me(), _asked_options(), regenerate=regenerate)
    except service.Gone:
        abort(404)
    return _answer(document, pressed=True)


@bp.post("/cancel")
@login_required
def cancel(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    try:
        service.cancel(document, Options.preferred_by(me()), me(), my_role())
    except service.NotYours:
        abort(403)
    return _answer(document)


@bp.get("/status")
@login_required
def status(document_id: int) -> ResponseReturnValue:
    return _answer(readable_document_or_404(document_id), checked="checked" in request.args)


def _answer(document: Document, *, pressed: bool = False, checked: bool = False) -> ResponseReturnValue:
    """A fragment for HTMX; a plain browser goes to the page, which tells the same."""
    place = Place.of_document(document)
    if not request.headers.get("HX-Request"):
        return redirect(f"{place.page_url}#summary", 303)
    return render_answer(place, Seen.parse(request.values.get("seen")), pressed=pressed, checked=checked)


def _asked_options() -> Options:
    """The form asked for in this request, which is remembered; for what it does not name, the one chosen last."""
    last = asdict(Options.preferred_by(me()))
    asked = {name: request.form.get(name, chosen) for name, chosen in last.items()}
    try:
        options = Options(**asked)
    except ValueError:
        abort(422)
    if asked != last:
        me().summary_options = asked
    return options
