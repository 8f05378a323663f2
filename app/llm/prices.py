"""What a model costs: what ``MODEL_PRICES`` says, or else genai-prices, a list that is kept up to date and carried
by its wheel.

Money is counted in micro-dollars (a millionth of a dollar). A model without a known price is "unpriced",
which is never the same as free.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import current_app

from app.llm import OFFLINE_MODEL
from app.llm.base import estimated_tokens

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

DOLLAR = 1_000_000  # micro-dollars
EXACT_DIGITS = 6  # after the point, of a micro-dollar
MILLION_TOKENS = 1_000_000


@dataclass(frozen=True)
class Price:
    """Micro-dollars per million tokens."""

    input: int
    output: int

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Micro-dollars, rounded to the nearest one."""
        exact = Decimal(input_tokens * self.input + output_tokens * self.output) / MILLION_TOKENS
        return int(exact.to_integral_value(ROUND_HALF_UP))


def price_of(model: str) -> Price | None:
    """Today's price of *model*, or None where no price is known."""
    if model == OFFLINE_MODEL:
        return Price(0, 0)
    own = current_app.config["SETTINGS"].own_prices.get(model) if current_app else None
    return Price(int(own[0] * DOLLAR), int(own[1] * DOLLAR)) if own else _listed_price(model)


@lru_cache(maxsize=32)
def _listed_price(model: str) -> Price | None:
    listed = _listed(model)
    if listed is None:
        return None
    found = listed.model_price
    if found.input_mtok is None or found.output_mtok is None:
        return None
    return Price(_micro(found.input_mtok), _micro(found.output_mtok))


@lru_cache(maxsize=32)
def context_tokens(model: str) -> int | None:
    """How many tokens *model* can read and write in one call, where the list knows."""
    listed = _listed(model)
    return listed.model.context_window if listed else None


def _listed(model: str) -> PriceCalculation | None:
    from genai_prices import Usage, calc_price  # 0.2 s to load: not before somebody asks for a price

    try:
        return calc_price(Usage(input_tokens=1, output_tokens=1), model_ref=model)
    except LookupError:
        return None


def estimate(model: str, size: int, answer_tokens: int) -> int | None:
    """Micro-dollars that a call may cost which sends so many bytes of UTF-8; None where no price is known."""
    price = price_of(model)
    return price.cost(estimated_tokens(size), answer_tokens) if price else None


def money(micro_dollars: int) -> str:
    """Dollars with two digits that say something, as programs and logs write them: ``$12.50``, ``$0.0042``."""
    whole, _, fraction = f"{micro_dollars / DOLLAR:,.{digits_that_say_something(micro_dollars)}f}".partition(".")
    return f"${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def digits_that_say_something(micro_dollars: int) -> int:
    """How many digits an amount of dollars needs after the point, so that two are not mere zeros."""
    dollars = micro_dollars / DOLLAR
    return 2 if dollars >= 0.1 or not micro_dollars else min(EXACT_DIGITS, 1 - math.floor(math.log10(dollars)))


def _micro(dollars: Any) -> int:
    """Of a price per million tokens. Where it depends on the length, the price of short texts is taken."""
    return int(Decimal(getattr(dollars, "base", dollars)) * DOLLAR)
