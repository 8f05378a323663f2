"""Amounts of money, as people type them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from app.llm.prices import DOLLAR

MOST_DOLLARS = 1_000_000


def micro_dollars(typed: str) -> int:
    """What ``2.50`` or ``$2.50`` is in micro-dollars.

    :raises ValueError: in words for whoever typed it.
    """
    try:
        amount = Decimal(typed.strip().removeprefix("$").strip())
    except InvalidOperation:
        raise ValueError("Enter an amount in dollars, such as 2.50.") from None
    if not amount.is_finite() or not 0 <= amount <= MOST_DOLLARS:
        raise ValueError(f"Enter an amount from 0 to {MOST_DOLLARS:,} dollars.")
    return int(amount * DOLLAR)


def dollars(micro: int) -> str:
    """An amount as it would be typed."""
    return f"{Decimal(micro) / DOLLAR:f}"
