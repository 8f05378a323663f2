"""``flask add-user EMAIL``."""

from __future__ import annotations

import click
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import User
from app.models.user import PASSWORD_MAX, PASSWORD_MIN, hash_password


@click.command("add-user")
@click.argument("email")
@click.password_option(help="Asked for when not given.")
def add_user(email: str, password: str) -> None:
    """Add an account, also where SIGNUP is closed."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise click.ClickException(f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.")
    try:
        db.session.add(User.with_credentials(email, hash_password(password)))
        db.session.commit()
    except ValueError as error:
        raise click.ClickException(f"{email} is no email address: {error}") from None
    except IntegrityError:
        raise click.ClickException(f"{email} has an account already.") from None
    click.echo(f"Added {email}.")
