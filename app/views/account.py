"""A person's own account: another password, everything in one file, leaving."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import login_required

from app import signals
from app.accounts import closing, passwords
from app.accounts.export import export
from app.extensions import db, limiter
from app.models import LoginSession
from app.views.access import me, person_key
from app.views.account_forms import ChangePasswordForm, CloseAccountForm, PreferencesForm
from app.views.auth import failed, leave

bp = Blueprint("account", __name__, url_prefix="/account")
# Whoever sits at a browser that was left open must not try passwords there.
guarded = limiter.shared_limit("10 per 5 minutes", "own password", key_func=person_key, deduct_when=failed)


@bp.get("")
@login_required
def show() -> ResponseReturnValue:
    return _page()


@bp.post("/password")
@login_required
@guarded
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm(email=me().email)
    if not form.validate():
        return _page(form), 422
    if not me().has_password(form.current.data or ""):
        form.current.errors = [_("This is not the password that you have now.")]
        return _page(form), 422
    passwords.change(me(), form.password.data or "", keep=me().session_token)
    flash(_("Your password is changed. Every other device is logged out."))
    return redirect(url_for("account.show"), 303)


@bp.post("/preferences")
@login_required
def prefer() -> ResponseReturnValue:
    preferences = PreferencesForm()
    if not preferences.validate():
        return _page(preferences=preferences), 422
    me().locale = preferences.locale.data or None
    me().updates_paused = bool(preferences.updates_paused.data)
    db.session.commit()
    refresh()  # what is said below is said in the language just chosen
    flash(_("Saved."))
    return redirect(url_for("account.show"), 303)


@bp.post("/sessions/end")
@login_required
def end_sessions() -> ResponseReturnValue:
    user_id = me().id
    LoginSession.end_all(user_id, but=me().session_token)
    db.session.commit()
    signals.sessions_ended.send(None, user_id=user_id)
    flash(_("Every other device is logged out."))
    return redirect(url_for("account.show"), 303)


@bp.post("/sessions/<id:session_id>/end")
@login_required
def end_session(session_id: int) -> ResponseReturnValue:
    user_id = me().id
    if not LoginSession.end_one(user_id, session_id):
        abort(404)
    db.session.commit()
    signals.sessions_ended.send(None, user_id=user_id)
    flash(_("That device is logged out."))
    return redirect(url_for("account.show"), 303)


@bp.get("/export")
@login_required
@limiter.limit("20 per hour", key_func=person_key)
def download() -> Response:
    user = me()
    file = export(user)
    signals.account_exported.send(None, user_id=user.id)
    return send_file(file, "application/zip", as_attachment=True, download_name="foreword.zip")


@bp.get("/delete")
@login_required
def ask_to_close() -> ResponseReturnValue:
    return _closing_page(CloseAccountForm())


@bp.post("/delete")
@login_required
@guarded
def close() -> ResponseReturnValue:
    form = CloseAccountForm()
    if not form.validate():
        return _closing_page(form), 422
    if not me().has_password(form.password.data or ""):
        form.password.errors = [_("This is not your password.")]
        return _closing_page(form), 422
    closing.close(me())
    leave()
    flash(_("Your account is deleted, with everything in it."))
    return redirect(url_for("pages.home"), 303)


def _page(form: ChangePasswordForm | None = None, preferences: PreferencesForm | None = None) -> str:
    """The account, with the one form that was refused, if any, as it was sent."""
    return render_template(
        "account/show.html",
        form=form or ChangePasswordForm(formdata=None, email=me().email),
        preferences=preferences or PreferencesForm(formdata=None, obj=me()),
        refused=form or preferences,
        sessions=LoginSession.of_user(me().id, current_app.permanent_session_lifetime),
        token=me().session_token,
    )


def _closing_page(form: CloseAccountForm) -> str:
    return render_template("account/delete.html", form=form, at_stake=closing.at_stake(me()))
