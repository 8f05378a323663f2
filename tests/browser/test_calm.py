"""A page that follows a summary leaves its reader alone."""

import pytest
from playwright.sync_api import expect

from tests.provider import says


@pytest.mark.parametrize("control", ["start", "check", "cancel", "regenerate"])
def test_the_end_of_it_leaves_the_focus_and_the_controls_as_they_are(ada, hold, control):
    ada.add()
    if control == "regenerate":
        ada.summarise()
    rest = hold()
    ada.press("regenerate" if control == "regenerate" else "start")
    ada.reads("The channel")
    ada.page.locator(f"#summary-{control}").focus()
    ada.forget()
    ada.looks_again()
    rest.set()
    ada.sees("complete")
    assert ada.page.evaluate("name => document.activeElement === nodes[name]", f"summary-{control}")
    assert ada.page.evaluate("noticed.focusins") == []
    assert ada.keeps("start", "check", "cancel", "regenerate")
    assert ada.keeps("summary-start", "summary-check", "summary-cancel", "summary-regenerate")


def test_checking_by_hand_keeps_the_focus_on_its_button(ada, hold):
    hold()
    ada.add()
    ada.press("start")
    ada.reads("The channel")
    ada.page.locator("#summary-check").focus()
    ada.forget()
    ada.page.keyboard.press("Enter")
    expect(ada.status).to_contain_text("Checked at")
    assert ada.page.evaluate("document.activeElement === nodes['summary-check']")
    assert ada.page.evaluate("noticed.focusins") == []


def test_a_poll_that_brings_nothing_new_changes_nothing(ada, hold):
    hold()
    ada.add()
    ada.press("start")
    ada.reads("The channel")
    ada.looks_again()
    ada.forget()
    ada.looks_again(2)
    assert ada.changes == []


def test_text_is_added_to_what_is_being_read(ada, in_steps):
    second, third = in_steps("The channel ", "silted ", "up.")
    ada.add()
    ada.press("start")
    ada.reads("The channel")
    ada.page.evaluate("window.first = document.getElementById('summary-text').firstChild")
    second.set()
    ada.reads("The channel silted")
    assert ada.page.evaluate("[first.data, first === document.getElementById('summary-text').firstChild]") == [
        "The channel ",
        True,
    ]
    third.set()
    ada.sees("complete")


def test_following_leaves_nothing_behind_in_the_page(ada, hold):
    rest = hold()
    ada.add()
    nodes = "document.getElementById('summary').childNodes.length"
    before = ada.page.evaluate(nodes)
    ada.press("start")
    ada.reads("The channel")
    ada.press("check")
    ada.looks_again()
    rest.set()
    ada.sees("complete")
    assert ada.page.evaluate(nodes) == before


ADDRESSES = ["/", "/documents", "/documents/new", "/documents/{}", "/documents/{}/edit", "/documents/0"]


def test_nothing_scrolls_sideways_on_the_smallest_screen(reader, provider):
    word = "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 2
    provider.script(says(f"# {word}\n\n| {word} | b | c |\n|-|-|-|\n| 1 | {word} | 3 |\n\n    {word} {word}"))
    visitor = reader("ada", viewport={"width": 320, "height": 640})
    ada = visitor.tab()
    for address in ("/", "/login", "/signup"):
        ada.page.goto(address)
        assert ada.overflow() == 0, address
    ada = visitor.sign_up()
    document = ada.add(text=f"{word} {word}", title=word)
    ada.summarise()
    for address in ADDRESSES:
        ada.page.goto(address.format(document))
        assert ada.overflow() == 0, address
    with ada.open(document).page.expect_navigation():
        ada.page.get_by_role("button", name="Delete").click()
    assert ada.overflow() == 0
    ada.forgive("404")


def test_the_page_follows_the_colour_scheme(ada):
    ada.add()
    ada.summarise()
    for scheme in ("light", "dark"):
        ada.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for selector in ("body", "#summary"):
            ground, text = ada.lightness(selector)
            assert (scheme == "light") == (text < ground)
            assert abs(text - ground) > 128
