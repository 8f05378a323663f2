"""Automatic updates that are paused: nothing is asked for, and nothing is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.clock import A_LONG_TIME, STATUS, follow, let_pass, press, stop_the_clock
from tests.provider import says

PAUSE, RESUME = "Pause automatic updates", "Resume automatic updates"
BY_HAND = "Automatic updates are paused. Press Check for updates"


@pytest.fixture
def dora(reader):
    """Somebody of her own, since what she chooses is kept for her."""
    return reader("dora").sign_up()


@pytest.fixture
def plain(reader):
    return reader("dora", java_script_enabled=False).sign_up()


@pytest.fixture
def paused(dora, hold):
    """Dora's tab, in the midst of a summary, in which she has paused; and the event that lets it end."""
    rest = hold()
    stop_the_clock(dora).add()
    press(dora, "start")
    follow(dora, "processing")
    dora.forget()
    dora.page.locator("#summary-updates").press("Enter")
    expect(dora.page.get_by_role("button", name=RESUME)).to_be_visible()
    dora.until(lambda: not dora.busy, "the press is answered")
    return dora, rest


def test_nothing_is_asked_for_any_more_and_the_focus_stays(paused):
    dora, _rest = paused
    looks = len(dora.looks)
    let_pass(dora, A_LONG_TIME)
    assert len(dora.looks) == looks
    assert dora.page.evaluate("document.activeElement.id") == "summary-updates"
    assert dora.announcements == ["Automatic updates are paused"]
    expect(dora.page.locator("#summary")).to_contain_text(BY_HAND)


def test_neither_is_it_when_the_tab_is_looked_at_again_or_comes_back_from_memory(paused):
    dora, _rest = paused
    looks = len(dora.looks)
    dora.page.evaluate("lookAway(); lookBack(); dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    let_pass(dora, A_LONG_TIME)
    assert len(dora.looks) == looks


def test_a_check_by_hand_still_tells_and_brings_the_end(paused):
    dora, rest = paused
    dora.forget()
    press(dora, "check")
    expect(dora.status).to_contain_text("Still summarising. Checked at")
    rest.set()
    dora.until(lambda: press(dora, "check") or dora.body.get_attribute("data-state") == "complete", "it is complete")
    assert dora.announcements[-1].startswith("Summary ready")
    assert not dora.polls


def test_a_reload_asks_nothing_either_until_it_is_resumed(paused):
    dora, rest = paused
    looks = len(dora.looks)
    dora.page.reload()
    let_pass(dora, A_LONG_TIME)
    assert len(dora.looks) == looks
    rest.set()
    dora.page.locator("#summary-updates").press("Enter")
    expect(dora.page.get_by_role("button", name=PAUSE)).to_be_visible()
    with dora.page.expect_response(STATUS):
        let_pass(dora, 1000)
    dora.until(lambda: not dora.busy, "it asks at once")
    follow(dora, "complete")
    assert dora.announcements == ["Automatic updates are on", "Summary ready"]
    assert dora.page.evaluate("document.activeElement.id") == "summary-updates"


def test_both_panels_of_a_page_stop_and_go_on_together(reader, site, hold):
    dora = reader("dora").sign_up()
    dora.add_page(site.serve("/page")).sees("complete", of="extraction").page.locator("#summary-start").wait_for()
    dora.page.reload()
    expect(dora.page.locator("#extraction-updates")).to_be_hidden()
    dora.page.get_by_role("button", name=PAUSE).click()
    expect(dora.page.locator(".poller[data-paused]:not([data-hx-trigger])")).to_have_count(2)
    looks = len(dora.looks)
    dora.page.get_by_role("button", name=RESUME).click()
    dora.until(lambda: len(dora.looks) == looks + 2, "both ask")


def test_without_javascript_the_button_says_what_is_so_and_keeps_the_focus(plain):
    plain.add()
    plain.page.get_by_role("button", name=PAUSE).click()
    expect(plain.page.get_by_role("button", name=RESUME)).to_be_focused()
    expect(plain.page.locator("#summary")).to_contain_text(BY_HAND)
    plain.page.get_by_role("button", name=RESUME).click()
    expect(plain.page.get_by_role("button", name=PAUSE)).to_be_focused()


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "plain"])
def test_a_visitor_pauses_by_the_address_alone(ada, reader, provider, scripted):
    provider.script(says("For everybody."))
    document = ada.add()
    ada.summarise()
    visitor = reader("eve", java_script_enabled=scripted).tab()
    visitor.page.goto(ada.make_link(document))
    visitor.until(lambda: not visitor.polls or not scripted, "the check on load is over")
    visitor.page.get_by_role("button", name=PAUSE).click()
    expect(visitor.page.get_by_role("button", name=RESUME)).to_be_focused()
    looks = len(visitor.looks)
    visitor.page.reload()
    expect(visitor.page.locator("#summary")).to_contain_text(BY_HAND)
    assert len(visitor.looks) == looks
    assert [cookie["name"] for cookie in visitor.reader.context.cookies()] == (["tz"] if scripted else [])
