"""After an edit: the old summary stays, with the reason, the differences and what a new one would cost."""

import re

import pytest
from playwright.sync_api import expect

from tests.provider import says
from tests.support.people import TEXT

EDITED = TEXT.replace("400 pounds", "500 pounds").replace("two years", "three years")
PRICED = re.compile(r"^Summarise for about \$0\.\d+$")


@pytest.fixture
def document(anyone, provider):
    """A document with a summary, before somebody with JavaScript and somebody without."""
    provider.script(says("Dredged for 400 pounds."))
    document = anyone.add()
    anyone.press("start")
    anyone.comes_to("complete").reads("Dredged for 400 pounds.")
    return document


def start(tab):
    return tab.page.locator("#summary-start")


def test_the_notice_says_in_how_many_places_the_text_changed_and_the_old_text_stays(anyone, document, provider):
    anyone.edit(document, EDITED)
    expect(anyone.body).to_have_attribute("data-stale", "true")
    expect(anyone.body.locator(".notice")).to_have_text(
        "Out of date: the text changed in 2 places since this summary. Press Summarise to update it."
    )
    expect(anyone.text).to_have_text("Dredged for 400 pounds.")
    assert len(provider.calls) == 1


def test_the_differences_can_be_opened(anyone, document):
    expect(anyone.page.get_by_role("link", name="See what changed")).to_be_hidden()
    anyone.edit(document, EDITED)
    anyone.page.get_by_role("link", name="See what changed").click()
    expect(anyone.page.get_by_role("heading", level=1)).to_have_text("What changed in the text")
    assert anyone.page.locator(".diff del").all_text_contents() == [" Taken out: 400 (end) ", " Taken out: two (end) "]
    assert anyone.page.locator(".diff ins").all_text_contents() == [" Put in: 500 (end) ", " Put in: three (end) "]
    anyone.page.get_by_role("link", name="The harbour").click()
    anyone.reads("Dredged for 400 pounds.")


def test_the_button_names_the_cost_only_while_a_press_costs_something(anyone, document, provider):
    expect(start(anyone)).to_have_accessible_name("Summarise")
    anyone.edit(document, EDITED)
    expect(start(anyone)).to_have_accessible_name(PRICED)
    provider.script(says("Dredged for 500 pounds."))
    anyone.press("start")
    anyone.comes_to("complete").reads("Dredged for 500 pounds.")
    expect(start(anyone)).to_have_accessible_name("Summarise")
    expect(anyone.body.locator(".notice")).to_have_count(0)
    expect(anyone.page.get_by_role("link", name="See what changed")).to_be_hidden()


def test_a_cosmetic_edit_leaves_it_valid_and_says_so(anyone, document, provider):
    anyone.edit(document, TEXT.replace("1703. ", "1703.\n\n"))
    expect(anyone.body).to_have_attribute("data-stale", "false")
    expect(anyone.body.locator(".notice")).to_contain_text("Still up to date")
    expect(anyone.text).to_have_text("Dredged for 400 pounds.")
    expect(start(anyone)).to_have_accessible_name("Summarise")
    assert len(provider.calls) == 1


def test_an_edit_that_is_taken_back_makes_it_current_again_for_nothing(anyone, document, provider):
    anyone.edit(document, EDITED)
    expect(anyone.body).to_have_attribute("data-stale", "true")
    anyone.edit(document, TEXT)
    expect(anyone.body).to_have_attribute("data-stale", "false")
    expect(anyone.text).to_have_text("Dredged for 400 pounds.")
    assert len(provider.calls) == 1


def test_a_page_that_was_open_learns_of_the_edit_when_it_checks(ada, provider):
    document = ada.add()
    ada.summarise()
    other = ada.reader.tab().open(document)
    other.until(lambda: not other.polls, "the check on load is over")
    ada.edit(document, EDITED)
    other.press("check")
    expect(other.body).to_have_attribute("data-stale", "true")
    expect(other.page.get_by_role("link", name="See what changed")).to_be_visible()
    assert len(provider.calls) == 1


def test_the_cost_comes_and_goes_without_moving_a_control(ada, hold):
    rest = hold()
    ada.add()
    expect(start(ada)).to_have_accessible_name(PRICED)
    before = ada.boxes("start", "check")
    ada.press("start")
    ada.reads("The channel")
    assert ada.boxes("start", "check") == before
    rest.set()
    ada.sees("complete")
    assert ada.boxes("start", "check") == before
