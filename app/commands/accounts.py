"""``flask add-user``, ``set-password`` and ``make-admin``."""

from __future__ import annotations

import click
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords
from app.database import utcnow
from app.extensions import db
from app.models import User
from app.models.user import PASSWORD_MAX, PASSWORD_MIN, hash_password


def _checked(_context: click.Context, _parameter: click.Parameter, password: str) -> str:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise click.ClickException(f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.")
    return password


asked_for = click.password_option(help="Asked for when not given.", callback=_checked)


@click.command("add-user")
@click.argument("email")
@asked_for
def add_user(email: str, password: str) -> None:
    """Add an account, also where SIGNUP is closed."""
    _refuse_weak(password, email)
    try:
        user = User.with_credentials(email, hash_password(password))
        user.confirmed_at = utcnow()
        db.session.add(user)
        db.session.commit()
    except ValueError as error:
        raise click.ClickException(f"{email} is no email address: {error}") from None
    except IntegrityError:
        raise click.ClickException(f"{email} has an account already.") from None
    click.echo(f"Added {email}.")


@click.command("set-password")
@click.argument("email")
@asked_for
def set_password(email: str, password: str) -> None:
    """Give somebody a new password, and log them out everywhere."""
    _refuse_weak(password, email)
    passwords.change(user_of(email), password)
    click.echo(f"{email} has a new password, and is logged out everywhere.")


@click.command("make-admin")
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Make it an ordinary account again.")
def make_admin(email: str, *, revoke: bool) -> None:
    """Let somebody administer this site. It does not let them read other people's documents."""
    user_of(email).is_admin = not revoke
    db.session.commit()
    click.echo(f"{email} is {'no longer' if revoke else 'now'} an administrator.")


def _refuse_weak(password: str, email: str) -> None:
    if why := passwords.weakness(password, email):
        raise click.ClickException(why)


def user_of(email: str) -> User:
    """Whose address it is.

    :raises click.ClickException: when it is nobody's.
    """
    user = User.by_email(email)
    if user is None:
        raise click.ClickException(f"{email} has no account.")
    return user
