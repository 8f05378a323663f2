"""What ``bin/listen`` finds wrong with what a screen reader said."""

import pytest

from bin._listener import Expected, Step
from bin._orca import SPOKEN

STARTED, READY, SEEN = "^Summarising ", "^Summary ready$", "Summary heading level 2."


def problems(heard, *lines, **more):
    step = Step("Pressed Enter on Summarise", heard=heard)
    step.judge(Expected(lines, **more))
    return step.problems


def test_what_is_heard_once_is_as_it_should_be():
    assert problems(["Summarising The harbour", SEEN, "Summary ready"], STARTED, READY) == []


@pytest.mark.parametrize("times", [0, 2])
def test_an_announcement_that_is_missing_or_said_twice_is_found(times):
    assert problems(["Summary ready"] * times, READY) == [f"/{READY}/ was heard {times} times instead of once."]


def test_an_announcement_that_nothing_called_for_is_found():
    assert problems([SEEN, "Still summarising"]) == ["“Still summarising” was heard, and should not have been."]


def test_where_nothing_may_be_heard_every_line_is_found():
    assert problems([SEEN], alone=True) == [f"“{SEEN}” was heard, and should not have been."]


def test_what_may_be_heard_once_may_not_be_heard_twice():
    assert problems(["Still summarising"], perhaps=("^Still",), alone=True) == []
    assert problems(["Still summarising"] * 2, perhaps=("^Still",), alone=True) == ["/^Still/ was heard 2 times."]


def test_on_a_page_that_is_read_out_any_words_may_stand():
    assert problems(["Summary ready"], page=True) == []


def test_what_was_spoken_is_taken_from_the_log_without_what_is_noted_beside_it():
    log = (
        "02:35:50.326276 - SPEECH OUTPUT: 'Screen reader on.'{'established': False}\n"
        "02:35:50.326681 - SETTINGS MANAGER: Setting runtime settings.\n"
        "02:35:56.341742 - SPEECH OUTPUT: 'Ada's harbour' voice=system{'established': False}\n"
        "02:35:56.403160 - SPEECH OUTPUT: 'heading level 1'\n"
    )
    assert SPOKEN.findall(log) == ["Screen reader on.", "Ada's harbour", "heading level 1"]
