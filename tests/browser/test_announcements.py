"""What a screen reader is told: once at the press, once at the end, and when its user asks."""

import re

from playwright.sync_api import expect

from tests.provider import fails, says

STARTED, READY = "Summarising The harbour", "Summary ready"
CHECKED = re.compile(r"Still summarising\. Checked at \d\d:\d\d:\d\d\.")


def test_a_quick_one_is_announced_twice(ada, provider):
    provider.script(says("Quick."))
    ada.add()
    ada.summarise()
    assert ada.announcements == [STARTED, READY]


def test_another_take_is_announced_like_the_first_which_stays_within_reach(ada, provider):
    provider.script(says("First take."), says("Second take."))
    ada.add()
    ada.summarise().reads("First take.")
    ada.forget()
    ada.press("regenerate")
    ada.reads("Second take.").sees("complete")
    assert ada.announcements == [STARTED, READY]
    earlier = ada.page.locator("#summary-earlier")
    earlier.get_by_text("Earlier summary").click()
    expect(earlier.get_by_text("First take.")).to_be_visible()


def test_a_failure_is_announced_once_told_in_words_and_can_be_mended(ada, provider):
    provider.script(fails(401), says("Mended."))
    ada.add()
    ada.press("start")
    ada.sees("failed")
    expect(ada.body).to_contain_text("did not accept this site's key")
    assert ada.announcements == [STARTED, "Summary failed. You can try again."]
    ada.summarise().reads("Mended.")


def test_stopping_is_announced_once_and_one_can_begin_again(ada, hold, provider):
    hold()
    provider.script(says("Once more."))
    ada.add()
    ada.press("start")
    ada.reads("The channel")
    ada.stop()
    assert ada.announcements == [STARTED, "Summary stopped"]
    expect(ada.body).to_contain_text("Press Summarise to begin again.")
    provider.wait_until(lambda: provider.calls[0].client_gone, what="the provider is hung up on")
    ada.summarise().reads("Once more.")


def test_each_check_by_hand_is_answered_once(ada, hold):
    rest = hold()
    ada.add()
    ada.press("start")
    ada.reads("The channel")
    for answered in (1, 2):
        ada.press("check")
        ada.until(lambda wanted=answered: len(ada.announcements) == 1 + wanted, "the check is answered")
        ada.looks_again()
    rest.set()
    ada.sees("complete")
    start, first, second, end = ada.announcements
    assert (start, end) == (STARTED, READY)
    assert CHECKED.fullmatch(first)
    assert CHECKED.fullmatch(second)


def test_a_page_of_a_finished_summary_says_nothing(ada):
    ada.add()
    ada.summarise()
    with ada.page.expect_response("**/summary/status*"):
        ada.page.reload()
    ada.until(lambda: not ada.polls, "the check on load is over")
    assert ada.status.inner_text() == ""
    assert ada.announcements == []


def test_a_page_opened_in_the_midst_of_it_announces_the_end_only(ada, hold):
    rest = hold()
    document = ada.add()
    ada.press("start")
    expect(ada.status).to_have_text(STARTED)
    other = ada.reader.tab().open(document)
    expect(other.status).to_have_text(STARTED)
    rest.set()
    other.sees("complete")
    assert other.announcements == [READY]
