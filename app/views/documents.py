"""Documents: adding, reading, editing, deleting."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required
from sqlalchemy.orm.exc import StaleDataError

from app.config import Settings
from app.differences import compare
from app.documents import intake
from app.documents.language import detect
from app.extensions import db, limiter
from app.models import Document, EditConflict, Tag
from app.models.revision import normalise, without_nul
from app.summaries import service
from app.views import at_once, kept
from app.views.access import (
    editable_document_or_404,
    me,
    owned_document_or_404,
    person_key,
    readable_document_or_404,
)
from app.views.document_page import document_page
from app.views.extraction_panel import ExtractionPanel
from app.views.forms import MOST_FILES, EditDocumentForm, NewDocumentForm
from app.views.seen import Seen
from app.views.short_ways import shortened_by

MOST_OFTEN = "1000 per hour"  # one person adds, and saves
MOST_TOLD = 5  # refused files

bp = Blueprint("documents", __name__, url_prefix="/documents")
kept.guard(bp)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@bp.get("/new")
@login_required
def new() -> ResponseReturnValue:
    return _new_page(NewDocumentForm(max_characters=_settings().max_document_characters))


@bp.post("")
@login_required
@limiter.limit("60 per minute", key_func=person_key, exempt_when=lambda: not request.form.get("url"))
@limiter.limit(MOST_OFTEN, key_func=person_key)
def create() -> ResponseReturnValue:
    form = NewDocumentForm(max_characters=_settings().max_document_characters)
    if not form.validate():
        return _new_page(form), 422
    documents = _added(form)
    if not documents:
        return _new_page(form), 422
    if len(documents) == 1:
        return redirect(url_for("documents.show", document_id=documents[0]), 303)
    flash(
        ngettext(
            "Added %(num)s document. It is being read now.",
            "Added %(num)s documents. Each is being read now.",
            len(documents),
        )
    )
    return redirect(url_for("documents.index"), 303)


def _added(form: NewDocumentForm) -> list[int]:
    """The ids of what was added. What was typed is there at once; what is in a file or on a page is read by a job.

    Files that cannot be read at all are named; the others are added.
    """
    title, text = without_nul(form.title.data or "").strip(), form.text.data or ""
    if form.address:
        return [intake.add_page(me(), title, form.address)]
    if form.given_files:
        uploads = [intake.Upload(without_nul(file.filename or ""), file.read()) for file in form.given_files]
        good, refusals = intake.sorted_out(uploads)
        form.file.errors = refusals
        for refusal in refusals[:MOST_TOLD] if good else ():  # what is flashed travels in a cookie
            flash(refusal, "error")
        return intake.add_files(me(), title, good)
    document = Document.add(me(), title, text, language=detect(text))
    db.session.commit()
    return [document.id]


@bp.get("/<id:document_id>")
@shortened_by(at_once.kept)
@login_required
def show(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    # First, because it looks again at a document whose text has come in this moment.
    extraction = ExtractionPanel.of_page(document, request.args.get("read", ""), checked="reread" in request.args)
    page = document_page(document, Seen.parse(request.args.get("seen")))
    html = render_template("documents/show.html", **page, extraction=extraction, tags=Tag.names_of(document_id))
    under_way = "panel" not in page or (extraction and extraction.in_progress)
    return html if under_way else at_once.keep(html, page["panel"], "page")


@bp.get("/<id:document_id>/edit")
@login_required
def edit(document_id: int) -> ResponseReturnValue:
    document = editable_document_or_404(document_id)
    form = EditDocumentForm(
        formdata=None,
        max_characters=_settings().max_document_characters,
        data={
            "title": document.title,
            "text": document.revision.text,
            "tags": ", ".join(Tag.names_of(document.id)),
            "version": document.version,
        },
    )
    return render_template("documents/edit.html", document=document, form=form)


@bp.post("/<id:document_id>/edit")
@login_required
@limiter.limit(MOST_OFTEN, key_func=person_key)
def update(document_id: int) -> ResponseReturnValue:
    document = editable_document_or_404(document_id)
    form = EditDocumentForm(max_characters=_settings().max_document_characters)
    if not form.validate():
        return render_template("documents/edit.html", document=document, form=form), 422
    try:
        text = form.text.data or ""
        document.revise(form.title.data or "", text, form.version.data or 0, language=detect(text))
        if form.tag_names is not None:
            Tag.replace(document, form.tag_names)
        db.session.commit()
    except (EditConflict, StaleDataError):
        return _conflict_page(document_id, form), 409
    flash(_("Saved."))
    return redirect(url_for("documents.show", document_id=document_id), 303)


@bp.post("/<id:document_id>/delete")
@login_required
def delete(document_id: int) -> ResponseReturnValue:
    document = owned_document_or_404(document_id)
    if request.form.get("confirm") != "yes":
        return render_template("documents/delete.html", document=document)
    title = document.title
    try:
        service.delete(document)
    except StaleDataError:  # somebody saved or deleted it in the same moment; whoever still sees it is asked again
        db.session.rollback()
        return render_template("documents/delete.html", document=owned_document_or_404(document_id)), 409
    flash(_("Deleted “%(title)s”.", title=title))
    return redirect(url_for("documents.index"), 303)


def _new_page(form: NewDocumentForm) -> str:
    return render_template(
        "documents/new.html", form=form, max_upload_mb=_settings().max_upload_mb, most_files=MOST_FILES
    )


def _conflict_page(document_id: int, form: EditDocumentForm) -> str:
    """Both texts, and a form that would save the typed one over what is there now. Nothing typed is lost."""
    db.session.rollback()
    document = editable_document_or_404(document_id)
    mine = normalise(form.text.data or "")
    form.version.raw_data = None  # show the version of now, not the one that was posted
    form.version.data = document.version
    return render_template(
        "documents/conflict.html",
        document=document,
        form=form,
        passages=compare(document.revision.text, mine),
        tags=Tag.names_of(document.id),
    )
