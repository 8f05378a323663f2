"""Asking for a summary, following it, stopping it."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_required

from app.extensions import limiter
from app.models import Document
from app.summaries import service
from app.summaries.prompt import Options
from app.views.access import me, readable_document_or_404
from app.views.panel import Seen, chosen_options, render_answer

bp = Blueprint("summaries", __name__, url_prefix="/documents/<id:document_id>/summary")


def _person() -> str:
    return f"user:{me().id}" if current_user.is_authenticated else get_remote_address()


def _limit() -> str:
    return f"{current_app.config['SETTINGS'].summaries_per_minute} per minute"


@bp.post("")
@login_required
@limiter.limit(_limit, key_func=_person)
def create(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    options = _asked_options()
    service.request(document, me(), options, regenerate=request.form.get("regenerate") == "1")
    session["options"] = [options.style, options.language]
    return _answer(document, options, pressed=True)


@bp.post("/cancel")
@login_required
def cancel(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    options = chosen_options()
    service.cancel(document, options)
    return _answer(document, options)


@bp.get("/status")
@login_required
def status(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    return _answer(document, chosen_options(), checked="checked" in request.args)


def _answer(
    document: Document, options: Options, *, pressed: bool = False, checked: bool = False
) -> ResponseReturnValue:
    """A fragment for HTMX; a plain browser goes to the page, which tells the same."""
    if not request.headers.get("HX-Request"):
        return redirect(url_for("documents.show", document_id=document.id, _anchor="summary"), 303)
    return render_answer(document, options, Seen.parse(request.values.get("seen")), pressed=pressed, checked=checked)


def _asked_options() -> Options:
    """The form asked for in this request, else the one chosen last."""
    last = chosen_options()
    try:
        return Options(request.form.get("style", last.style), request.form.get("language", last.language))
    except ValueError:
        abort(422)
