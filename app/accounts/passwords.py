"""Choosing a password, and replacing one that was forgotten by a link that is sent by mail."""

from __future__ import annotations

from functools import cache

from flask_babel import force_locale
from flask_babel import gettext as _

from app import queues, signals
from app.accounts import mail
from app.accounts.links import MailedLink
from app.database import begin_to_write, utcnow
from app.extensions import db
from app.models import LoginSession, User
from app.models.user import hash_password

RESET_SECONDS = 60 * 60
LINK = MailedLink("password-reset", RESET_SECONDS)
SITE_WORDS = ("foreword", "summary", "summaries", "document")  # OWASP ASVS 5, 6.2.11


def weakness(password: str, email: str) -> str | None:
    """Why this password is too easily guessed for somebody with this address; None when it is not."""
    plain = password.casefold()
    if plain in _common():
        return _("This password is one of the most used ones, which are tried first. Choose another.")
    bare = plain.strip("0123456789!?.-_ ")
    if bare in {*SITE_WORDS, email.partition("@")[0].casefold(), email.casefold()}:
        return _("This password is easily guessed from your address or this site's name. Choose another.")
    return None


@cache
def _common() -> frozenset[str]:
    """The thirty thousand most used passwords, of which OWASP ASVS 5, 6.2.4 wants the first three thousand refused."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def change(user: User, password: str, *, keep: str = "", by_mail: bool = False) -> None:
    """Give *user* this password, and sign them out everywhere. Commits.

    :param keep: the token of a session that goes on.
    :param by_mail: whether they came by a link that was mailed to them, which confirms the address as well.
    """
    password_hash = hash_password(password)  # slow on purpose, so before any transaction
    begin_to_write()
    user_id, user.password_hash = user.id, password_hash
    if by_mail:
        user.confirmed_at = user.confirmed_at or utcnow()
    LoginSession.end_all(user_id, but=keep)
    db.session.commit()
    signals.password_changed.send(None, user_id=user_id)
    if mail.is_possible():
        queues.enqueue_or_forget("jobs.accounts.tell_password_changed", user_id, mail.asked_in())


# -- forgotten ---------------------------------------------------------------------------------------------


def ask_for_reset(email: str) -> None:
    """Have a link sent to this address, if it has an account.

    It takes the same time and the same steps if it has none, so that nobody learns who has one.

    :raises RedisError: when it cannot be sent now.
    """
    user = User.by_email(email)
    user_id = user.id if user else 0
    db.session.rollback()
    queues.enqueue("jobs.accounts.send_reset", user_id, mail.asked_in())
    signals.password_reset_asked.send(None, user_id=user_id)


def send_reset(user_id: int, asked_in: str) -> None:
    """Send the link by which *user_id* chooses a new password.

    :param asked_in: what they read who have chosen no language.
    """
    user = db.session.get(User, user_id) if user_id else None
    if user is None:
        return
    address, language, token = user.email, user.locale or asked_in, LINK.token(user)
    db.session.rollback()
    with force_locale(language):
        text = _(
            "Somebody, probably you, asked for a new password for Foreword.\n\n"
            "Choose it here, within an hour:\n%(link)s\n\n"
            "If it was not you, do nothing: your password stays as it is.",
            link=f"{mail.site_url()}/password/reset/{token}",
        )
        mail.send(address, _("Choose a new password"), text)


def tell_changed(user_id: int, asked_in: str) -> None:
    """Tell *user_id* that the password is another one now."""
    user = db.session.get(User, user_id)
    if user is None:
        return
    address, language = user.email, user.locale or asked_in
    db.session.rollback()
    with force_locale(language):
        text = _(
            "The password of your account at Foreword was changed just now, and every other device was logged out.\n\n"
            "If it was not you, choose a new one at once:\n%(link)s",
            link=f"{mail.site_url()}/password/forgotten",
        )
        mail.send(address, _("Your password was changed"), text)
