"""Opening a new account by the link in a mail, which shows that its address is one's own."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from app import signals
from app.accounts import signing_up
from app.extensions import limiter
from app.models import User
from app.views.account_forms import OpenAccountForm
from app.views.auth import enter, failed

bp = Blueprint("confirming", __name__, url_prefix="/signup")


@bp.after_request
def _keep_the_address_private(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/sent")
def sent() -> ResponseReturnValue:
    return render_template("auth/sent.html")


@bp.get("/confirm/<string:token>")
def show(token: str) -> ResponseReturnValue:
    user = signing_up.awaiting(token)
    return _too_late() if user is None else _page(OpenAccountForm(), token, user)


@bp.post("/confirm/<string:token>")
@limiter.limit("10 per 5 minutes", deduct_when=failed)
def confirm(token: str) -> ResponseReturnValue:
    """The password is asked for, so that nobody opens by a careless click what somebody else has signed up for."""
    user, form = signing_up.awaiting(token), OpenAccountForm()
    if user is None:
        return _too_late()
    if not form.validate():
        return _page(form, token, user), 422
    if not user.has_password(form.password.data or ""):
        form.password.errors = [_("This is not the password that was chosen when this address was signed up.")]
        return _page(form, token, user), 422
    signing_up.confirm(user)
    signals.signed_up.send(None, user_id=user.id, address=get_remote_address())
    return enter(user)


def _too_late() -> ResponseReturnValue:
    return render_template("auth/too_late.html"), 404


def _page(form: OpenAccountForm, token: str, user: User) -> str:
    return render_template("auth/confirm.html", form=form, token=token, email=user.email)
