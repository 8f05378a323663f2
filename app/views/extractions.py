"""Fetching a document's page again, trying its file again, following that, stopping it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.documents import intake
from app.extensions import limiter
from app.models import Document
from app.views.access import editable_document_or_404, me, person_key, readable_document_or_404
from app.views.extraction_panel import SeenExtraction, render_extraction
from app.views.panel import Asked
from app.views.seen import seen_token

bp = Blueprint("extractions", __name__, url_prefix="/documents/<id:document_id>/extraction")


@bp.post("")
@login_required
@limiter.limit("60 per minute", key_func=person_key)
def create(document_id: int) -> ResponseReturnValue:
    document = editable_document_or_404(document_id)
    intake.again(document, me())
    return _answer(document, "press")


@bp.post("/cancel")
@login_required
def cancel(document_id: int) -> ResponseReturnValue:
    document = editable_document_or_404(document_id)
    intake.stop(document)
    return _answer(document, "poll")


@bp.get("/status")
@login_required
def status(document_id: int) -> ResponseReturnValue:
    return _answer(readable_document_or_404(document_id), "check" if "reread" in request.args else "poll")


def _answer(document: Document, asked: Asked) -> ResponseReturnValue:
    """A fragment for HTMX; a plain browser goes to the page, which tells the same."""
    row = intake.state_of(document)
    if row is None:
        abort(404)
    if not request.headers.get("HX-Request"):
        return redirect(url_for("documents.show", document_id=document.id, _anchor="extraction"), 303)
    return render_extraction(
        document,
        row,
        SeenExtraction.parse(seen_token()),
        asked,
    )
