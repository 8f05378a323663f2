"""A person who is in another tab: the title says how things stand, and a notification if they asked for one."""

import pytest
from playwright.sync_api import expect

from tests.browser.clock import STATUS, WATCHDOG, follow, let_pass, press
from tests.provider import fails
from tests.support import servers

TITLE = "The harbour – Foreword"
WRITING, READY, FAILED = f"Summarising: {TITLE}", f"✓ Ready: {TITLE}", f"✗ Failed: {TITLE}"
NOTED = """(() => {
  window.told = [];
  window.Notification = class extends Notification {
    constructor(title, options) { super(title, options); told.push([title, options.tag]); window.last = this; }
  };
})()"""
TELL = "Tell me when it is ready"


@pytest.fixture
def asking(timed):
    """Ada's tab, in a browser that allows notifications and notes them."""
    timed.reader.context.grant_permissions(["notifications"])
    timed.page.add_init_script(NOTED)
    timed.add()
    yield timed
    timed.page.evaluate("localStorage.clear()")


def begin(tab):
    press(tab, "start")
    follow(tab, "processing")


def title(tab):
    return tab.page.evaluate("document.title")


def end_while_away(tab, running, rest):
    """Let it end while the tab is hidden, and let the page ask once more than it may."""
    rest.set()
    servers.wait_until(lambda: not running.in_progress(), "it is written")
    with tab.page.expect_response(STATUS):
        let_pass(tab, WATCHDOG + 1000)
    tab.sees("complete")


def test_the_title_says_that_it_is_written_and_no_more_once_that_is_seen(timed, hold):
    rest = hold()
    timed.add()
    assert title(timed) == TITLE
    begin(timed)
    assert title(timed) == WRITING
    rest.set()
    follow(timed, "complete")
    timed.until(lambda: title(timed) == TITLE, "the title is the document's again")


def test_of_a_window_in_the_background_it_says_that_it_is_ready_until_it_is_looked_at(timed, hold):
    rest = hold()
    timed.add()
    begin(timed)
    timed.page.evaluate("document.hasFocus = () => false")  # another program's window has it
    rest.set()
    follow(timed, "complete")
    timed.until(lambda: title(timed) == READY, "the title says so")
    timed.page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    assert title(timed) == TITLE


def test_it_says_that_it_failed_too(timed, provider):
    provider.script(fails(401))
    timed.add()
    timed.page.evaluate("document.hasFocus = () => false")
    press(timed, "start")
    follow(timed, "failed")
    timed.until(lambda: title(timed) == FAILED, "the title says so")


def test_a_page_opened_in_the_midst_of_it_says_so_in_its_title(ada, hold):
    hold()
    document = ada.add()
    ada.press("start")
    ada.reads("The channel")
    assert title(ada.reader.tab().open(document)) == WRITING


def test_whoever_asked_is_told_by_a_notification_that_leads_back(asking, hold, running):
    asking.page.get_by_role("button", name=TELL).click()
    expect(asking.page.get_by_role("button", name=TELL, pressed=True)).to_be_visible()
    rest = hold()
    begin(asking)
    asking.page.evaluate("lookAway()")
    end_while_away(asking, running, rest)
    asking.until(lambda: title(asking) == READY, "the title says so")
    assert asking.page.evaluate("told") == [[READY, f"/documents/{asking.document}"]]
    asking.page.evaluate("window.focus = () => { window.focused = true; }; last.onclick()")
    assert asking.page.evaluate("focused")
    asking.page.evaluate("lookBack()")
    assert title(asking) == TITLE


def test_whoever_looks_on_is_not_told_and_neither_is_whoever_took_it_back(asking, hold):
    button = asking.page.get_by_role("button", name=TELL)
    button.click()
    rest = hold()
    begin(asking)
    rest.set()
    follow(asking, "complete")
    assert asking.page.evaluate("told") == []
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_it_is_remembered_in_this_browser_and_a_hidden_tab_asks_seldom_for_it(asking, hold):
    asking.page.get_by_role("button", name=TELL).click()
    asking.page.reload()
    expect(asking.page.get_by_role("button", name=TELL, pressed=True)).to_be_visible()
    hold()
    begin(asking)
    asking.page.evaluate("lookAway()")
    looks = len(asking.looks)
    for _ in range(8):
        let_pass(asking, WATCHDOG // 2)
        asking.until(lambda: not asking.busy, "what is asked is answered")
    assert 2 <= len(asking.looks) - looks <= 4


def test_a_browser_that_does_not_allow_it_says_so_and_nothing_is_remembered(ada):
    ada.add()
    ada.page.evaluate("Notification.requestPermission = async () => 'denied'")
    ada.forget()
    ada.page.get_by_role("button", name=TELL).click()
    expect(ada.status).to_contain_text("does not let this site notify you")
    expect(ada.page.get_by_role("button", name=TELL)).to_have_attribute("aria-pressed", "false")
    assert len(ada.announcements) == 1


def test_nobody_is_asked_for_permission_before_pressing(ada):
    ada.page.add_init_script("window.asked = 0; Notification.requestPermission = async () => { asked += 1; };")
    ada.add()
    ada.summarise()
    assert ada.page.evaluate("asked") == 0
