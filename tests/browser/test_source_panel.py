"""The panel of a document's source: beside the summary's on one page, and on every screen."""

from datetime import datetime, timedelta
from operator import gt

import pytest
from playwright.sync_api import expect

from tests.browser.site import NEWS
from tests.browser.test_calm import WORD, fits

GONE, BACK = "The server does not answer. This page keeps trying.", "Connected again."
WATCHDOG = 15 * 1000


@pytest.fixture
def following(fetched, site, let, hold):
    """A page that follows its source and its summary at once, on whose clock only the test lets time pass."""
    hold()
    site.keep_silent("/page", let, NEWS)
    fetched.page.clock.install()
    fetched.open(fetched.document).page.clock.pause_at(datetime.now() + timedelta(hours=1))
    for panel in ("extraction", "summary"):
        fetched.press("start", of=panel)
        fetched.until(lambda: not fetched.busy, "the press is answered")
    fetched.page.clock.run_for(WATCHDOG)
    fetched.until(lambda: not fetched.busy, "the polls are answered")
    fetched.forget()
    return fetched


def looks(tab):
    """How often it asked for its source, and for its summary."""
    return [sum(f"/{panel}/status" in address for address in tab.looks) for panel in ("extraction", "summary")]


def test_a_hidden_tab_asks_for_neither(following):
    before = looks(following)
    following.page.evaluate("lookAway()")
    following.page.clock.run_for(10 * WATCHDOG)
    assert looks(following) == before
    following.page.evaluate("lookBack()")
    following.until(lambda: all(map(gt, looks(following), before)), "both ask again")


def test_a_lost_network_is_said_once_and_so_is_that_it_is_back(following, let):
    following.page.route("**/status*", lambda route: route.abort("connectionrefused"))
    for _ in range(5):
        failed = looks(following)
        following.page.clock.run_for(WATCHDOG)
        following.until(lambda so=failed: all(map(gt, looks(following), so)) and not following.busy, "both fail")
    assert following.announcements == [GONE]
    following.page.unroute("**/status*")
    following.page.clock.run_for(WATCHDOG)
    following.until(lambda: BACK in following.announcements, "it is back")
    following.page.clock.run_for(WATCHDOG)
    assert following.announcements == [GONE, BACK]
    let.set()
    for words in ("ERR_CONNECTION_REFUSED", "htmx:sendError"):
        following.forgive(words)


# -- how it looks ----------------------------------------------------------------------------------------


def fits_at_every_width(tab):
    """On small telephones, and on a usual screen at twice the size."""
    for width in (320, 360, 640):
        tab.page.set_viewport_size({"width": width, "height": 640})
        if not fits(tab):
            return False
    return True


def test_every_state_fits_with_long_names_and_addresses(ada, site, let):
    ada.page.goto("/documents/new")
    assert fits_at_every_width(ada), "the form"
    ada.add_page(site.keep_silent(f"/{WORD.encode().hex()}", let)).sees("processing", of="extraction")
    assert fits_at_every_width(ada), "while it is fetched"
    let.set()
    ada.page.locator("article").wait_for()
    assert fits_at_every_width(ada.open(ada.document)), "at rest"
    ada.add_files({f"{WORD}.pdf": b"%PDF-1.4 torn"}).sees("failed", of="extraction")
    assert fits_at_every_width(ada), "failed"
    ada.page.goto("/documents")
    assert fits_at_every_width(ada), "the library"


def test_what_the_panel_says_can_be_read_in_either_colour_scheme(ada, site):
    ada.add_page(site.page("/page", status=404)).sees("failed", of="extraction")
    for scheme in ("light", "dark"):
        ada.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for shown in ("-body p", " .hint", " a", "-start", "-status"):
            assert ada.contrast(f"#extraction{shown}") >= 4.5, (scheme, shown)


def test_on_paper_there_is_the_text_without_its_panel(fetched):
    fetched.page.emulate_media(media="print")
    expect(fetched.page.locator("#extraction")).to_be_hidden()
    expect(fetched.page.locator("article")).to_be_visible()
