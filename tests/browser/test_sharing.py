"""Sharing, as it is done in the page: with people by their address, and with anyone by a link."""

import pytest
from playwright.sync_api import expect

from tests.provider import says

NOBODY = "nobody@example.org"


@pytest.fixture
def visitor(reader):
    """Somebody without an account."""
    return reader("eve").tab()


def test_a_wrong_address_is_explained_at_the_top_with_what_was_typed_kept(ada):
    document = ada.add()
    ada.share(document, NOBODY, role="editor")
    expect(ada.page.locator("#error-summary")).to_be_focused()
    expect(ada.page.locator("#error-summary")).to_contain_text("Nobody has an account with this address.")
    address = ada.page.get_by_label("Email address")
    expect(address).to_have_value(NOBODY)
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(ada.page.get_by_label("They may")).to_have_value("editor")
    ada.page.locator("#error-summary a").click()
    expect(address).to_be_focused()
    ada.forgive("422")


def test_somebody_who_is_let_in_reads_it_until_they_are_not(ada, ben, provider):
    provider.script(says("For both of us."))
    document = ada.add(title="The pier")
    ada.summarise()
    ada.share(document, ben.reader.email)
    expect(ada.page.get_by_text(f"{ben.reader.email} may now read this document.")).to_be_visible()
    ben.page.goto("/documents")
    ben.page.get_by_role("link", name="The pier").first.click()
    ben.reads("For both of us.")
    ada.page.get_by_role("button", name=f"Remove {ben.reader.email}").click()
    expect(ada.page.get_by_text("has no access any more")).to_be_visible()
    assert ben.page.reload().status == 404
    ben.forgive("404")


def test_somebody_who_is_let_go_while_they_read_along_hears_of_it_and_asks_no_more(ada, ben, hold):
    hold()
    document = ada.add()
    ada.press("start")
    ada.reads("The channel")
    ada.share(document, ben.reader.email)
    ben.open(document).reads("The channel")
    ada.page.get_by_role("button", name=f"Remove {ben.reader.email}").click()
    expect(ben.status).to_contain_text("Nothing is here.", timeout=20_000)
    assert not ben.polls
    ben.forgive("404")


def test_anyone_with_the_link_reads_along_with_nothing_to_press_that_costs(ada, visitor, hold, provider):
    document = ada.add()
    rest = hold("The channel ", "is dredged.")
    ada.press("start")
    ada.reads("The channel")
    assert visitor.page.goto(ada.make_link(document)).status == 200
    visitor.reads("The channel")
    assert visitor.shown_controls() == ["check"]
    expect(visitor.page.get_by_role("article")).to_contain_text("The harbour of Aldwick silted up")
    rest.set()
    visitor.sees("complete").reads("The channel is dredged.")
    assert visitor.announcements == ["Summary ready"]
    assert len(provider.calls) == 1


def test_checking_by_hand_on_the_public_page_keeps_focus_and_place(ada, visitor, provider):
    document = ada.add()
    ada.summarise()
    visitor.page.goto(ada.make_link(document))
    address = visitor.page.url
    visitor.page.locator("#summary-check").press("Enter")
    expect(visitor.status).to_contain_text("Nothing new. Checked at")
    expect(visitor.page.locator("#summary-check")).to_be_focused()
    assert visitor.page.url == address


def test_a_link_that_is_revoked_is_said_at_the_next_poll_and_not_asked_for_again(ada, visitor, hold):
    hold()
    document = ada.add()
    ada.press("start")
    ada.reads("The channel")
    visitor.page.goto(ada.make_link(document))
    visitor.reads("The channel")
    ada.page.get_by_role("button", name="Revoke the link").click()
    expect(ada.page.get_by_text("The link works no more.")).to_be_visible()
    expect(visitor.status).to_contain_text("Nothing is here.", timeout=20_000)
    assert not visitor.polls
    assert visitor.page.reload().status == 404
    visitor.forgive("404")


def test_without_javascript_a_visitor_follows_by_checking(ada, reader, hold):
    document = ada.add()
    rest = hold("The channel ", "is dredged.")
    ada.press("start")
    ada.reads("The channel")
    visitor = reader("eve", java_script_enabled=False).tab()
    visitor.page.goto(ada.make_link(document))
    visitor.sees("processing")
    visitor.press("check")
    expect(visitor.status).to_contain_text("Still summarising. Checked at")
    rest.set()
    visitor.comes_to("complete").reads("The channel is dredged.")


def test_sharing_by_address_and_by_link_needs_no_javascript(reader, signed_in, ben):
    ada = reader("ada", storage_state=signed_in("ada"), java_script_enabled=False).tab()
    document = ada.add()
    ada.share(document, NOBODY)
    expect(ada.page.locator("#error-summary")).to_contain_text("Nobody has an account with this address.")
    ada.share(document, ben.reader.email)
    assert ben.page.goto(f"/documents/{document}").status == 200
    assert ben.page.goto(ada.make_link(document)).status == 200
    ada.page.get_by_role("button", name="Revoke the link").click()
    assert ben.page.reload().status == 404
    for tab in (ada, ben):
        tab.forgive("422")
        tab.forgive("404")
