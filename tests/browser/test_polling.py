"""How a page follows: one chain of polls, which ends, rests while nobody looks, and survives a server that is away.

The browser's clock is set forward by the tests, so that nothing waits and nothing is timed.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.clock import A_LONG_TIME, STATUS, WATCHDOG, follow, let_pass, next_look, press
from tests.support import servers

GONE, BACK = "The server does not answer. This page keeps trying.", "Connected again."


def lose_the_server(ada, kind):
    def fail(route):
        if kind == "503":
            route.fulfill(status=503, body="Not available just now.", content_type="text/plain")
        else:
            route.abort("connectionrefused")

    ada.page.route(STATUS, fail)


def fail_once_more(ada, milliseconds):
    before = len(ada.troubles)
    let_pass(ada, milliseconds)
    ada.until(lambda: len(ada.troubles) > before and not ada.busy, "another poll has failed")


def forgive_the_lost_server(ada):
    for words in ("503", "ERR_CONNECTION_REFUSED", "htmx:sendError", "Response Status Error Code"):
        ada.forgive(words)


def test_a_page_at_rest_asks_once_on_load_and_never_again(timed):
    timed.add()
    timed.until(lambda: not timed.polls, "the check on load is answered")
    let_pass(timed, A_LONG_TIME)
    assert len(timed.looks) == 1


def test_the_end_ends_the_polls(timed, provider):
    timed.add()
    press(timed, "start")
    follow(timed, "complete")
    looks = len(timed.looks)
    assert not timed.polls
    let_pass(timed, A_LONG_TIME)
    assert len(timed.looks) == looks


def test_there_is_one_chain_of_polls_whatever_is_pressed(timed, hold):
    hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    for control in ("check", "start", "check"):
        press(timed, control)
        assert [next_look(timed) for _ in range(3)] == [1, 1, 1]


def test_a_press_that_overtakes_a_poll_does_not_break_the_chain(timed, hold):
    hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    slow = []
    timed.page.route(STATUS, lambda route: slow.append(route), times=1)  # noqa: PLW0108 - Playwright takes no built-in
    let_pass(timed, 5000)
    timed.until(lambda: slow, "a poll is on its way")
    timed.press("check")
    expect(timed.status).to_contain_text("Checked at")
    assert [next_look(timed) for _ in range(3)] == [1, 1, 1]


def test_a_hidden_tab_does_not_ask_and_asks_at_once_when_looked_at(timed, hold):
    rest = hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    timed.page.evaluate("lookAway()")
    looks = len(timed.looks)
    let_pass(timed, A_LONG_TIME)
    assert len(timed.looks) == looks
    with timed.page.expect_response(STATUS):
        timed.page.evaluate("lookBack()")
    timed.until(lambda: not timed.busy, "the poll is answered")
    assert len(timed.looks) == looks + 1
    rest.set()
    follow(timed, "complete")


@pytest.mark.parametrize("kind", ["503", "no network"])
def test_a_poll_that_fails_heals_by_itself_and_is_not_mentioned(timed, hold, kind):
    rest = hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    lose_the_server(timed, kind)
    fail_once_more(timed, 5000)
    timed.page.unroute(STATUS)
    with timed.page.expect_response(STATUS):
        let_pass(timed, WATCHDOG)
    timed.until(lambda: not timed.busy, "the poll is answered")
    rest.set()
    follow(timed, "complete")
    assert timed.announcements == ["Summarising The harbour", "Summary ready"]
    forgive_the_lost_server(timed)


def test_a_poll_that_is_never_answered_is_given_up_before_the_next(timed, hold):
    rest = hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    assert 0 < timed.page.evaluate("htmx.config.timeout") < WATCHDOG
    timed.page.evaluate("htmx.config.timeout = 50")  # no clock that could be set forward counts these
    timed.page.route(STATUS, lambda _: None)
    fail_once_more(timed, 5000)
    timed.page.evaluate("htmx.config.timeout = 10000")
    timed.page.unroute(STATUS)
    with timed.page.expect_response(STATUS):
        let_pass(timed, WATCHDOG)
    timed.until(lambda: not timed.busy, "the poll is answered")
    rest.set()
    follow(timed, "complete")
    timed.forgive("htmx:timeout")


@pytest.mark.parametrize("kind", ["503", "no network"])
def test_three_failures_are_said_once_and_so_is_that_it_is_over(timed, hold, kind):
    rest = hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    timed.forget()
    lose_the_server(timed, kind)
    for milliseconds in (5000, WATCHDOG, WATCHDOG, WATCHDOG):
        fail_once_more(timed, milliseconds)
    assert timed.announcements == [GONE]
    timed.page.unroute(STATUS)
    with timed.page.expect_response(STATUS):
        let_pass(timed, WATCHDOG)
    expect(timed.status).to_have_text(BACK)
    assert [next_look(timed) for _ in range(3)] == [1, 1, 1]
    assert timed.announcements == [GONE, BACK]
    rest.set()
    follow(timed, "complete")
    assert timed.announcements == [GONE, BACK, "Summary ready"]
    forgive_the_lost_server(timed)


def test_the_end_is_announced_even_when_it_comes_with_the_healing(timed, hold, running):
    rest = hold()
    timed.add()
    press(timed, "start")
    follow(timed, "processing")
    lose_the_server(timed, "503")
    for milliseconds in (5000, WATCHDOG, WATCHDOG):
        fail_once_more(timed, milliseconds)
    rest.set()
    servers.wait_until(lambda: not running.in_progress(), "it is written")
    timed.page.unroute(STATUS)
    let_pass(timed, WATCHDOG)
    timed.sees("complete")
    assert timed.announcements[-1] == "Summary ready"
    forgive_the_lost_server(timed)


def test_a_document_that_is_gone_is_said_and_not_asked_for_again(timed, hold):
    hold()
    document = timed.add()
    press(timed, "start")
    follow(timed, "processing")
    other = timed.reader.tab().open(document)
    other.page.get_by_role("button", name="Delete").click()
    other.page.get_by_role("button", name="Delete the document").click()
    other.page.wait_for_url("**/documents")
    let_pass(timed, 5000)
    expect(timed.status).to_contain_text("Nothing is here.")
    looks = len(timed.looks)
    let_pass(timed, A_LONG_TIME)
    assert len(timed.looks) == looks
    timed.forgive("404")
