"""A long document is read in parts: how far that is is shown and disturbs nobody, and the end says what was read."""

import re
from threading import Event

import pytest
from playwright.sync_api import expect

from app.summaries.parts import split
from tests.provider import hold, refuses, says, streams
from tests.support.texts import FITS, story

STORY = story(6)
PARTS = len(split(STORY, FITS))
STARTED, READY = "Summarising The harbour", "Summary ready"
ITSELF = re.compile("#summary-(progress|parts)")
LIVE = "[aria-live], [role=status], [role=alert], [role=log], output"


def reading(part):
    return f"Reading part {part} of {PARTS}"


@pytest.fixture
def parts(provider):
    """An event for each part, in the order of the calls: its notes come once that is set."""
    events = [Event() for _ in range(PARTS)]
    provider.script(*[hold(event, "It is noted.") for event in events])
    yield events
    for event in events:
        event.set()


@pytest.fixture
def begun(ada, parts, provider):
    """Ada's tab, in which the first part of a long document has been read."""
    ada.add(STORY)
    ada.press("start")
    provider.wait_for_calls(2)
    parts[0].set()
    shows(ada, 2)
    return ada


def shows(tab, part):
    expect(tab.page.get_by_label(reading(part))).to_have_attribute("value", str(part - 1))


def test_the_bar_grows_says_which_part_and_is_gone_at_the_end(begun, parts, provider):
    rest = Event()
    provider.script(streams("The channel ", rest, "silted up."))
    for done, part in enumerate(parts[1:-1], start=2):
        part.set()
        shows(begun, done + 1)
    parts[-1].set()
    begun.reads("The channel")
    bar = begun.page.get_by_label(f"All {PARTS} parts read; writing the summary")
    assert bar.get_attribute("value") == bar.get_attribute("max") == str(PARTS)
    rest.set()
    begun.sees("complete").reads("The channel silted up.")
    expect(begun.page.locator("progress")).to_have_count(0)
    expect(begun.body).to_contain_text(f"Read 100 % of the text, in {PARTS} parts.")
    assert begun.announcements == [STARTED, READY]
    assert begun.keeps("summary-status", "summary-start", "summary-check", "summary-cancel")


@pytest.mark.parametrize("control", ["start", "check", "cancel"])
def test_its_growing_changes_nothing_but_itself(begun, parts, control):
    begun.page.locator(f"#summary-{control}").focus()
    before = begun.boxes("start", "check", "cancel")
    begun.forget()
    parts[1].set()
    shows(begun, 3)
    begun.looks_again(2)
    assert [change for change in begun.changes if not ITSELF.search(change)] == []
    assert (begun.announcements, begun.page.evaluate("noticed.focusins")) == ([], [])
    assert begun.boxes("start", "check", "cancel") == before
    assert begun.page.evaluate("live => document.querySelector('progress').closest(live)", LIVE) is None


def test_a_poll_between_two_parts_changes_nothing(begun):
    begun.looks_again()
    begun.forget()
    begun.looks_again(2)
    assert begun.changes == []


def test_a_page_that_is_loaded_in_the_midst_of_it_shows_how_far_it_is(begun, parts):
    begun.page.reload()
    shows(begun, 2)
    parts[1].set()
    shows(begun, 3)
    assert begun.announcements == []


def test_without_javascript_each_check_shows_how_far_it_is(begun, reader, signed_in, parts):
    plain = reader("ada", storage_state=signed_in("ada"), java_script_enabled=False).tab().open(begun.document)
    shows(plain, 2)
    parts[1].set()
    plain.until(lambda: plain.page.get_by_label(reading(3)).count() or plain.press("check"), "the next part is read")
    shows(plain, 3)


def test_the_summary_says_which_part_was_not_read_and_why(ada, provider):
    provider.script(refuses(), *[says("It is noted.")] * (PARTS - 1), says("The channel silted up."))
    ada.add(STORY)
    ada.summarise().reads("The channel silted up.")
    expect(ada.page.locator(".coverage")).to_contain_text(f" % of the text, in {PARTS - 1} of {PARTS} parts.")
    expect(ada.page.locator(".coverage")).to_contain_text(f"of {PARTS} could not be read: ")
    assert ada.announcements == [STARTED, READY]


def test_the_bar_fits_and_can_be_read_in_either_colour_scheme(begun):
    for width, scheme in ((320, "light"), (360, "dark"), (640, "light")):
        begun.page.set_viewport_size({"width": width, "height": 640})
        begun.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert begun.overflow() <= 0
        assert begun.contrast("#summary-progress label") >= 4.5
