"""A file or a page is read while its reader watches: title, text and summary panel come into the page that is there."""

import re
import signal
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.site import HARBOUR, NEWS
from tests.provider import says
from tests.support import servers
from tests.support.files import a_pdf

MINUTES = {"minutes.pdf": a_pdf("The council met in May.\nIt voted for the dredging.", title="Minutes of the council")}
READING, HERE, READ = "Reading minutes", "The text is here.", re.compile("It voted for the dredging")
CHECKED = re.compile(r"Still reading\. Checked at \d\d:\d\d:\d\d\.")


@pytest.fixture
def resume(running):
    """What lets the worker, which stands still, go on: until then nothing that is added is read."""
    servers.freeze(running.worker.signal_tree, running.environment["DATABASE_URL"])
    yield partial(running.worker.signal_tree, signal.SIGCONT)
    running.worker.signal_tree(signal.SIGCONT)


# -- files ---------------------------------------------------------------------------------------------


def test_the_text_comes_into_the_page_that_is_there(ada, resume):
    ada.add_files(MINUTES).page.evaluate("window.marker = 1")
    expect(ada.page.locator("#extraction-status")).to_have_text(READING)
    expect(ada.page.locator("#no-text")).to_be_visible()
    resume()
    expect(ada.page.locator("article")).to_have_text(READ)
    expect(ada.page.locator("h1")).to_have_text("Minutes of the council")
    assert ada.page.evaluate("marker") == 1
    assert (ada.announcements, ada.speakers) == ([HERE], ["extraction-status"])
    assert ada.page.locator("[aria-live]").count() == 2


@pytest.mark.parametrize(
    ("focused", "width"), [("body", 320), ("#extraction-check", 1280), ("#extraction-cancel", 320)]
)
def test_its_coming_leaves_the_focus_and_the_controls_as_they_are(ada, resume, focused, width):
    ada.page.set_viewport_size({"width": width, "height": 800})
    ada.add_files(MINUTES, title="Minutes of May").page.locator(focused).focus()
    ada.forget()
    ada.page.evaluate("window.focused = document.activeElement")
    before = ada.boxes("check", "cancel", of="extraction")
    resume()
    expect(ada.page.locator("article")).to_have_text(READ)
    assert ada.page.evaluate("document.activeElement === focused && focused.isConnected")
    assert ada.page.evaluate("noticed.focusins") == []
    assert ada.keeps("extraction-status", "extraction-check", "extraction-cancel", "extraction-start")
    after = ada.boxes("check", "cancel", of="extraction")
    assert after[0] == before[0]
    assert ada.page.locator("#extraction-cancel").is_visible() == ("cancel" in focused)


def test_the_panel_that_came_with_it_writes_the_summary(ada, resume, provider, hold):
    ada.add_files(MINUTES)
    resume()
    rest = hold()
    ada.press("start")
    ada.reads("The channel")
    ada.looks_again(2)
    rest.set()
    ada.sees("complete").reads("The channel silted up.")
    assert ada.announcements == [HERE, "Summarising Minutes of the council", "Summary ready"]
    assert ada.speakers == ["extraction-status", "summary-status", "summary-status"]
    assert ada.keeps("summary-status", "summary-start", "summary-check", "summary-form")


def test_back_and_forward_show_how_things_stand(ada, resume):
    ada.add_files(MINUTES)
    ada.page.goto("/documents")
    resume()
    ada.page.go_back()
    expect(ada.page.locator("article")).to_have_text(READ)
    ada.page.go_forward()
    ada.page.wait_for_url("**/documents")
    ada.page.go_back()
    expect(ada.page.locator("article")).to_have_text(READ)
    expect(ada.page.locator("#summary-start")).to_be_visible()


def test_without_javascript_every_check_reaches_the_server(reader, signed_in, ada, resume):
    plain = reader("ada", storage_state=signed_in("ada"), java_script_enabled=False).tab().add_files(MINUTES)
    for pressed in (1, 2, 3):
        plain.press("check", of="extraction")
        expect(plain.page.locator("#extraction-status")).to_have_text(CHECKED)
        assert len(plain.visits(plain.document)) == 1 + pressed
    resume()
    plain.until(lambda: plain.page.locator("article").count() or plain.press("check", of="extraction"), "it is read")
    expect(plain.page.locator("h1")).to_have_text("Minutes of the council")
    plain.press("start")
    plain.comes_to("complete")


def badges(tab):
    """What the library says of each document, by its title."""
    titles, states = (tab.page.locator(f".library {what}").all_inner_texts() for what in ("h2", ".badge"))
    return dict(zip(titles, states, strict=True))


def test_several_files_lead_to_the_library_and_their_states(reader, resume):
    ben = (
        reader("ben")
        .sign_up()
        .add_files(MINUTES | {"torn.pdf": b"%PDF-1.4 torn", "photo.png": b"\x89PNG\r\n\x1a\n..."})
    )
    expect(ben.page.locator(".flash")).to_contain_text([re.compile("photo.png: "), "Added 2 documents."])
    assert badges(ben) == {"torn": "Text being read", "minutes": "Text being read"}
    resume()
    states = {"torn": "Could not be read", "Minutes of the council": "No summary yet"}
    ben.until(lambda: ben.page.reload() and badges(ben) == states, "both are done")


# -- pages ---------------------------------------------------------------------------------------------


def test_a_page_brings_its_title_and_a_link_to_where_it_was(ada, site):
    address = site.serve("/page")
    ada.add_page(address)
    expect(ada.page.locator("h1")).to_have_text("The harbour")
    expect(ada.page.locator("article")).to_contain_text(HARBOUR.strip())
    expect(ada.page.get_by_role("link", name="/page")).to_have_attribute("href", address)


def test_fetching_again_says_that_nothing_had_changed_and_moves_nothing(fetched):
    before = fetched.boxes("check", "start", of="extraction")
    fetched.forget()
    fetched.press("start", of="extraction")
    expect(fetched.page.locator("#extraction-body")).to_contain_text("Nothing had changed in its text.")
    assert fetched.announcements == ["Fetching The harbour", "Nothing had changed."]
    assert set(fetched.speakers) == {"extraction-status"}
    assert fetched.boxes("check", "start", of="extraction") == before
    assert fetched.page.locator("#extraction-newer").count() == 0


def test_a_changed_text_is_a_link_away_and_the_summary_is_then_out_of_date(fetched, site, provider):
    provider.script(says("It silted up."))
    fetched.summarise()
    site.serve("/page", NEWS)
    fetched.press("start", of="extraction")
    expect(fetched.page.locator("#extraction-status")).to_have_text("The text has changed.")
    expect(fetched.page.locator("article")).to_contain_text(HARBOUR.strip())
    fetched.page.get_by_role("link", name="Show the new text").click()
    expect(fetched.page.locator("article")).to_contain_text(NEWS.strip())
    expect(fetched.body).to_have_attribute("data-stale", "true")
    expect(fetched.text).to_have_text("It silted up.")


def test_a_silent_site_can_be_given_up_and_asked_again(ada, site, let):
    ada.add_page(site.keep_silent("/page", let))
    ada.until(lambda: site.requests, "it is being fetched")
    ada.press("cancel", of="extraction")
    ada.sees("cancelled", of="extraction")
    expect(ada.page.locator("#no-text")).to_be_hidden()
    assert ada.announcements == ["Stopped"]
    let.set()
    ada.press("start", of="extraction")
    expect(ada.page.locator("article")).to_contain_text(HARBOUR.strip())
    assert [re.sub(r"\S+/page", "it", said) for said in ada.announcements] == ["Stopped", "Fetching it", HERE]


def test_a_failure_says_why_and_the_text_can_be_pasted_instead(ada, site):
    ada.add_page(site.page("/page", status=404), title="The lost page").sees("failed", of="extraction")
    expect(ada.page.locator("#extraction-body")).to_contain_text("The site says that there is no page at this address.")
    assert ada.announcements == ["The text could not be read."]
    ada.page.get_by_role("link", name="paste the text").click()
    ada.page.get_by_label("Text").fill("What the page had said.")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.locator("article")).to_contain_text("What the page had said.")
    ada.summarise()


def test_a_second_tab_sees_the_same(ada, site, let):
    document = ada.add_page(site.keep_silent("/page", let)).document
    other = ada.reader.tab().open(document)
    let.set()
    for tab in (ada, other):
        expect(tab.page.locator("article")).to_contain_text(HARBOUR.strip())
        assert tab.announcements == [HERE]
