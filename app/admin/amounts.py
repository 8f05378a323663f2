"""Amounts of money, as people type them."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from flask_babel import gettext as _

from app import locales
from app.llm.prices import DOLLAR

MOST_DOLLARS = 1_000_000


def micro_dollars(typed: str) -> int:
    """What ``2.50`` or ``$2.50`` is in micro-dollars; ``2,50`` where that is how the reader's language writes it.

    :raises ValueError: in words for whoever typed it.
    """
    locale = locales.current()
    try:
        amount = parse_decimal(typed.strip().strip("$").strip(), locale=locale, strict=True)
    except NumberFormatError:
        example = format_decimal(Decimal("2.5"), "0.00", locale=locale)
        raise ValueError(_("Enter an amount in dollars, such as %(example)s.", example=example)) from None
    if not amount.is_finite() or not 0 <= amount <= MOST_DOLLARS:
        most = format_decimal(MOST_DOLLARS, locale=locale)
        raise ValueError(_("Enter an amount from 0 to %(most)s dollars.", most=most))
    return int(amount * DOLLAR)


def dollars(micro: int) -> str:
    """An amount as it would be typed."""
    return format_decimal(Decimal(micro) / DOLLAR, "0.######", locale=locales.current())
