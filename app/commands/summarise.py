"""``flask summarise FILE``: a summary in the terminal, without Redis, worker or database."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from flask import current_app

from app.documents.extraction import ExtractionError, extract
from app.documents.language import detect
from app.llm import OFFLINE_MODEL, Completion, ProviderError, model_name, provider
from app.summaries import prompt, reasons
from app.summaries.prompt import LANGUAGES, LENGTHS, STYLES, Options


@click.command("summarise")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--style", type=click.Choice(STYLES), default="prose", show_default=True)
@click.option("--length", type=click.Choice(LENGTHS), default="medium", show_default=True)
@click.option("--language", type=click.Choice([code for code in LANGUAGES if code]), help="Default: the document's.")
def summarise(file: Path, style: str, length: str, language: str | None) -> None:
    """Summarise FILE (.txt, .md, .html, .pdf or .docx): the text to stdout, the progress to stderr."""
    try:
        found = extract(file.name, file.read_bytes(), current_app.config["SETTINGS"].max_document_characters)
    except ExtractionError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Read {file.name}: {len(found.text.split()):,} words.", err=True)
    click.echo(f"Summarising with {_maker()} …", err=True)
    started = time.monotonic()
    try:
        completion = _stream(found.text, Options(style, language or "", length))
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
        for event in provider().stream(prompt.build(text, options, detect(text))):
            if isinstance(event, Completion):
                return event
            sys.stdout.write(event)
            sys.stdout.flush()
    finally:
        click.echo()
    raise ProviderError("broken_answer")
