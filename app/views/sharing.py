"""With whom a document is shared, its public link, and whether its summary is kept ready."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from sqlalchemy.exc import IntegrityError

from app import signals
from app.extensions import db, limiter
from app.models import Collaborator, Document, Role, User
from app.views.access import editable_document_or_404, me, owned_document_or_404, person_key, readable_document_or_404
from app.views.forms import ShareForm

bp = Blueprint("sharing", __name__, url_prefix="/documents/<id:document_id>")


@bp.get("/sharing")
@login_required
def show(document_id: int) -> ResponseReturnValue:
    return _page(owned_document_or_404(document_id), ShareForm())


@bp.post("/sharing")
@login_required
@limiter.limit("60 per hour", key_func=person_key)  # it tells who has an account here
def share(document_id: int) -> ResponseReturnValue:
    document, form = owned_document_or_404(document_id), ShareForm(owner=me())
    if not form.validate():
        return _page(document, form), 422
    try:
        Collaborator.share(document.id, form.person.id, Role(form.role.data))
        document.unsettle()
        db.session.commit()
    except IntegrityError:  # somebody deleted the document, or their account, in this moment
        db.session.rollback()
        abort(404)
    signals.shared.send(None, document_id=document_id, user_id=form.person.id, role=form.role.data)
    flash(_may_now(form.person, Role(form.role.data)))
    return _to_sharing(document_id)


@bp.post("/sharing/<id:user_id>/delete")
@login_required
def unshare(document_id: int, user_id: int) -> ResponseReturnValue:
    document = owned_document_or_404(document_id)
    person = db.session.get(User, user_id)
    gone = Collaborator.unshare(document.id, user_id)
    if gone and person:
        flash(_("%(email)s has no access any more.", email=person.email))
    db.session.commit()
    if gone:
        signals.unshared.send(None, document_id=document_id, user_id=user_id)
    return _to_sharing(document_id)


@bp.post("/leave")
@login_required
def leave(document_id: int) -> ResponseReturnValue:
    document = readable_document_or_404(document_id)
    gone, user_id = Collaborator.unshare(document.id, me().id), me().id
    if gone:
        flash(_("“%(title)s” is not shared with you any more.", title=document.title))
    db.session.commit()
    if gone:
        signals.unshared.send(None, document_id=document_id, user_id=user_id)
    return redirect(url_for("documents.index"), 303)


@bp.post("/link")
@login_required
def publish(document_id: int) -> ResponseReturnValue:
    owned_document_or_404(document_id).publish()
    db.session.commit()
    signals.published.send(None, document_id=document_id)
    flash(_("Anyone with the link may read it now."))
    return _to_sharing(document_id)


@bp.post("/link/delete")
@login_required
def unpublish(document_id: int) -> ResponseReturnValue:
    owned_document_or_404(document_id).unpublish()
    db.session.commit()
    signals.unpublished.send(None, document_id=document_id)
    flash(_("The link works no more. A new one will be another address."))
    return _to_sharing(document_id)


@bp.post("/pin")
@login_required
def pin(document_id: int) -> ResponseReturnValue:
    editable_document_or_404(document_id).pin()
    db.session.commit()
    return _to_document(document_id)


@bp.post("/pin/delete")
@login_required
def unpin(document_id: int) -> ResponseReturnValue:
    editable_document_or_404(document_id).unpin()
    db.session.commit()
    return _to_document(document_id)


def _may_now(person: User, role: Role) -> str:
    if role == Role.EDITOR:
        return _("%(email)s may now change this document.", email=person.email)
    return _("%(email)s may now read this document.", email=person.email)


def _page(document: Document, form: ShareForm) -> str:
    return render_template(
        "documents/sharing.html", document=document, form=form, collaborators=Collaborator.of(document.id)
    )


def _to_sharing(document_id: int) -> ResponseReturnValue:
    return redirect(url_for("sharing.show", document_id=document_id), 303)


def _to_document(document_id: int) -> ResponseReturnValue:
    return redirect(url_for("documents.show", document_id=document_id, _anchor="readiness"), 303)
