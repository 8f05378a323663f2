"""What the form, the language and the makers of a summary are called."""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import locales
from app.llm import OFFLINE_MODEL
from app.models import Purpose, Role, User
from app.summaries.prompt import LANGUAGES, Options
from app.summaries.receipt import Receipt

LENGTH_NAMES = {"short": _l("Short"), "medium": _l("Medium"), "long": _l("Long")}
STYLE_NAMES = {"prose": _l("Prose"), "bullets": _l("Bullet points")}
FORM_NAMES = {
    ("short", "prose"): _l("short, prose"),
    ("medium", "prose"): _l("medium, prose"),
    ("long", "prose"): _l("long, prose"),
    ("short", "bullets"): _l("short, bullet points"),
    ("medium", "bullets"): _l("medium, bullet points"),
    ("long", "bullets"): _l("long, bullet points"),
}


@dataclass(frozen=True)
class Choice:
    """One thing about the form of a summary that can be chosen, and what is."""

    name: str
    label: str
    offered: dict[str, str]
    chosen: str


def choices(options: Options, own_language: str) -> list[Choice]:
    """What can be chosen about a summary of a text in *own_language*."""
    languages = {code: in_words(code) for code in LANGUAGES if code}
    return [
        Choice("length", _("Length"), LENGTH_NAMES, options.length),
        Choice("style", _("Style"), STYLE_NAMES, options.style),
        Choice("language", _("Language"), {"": _own(own_language)} | languages, options.language),
    ]


def in_words(code: str) -> str:
    """What the reader calls the language of this *code*."""
    return Locale.parse(code).get_display_name(locales.current()) or code


def form_name(options: Options) -> str:
    """``long, bullet points, in German``."""
    form = FORM_NAMES[options.length, options.style]
    if not options.language:
        return str(form)
    return _("%(form)s, in %(language)s", form=form, language=in_words(options.language))


def language_name(options: Options, own_language: str) -> str:
    """``German``, or ``English (the document's own)``."""
    if options.language:
        return in_words(options.language)
    if not own_language:
        return _("the document’s own")
    own = in_words(own_language) if own_language in LANGUAGES else own_language
    return _("%(language)s (the document’s own)", language=own)


def _own(language: str) -> str:
    if not language or language not in LANGUAGES:
        return _("The document’s own")
    return _("The document’s own (%(language)s)", language=in_words(language))


def maker(model: str) -> str:
    """``gpt-4o-mini``, for the receipt."""
    if model == OFFLINE_MODEL:
        return _("none: sentences of the document itself, by the offline summariser")
    return model


def byline(model: str) -> str:
    """What stands under a summary, before the time at which it was made."""
    if model == OFFLINE_MODEL:
        return _("Sentences taken from the document itself; not written by a model.")
    return _("Written by %(model)s. It can be wrong; the document has the last word.", model=model)


def asked_by(receipt: Receipt, reader: User, role: Role) -> str:
    """On whose behalf it was made. Who else may read the document is no business of those who only read it."""
    if asker := receipt.requested_by:
        known = asker.id == reader.id or role.includes(Role.EDITOR)
        return asker.email if known else _("somebody with whom it is shared")
    in_advance = {
        Purpose.WARMING: _("nobody: it was kept ready"),
        Purpose.JOINED: _("nobody: it was to be kept ready, and was hurried for a reader"),
        Purpose.RENEWAL: _("nobody: it was renewed for a new prompt or model"),
    }
    return in_advance.get(Purpose(receipt.summary.purpose)) or _("somebody who has no account any more")
