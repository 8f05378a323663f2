"""Everything that can be done, in a browser that runs no JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.provider import fails, says


@pytest.fixture
def ada(reader, signed_in):
    return reader("ada", storage_state=signed_in("ada"), java_script_enabled=False).tab()


def test_signing_up_and_in_needs_no_javascript(reader):
    ada = reader("ada", java_script_enabled=False)
    ada.sign_up().page.get_by_role("button", name="Log out").click()
    expect(ada.log_in().page.get_by_role("heading", level=1)).to_have_text("Library")


def test_pressing_answers_with_the_page_in_its_state_and_checking_shows_the_summary(ada, hold):
    rest = hold("The channel ", "**silted** up.")
    document = ada.add()
    ada.press("start")
    expect(ada.page).to_have_url(re.compile(rf"/documents/{document}#summary$"))
    expect(ada.status).to_have_text("Summarising The harbour")
    ada.comes_to("processing")
    ada.until(lambda: ada.press("check") or ada.text.inner_text().strip() == "The channel", "the first words are there")
    rest.set()
    ada.comes_to("complete")
    expect(ada.text.locator("strong")).to_have_text("silted")


def test_check_for_updates_reaches_the_server_every_time(ada, hold):
    hold()
    document = ada.add()
    ada.press("start")
    pages = len(ada.visits(document))
    for pressed in (1, 2, 3):
        ada.press("check")
        expect(ada.status).to_contain_text("Still summarising. Checked at")
        assert len(ada.visits(document)) == pages + pressed


def test_stopping_and_starting_again(ada, hold, provider):
    hold()
    provider.script(says("Once more."))
    ada.add()
    ada.press("start")
    provider.wait_for_calls(1)
    ada.press("cancel")
    ada.sees("cancelled")
    ada.press("start")
    ada.comes_to("complete")
    ada.reads("Once more.")


def test_regenerating_keeps_the_earlier_one_within_reach(ada, provider):
    provider.script(says("First take."), says("Second take."))
    ada.add()
    ada.press("start")
    ada.comes_to("complete")
    ada.press("regenerate")
    ada.comes_to("complete")
    ada.reads("Second take.")
    assert len(provider.calls) == 2


def test_a_failure_is_told_in_words(ada, provider):
    provider.script(fails(401))
    ada.add()
    ada.press("start")
    ada.comes_to("failed")
    expect(ada.body).to_contain_text("did not accept this site's key")


def test_only_the_buttons_that_do_something_are_shown(ada, hold):
    rest = hold()
    ada.add()
    assert ada.shown_controls() == ["start", "check"]
    ada.press("start")
    ada.until(lambda: ada.shown_controls() == ["start", "check", "cancel"], "it can be stopped")
    rest.set()
    ada.comes_to("complete")
    assert ada.shown_controls() == ["start", "check", "regenerate"]
