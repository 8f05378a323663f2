"""What a model costs: known to the micro-dollar, or unknown, and never taken for free."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.llm import OFFLINE_MODEL
from app.llm.prices import Price, estimate, money, price_of

tokens = st.integers(0, 10**9)


def test_a_known_model_has_the_price_of_its_list():
    assert price_of("gpt-4o-mini") == Price(input=150_000, output=600_000)


def test_a_dated_name_of_a_model_has_its_price():
    assert price_of("gpt-4o-mini-2024-07-18") == price_of("gpt-4o-mini")


@pytest.mark.parametrize("model", ["test-model", "", "llama3:8b", "my-own/gpt-4o-mini", "gpt", "x" * 300, "\n"])
def test_a_model_that_is_not_in_the_list_has_no_price(model):
    assert price_of(model) is None


def test_a_price_that_depends_on_the_length_is_that_of_short_texts():
    assert price_of("gemini-2.5-pro") == Price(input=1_250_000, output=10_000_000)


def test_the_offline_summariser_is_free():
    assert price_of(OFFLINE_MODEL) == Price(0, 0)


def test_a_million_tokens_cost_the_price_of_a_million():
    assert Price(150_000, 600_000).cost(1_000_000, 0) == 150_000
    assert Price(150_000, 600_000).cost(1_000_000, 1_000_000) == 750_000


@pytest.mark.parametrize(("read", "written", "cost"), [(0, 0, 0), (3, 0, 0), (4, 0, 1), (10, 0, 2), (0, 1, 1)])
def test_a_cost_is_rounded_to_the_nearest_micro_dollar(read, written, cost):
    assert Price(150_000, 600_000).cost(read, written) == cost


@settings(deadline=None)
@given(tokens, tokens, tokens, tokens)
def test_more_tokens_never_cost_less(read, written, more_read, more_written):
    price = Price(150_000, 600_000)
    assert 0 <= price.cost(read, written) <= price.cost(read + more_read, written + more_written)


@settings(deadline=None)
@given(tokens, tokens)
def test_a_cost_is_off_by_half_a_micro_dollar_at_most(read, written):
    assert abs(Price(150_000, 600_000).cost(read, written) * 1_000_000 - read * 150_000 - written * 600_000) <= 500_000


def test_an_estimate_counts_what_is_sent_and_the_longest_answer():
    assert estimate("gpt-4o-mini", 4_000_000, 0) == 150_000
    assert estimate("gpt-4o-mini", 0, 1_000_000) == 600_000


def test_without_a_price_there_is_no_estimate():
    assert estimate("test-model", 4_000, 240) is None


@pytest.mark.parametrize(
    ("micro_dollars", "shown"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (10, "$0.00001"),
        (57, "$0.000057"),
        (4_200, "$0.0042"),
        (10_000, "$0.01"),
        (100_000, "$0.10"),
        (12_500_000, "$12.50"),
        (1_234_567_000_000, "$1,234,567.00"),
    ],
)
def test_money_is_shown_with_two_digits_that_say_something(micro_dollars, shown):
    assert money(micro_dollars) == shown


@settings(deadline=None)
@given(st.integers(1, 10**15))
def test_money_that_was_spent_is_never_shown_as_nothing_and_is_off_by_a_twentieth_at_most(micro_dollars):
    shown = float(money(micro_dollars).removeprefix("$").replace(",", ""))
    assert shown > 0
    assert abs(shown * 1_000_000 - micro_dollars) <= micro_dollars / 19
