"""A page that follows a summary leaves its reader alone."""

import pytest
from playwright.sync_api import expect

from tests.provider import says


@pytest.mark.parametrize("control", ["start", "cancel"])  # the others are in test_focus.py
def test_the_end_of_it_leaves_the_focus_and_the_controls_as_they_are(ada, hold, control):
    ada.add()
    rest = hold()
    ada.press("start")
    ada.reads("The channel")
    ada.page.locator(f"#summary-{control}").focus()
    ada.forget()
    ada.looks_again()
    rest.set()
    ada.sees("complete")
    assert ada.page.evaluate("name => document.activeElement === nodes[name]", f"summary-{control}")
    assert ada.page.evaluate("noticed.focusins") == []
    assert ada.keeps("summary-form", "check", "cancel")
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
    first_words = """() => {
      const walker = document.createTreeWalker(document.getElementById("summary-text"), NodeFilter.SHOW_TEXT);
      while (!walker.nextNode().data.trim());
      return walker.currentNode;
    }"""
    second, third = in_steps("The channel ", "silted ", "up.")
    ada.add()
    ada.press("start")
    ada.reads("The channel")
    before = ada.page.evaluate_handle(first_words)
    second.set()
    ada.reads("The channel silted")
    now = ada.page.evaluate_handle(first_words)
    assert ada.page.evaluate("([before, now]) => [now === before, now.data.trim()]", [before, now]) == [
        True,
        "The channel",
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


ADDRESSES = ["/", "/documents", "/documents/new", "/documents/0", "/documents/{}/edit", "/documents/{}"]
ABOUT = [f"/documents/{{}}/{page}" for page in ("summary/takes", "summary/receipt", "changes?since=1", "sharing")]
WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 2
HARD = f"# {WORD}\n\n| {WORD} | b | c |\n|-|-|-|\n| 1 | {WORD} | 3 |\n\n    {WORD} {WORD}"


def fits(tab):
    """Nothing scrolls sideways, and nothing is too small to be pressed."""
    return tab.overflow() <= 0 and not tab.small_targets()


@pytest.fixture(params=[320, 1280])
def visitor(request, reader):
    """Somebody without an account, with a window of this width."""
    return reader("ada", viewport={"width": request.param, "height": 640}).tab()


def test_every_page_fits_the_smallest_screen_and_a_wide_one(visitor, ben, provider):
    for address in ("/", "/login", "/signup"):
        visitor.page.goto(address)
        assert fits(visitor), address
    provider.script(says(HARD), says(HARD))
    ada = visitor.reader.sign_up()
    document = ada.add(text=f"{WORD} {WORD}", title=WORD)
    ada.summarise()
    ada.press("regenerate")
    ada.until(lambda: len(provider.calls) == 2, "it is asked for")
    ada.sees("complete").edit(document, f"{WORD} {WORD} 2")
    ada.share(document, ben.reader.email).make_link(document)
    for address in [*ADDRESSES, *ABOUT]:
        ada.page.goto(address.format(document))
        ada.page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
        assert fits(ada), (address, ada.small_targets())
    ada.forgive("404")


def test_the_other_pages_of_a_document_fit_too(visitor, provider, reader):
    provider.script(says(HARD))
    ada = visitor.reader.sign_up()
    document = ada.add(text=f"{WORD} {WORD}", title=WORD)
    ada.summarise()
    ada.share(document, f"{WORD}@example.org")
    assert fits(ada), "an address that nobody has"
    anybody = reader("eve", viewport=ada.page.viewport_size).tab()
    anybody.page.goto(ada.make_link(document))
    assert fits(anybody), "the public page"
    with ada.open(document).page.expect_navigation():
        ada.page.get_by_role("button", name="Delete").click()
    assert fits(ada), "the question before deleting"
    ada.forgive("422")


def test_the_page_follows_the_colour_scheme(ada):
    ada.add()
    ada.summarise()
    for scheme in ("light", "dark"):
        ada.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for selector in ("body", "#summary"):
            ground, text = ada.lightness(selector)
            assert (scheme == "light") == (text < ground)
            assert abs(text - ground) > 128


@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_said_stands_between_the_controls_and_the_text_on_every_page(ada, reader, hold, width):
    hold()
    document = ada.add()
    ada.press("start")
    ada.reads("The channel")
    anybody = reader("eve", viewport={"width": width, "height": 800}).tab()
    anybody.page.goto(ada.make_link(document))
    ada.page.set_viewport_size({"width": width, "height": 800})
    for tab in (ada.open(document), anybody):
        tab.reads("The channel")
        controls, said, body = tab.boxes("check", "status", "body")
        assert controls["y"] + controls["height"] <= said["y"] < body["y"]
