"""What the summary panel says about the state it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.llm import OFFLINE_MODEL
from app.models import Document, Purpose, Role, Status, User
from app.summaries import reasons, staleness
from app.summaries.budget import Refusal, Scope
from app.summaries.coverage import Coverage
from app.summaries.prompt import LANGUAGES, Options
from app.summaries.reading import Attempt, Reading
from app.summaries.receipt import Receipt
from app.views.formats import clock, clock_minute, day, money
from app.views.standstill import Standstill

LENGTH_NAMES = {"short": "Short", "medium": "Medium", "long": "Long"}
STYLE_NAMES = {"prose": "Prose", "bullets": "Bullet points"}


@dataclass(frozen=True)
class Notice:
    kind: str  # info, warning or error
    text: str


@dataclass(frozen=True)
class Choice:
    """One thing about the form of a summary that can be chosen, and what is."""

    name: str
    label: str
    offered: dict[str, str]
    chosen: str


def choices(options: Options, own_language: str) -> list[Choice]:
    """What can be chosen about a summary of a text in *own_language*."""
    own = LANGUAGES.get(own_language)
    languages = LANGUAGES | {"": f"The document’s own ({own})" if own else "The document’s own"}
    return [
        Choice("length", "Length", LENGTH_NAMES, options.length),
        Choice("style", "Style", STYLE_NAMES, options.style),
        Choice("language", "Language", languages, options.language),
    ]


def notice(document: Document, reading: Reading, stopped: Standstill, *, may_ask: bool) -> Notice | None:
    """What stands above the text, if anything need be said.

    :param stopped: what keeps it from moving, if anything does.
    """
    attempt = reading.attempt
    if attempt and stopped:
        return Notice("warning", f"{stopped.sentence} {_promise(attempt)}")
    if attempt and attempt.status == Status.FAILED and may_ask:
        return _of_a_failure(document, reading, attempt)
    if attempt and reading.state == Status.PENDING:
        return Notice("info", _waiting(attempt))
    if reading.state == Status.CANCELLED and may_ask:
        older = f" Below: {_why_stale(document, reading)}" if reading.stale else ""
        return Notice("info", _then("Stopped.", "Press Summarise to begin again.", may_ask=may_ask) + older)
    return None if reading.state == Status.PROCESSING else _of_the_text(document, reading, may_ask=may_ask)


def with_refusal(found: Notice | None, refusal: Refusal) -> Notice:
    """What there is to say besides, with why nothing can be asked for at present."""
    before = f"{found.text} " if found and found.kind != "info" else ""
    return Notice("warning", before + refused(refusal))


def refused(refusal: Refusal) -> str:
    """Which budget it is, how much it is, and until when; for whoever would have to wait."""
    budget, renewed = refusal.budget, day(refusal.budget.renewed_on)
    whose = {
        Scope.PERSON: "Your budget",
        Scope.SITE: "This site’s budget",
        Scope.WARMING: "This site’s budget for summaries in advance",
    }[budget.scope]
    of = f"{whose} for this month is {money(budget.allowed)}"
    if refusal.estimate is None:
        return f"{of}, and what this model costs is not known, so nothing can be asked for. {reasons.ASK}"
    taken = f"{money(max(0, budget.committed))} of it is spent or set aside"
    this = f"and this summary may cost {money(refusal.estimate)}"
    return f"{of}: {taken}, {this}. It can be asked for from {renewed} (UTC) on."


def _of_a_failure(document: Document, reading: Reading, attempt: Attempt) -> Notice:
    if reading.state == Status.COMPLETE:  # another take came to nothing
        return Notice("error", f"{reasons.sentence(attempt.reason, 'Regenerate')} The one below is as it was.")
    older = f" The one below is older: {_why_stale(document, reading)}" if reading.stale else ""
    return Notice("error", reasons.sentence(attempt.reason) + older)


def _of_the_text(document: Document, reading: Reading, *, may_ask: bool) -> Notice | None:
    good = reading.good
    if good is None:
        invitation = "Press Summarise, and read it here as it is written."
        return Notice("info", _then("There is no summary yet.", invitation, may_ask=may_ask))
    if reading.stale:
        update = "Press Summarise to update it."
        return Notice("warning", _then(f"Out of date: {_why_stale(document, reading)}", update, may_ask=may_ask))
    if reading.other_form:
        this = form_name(Options(good.style, good.language, good.length))
        there_is = f"There is none yet in the form you chose last. This one is: {this}."
        return Notice("info", _then(there_is, "Press Summarise for yours.", may_ask=may_ask)) if may_ask else None
    if document.revision.is_carried_over:
        return Notice("info", "Still up to date: since it was written, only spacing or encoding changed in the text.")
    return None


def form_name(options: Options) -> str:
    """``long, bullet points, in German``."""
    language = f", in {LANGUAGES[options.language]}" if options.language else ""
    return f"{LENGTH_NAMES[options.length]}, {STYLE_NAMES[options.style]}".lower() + language


def language_name(options: Options, own_language: str) -> str:
    """``German``, or ``English (the document's own)``."""
    own = LANGUAGES.get(own_language) or own_language
    return LANGUAGES[options.language] or (f"{own} (the document’s own)" if own else "the document’s own")


def maker(model: str) -> str:
    return "none: sentences of the document itself, by the offline summariser" if model == OFFLINE_MODEL else model


def asked_by(receipt: Receipt, reader: User, role: Role) -> str:
    """On whose behalf it was made. Who else may read the document is no business of those who only read it."""
    if asker := receipt.requested_by:
        known = asker.id == reader.id or role.includes(Role.EDITOR)
        return asker.email if known else "somebody with whom it is shared"
    in_advance = {
        Purpose.WARMING: "nobody: it was kept ready",
        Purpose.JOINED: "nobody: it was to be kept ready, and was hurried for a reader",
        Purpose.RENEWAL: "nobody: it was renewed for a new prompt or model",
    }
    return in_advance.get(Purpose(receipt.summary.purpose), "somebody who has no account any more")


def _why_stale(document: Document, reading: Reading) -> str:
    return f"{', and '.join(staleness.reasons(document, reading.good))}." if reading.good else ""


def _then(said: str, invitation: str, *, may_ask: bool) -> str:
    return f"{said} {invitation}" if may_ask else said


def _waiting(attempt: Attempt) -> str:
    if attempt.reason:
        why = reasons.wait_sentence(attempt.reason)
        return f"{why} It is tried again at {clock(attempt.next_at)}. {_promise(attempt)}"
    return f"Waiting to be written. {_promise(attempt)}"


def _promise(attempt: Attempt) -> str:
    return f"It will be here, or the reason why not, by {clock_minute(attempt.give_up_at)}."


def byline(model: str) -> str:
    if model == OFFLINE_MODEL:
        return "Sentences taken from the document itself; not written by a model. Made"
    return f"Written by {model}. It can be wrong; the document has the last word. Made"


def coverage(covered: Coverage, gaps: Sequence[str]) -> list[str]:
    """How much of the document was read for its summary, and exactly what was not, in sentences."""
    parts = "in one piece" if covered.parts == 1 else f"in {covered.parts} parts"
    if covered.unread:
        parts = f"in {covered.parts - len(covered.unread)} of {covered.parts} parts"
    before = f", {covered.reused} of them read before" if covered.reused else ""
    unread = [
        f"Part {one.number} of {covered.parts} could not be read: {reasons.of_a_part(one.reason)}"
        for one in covered.unread
    ]
    return [f"Read {covered.percent} % of the text, {parts}{before}.", *unread, *gaps]


def ending(reading: Reading, *, may_ask: bool) -> str:
    """What is said once when it ends."""
    attempt = reading.attempt
    if attempt and attempt.status == Status.FAILED:
        return "Summary failed. You can try again." if may_ask else "There is no summary"
    if attempt and attempt.status == Status.CANCELLED:
        return "Summary stopped"
    if attempt is None and (reading.good is None or reading.stale):
        return "The text has changed meanwhile. The summary is not of the new one."
    return "Summary ready"
