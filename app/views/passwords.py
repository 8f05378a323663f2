"""A password that was forgotten: asking for a link, and choosing a new one by it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from redis import RedisError

from app.accounts import mail, passwords
from app.extensions import limiter
from app.models import User
from app.views.account_forms import ForgottenForm, NewPasswordForm
from app.views.auth import leave, named_account

bp = Blueprint("passwords", __name__, url_prefix="/password")


@bp.after_request
def _keep_the_address_private(response: Response) -> Response:
    """Whoever has the address of the link may choose the password."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/forgotten")
def forgotten() -> ResponseReturnValue:
    return _forgotten_page(ForgottenForm())


@bp.post("/forgotten")
@limiter.limit("5 per hour", key_func=named_account)
@limiter.limit("30 per hour")
def ask() -> ResponseReturnValue:
    if not mail.is_possible():
        abort(403)
    form = ForgottenForm()
    if not form.validate():
        return _forgotten_page(form), 422
    try:
        passwords.ask_for_reset(form.email.data or "")
    except RedisError:
        form.email.errors = [_("No mail can be sent just now. Try again in a minute.")]
        return _forgotten_page(form), 503
    return redirect(url_for("passwords.sent"), 303)


@bp.get("/sent")
def sent() -> ResponseReturnValue:
    return render_template("account/sent.html")


@bp.get("/reset/<string:token>")
def choose(token: str) -> ResponseReturnValue:
    user = passwords.LINK.user_of(token)
    if user is None:
        return _too_late()
    return _choosing_page(NewPasswordForm(email=user.email), token, user)


@bp.post("/reset/<string:token>")
@limiter.limit("60 per hour")
def reset(token: str) -> ResponseReturnValue:
    user = passwords.LINK.user_of(token)
    if user is None:
        return _too_late()
    form = NewPasswordForm(email=user.email)
    if not form.validate():
        return _choosing_page(form, token, user), 422
    passwords.change(user, form.password.data or "", by_mail=True)
    leave()
    flash(_("Your password is changed, and every device is logged out. Log in with the new one."))
    return redirect(url_for("auth.login"), 303)


def _too_late() -> ResponseReturnValue:
    return render_template("account/too_late.html"), 404


def _forgotten_page(form: ForgottenForm) -> str:
    return render_template(
        "account/forgotten.html", form=form, email=request.args.get("email", ""), can_mail=mail.is_possible()
    )


def _choosing_page(form: NewPasswordForm, token: str, user: User) -> str:
    return render_template("account/reset.html", form=form, token=token, email=user.email)
