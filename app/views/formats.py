"""Times, numbers and money as the reader writes them: in their time zone and in the language of the interface."""

from __future__ import annotations

import copy
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask, has_request_context, request
from flask_babel import gettext as _

from app import locales
from app.llm.prices import DOLLAR, EXACT_DIGITS, digits_that_say_something

ZONE_COOKIE = "tz"  # set by app.js to the browser's own zone
# English is read on both sides of an ocean that orders days and months differently, so its months are named and its
# hours counted to 24. The other languages have their own customs, as Unicode's CLDR lists them.
_OWN_PATTERNS = {
    "en": {"datetime": "d MMM y, HH:mm", "moment": "d MMM, HH:mm:ss", "day": "d MMMM", "short_day": "d MMM"},
}
_SKELETONS = {"datetime": ("yMMMd", "Hm"), "moment": ("MMMd", "Hms"), "day": ("MMMMd",), "short_day": ("MMMd",)}


def register(app: Flask) -> None:
    for form in (local_time, moment, day, short_day, month, clock, clock_minute, number, percent, seconds, money):
        app.add_template_filter(form)
    app.add_template_filter(exact_money)


# -- times -----------------------------------------------------------------------------------------------


def reader_zone() -> ZoneInfo | None:
    """The reader's time zone as their browser told it, if it did."""
    name = request.cookies.get(ZONE_COOKIE, "") if has_request_context() else ""
    return _zone(name)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def local_time(value: datetime) -> str:
    """``24 Nov 2026, 10:42`` in the reader's zone; in UTC, and labelled so, while that is not known."""
    return _labelled(_written(_in_zone(value), "datetime"))


def moment(value: datetime) -> str:
    """``24 Nov, 10:42:05``, for what happened not long ago."""
    return _labelled(_written(_in_zone(value), "moment"))


def clock(value: datetime | None = None) -> str:
    """``10:42:05``, of *value* or of now."""
    return f"{_in_zone(value or datetime.now(UTC)):%H:%M:%S}"


def clock_minute(value: datetime) -> str:
    """``10:42``; labelled while the reader's zone is not known."""
    return _labelled(f"{_in_zone(value):%H:%M}")


def day(value: date) -> str:
    """``24 November``."""
    return _written(value, "day")


def short_day(value: date) -> str:
    """``24 Nov``."""
    return _written(value, "short_day")


def month(value: date) -> str:
    """``November 2026``."""
    return dates.format_skeleton("yMMMM", value, locale=locales.current())


def _in_zone(value: datetime) -> datetime:
    return value.astimezone(reader_zone() or UTC)


def _labelled(text: str) -> str:
    return text if reader_zone() else f"{text} UTC"


def _written(value: date, form: str) -> str:
    locale = locales.current()
    pattern = _OWN_PATTERNS.get(str(locale), {}).get(form)
    if pattern:
        return dates.format_datetime(value, pattern, locale=locale)
    return ", ".join(dates.format_skeleton(skeleton, value, locale=locale) for skeleton in _SKELETONS[form])


# -- numbers and money -----------------------------------------------------------------------------------


def number(value: float) -> str:
    return numbers.format_decimal(value, locale=locales.current())


def percent(share: float) -> str:
    """``99.9 %``; never more than it is, so that all is said of all only."""
    return _("%(number)s %%", number=number(math.floor(share * 1000) / 10))


def seconds(value: float | None) -> str:
    """``0.16 s``, ``12 s``; a dash for none."""
    if value is None:
        return "–"
    pattern = "#,##0.00" if value < 10 else "#,##0"
    return _("%(number)s s", number=numbers.format_decimal(value, pattern, locale=locales.current()))


def money(micro_dollars: int) -> str:
    """Dollars with two digits that say something: ``$12.50``, ``$0.0042``."""
    return _dollars(micro_dollars, digits_that_say_something(micro_dollars))


def exact_money(micro_dollars: int) -> str:
    """Dollars to the last micro-dollar, so that what is shown adds up: ``$10.00``, ``$0.004213``."""
    return _dollars(micro_dollars, EXACT_DIGITS)


def _dollars(micro_dollars: int, digits: int) -> str:
    locale = locales.current()
    written: str = _pattern(locale, digits).apply(
        Decimal(micro_dollars) / DOLLAR, locale, currency="USD", currency_digits=False
    )
    return written


@lru_cache(maxsize=32)
def _pattern(locale: Locale, digits: int) -> numbers.NumberPattern:
    """How *locale* writes an amount, with so many digits after the point at most, and two at least."""
    pattern: numbers.NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (2, digits)
    return pattern
