"""What the summary panel says about the state it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.messages import Message
from app.models import Document, Status
from app.summaries import reasons, staleness
from app.summaries.budget import Refusal, Scope
from app.summaries.coverage import Coverage
from app.summaries.prompt import Options
from app.summaries.reading import Attempt, Reading
from app.views.formats import clock, clock_minute, day, money, number
from app.views.naming import form_name
from app.views.standstill import Standstill

_TOO_LITTLE_LEFT = {
    Scope.PERSON: _l(
        "Your budget for this month is %(allowed)s: %(taken)s of it is spent or set aside, and this summary may cost "
        "%(estimate)s. It can be asked for from %(renewed)s (UTC) on."
    ),
    Scope.SITE: _l(
        "This site’s budget for this month is %(allowed)s: %(taken)s of it is spent or set aside, and this summary may "
        "cost %(estimate)s. It can be asked for from %(renewed)s (UTC) on."
    ),
    Scope.WARMING: _l(
        "This site’s budget for summaries in advance for this month is %(allowed)s: %(taken)s of it is spent or set "
        "aside, and this summary may cost %(estimate)s. It can be asked for from %(renewed)s (UTC) on."
    ),
}
_NO_PRICE_KNOWN = {
    Scope.PERSON: _l(
        "Your budget for this month is %(allowed)s, and what this model costs is not known, so nothing can be asked "
        "for."
    ),
    Scope.SITE: _l(
        "This site’s budget for this month is %(allowed)s, and what this model costs is not known, so nothing can be "
        "asked for."
    ),
    Scope.WARMING: _l(
        "This site’s budget for summaries in advance for this month is %(allowed)s, and what this model costs is not "
        "known, so nothing can be asked for."
    ),
}


@dataclass(frozen=True)
class Notice:
    kind: str  # info, warning or error
    text: str


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
        stopped_by_hand = _("Stopped. Press Summarise to begin again.")
        return Notice("info", _with(stopped_by_hand, _below(document, reading) if reading.stale else ""))
    return None if reading.state == Status.PROCESSING else _of_the_text(document, reading, may_ask=may_ask)


def with_refusal(found: Notice | None, refusal: Refusal) -> Notice:
    """What there is to say besides, with why nothing can be asked for at present."""
    before = found.text if found and found.kind != "info" else ""
    return Notice("warning", _with(before, refused(refusal)))


def refused(refusal: Refusal) -> str:
    """Which budget it is, how much it is, and until when; for whoever would have to wait."""
    budget = refusal.budget
    if refusal.estimate is None:
        return f"{_NO_PRICE_KNOWN[budget.scope] % {'allowed': money(budget.allowed)}} {reasons.ASK}"
    said: str = _TOO_LITTLE_LEFT[budget.scope] % {
        "allowed": money(budget.allowed),
        "taken": money(max(0, budget.committed)),
        "estimate": money(refusal.estimate),
        "renewed": day(budget.renewed_on),
    }
    return said


def _of_a_failure(document: Document, reading: Reading, attempt: Attempt) -> Notice:
    if reading.state == Status.COMPLETE:  # another take came to nothing
        why = reasons.sentence(attempt.reason, _("Regenerate"))
        return Notice("error", _with(why, _("The one below is as it was.")))
    older = _("The one below is older: %(why)s.", why=_why_stale(document, reading)) if reading.stale else ""
    return Notice("error", _with(reasons.sentence(attempt.reason, _("Summarise")), older))


def _of_the_text(document: Document, reading: Reading, *, may_ask: bool) -> Notice | None:
    good = reading.good
    if good is None:
        invitation = _("Press Summarise, and read it here as it is written.") if may_ask else ""
        return Notice("info", _with(_("There is no summary yet."), invitation))
    if reading.stale:
        update = _("Press Summarise to update it.") if may_ask else ""
        return Notice("warning", _with(out_of_date(document, reading), update))
    if reading.other_form:
        return _of_another_form(Options(good.style, good.language, good.length)) if may_ask else None
    if document.revision.is_carried_over:
        return Notice(
            "info", _("Still up to date: since it was written, only spacing or encoding changed in the text.")
        )
    return None


def _of_another_form(form: Options) -> Notice:
    there_is = _("There is none yet in the form you chose last. This one is: %(form)s.", form=form_name(form))
    return Notice("info", _with(there_is, _("Press Summarise for yours.")))


def out_of_date(document: Document, reading: Reading) -> str:
    """That the summary shown is not of the document as it is now, and why."""
    return _("Out of date: %(why)s.", why=_why_stale(document, reading))


def _below(document: Document, reading: Reading) -> str:
    return _("Below: %(why)s.", why=_why_stale(document, reading))


def _why_stale(document: Document, reading: Reading) -> str:
    found = staleness.reasons(document, reading.good) if reading.good else []
    return reduce(lambda first, second: _("%(first)s, and %(second)s", first=first, second=second), found)


def _with(*sentences: str) -> str:
    """Whole sentences one after the other."""
    return " ".join(filter(None, sentences))


def _waiting(attempt: Attempt) -> str:
    if not attempt.reason:
        return _with(_("Waiting to be written."), _promise(attempt))
    again = _("It is tried again at %(time)s.", time=clock(attempt.next_at))
    return _with(reasons.wait_sentence(attempt.reason), again, _promise(attempt))


def _promise(attempt: Attempt) -> str:
    return _("It will be here, or the reason why not, by %(time)s.", time=clock_minute(attempt.give_up_at))


def coverage(covered: Coverage, gaps: Sequence[Message]) -> list[str]:
    """How much of the document was read for its summary, and exactly what was not, in sentences."""
    unread = [
        _(
            "Part %(number)s of %(parts)s could not be read: %(why)s",
            number=number(one.number),
            parts=number(covered.parts),
            why=reasons.of_a_part(one.reason),
        )
        for one in covered.unread
    ]
    return [_how_much(covered), *unread, *map(str, gaps)]


def _how_much(covered: Coverage) -> str:
    percent, parts, reused = number(covered.percent), number(covered.parts), number(covered.reused)
    if covered.parts == 1:
        return _("Read %(percent)s %% of the text, in one piece.", percent=percent)
    if not covered.unread and not covered.reused:
        return _("Read %(percent)s %% of the text, in %(parts)s parts.", percent=percent, parts=parts)
    if not covered.unread:
        return _(
            "Read %(percent)s %% of the text, in %(parts)s parts, %(reused)s of them read before.",
            percent=percent,
            parts=parts,
            reused=reused,
        )
    read = number(covered.parts - len(covered.unread))
    if not covered.reused:
        return _(
            "Read %(percent)s %% of the text, in %(read)s of %(parts)s parts.", percent=percent, read=read, parts=parts
        )
    return _(
        "Read %(percent)s %% of the text, in %(read)s of %(parts)s parts, %(reused)s of them read before.",
        percent=percent,
        read=read,
        parts=parts,
        reused=reused,
    )


def ending(reading: Reading, *, may_ask: bool) -> str:
    """What is said once when it ends."""
    attempt = reading.attempt
    if attempt and attempt.status == Status.FAILED:
        return _("Summary failed. You can try again.") if may_ask else _("There is no summary")
    if attempt and attempt.status == Status.CANCELLED:
        return _("Summary stopped")
    if attempt is None and (reading.good is None or reading.stale):
        return _("The text has changed meanwhile. The summary is not of the new one.")
    return _("Summary ready")
