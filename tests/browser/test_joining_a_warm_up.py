"""Ben arrives while a summary is being made in advance of what Ada shares with him: he joins it, for one paid call."""

import pytest
from playwright.sync_api import expect

from tests.provider import says
from tests.support import servers

NEW_TEXT = "The harbour of Aldwick is open again. The dredging cost 500 pounds."


@pytest.fixture
def shared(ada, ben, provider, running):
    """A document with a summary, which Ada shares with Ben; nothing is under way."""
    provider.script(says("Of the old text."))
    document = ada.add()
    ada.summarise()
    ada.share(document, ben.reader.email)
    servers.wait_until(running.is_at_rest, "there is nothing to make in advance")
    provider.reset()
    return document


@pytest.fixture
def being_warmed(ada, shared, provider, hold):
    """The same after an edit that nobody looked at: its new summary has its first words; the event lets it end."""
    rest = hold("The channel ", "is **dredged** again.")
    ada.edit_and_leave(shared, NEW_TEXT)
    provider.wait_for_calls(1)
    return rest


@pytest.fixture
def queued(ada, ben, shared, provider, hold, running):
    """The same where it waits behind another one, which keeps the worker that does such work."""
    hold()
    other = ada.add(title="The lighthouse")
    ada.share(other, ben.reader.email)
    provider.wait_for_calls(1)
    ada.edit_and_leave(shared, NEW_TEXT)
    servers.wait_until(lambda: ("warming", "pending") in running.summaries(shared), "it is queued")
    return other


def test_one_that_is_being_written_is_read_along(ben, shared, being_warmed, provider, running):
    ben.open(shared).sees("processing").reads("The channel")
    expect(ben.status).to_have_text("Summarising The harbour")
    assert running.summaries(shared)[-1] == ("joined", "processing")
    being_warmed.set()
    ben.sees("complete").reads("The channel is dredged again.")
    assert ben.announcements == ["Summary ready"]
    assert len(provider.calls) == 1


def test_one_that_waits_is_written_at_once_before_those_that_nobody_waits_for(
    ben, shared, queued, provider, hold, running
):
    rest = hold("The channel ", "is dredged again.")
    ben.open(shared).reads("The channel")
    rest.set()
    ben.sees("complete").reads("The channel is dredged again.")
    assert running.summaries(queued) == [("warming", "processing")]
    assert running.summaries(shared)[-1] == ("joined", "complete")
    assert ben.announcements == ["Summary ready"]
    assert [NEW_TEXT in call.document for call in provider.calls] == [False, True]


def test_pressing_joins_it_too_and_is_announced_like_any_other(ada, ben, shared, provider, hold):
    ben.open(shared)
    ben.until(lambda: not ben.polls, "the check on load is over")
    rest = hold("The channel ", "is dredged again.")
    ada.edit_and_leave(shared, NEW_TEXT)
    provider.wait_for_calls(1)
    ben.press("start")
    ben.reads("The channel")
    ben.looks_again()
    rest.set()
    ben.sees("complete").reads("The channel is dredged again.")
    assert ben.announcements == ["Summarising The harbour", "Summary ready"]
    assert len(provider.calls) == 1


def test_the_old_summary_is_open_meanwhile_and_is_not_taken_away_at_the_end(ben, shared, being_warmed):
    ben.open(shared).reads("The channel")
    earlier = ben.page.locator("#summary-earlier")
    expect(earlier.get_by_text("Of the old text.")).to_be_visible()
    ben.page.evaluate("window.old = document.querySelector('#summary-earlier details')")
    earlier.locator("summary").focus()
    ben.forget()
    being_warmed.set()
    ben.sees("complete")
    expect(earlier.get_by_text("Of the old text.")).to_be_visible()
    assert ben.page.evaluate("old.isConnected && old.contains(document.activeElement)")
    assert ben.page.evaluate("noticed.focusins") == []


def test_who_pressed_has_the_old_summary_folded(ada, shared, hold):
    hold()
    ada.edit(shared, NEW_TEXT)
    ada.press("start")
    ada.reads("The channel")
    earlier = ada.page.locator("#summary-earlier")
    expect(earlier.get_by_text("Earlier summary")).to_be_visible()
    expect(earlier.get_by_text("Of the old text.")).to_be_hidden()


@pytest.mark.parametrize("control", ["start", "check", "cancel"])
def test_following_it_leaves_the_focus_and_the_controls_as_they_are(ben, shared, being_warmed, control):
    ben.open(shared).reads("The channel")
    ben.page.locator(f"#summary-{control}").focus()
    ben.forget()
    before = ben.boxes("start", "check")
    ben.looks_again()
    being_warmed.set()
    ben.sees("complete")
    assert ben.page.evaluate("name => document.activeElement === nodes[name]", f"summary-{control}")
    assert ben.page.evaluate("noticed.focusins") == []
    assert ben.boxes("start", "check") == before
    assert ben.keeps("summary-form", "check", "cancel", "summary-start", "summary-check", "summary-cancel")


def test_without_javascript_it_is_followed_by_checking(reader, signed_in, shared, being_warmed, provider):
    ben = reader("ben", storage_state=signed_in("ben"), java_script_enabled=False).tab()
    ben.open(shared).sees("processing")
    expect(ben.page.get_by_text("Of the old text.")).to_be_visible()
    being_warmed.set()
    ben.comes_to("complete").reads("The channel is dredged again.")
    assert len(provider.calls) == 1
