"""Signing up, in and out."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_user, logout_user
from redis import RedisError

from app import signals
from app.accounts import signing_up
from app.database import begin_to_write
from app.extensions import db, limiter, login_manager
from app.models import LoginSession, User
from app.views import known
from app.views.account_forms import EMAIL_MAX, LoginForm, SignupForm
from app.views.going_on import next_url, wanted

bp = Blueprint("auth", __name__)


@login_manager.user_loader
def _load_user(token: str) -> User | None:
    found = LoginSession.of(token, current_app.permanent_session_lifetime)
    if found is None:
        return None
    user = found.user
    user.session_token = token
    if found.is_noted_long_ago:
        session_id = found.id
        begin_to_write()
        LoginSession.note(session_id)
        db.session.commit()
    return user


@login_manager.unauthorized_handler
def _ask_to_sign_in() -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        abort(401)
    # Only an address that was asked for, not one that a form was posted to, can be gone back to.
    came_from = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=came_from), 303)


def failed(response: Response) -> bool:
    return response.status_code == 422


def named_account() -> str:
    return request.form.get("email", "").strip().lower()[:EMAIL_MAX] or "nobody"


@bp.get("/signup")
def signup() -> ResponseReturnValue:
    return _page("auth/signup.html", SignupForm())


@bp.post("/signup")
@limiter.limit("300 per hour")
@limiter.limit("5 per hour", key_func=named_account, exempt_when=lambda: not signing_up.confirms())  # each is a mail
@limiter.limit("100 per hour", deduct_when=failed)  # it tells who has an account
def create_account() -> ResponseReturnValue:
    if current_app.config["SETTINGS"].signup == "closed":
        abort(403)
    form = SignupForm()
    if not form.validate():
        return _page("auth/signup.html", form), 422
    try:
        user = signing_up.sign_up(form.email.data or "", form.password.data or "")
    except signing_up.AddressTaken:
        form.email.errors = [_("This address has an account already. Log in instead, or use another address.")]
        return _page("auth/signup.html", form), 422
    except RedisError:
        form.email.errors = [
            _("No mail can be sent just now, which is needed to open an account. Try again in a minute.")
        ]
        return _page("auth/signup.html", form), 503
    if user is None:
        return redirect(url_for("confirming.sent"), 303)
    signals.signed_up.send(None, user_id=user.id, address=get_remote_address())
    return enter(user)


@bp.get("/login")
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(next_url(), 303)
    return _page("auth/login.html", LoginForm())


def _account_from_here() -> str:
    return f"{get_remote_address()}:{named_account()}"


@bp.post("/login")
# Against many guesses from one place, and against a few from each of very many.
@limiter.limit("10 per 5 minutes", key_func=_account_from_here, deduct_when=failed)
@limiter.limit("100 per hour", key_func=named_account, deduct_when=failed, exempt_when=known.here)
@limiter.limit("60 per 5 minutes", deduct_when=failed)
def open_session() -> ResponseReturnValue:
    form = LoginForm()
    if not form.validate():
        return _page("auth/login.html", form), 422
    user = User.authenticate(form.email.data or "", form.password.data or "")
    if user is None:
        signals.sign_in_failed.send(None, address=get_remote_address())
        form.email.errors = [_("The address or the password is wrong.")]
        return _page("auth/login.html", form), 422
    if user.confirmed_at is None:
        form.email.errors = [
            _("Open this account first, by the link that was sent to its address. For a new link, sign up again.")
        ]
        return _page("auth/login.html", form), 422
    user.renew_hash(form.password.data or "")
    signals.signed_in.send(None, user_id=user.id, address=get_remote_address())
    return enter(user, remember=bool(form.remember.data))


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    if current_user.is_authenticated:
        signals.signed_out.send(None, user_id=current_user.id)
    leave()
    flash(_("You are logged out."))
    return redirect(url_for("pages.home"), 303)


def enter(user: User, *, remember: bool = False) -> ResponseReturnValue:
    leave()  # nothing of the visitor before goes over to the user
    begin_session(user, remember=remember)
    answer = current_app.make_response(redirect(next_url(), 303))
    known.remember(answer, user.email)
    return answer


def begin_session(user: User, *, remember: bool) -> None:
    """Sign *user* in, in the browser that asks. Commits."""
    longest, device = current_app.permanent_session_lifetime, request.user_agent.string
    user.session_token = LoginSession.begin(user, device, longest, remembered=remember)
    db.session.commit()
    login_user(user, remember=remember)


def leave() -> None:
    """Sign whoever it is out of this browser, so that a copy of its cookies is of no use either.

    Clear first: logging out leaves word in the session that the cookie of "keep me signed in" must go.
    """
    if current_user.is_authenticated:
        LoginSession.end(current_user.session_token)
        db.session.commit()
    session.clear()
    logout_user()


def _page(template: str, form: LoginForm | SignupForm) -> str:
    return render_template(template, form=form, next_url=wanted())
