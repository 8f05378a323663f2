"""What stands behind a summary: its takes, its receipt, and what changed in the text since."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.models import Document, Revision, Role, Summary
from app.summaries import receipt, service, staleness
from app.summaries.cache import Stored
from app.summaries.coverage import Coverage
from app.summaries.prompt import Options
from app.views import naming, wording
from app.views.access import editable_document_or_404, me, my_role, readable_document_or_404, summary_or_404

bp = Blueprint("takes", __name__, url_prefix="/documents/<id:document_id>")


@bp.get("/summary/takes")
@login_required
def index(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    shown = _named_or_shown(document)
    takes = Summary.takes(shown.key) if shown else []
    compared = [take for take in takes if take.take in request.args.getlist("take", type=int)][:2]
    chosen = Summary.chosen(shown.key) if shown else None
    return render_template(
        "summary/takes.html",
        document=document,
        role=my_role(document),
        shown=shown,
        takes=takes,
        compared=compared or takes[-2:],
        chosen_id=chosen.id if chosen else None,
        text_language=shown and (shown.language or shown.revision.language),
    )


@bp.post("/summary/takes")
@login_required
def choose(document_id: int) -> ResponseReturnValue:
    document = editable_document_or_404(document_id)
    summary = summary_or_404(document, request.form.get("summary", type=int))
    if service.choose(summary):
        flash(_("Take %(number)s is the one that everyone reads from now on.", number=summary.take))
    return redirect(url_for("takes.index", document_id=document_id, summary=summary.id), 303)


@bp.get("/summary/receipt")
@login_required
def show_receipt(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    shown = _named_or_shown(document)
    if shown is None:
        return render_template("summary/receipt.html", document=document, receipt=None)
    found = receipt.of(shown, document)
    return render_template(
        "summary/receipt.html",
        document=document,
        receipt=found,
        coverage=wording.coverage(Coverage.parse(shown.coverage), found.revision.gaps),
        form=naming.form_name(found.form),
        summary_language=naming.language_name(found.form, found.revision.language),
        maker=naming.maker(shown.model),
        asked_by=naming.asked_by(found, me(), my_role(document)),
    )


@bp.get("/changes")
@login_required
def changes(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    earlier = Revision.numbered(document.id, _since(document))
    if earlier is None:
        abort(404)
    found = staleness.changes(earlier, document.revision)
    return render_template("documents/changes.html", document=document, earlier=earlier, passages=found)


def _named_or_shown(document: Document) -> Summary | None:
    """The summary that the address names, else the one that the panel shows this reader; None while there is none.

    Those who only read the document have no business with summaries of what it said before.
    """
    good = _shown(document)
    if "summary" not in request.args:
        return summary_or_404(document, good.summary_id) if good else None
    named = summary_or_404(document, request.args.get("summary", type=int))
    if my_role(document) == Role.VIEWER and (good is None or named.key != good.key):
        abort(404)
    return named


def _shown(document: Document) -> Stored | None:
    """The summary that the panel shows this reader. Looking behind it joins nothing."""
    return service.read(document, Options.preferred_by(me()), None).good


def _since(document: Document) -> int:
    """The number of the text that the summary shown was made from; for editors any that the address names."""
    good = _shown(document)
    shown = good.revision_number if good else document.revision_number
    named = request.args.get("since", shown, type=int)
    if not 0 < named < 2**31 or (my_role(document) == Role.VIEWER and named != shown):
        abort(404)
    return named
