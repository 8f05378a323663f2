"""The usage page in front of its reader: what was read shows up, nothing is cut off, and charts have their tables."""

import re

import pytest
from playwright.sync_api import expect

from tests.provider import says

TITLE = "A title that is as long as titles come, about the harbour and all that was said of it " * 2


@pytest.fixture
def uma(reader, provider):
    """Somebody who has one document, whose summary was written and read."""
    provider.script(says("A summary."))
    uma = reader("uma").sign_up()
    uma.add(title=TITLE)
    return uma.summarise()


@pytest.fixture
def usage(uma):
    """Her usage page, once the call is on it."""

    def shown():
        uma.page.goto("/usage")
        return uma.page.get_by_role("link", name=TITLE[:60]).count()

    uma.until(shown, "the call is on the usage page")
    return uma


def test_a_call_and_its_cost_are_on_the_page_the_moment_it_has_ended(usage):
    assert re.fullmatch(r"\$\d+\.\d+", usage.page.locator("#usage-spent").inner_text())
    assert usage.page.locator("#usage-calls").inner_text() == "1"


def test_each_chart_has_a_name_and_the_same_figures_in_a_table(usage):
    chart = usage.page.get_by_role("img", name=re.compile("Cost by day"))
    expect(chart).to_be_visible()
    usage.page.get_by_text("The same as a table").click()
    days = usage.page.locator("section:has(#days-heading) tbody tr")
    expect(days.last).to_be_visible()
    assert days.count() >= chart.locator("rect").count() > 0


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_cut_off_and_the_page_does_not_move_sideways(usage, width):
    usage.page.set_viewport_size({"width": width, "height": 800})
    assert usage.overflow() <= 0
    assert usage.small_targets() == []


def test_a_wide_table_is_moved_by_the_keyboard(usage):
    usage.page.set_viewport_size({"width": 320, "height": 800})
    usage.tab_to("[aria-labelledby=by-document] .scrolls")
    before = usage.page.evaluate("document.activeElement.scrollLeft")
    usage.page.keyboard.press("ArrowRight")
    usage.until(lambda: usage.page.evaluate("document.activeElement.scrollLeft") > before, "the table has moved")


def test_without_javascript_it_is_the_same_page(reader, usage):
    plain = reader("uma", storage_state=usage.reader.context.storage_state(), java_script_enabled=False).tab()
    plain.page.goto("/usage")
    expect(plain.page.locator("#usage-calls")).to_have_text(usage.page.locator("#usage-calls").inner_text())
    expect(plain.page.get_by_role("link", name="Every call (CSV)")).to_be_visible()
