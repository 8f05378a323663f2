"""The whole of it by keyboard alone, in a browser that runs JavaScript and in one that does not."""

import pytest
from playwright.sync_api import expect

from tests.provider import says
from tests.support.people import PASSWORD
from tests.support.reader import A_DOCUMENT


@pytest.fixture(params=[True, False], ids=["scripted", "plain"])
def visitor(request, reader):
    """Somebody without an account yet, who has no mouse."""
    return reader("ada", java_script_enabled=request.param).tab()


@pytest.fixture
def ben_here(ben):
    """Ben's address, with whom something is shared."""
    return ben.reader.email


def fill(tab, **typed):
    for name, text in typed.items():
        tab.tab_to(f"main #{name}")
        tab.page.keyboard.type(text)


def enter(tab, selector):
    tab.tab_to(selector)
    tab.page.keyboard.press("Enter")


def go(tab, selector):
    """Press Enter there, and be where that leads to."""
    with tab.page.expect_navigation():
        enter(tab, selector)


def link(tab, path):
    return f"main a[href='/documents/{tab.document}/{path}']"


def summarise(tab, control, words):
    """Press the control, and be where the whole summary reads so; without JavaScript by checking."""
    if tab.reader.scripted:
        enter(tab, control)
        return tab.reads(words).sees("complete")
    go(tab, control)
    return tab.until(lambda: go(tab, "#summary-check") or reads(tab, words), f"it reads {words}")


def reads(tab, words):
    """Whether the page holds the whole of it: its last words may be there while it is still being written."""
    whole = tab.body.get_attribute("data-state") == "complete"
    return whole and tab.text.inner_text().strip() == words


def test_from_signing_up_to_deleting(visitor, ben_here, provider):
    provider.script(says("At usual length."), says("In brief."), says("Once more."))
    ada = visitor
    ada.page.goto("/")
    go(ada, "a[href='/signup']")
    fill(ada, email=ada.reader.email, password=PASSWORD)
    go(ada, "main button")
    go(ada, "main a[href='/documents/new']")
    fill(ada, title="The harbour", text="The harbour silted up.")
    go(ada, "main form[enctype] button.primary")
    expect(ada.page).to_have_url(A_DOCUMENT)
    document = ada.document

    summarise(ada, "#summary-start", "At usual length.")
    enter(ada, "#summary-options > summary")
    ada.tab_to("#summary-length")
    ada.page.keyboard.type("Short")
    summarise(ada, "#summary-start", "In brief.")
    summarise(ada, "#summary-regenerate", "Once more.")

    go(ada, link(ada, "summary/takes"))
    expect(ada.page.locator("[aria-labelledby=take-1]")).to_contain_text("In brief.")
    go(ada, "[aria-labelledby=take-1] button")
    expect(ada.page.locator("[aria-labelledby=take-1]")).to_contain_text("This is what everyone reads")
    go(ada, f"main a[href='/documents/{document}']")
    go(ada, link(ada, "sharing"))
    fill(ada, email=ben_here)
    with ada.page.expect_navigation():
        ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_text(f"{ben_here} may now read this document.")).to_be_visible()
    go(ada, f"main a[href='/documents/{document}']")
    go(ada, f"form[action='/documents/{document}/delete'] button")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Delete this document?")
    go(ada, "main button")
    expect(ada.page.get_by_text("Deleted “The harbour”.")).to_be_visible()
