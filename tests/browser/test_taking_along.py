"""A summary is copied, printed and downloaded."""

import pytest
from playwright.sync_api import expect

from tests.provider import says

ANSWER = (
    "The channel **silted** up, as [a page](https://example.org/harbour) says.\n\n- It was dredged.\n- It reopened."
)
AS_TEXT = "The channel silted up, as a page says.\n\n- It was dredged.\n- It reopened."
READ = "async () => (await (await navigator.clipboard.read())[0].getType('text/plain')).text()"
STOOD_THERE = """
    () => {
      const region = document.getElementById("summary-status");
      window.stoodThere = [];
      new MutationObserver(() => stoodThere.push(region.textContent)).observe(region, { childList: true });
    }
"""
REFUSED = "void (navigator.clipboard.write = async () => { throw new DOMException('no', 'NotAllowedError'); })"


@pytest.fixture
def written(ada, provider):
    """A document with a summary, on a page with its controls."""
    provider.script(says(ANSWER))
    ada.add()
    ada.summarise().reads("It reopened.")
    ada.until(lambda: not ada.busy, "nothing is on its way")
    ada.forget()
    return ada


def copy(tab):
    tab.page.locator("#summary-copy").focus()
    tab.forget()
    tab.page.keyboard.press("Enter")
    tab.until(lambda: tab.announcements, "something is said")


def test_it_is_copied_as_it_reads_and_that_is_said_once(written):
    written.reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy(written)
    assert written.announcements == ["Copied"]
    assert written.page.evaluate(READ) == AS_TEXT
    assert written.page.evaluate("[document.activeElement.id, noticed.focusins]") == ["summary-copy", []]


def test_a_browser_that_knows_only_the_old_way_copies_it_too(written):
    written.reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    written.page.evaluate(REFUSED)
    copy(written)
    assert written.announcements == ["Copied"]
    assert written.page.evaluate(READ) == AS_TEXT
    assert written.page.evaluate("[document.activeElement.id, noticed.focusins]") == ["summary-copy", []]
    assert written.page.evaluate("getSelection().toString()") == ""


def test_who_copies_it_again_hears_it_again(written):
    """A screen reader is silent about words that are written over themselves."""
    written.reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy(written)
    written.page.evaluate(STOOD_THERE)
    copy(written)
    assert written.page.evaluate("stoodThere") == ["", "Copied"]


def test_one_that_allows_neither_says_so(written):
    written.page.evaluate(f"{REFUSED}; void (document.execCommand = () => false)")
    copy(written)
    assert written.announcements == [
        "This browser does not allow copying. Select the summary and copy it by hand, or download it."
    ]


def test_print_prints_the_page(written):
    written.page.evaluate("() => { window.printed = 0; window.print = () => { printed += 1; }; }")
    written.page.get_by_role("button", name="Print").click()
    assert written.page.evaluate("printed") == 1


def test_on_paper_stand_its_title_its_whole_text_and_where_its_links_lead(ada, provider):
    provider.script(says(f"{'A long paragraph of words. ' * 40}\n\n" * 8 + ANSWER))
    ada.add()
    ada.summarise().reads("It reopened.")
    ada.page.emulate_media(media="print")
    for shown in ("h1", "#summary-text", ".byline", ".coverage"):
        expect(ada.page.locator(shown)).to_be_visible()
    for hidden in (
        ".summary-controls",
        ".summary-settings",
        ".summary-uses",
        ".summary-links",
        "article",
        "header.site-header",
    ):
        expect(ada.page.locator(hidden)).to_be_hidden()
    after = "getComputedStyle(document.querySelector('#summary-text a[href^=http]'), '::after').content"
    assert ada.page.evaluate(after) == '" (https://example.org/harbour)"'
    text = ada.text.bounding_box()
    assert text["height"] > ada.page.viewport_size["height"]
    assert ada.text.evaluate("element => element.scrollHeight <= element.clientHeight + 1")


@pytest.mark.parametrize(("link", "name"), [("Markdown", "md"), ("text", "txt")])
def test_it_is_downloaded_under_the_name_of_the_document(anyone, provider, link, name):
    provider.script(says(ANSWER))
    anyone.add()
    anyone.press("start")
    anyone.comes_to("complete")
    with anyone.page.expect_download() as found:
        anyone.page.get_by_role("link", name=f"Download as {link}").click()
    assert found.value.suggested_filename == f"Summary of The harbour.{name}"


def test_where_there_is_nothing_to_take_along_nothing_offers_it(anyone):
    anyone.add()
    for control in ("copy", "print", "markdown", "plain"):
        expect(anyone.page.locator(f"#summary-{control}")).to_be_hidden()


def test_without_javascript_there_are_only_the_downloads(reader, signed_in, provider):
    ada = reader("ada", storage_state=signed_in("ada"), java_script_enabled=False).tab()
    ada.add()
    ada.press("start")
    ada.comes_to("complete")
    assert ada.page.locator(".summary-uses > :visible").evaluate_all("all => all.map(({id}) => id)") == [
        "summary-markdown",
        "summary-plain",
    ]
    expect(ada.page.locator("#summary-tell")).to_be_hidden()
