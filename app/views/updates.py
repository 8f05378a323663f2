"""Whether pages bring themselves up to date: pressed on a page of a document, and kept for all of them."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.extensions import db
from app.views.access import me, readable_document_or_404
from app.views.extraction_panel import SeenExtraction
from app.views.seen import Seen

bp = Blueprint("updates", __name__, url_prefix="/documents/<id:document_id>/updates")


@bp.post("")
@login_required
def update(document_id: int) -> ResponseReturnValue:
    readable_document_or_404(document_id)
    me().updates_paused = request.form.get("paused") == "1"
    db.session.commit()
    panel = "extraction" if request.form.get("panel") == "extraction" else "summary"
    if not request.headers.get("HX-Request"):
        return redirect(url_for("documents.show", document_id=document_id, _anchor=f"{panel}-updates"), 303)
    return _answer(document_id, panel, paused=me().updates_paused)


def _answer(document_id: int, panel: str, *, paused: bool) -> str:
    """A poller for each panel that the page has; what they show already stays as it is until they ask again."""
    seen, read = request.form.get("seen"), request.form.get("read")
    return render_template(
        "documents/_updates_answer.html",
        document_id=document_id,
        panel=panel,
        paused=paused,
        seen=seen and str(replace(Seen.parse(seen), paused=paused)),
        read=read and str(replace(SeenExtraction.parse(read), paused=paused)),
    )
