"""However often a page asks, its reader hears of two things: that it begins, and that it is over."""

import pytest

from tests.browser.clock import follow, next_look, press

STARTED, READY = "Summarising The harbour", "Summary ready"


@pytest.mark.parametrize("polls", [5, 60])
@pytest.mark.parametrize("first", ["The channel ", ""], ids=["streaming", "silent"])
def test_it_is_announced_at_the_press_and_at_the_end(timed, hold, first, polls):
    rest = hold(first)
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    assert [next_look(timed) for _ in range(polls)] == [1] * polls
    rest.set()
    follow(timed, "complete")
    assert timed.announcements == [STARTED, READY]
    assert timed.keeps("summary-status")
