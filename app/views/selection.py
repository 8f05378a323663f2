"""Several documents of the library at once: having them summarised, tagging them, deleting them. Each asks first."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.extensions import db, limiter
from app.library import selection
from app.library.listing import PAGE_SIZE
from app.library.selection import Asked
from app.library.wanted import Wanted
from app.models import Document, Purpose, Role
from app.summaries import budget
from app.summaries.prompt import Options
from app.views.access import me, my_role, person_key, readable_documents_or_404
from app.views.library import library_url
from app.views.tag_forms import TagForm

bp = Blueprint("selection", __name__, url_prefix="/documents/selection")


def _limit() -> str:
    return f"{current_app.config['SETTINGS'].summaries_per_minute} per minute"


def _summaries() -> int:
    """As how many requests it counts; never as more than are allowed, or it could not be done at all."""
    settings: Settings = current_app.config["SETTINGS"]
    return max(1, min(len(_chosen()), settings.summaries_per_minute))


def _asks_for_none() -> bool:
    return request.form.get("action") != "summarise" or not _is_confirmed()


@bp.post("")
@login_required
@limiter.limit(_limit, key_func=person_key, cost=_summaries, exempt_when=_asks_for_none)
def act() -> ResponseReturnValue:
    ids = _chosen()
    if not ids:
        flash(_("Select documents first, with the boxes beside them."), "warning")
        return _to_library()
    if len(ids) > PAGE_SIZE:
        abort(422)
    documents, action = readable_documents_or_404(ids), request.form.get("action")
    if action == "summarise":
        return _summarise(documents)
    if action == "tags":
        return _tag(*_parted(documents, Role.EDITOR))
    if action != "delete":
        abort(422)
    return _delete(*_parted(documents, Role.OWNER))


def _chosen() -> list[int]:
    return list(dict.fromkeys(request.form.getlist("document", type=_document_id)))


def _document_id(typed: str) -> int:
    """
    :raises ValueError: for what no document's id can be.
    """
    number = int(typed)
    if not 0 < number < 2**31:
        raise ValueError(typed)
    return number


def _is_confirmed() -> bool:
    return request.form.get("confirm") == "yes"


def _parted(documents: Sequence[Document], needed: Role) -> tuple[list[Document], list[Document]]:
    """Those with which the reader may do what *needed* may, and the others."""
    allowed = [document for document in documents if my_role(document).includes(needed)]
    return allowed, [document for document in documents if document not in allowed]


def _to_library() -> ResponseReturnValue:
    """As it was: with the same search, filters and order."""
    return redirect(library_url(Wanted.parse(request.args)), 303)


def _page(template: str, **about: object) -> str:
    return render_template(f"library/{template}.html", query=Wanted.parse(request.args).query, **about)


# -- summarising -----------------------------------------------------------------------------------------


def _summarise(documents: Sequence[Document]) -> ResponseReturnValue:
    options = Options.preferred_by(me())
    plan = selection.plan(documents, options)
    if not _is_confirmed():
        refusal = budget.refusal(plan.estimate, Purpose.REQUEST, me()) if plan.wanted else None
        return _page("summarise", plan=plan, refusal=refusal)
    _tell_of(selection.summarise(plan, me(), options))
    return _to_library()


def _tell_of(asked: Asked) -> None:
    if asked.number:
        flash(ngettext("Summarising %(num)s document.", "Summarising %(num)s documents.", asked.number))
    elif not asked.refusal:
        flash(_("There was nothing to summarise."))
    if asked.refusal:
        flash(_("Too little is left of this month’s budget for the others."), "warning")


# -- tagging ---------------------------------------------------------------------------------------------


def _tag(documents: Sequence[Document], others: Sequence[Document]) -> ResponseReturnValue:
    """Where none of them may be changed, the page says so, and there is nothing to confirm."""
    verb = request.form.get("confirm")
    form = TagForm() if verb else TagForm(formdata=None)
    if not documents or verb not in ("add", "remove"):
        return _page("tags", form=form, documents=documents, others=others)
    if not form.validate():
        return _page("tags", form=form, documents=documents, others=others), 422
    try:
        (_add if verb == "add" else _remove)(documents, form.name)
    except IntegrityError:  # somebody deleted one of them in this moment
        db.session.rollback()
        abort(404)
    return _to_library()


def _add(documents: Sequence[Document], name: str) -> None:
    tagged = selection.add_tag(documents, name)
    flash(
        ngettext(
            "Tagged %(num)s document with “%(tag)s”.", "Tagged %(num)s documents with “%(tag)s”.", tagged, tag=name
        )
    )
    if full := len(documents) - tagged:
        said = ngettext("%(num)s has as many tags as it may.", "%(num)s have as many tags as they may.", full)
        flash(said, "warning")


def _remove(documents: Sequence[Document], name: str) -> None:
    removed = selection.remove_tag(documents, name)
    flash(ngettext("Took “%(tag)s” off %(num)s document.", "Took “%(tag)s” off %(num)s documents.", removed, tag=name))


# -- deleting --------------------------------------------------------------------------------------------


def _delete(documents: Sequence[Document], others: Sequence[Document]) -> ResponseReturnValue:
    if not documents or not _is_confirmed():
        return _page("delete", documents=documents, others=others)
    deleted, left = selection.delete(documents)
    flash(ngettext("Deleted %(num)s document.", "Deleted %(num)s documents.", deleted))
    if left:
        said = ngettext(
            "%(num)s was changed in the same moment, and is still there.",
            "%(num)s were changed in the same moment, and are still there.",
            left,
        )
        flash(said, "warning")
    return _to_library()
