"""The row that a request, a warm-up or a renewal begins with, and what it may cost."""

from __future__ import annotations

from dataclasses import replace

from app import queues
from app.llm import OFFLINE_MODEL, model_name, prices
from app.llm.base import BYTES_PER_TOKEN
from app.models import Document, Purpose, Revision, Status, Step, Summary, User
from app.summaries import budget, prompt, window
from app.summaries.key import key_for
from app.summaries.prompt import Options


def current_key(document: Document, options: Options) -> str:
    """The key of the document's present text in this form."""
    return key_of(document.revision, options)


def key_of(revision: Revision, options: Options) -> str:
    model = model_name()
    form, scheme = form_for(revision, options), window.scheme(revision.size, model)
    return key_for(revision.document_id, revision.input_digest, form, model, scheme)


def form_for(revision: Revision, options: Options) -> Options:
    """The form that this text can be had in: asking for the language it has anyway is not another form.

    The offline summariser takes sentences of the document itself, so it knows no language but the document's.
    """
    if options.language and (options.language == revision.language or model_name() == OFFLINE_MODEL):
        return replace(options, language="")
    return options


def form_of(summary: Summary) -> Options:
    return Options(summary.style, summary.language, summary.length)


def start(  # noqa: PLR0913, PLR0917 - each decides a column of the row
    document: Document, options: Options, take: int, purpose: Purpose, by: User | None = None, queue: str = ""
) -> Summary | None:
    """Insert the pending row of this take; None if it is there already.

    :param queue: another one than that on which such a summary waits by itself.
    :raises budget.OverBudget:
    """
    form, cost = form_for(document.revision, options), estimate(document.revision, options)
    budget.reserve(cost, purpose, by)
    return Summary.start(
        document_id=document.id,
        revision_id=document.revision.sent().id,
        text_digest=document.revision.input_digest,
        key=current_key(document, options),
        take=take,
        style=form.style,
        language=form.language,
        length=form.length,
        model=model_name(),
        prompt_version=prompt.PROMPT_VERSION,
        purpose=purpose,
        queue=queue or _queue_of(purpose, document.revision),
        estimate=cost,
        requested_by_id=by.id if by else None,
    )


def reopen(summary: Summary, purpose: Purpose, by: User | None = None, queue: str = "") -> bool:
    """Ask again for what failed or was cancelled; false if somebody else just did.

    :raises budget.OverBudget:
    """
    budget.reserve(summary.estimate, purpose, by)
    return summary.reopen(purpose, queue or _queue_of(purpose, summary.revision), by.id if by else None)


def _queue_of(purpose: Purpose, revision: Revision) -> str:
    return queue_for(revision) if purpose == Purpose.REQUEST else queues.LOW


def queue_for(revision: Revision) -> str:
    """Where somebody waits for a summary of it. A long text takes minutes, and none else should wait for those."""
    return queues.DEFAULT if window.is_long(revision.size, model_name()) else queues.HIGH


def start_in_advance(document: Document, options: Options, purpose: Purpose) -> Summary | None:
    """The row of a summary that nobody asked for yet.

    None where there is one, a person's own try has ended, or there is no money left for it.
    """
    key = current_key(document, options)
    latest = Summary.latest_take(key)
    try:
        if latest is None:
            return start(document, options, 1, purpose)
        ended = latest.status in (Status.FAILED, Status.CANCELLED)
        reopened = ended and latest.is_in_advance and reopen(latest, purpose)
    except budget.OverBudget:
        return None
    return Summary.latest_take(key) if reopened else None


def estimate(revision: Revision, options: Options) -> int | None:
    """Micro-dollars that a summary of this text may cost, or None where no price is known.

    Of a long text it is what reading all of it costs: parts whose notes are there already cost nothing again.
    """
    model, in_parts = model_name(), window.is_long(revision.size, model_name())
    sent = len(prompt.instructions(options, in_parts=in_parts).encode()) + revision.size
    answer = prompt.ANSWER_TOKENS[options.length]
    if in_parts:
        parts = window.likely_parts(revision.size, model)
        notes = prompt.NOTES_TOKENS * parts
        sent += parts * len(prompt.notes("", Step.PART).instructions) + notes * BYTES_PER_TOKEN
        answer += notes
    return prices.estimate(model, sent, answer)
