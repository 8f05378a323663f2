"""``flask`` commands."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError

from app.documents.extraction import ExtractionError, extract
from app.extensions import db
from app.llm import OFFLINE_MODEL, Completion, ProviderError, model_name, provider
from app.models import User
from app.models.user import PASSWORD_MAX, PASSWORD_MIN, hash_password
from app.summaries import prompt, reasons
from app.summaries.prompt import LANGUAGES, STYLES, Options


def register(app: Flask) -> None:
    app.cli.add_command(summarise)
    app.cli.add_command(add_user)


@click.command("summarise")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--style", type=click.Choice(STYLES), default="prose", show_default=True)
@click.option("--language", type=click.Choice([code for code in LANGUAGES if code]), help="Default: the document's.")
def summarise(file: Path, style: str, language: str | None) -> None:
    """Summarise FILE (.txt, .md, .html, .pdf or .docx): the text to stdout, the progress to stderr."""
    try:
        found = extract(file.name, file.read_bytes(), current_app.config["SETTINGS"].max_document_characters)
    except ExtractionError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Read {file.name}: {len(found.text.split()):,} words.", err=True)
    click.echo(f"Summarising with {_maker()} …", err=True)
    started = time.monotonic()
    try:
        completion = _stream(found.text, Options(style, language or ""))
    except ProviderError as error:
        raise click.ClickException(reasons.sentence(error.reason)) from None
    counted = f", {completion.output_tokens:,} tokens" if completion.output_tokens else ""
    click.echo(f"Done in {time.monotonic() - started:.1f} s{counted}.", err=True)


def _maker() -> str:
    return (
        "the offline summariser (sentences of the document itself)" if model_name() == OFFLINE_MODEL else model_name()
    )


def _stream(text: str, options: Options) -> Completion:
    """Print the summary as it comes.

    :raises ProviderError: when it does not come whole; what was printed is then followed by the reason.
    """
    try:
        for event in provider().stream(prompt.build(text, options)):
            if isinstance(event, Completion):
                return event
            sys.stdout.write(event)
            sys.stdout.flush()
    finally:
        click.echo()
    raise ProviderError("broken_answer")


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
