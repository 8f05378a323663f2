"""``flask summarise FILE``: a summary in the terminal, without Redis, worker or database."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from flask import current_app

from app.documents.extraction import ExtractionError, extract
from app.documents.language import detect
from app.llm import OFFLINE_MODEL, Completion, Prompt, ProviderError, model_name, provider
from app.models import Step
from app.summaries import prompt, reasons, window
from app.summaries.notes import BETWEEN
from app.summaries.parts import group, split
from app.summaries.prompt import LANGUAGES, LENGTHS, STYLES, Options
from app.summaries.quotations import Source
from app.visible import visible


@click.command("summarise")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--style", type=click.Choice(STYLES), default="prose", show_default=True)
@click.option("--length", type=click.Choice(LENGTHS), default="medium", show_default=True)
@click.option("--language", type=click.Choice([code for code in LANGUAGES if code]), help="Default: the document's.")
def summarise(file: Path, style: str, length: str, language: str | None) -> None:
    """Summarise FILE (text, Markdown, HTML, PDF, Word or EPUB): the text to stdout, the progress to stderr."""
    try:
        found = extract(file.name, file.read_bytes(), current_app.config["SETTINGS"].max_document_characters)
    except ExtractionError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Read {file.name}: {len(found.text.split()):,} words.", err=True)
    for gap in found.gaps:
        click.echo(gap, err=True)
    click.echo(f"Summarising with {_maker()} …", err=True)
    started = time.monotonic()
    try:
        completion = _write(visible(found.text), Options(style, language or "", length))
    except ProviderError as error:
        raise click.ClickException(reasons.sentence(error.reason)) from None
    counted = f", {completion.output_tokens:,} tokens" if completion.output_tokens else ""
    click.echo(f"Done in {time.monotonic() - started:.1f} s{counted}.", err=True)


def _maker() -> str:
    return (
        "the offline summariser (sentences of the document itself)" if model_name() == OFFLINE_MODEL else model_name()
    )


def _write(text: str, options: Options) -> Completion:
    """:raises ProviderError: when a part of it cannot be had."""
    in_parts = window.is_long(len(text.encode()), model_name())
    given = _notes_of(text) if in_parts else text
    return _print(prompt.build(given, options, detect(text), in_parts=in_parts), Source(text))


def _notes_of(text: str) -> str:
    """Notes of every part, one after the other, and notes of those while they are too long."""
    most = window.most_bytes(model_name()) or len(text)
    notes, step = split(text, window.part_bytes(model_name())), Step.PART
    while step == Step.PART or len(BETWEEN.join(notes).encode()) > most:
        read = []
        for number, part in enumerate(notes, 1):
            click.echo(f"Reading part {number} of {len(notes)} …", err=True)
            read.append(_whole(prompt.notes(part, step)))
        together = [BETWEEN.join(some) for some in group(read, most)]
        if step == Step.MERGE and len(together) == len(notes):
            raise ProviderError("too_long")
        step, notes = Step.MERGE, together
    return BETWEEN.join(notes)


def _whole(asked: Prompt) -> str:
    for event in provider().stream(asked):
        if isinstance(event, Completion):
            return event.text
    raise ProviderError("broken_answer")


def _print(asked: Prompt, source: Source) -> Completion:
    """Print the summary as it comes.

    :raises ProviderError: when it does not come whole; what was printed is then followed by the reason.
    """
    text = shown = ""
    try:
        for event in provider().stream(asked):
            text += event if isinstance(event, str) else ""
            whole = source.checked(event.text)[0] if isinstance(event, Completion) else source.so_far(text)
            sys.stdout.write(whole[len(shown) :])
            sys.stdout.flush()
            shown = whole
            if isinstance(event, Completion):
                return event
    finally:
        click.echo()
    raise ProviderError("broken_answer")
