"""The language that the interface speaks to whoever asks, and in which direction it is written.

English is the language of the source; ``app/translations`` holds the others, made by ``bin/translations``. What is no
interface stays English: logs, commands, metrics, and what programs read.
"""

from __future__ import annotations

from babel import Locale
from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale
from flask_login import current_user

SOURCE = "en"
# As its speakers call it, so that whoever reads no English finds it.
LOCALES = {SOURCE: "English", "de": "Deutsch"}
COOKIE = "locale"  # what somebody without an account chose

babel = Babel()


def register(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    babel.init_app(app, default_locale=SOURCE, locale_selector=chosen)
    app.jinja_env.policies["ext.i18n.trimmed"] = True


def chosen() -> str:
    """What the person chose, in the account or in this browser; or else the best that the browser asks for."""
    if not has_request_context():
        return SOURCE
    choices = (getattr(current_user, "locale", None), request.cookies.get(COOKIE))
    known = next((tag for tag in choices if tag in LOCALES), None)
    return known or request.accept_languages.best_match(list(LOCALES), default=SOURCE) or SOURCE


def current() -> Locale:
    """The locale of the request; of anything else, English."""
    return get_locale() or Locale(SOURCE)


def direction() -> str:
    """``rtl`` for a language that is written from right to left, else ``ltr``: the ``dir`` of a page."""
    return current().text_direction
