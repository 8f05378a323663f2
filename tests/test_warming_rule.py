"""The rule: whether a summary is made before anybody asks, from nothing but the facts that the page shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.summaries.warming import READ_OFTEN, UNREAD_IN_A_ROW, Facts, verdict

PRIVATE = Facts(
    switched_on=True,
    pinned=False,
    collaborators=0,
    public=False,
    reads=0,
    people=0,
    unread=0,
    budget_left=None,
    estimate=400,
    model="a-model",
)
PINNED = replace(PRIVATE, pinned=True)

counts = st.integers(0, 20)
money = st.none() | st.integers(-1_000, 1_000)
any_facts = st.builds(
    Facts,
    switched_on=st.booleans(),
    pinned=st.booleans(),
    collaborators=counts,
    public=st.booleans(),
    reads=counts,
    people=counts,
    unread=st.integers(0, 6),
    budget_left=money,
    estimate=st.none() | st.integers(0, 1_000),
    model=st.sampled_from(["a-model", "another-model"]),
)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"pinned": True}, "Kept ready because somebody asked for that."),
        ({"public": True}, "Kept ready because anyone with its link may read it."),
        ({"collaborators": 1}, "Kept ready because it is shared with 1 person."),
        ({"collaborators": 3}, "Kept ready because it is shared with 3 people."),
        ({"reads": 5, "people": 1}, "Kept ready because it was read 5 times this week."),
        ({"reads": 30, "people": 14}, "Kept ready because 14 people read it this week."),
        ({"reads": 30, "people": 14, "public": True}, "Kept ready because 14 people read it this week."),
        ({"reads": 30, "people": 14, "pinned": True}, "Kept ready because somebody asked for that."),
        ({"pinned": True, "unread": UNREAD_IN_A_ROW - 1}, "Kept ready because somebody asked for that."),
        ({"pinned": True, "budget_left": 400}, "Kept ready because somebody asked for that."),
        ({"pinned": True, "estimate": None}, "Kept ready because somebody asked for that."),
        ({"pinned": True, "budget_left": 0, "estimate": 0}, "Kept ready because somebody asked for that."),
    ],
)
def test_what_is_worth_it_is_warmed_and_the_reason_is_said(facts, why):
    decided = verdict(replace(PRIVATE, **facts))
    assert (decided.warm, decided.why) == (True, why)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "Its summary is made when somebody asks."),
        ({"reads": READ_OFTEN - 1, "people": 2}, "Its summary is made when somebody asks."),
        ({"pinned": True, "switched_on": False}, "This site makes summaries only when somebody asks."),
        ({"pinned": True, "unread": 3}, "Not kept ready any more: nobody opened the last 3 summaries made in advance."),
        (
            {"pinned": True, "budget_left": 399},
            "Not kept ready this month: this site's budget for summaries in advance is used up.",
        ),
        (
            {"pinned": True, "budget_left": 10**9, "estimate": None},
            "Not kept ready: the price of a-model is not known, so no budget can be kept.",
        ),
    ],
)
def test_what_is_not_worth_it_is_left_and_the_reason_is_said(facts, why):
    decided = verdict(replace(PRIVATE, **facts))
    assert (decided.warm, decided.why) == (False, why)


@given(any_facts)
def test_nothing_is_warmed_where_it_is_switched_off(facts):
    assert not verdict(replace(facts, switched_on=False)).warm


@given(any_facts)
def test_nothing_is_warmed_that_nothing_makes_worth_it(facts):
    left_alone = replace(facts, pinned=False, collaborators=0, public=False, reads=min(facts.reads, READ_OFTEN - 1))
    assert not verdict(left_alone).warm


@given(any_facts, st.integers(0, 1_000), st.integers(1, 1_000))
def test_nothing_is_warmed_past_the_budget(facts, left, missing):
    assert not verdict(replace(facts, budget_left=left, estimate=left + missing)).warm
    assert not verdict(replace(facts, budget_left=-missing, estimate=0)).warm


@given(any_facts, st.integers(-1_000, 10**9))
def test_under_a_budget_nothing_is_warmed_whose_price_is_not_known(facts, left):
    assert not verdict(replace(facts, budget_left=left, estimate=None)).warm


@given(any_facts, st.integers(UNREAD_IN_A_ROW, 20))
def test_nothing_is_warmed_after_three_that_nobody_read(facts, unread):
    assert not verdict(replace(facts, unread=unread)).warm


@given(any_facts)
def test_whatever_is_decided_a_whole_sentence_says_why(facts):
    decided = verdict(facts)
    assert decided.why.startswith("Kept ready because ") is decided.warm
    assert decided.why.endswith(".")
    assert "None" not in decided.why


@given(any_facts)
def test_more_readers_never_speak_against_it(facts):
    if verdict(facts).warm:
        assert verdict(replace(facts, reads=facts.reads + 1, people=facts.people + 1)).warm
