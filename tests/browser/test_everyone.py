"""Every page in every state can be read and used by everyone: whatever their screen, their eyes and their settings.

Whether things fit is looked at in each window. Axe takes long, and finds the same in each but for what the width
changes; so by default it looks at each entry in one of them, and at the next entry in the next.
``EVERY_WINDOW=1 bin/test tests/browser/test_everyone.py`` has it look in all of them.
"""

import os
import shutil

import pytest
from playwright.sync_api import expect

from tests.support import stack
from tests.support.gallery import inspecting, sites
from tests.support.gallery.catalogue import CATALOGUE
from tests.support.gallery.standing import standing
from tests.support.gallery.visiting import Visit

# A usual screen, the same at twice the size, and the smallest telephone: in CSS pixels, and in those of the screen
# for each of them.
WINDOWS = ((1280, 1), (640, 2), (320, 1))
# RQ's dashboard is no work of ours, and has dozens of failings. An administrator finds on our own pages what is in it.
OURS = [entry for entry in CATALOGUE if entry.ours]
EVERY_WINDOW = bool(os.environ.get("EVERY_WINDOW"))


@pytest.fixture(scope="module")
def visit(browser, migrated_sqlite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    shutil.copy(migrated_sqlite, folder)
    with (
        stack.running(folder, queues=sites.IDLE_WORKER, **sites.VARIABLES) as running,
        standing(running.environment) as gallery,
        Visit(gallery, browser, running.address, reduced_motion="reduce") as visit,
    ):
        yield visit


@pytest.fixture(scope="module", params=OURS, ids=lambda entry: entry.name)
def seen(request, visit):
    """An entry's page, in a tab of its own, for one test after the other. Where it is an error, that is meant."""
    entry = request.param
    tab = visit.open(entry)
    yield tab
    if entry.status >= 400:
        tab.forgive("Failed to load resource")
    tab.page.close()
    assert tab.troubles == []


@pytest.fixture
def window(seen, request):
    """The one that it is this entry's turn to be looked at in."""
    entry = request.node.callspec.params["seen"]
    return WINDOWS[OURS.index(entry) % len(WINDOWS)]


def test_it_fits(seen):
    for width, scale in WINDOWS:
        inspecting.resize(seen, width, scale)
        assert inspecting.misfits(seen) == [], width
    inspecting.unfold(seen)
    for width, scale in WINDOWS:
        inspecting.resize(seen, width, scale)
        assert inspecting.misfits(seen) == [], f"{width}, unfolded"


def test_nothing_is_in_the_way_of_anybody(seen, window):
    inspecting.take_axe(seen)
    inspecting.unfold(seen)
    for width, scale in WINDOWS if EVERY_WINDOW else [window]:
        inspecting.resize(seen, width, scale)
        seen.page.emulate_media(color_scheme="light")
        assert inspecting.violations(seen, inspecting.RULES) == [], width
        seen.page.emulate_media(color_scheme="dark")
        assert inspecting.violations(seen, inspecting.CONTRAST) == [], f"{width}, dark"


def test_it_bears_what_a_reader_sets(seen):
    assert seen.page.evaluate("document.getAnimations().length") == 0, "though they want no motion"
    inspecting.unfold(seen)
    for direction in ("rtl", "ltr"):
        seen.page.evaluate("direction => document.documentElement.dir = direction", direction)
        for width, scale in WINDOWS:
            inspecting.resize(seen, width, scale)
            assert inspecting.misfits(seen) == [], f"{width}, {direction}"
    inspecting.space_out(seen)
    for width, scale in WINDOWS:
        inspecting.resize(seen, width, scale)
        assert inspecting.misfits(seen) == [], f"{width}, spaced out"
    seen.page.emulate_media(forced_colors="active")
    assert inspecting.without_edges(seen) == []


def test_on_paper_there_is_the_summary_under_its_title_and_nothing_to_press(visit):
    page = visit.open(next(entry for entry in OURS if entry.name == "summary-complete")).page
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#summary-text")).to_be_visible()
    expect(page.locator("article")).to_be_hidden()
    for pressed in page.locator("button, input, select, summary, nav, .site-header, .site-footer").all():
        expect(pressed).to_be_hidden()
    page.close()
