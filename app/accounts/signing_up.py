"""Signing up. Where mail is sent, an account is opened by whoever reads the mail that goes to its address.

So nobody has an account at somebody else's address, for whom a document might be shared; and signing up tells nobody
who has one already, since the page says the same and only the mail differs.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app import queues
from app.accounts import mail
from app.accounts.links import MailedLink
from app.database import utcnow
from app.extensions import db
from app.models import User
from app.models.user import hash_password

CONFIRM_WITHIN = timedelta(days=1)
LINK = MailedLink("confirm-address", int(CONFIRM_WITHIN.total_seconds()))


class AddressTaken(ValueError):
    """The address has an account already."""


def sign_up(email: str, password: str) -> User | None:
    """The new account; or None where a mail tells what to do next. Commits.

    :raises AddressTaken: when the address has an account, where no mail is sent.
    :raises RedisError: when no mail can be sent now.
    """
    password_hash = hash_password(password)  # slow on purpose, so before any transaction
    if not confirms():
        return _open(email, password_hash)
    user_id = _await_confirmation(email, password_hash)
    queues.enqueue("jobs.accounts.answer_sign_up", user_id, mail.asked_in())
    return None


def confirms() -> bool:
    """Whether addresses are confirmed. In development, where mail is only printed, they are not."""
    return bool(current_app.config["SETTINGS"].mail_url)


def _open(email: str, password_hash: str) -> User:
    user = User.with_credentials(email, password_hash)
    user.confirmed_at = utcnow()
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise AddressTaken from None
    return user


def _await_confirmation(email: str, password_hash: str) -> int:
    """The id of the account at this address: a new one, one that waits still, or the one there was."""
    User.forget_unconfirmed(utcnow() - CONFIRM_WITHIN)
    user = User.by_email(email)
    if user is None:
        user = User.with_credentials(email, password_hash)
        db.session.add(user)
    elif user.confirmed_at is None:
        user.password_hash = password_hash  # whoever signed up first at an address has no right to it yet
    try:
        db.session.commit()
    except IntegrityError:  # somebody signed up at it in the same moment
        db.session.rollback()
        return _await_confirmation(email, password_hash)
    return user.id


def answer(user_id: int, asked_in: str) -> None:
    """Send the mail that tells what to do next.

    :param asked_in: what they read who have chosen no language, as nobody has whose account is new.
    """
    user = db.session.get(User, user_id)
    if user is None:
        return
    address, language, token = user.email, user.locale or asked_in, LINK.token(user)
    is_open = user.confirmed_at is not None
    db.session.rollback()
    with force_locale(language):
        if is_open:
            mail.send(address, _("You have an account already"), _of_an_open_account())
        else:
            mail.send(address, _("Confirm your address"), _of_a_new_account(token))


def _of_an_open_account() -> str:
    return _(
        "Somebody, probably you, signed up for Foreword with this address. It has an account already.\n\n"
        "Log in: %(login)s\n"
        "Choose a new password: %(forgotten)s\n\n"
        "If it was not you, do nothing.",
        login=f"{mail.site_url()}/login",
        forgotten=f"{mail.site_url()}/password/forgotten",
    )


def _of_a_new_account(token: str) -> str:
    return _(
        "Somebody, probably you, signed up for Foreword with this address.\n\n"
        "To open the account, enter the password that you chose here, within a day:\n"
        "%(link)s\n\n"
        "If it was not you, do nothing: no account is opened.",
        link=f"{mail.site_url()}/signup/confirm/{token}",
    )


def awaiting(token: str) -> User | None:
    """Whose account this link opens; None when it is too old, or was used."""
    user = LINK.user_of(token)
    return user if user and user.confirmed_at is None else None


def confirm(user: User) -> None:
    """Open the account. Commits."""
    user.confirmed_at = utcnow()
    db.session.commit()
