"""The library in a real browser: searched as one types, filtered, and several documents chosen at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.reader import A_DOCUMENT, Tab

LONG = "Aldwick" * 25


@pytest.fixture
def shelf(reader):
    """Somebody whose library holds two documents of their own, and is open."""

    def open_library(titles: tuple[str, ...] = ("The harbour", "The minutes"), **browser_options) -> Tab:
        tab = reader("ada", **browser_options).sign_up()
        for title in titles:
            tab.add(title=title)
        tab.page.goto("/documents")
        return tab

    return open_library


def searches(tab: Tab) -> list[str]:
    return [request.url for request in tab.requests if "/documents?q=" in request.url]


def titles(tab: Tab) -> list[str]:
    return tab.page.locator(".library h2").all_inner_texts()


def has_focus(tab: Tab, selector: str) -> bool:
    return tab.page.evaluate("selector => document.activeElement.matches(selector)", selector)


def test_typing_searches_keeps_the_focus_and_says_once_what_was_found(shelf):
    ada = shelf()
    field = ada.page.get_by_label("Search titles")
    field.press_sequentially("harb")
    expect(ada.page).to_have_url(re.compile(r"/documents\?q=harb$"))
    assert titles(ada) == ["The harbour"]
    assert ada.announcements == ["1 document found"]
    assert ada.speakers == ["library-status"]
    expect(ada.page).to_have_title("“harb” in the library – Foreword")
    field.press_sequentially("x")
    expect(ada.page.get_by_role("heading", name="Nothing found for “harbx”")).to_be_visible()
    assert ada.announcements == ["1 document found", "Nothing found"]
    assert has_focus(ada, "#q")
    assert ada.page.evaluate("noticed.focusins") == ["q"]


def test_enter_asks_at_once_and_for_the_same_again_says_nothing_more(shelf):
    ada = shelf()
    ada.page.get_by_label("Search titles").press_sequentially("harb")
    for asked in (1, 2):
        ada.page.keyboard.press("Enter")
        ada.until(lambda so_often=asked: len(searches(ada)) == so_often and not ada.busy, "it is answered")
    expect(ada.page.locator(".library > li")).to_have_count(1)
    assert ada.announcements == ["1 document found"]
    assert has_focus(ada, "#q")


def test_back_leads_to_the_search_before_and_says_nothing(shelf):
    ada = shelf()
    ada.page.get_by_label("Search titles").press_sequentially("harb")
    expect(ada.page.locator(".library > li")).to_have_count(1)
    ada.page.get_by_role("link", name="The harbour").click()
    ada.page.go_back()
    expect(ada.page.locator(".library > li")).to_have_count(1)
    expect(ada.page.get_by_label("Search titles")).to_have_value("harb")
    ada.page.go_back()
    expect(ada.page.locator(".library > li")).to_have_count(2)
    expect(ada.page.get_by_label("Search titles")).to_have_value("")
    assert ada.announcements == []


def test_a_filter_works_as_it_is_chosen_and_can_be_taken_away(shelf):
    ada = shelf()
    ada.page.get_by_text("Filter and sort").click()
    ada.page.get_by_label("State").select_option("Failed")
    expect(ada.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert ada.announcements == ["Nothing found"]
    ada.page.get_by_role("link", name="Take away: Failed").click()
    expect(ada.page.locator(".library > li")).to_have_count(2)


def test_a_search_that_the_server_does_not_answer_is_told_and_one_that_it_refuses_leads_to_the_reason(shelf):
    ada = shelf()
    ada.page.route("**/documents?q=*", lambda route: route.abort())
    ada.page.get_by_label("Search titles").press_sequentially("harb")
    expect(ada.page.locator("#library-status")).to_have_text("The server did not answer. Try again.")
    ada.forgive("ERR_FAILED")
    ada.forgive("htmx:sendError")
    ada.page.unroute("**/documents?q=*")
    ada.reader.context.clear_cookies()
    ada.page.keyboard.type("o")
    ada.page.wait_for_url(re.compile(r"/login\?next="))
    ada.forgive("401")
    ada.forgive("htmx:responseError")


def test_the_same_form_works_without_javascript(shelf):
    ada = shelf(java_script_enabled=False)
    ada.page.get_by_label("Search titles").fill("harb")
    ada.page.get_by_role("button", name="Search").click()
    assert titles(ada) == ["The harbour"]
    expect(ada.page.get_by_role("button", name="Select all on this page")).to_be_hidden()
    ada.page.get_by_label("Select The harbour").check()
    ada.page.get_by_role("button", name="Delete…").click()
    ada.page.get_by_role("button", name="Delete 1 document").click()
    expect(ada.page.locator(".flash")).to_have_text("Deleted 1 document.")
    expect(ada.page.get_by_label("Search titles")).to_have_value("harb")


def test_several_are_selected_and_summarised_by_keyboard_alone(shelf):
    ada = shelf()
    ada.tab_to("[aria-label='Select The minutes']")
    ada.page.keyboard.press("Space")
    ada.tab_to("[aria-label='Select The harbour']")
    ada.page.keyboard.press("Space")
    ada.tab_to("[value=summarise]")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Summarise 2 documents?")
    ada.tab_to("main button")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".flash")).to_have_text("Summarising 2 documents.")


def test_all_are_selected_with_one_press_also_after_a_search(shelf):
    ada = shelf()
    boxes, everything = ada.page.locator(".library :checked"), ada.page.get_by_role("button", name="Select all")
    everything.click()
    expect(boxes).to_have_count(2)
    everything.click()
    expect(boxes).to_have_count(0)
    ada.page.get_by_label("Search titles").press_sequentially("harb")
    expect(ada.page.locator(".library > li")).to_have_count(1)
    everything.click()
    expect(boxes).to_have_count(1)


def test_a_click_on_a_box_selects_one_on_a_tag_filters_and_one_elsewhere_opens_the_document(shelf):
    ada = shelf()
    ada.page.get_by_role("link", name="The harbour").click()
    ada.page.get_by_role("link", name="Edit").click()
    ada.page.get_by_label("Tags").fill("port")
    ada.page.get_by_role("button", name="Save").click()
    ada.page.goto("/documents")
    ada.page.get_by_label("Select The harbour").click()
    expect(ada.page.get_by_label("Select The harbour")).to_be_checked()
    ada.page.locator(".library").get_by_role("link", name="port").click()
    expect(ada.page.locator(".library > li")).to_have_count(1)
    ada.page.locator(".library > li").click(position={"x": 300, "y": 5})
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("The harbour")


@pytest.mark.parametrize("width", [320, 1280])
def test_long_titles_and_tags_fit_and_everything_can_be_hit(shelf, width):
    ada = shelf(titles=(LONG,), viewport={"width": width, "height": 700})
    ada.page.get_by_role("link", name=LONG).click()
    ada.page.get_by_role("link", name="Edit").click()
    ada.page.get_by_label("Tags").fill(f"{'t' * 40}, port")
    ada.page.get_by_role("button", name="Save").click()
    ada.page.wait_for_url(A_DOCUMENT)
    assert (ada.overflow(), ada.small_targets()) == (0, [])
    ada.page.goto(f"/documents?q={LONG[:40]}&tag={'t' * 40}&state=none&sort=title")
    ada.page.get_by_role("checkbox").check()
    assert (ada.overflow(), ada.small_targets()) == (0, [])
    ada.page.get_by_role("button", name="Delete…").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Delete 1 document?")
    assert (ada.overflow(), ada.small_targets()) == (0, [])


def test_what_can_be_done_with_the_selected_hides_nothing_that_has_the_focus(shelf):
    ada = shelf(titles=tuple(f"Number {n}" for n in range(6)), viewport={"width": 1000, "height": 600})
    ada.page.get_by_role("checkbox").first.check()
    for _ in range(14):
        ada.page.keyboard.press("Tab")
        assert ada.page.evaluate("""() => {
            const focused = document.activeElement, bar = document.querySelector(".selection");
            if (bar.contains(focused) || !focused.closest(".library")) return true;
            return focused.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top + 1;
        }""")
