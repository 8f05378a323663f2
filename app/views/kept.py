"""What somebody typed is not lost when meanwhile they were signed out, or signed in anew: the form comes back with it.

Sessions last for days, but they end, in another tab too. Then nobody is signed in, or the form's token is good no more.
"""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from app.views.errors import note_refusal, page_of
from app.views.forms import EditDocumentForm, NewDocumentForm
from app.views.typed import TypedForm

FORMS: dict[str, type[TypedForm]] = {"documents.create": NewDocumentForm, "documents.update": EditDocumentForm}
NOT_TYPED = ("csrf_token", "version")


def guard(bp: Blueprint) -> None:
    """Keep what is posted to the forms of *bp* by people who are not, or not yet again, signed in."""
    bp.before_request(_bring_back_to_whoever_is_signed_out)
    bp.register_error_handler(CSRFError, _bring_back)


def _bring_back_to_whoever_is_signed_out() -> ResponseReturnValue | None:
    return _page() if _is_typed() and not current_user.is_authenticated else None


def _bring_back(error: CSRFError) -> ResponseReturnValue:
    if not _is_typed():
        return page_of(error)
    note_refusal(400)
    return _page()


def _is_typed() -> bool:
    named = request.endpoint in FORMS and request.method == "POST"
    return named and any(value.strip() for name, value in request.form.items() if name not in NOT_TYPED)


def _page() -> ResponseReturnValue:
    """The form with all that was typed, and a token that is good; files must be chosen anew."""
    form = FORMS[request.endpoint or ""](max_characters=current_app.config["SETTINGS"].max_document_characters)
    signed_in = current_user.is_authenticated
    if signed_in:
        why = _("You have logged in since this form was opened, so it has not been sent yet. Send it once more.")
    else:
        why = _("You are logged out. Log in in another tab, then come back and send this once more.")
    form.form_errors = [why]
    if any(file.filename for file in request.files.getlist("file")):
        form.form_errors.append(_("Choose the file anew: a page cannot keep it."))
    answer = render_template("documents/kept.html", form=form, signed_in=signed_in)
    return answer, 400 if signed_in else 401
