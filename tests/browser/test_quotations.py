"""What a summary quotes leads to the place it is from, and what is not in the text never stands as a quotation."""

import pytest
from playwright.sync_api import expect

from tests.provider import says

QUOTED, MADE_UP = "the toll was raised to nine shillings", "the toll was never raised"
PARAGRAPHS = [f"In the year {1700 + year} the harbour was dredged again, and the silt came back." for year in range(24)]
TEXT = "\n\n".join([*PARAGRAPHS[:20], f"In 1731 {QUOTED}, to the day.", *PARAGRAPHS[20:]])
SUMMARY = f"It says that “{QUOTED}”, and not that “{MADE_UP}”."
MARKS = set('“”"„«»')


@pytest.fixture
def quoted(ada, provider):
    """Ada's tab, with a summary that quotes something near the end of its text, and something that nobody wrote."""
    provider.script(says(SUMMARY))
    ada.add(TEXT)
    return ada.summarise()


def in_view(tab, name):
    return tab.page.evaluate(
        """name => {
      const { top, bottom } = document.getElementById(name).getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    }""",
        name,
    )


def test_only_the_quotation_that_is_in_the_text_is_one_and_a_link(quoted):
    expect(quoted.text).to_have_text(f"It says that “{QUOTED}”, and not that {MADE_UP}.")
    assert quoted.text.get_by_role("link").all_inner_texts() == [QUOTED]
    expect(quoted.page.locator("#p21")).to_contain_text(QUOTED)


@pytest.mark.parametrize("by", ["pointer", "keyboard"])
def test_following_it_brings_its_paragraph_into_view_and_marks_it(quoted, by):
    assert not in_view(quoted, "p21")
    if by == "pointer":
        quoted.text.get_by_role("link").click()
    else:
        quoted.tab_to("#summary-text a")
        quoted.page.keyboard.press("Enter")
    quoted.until(lambda: in_view(quoted, "p21"), "its paragraph is in view")
    grounds = [quoted.lightness(f"#{paragraph}")[0] for paragraph in ("p21", "p22")]
    assert quoted.page.locator(":target").get_attribute("id") == "p21"
    assert grounds[0] > grounds[1] == 0
    assert quoted.page.evaluate("document.querySelectorAll('.htmx-request').length") == 0


def test_back_returns_to_the_summary_as_it_was(quoted):
    quoted.page.evaluate("window.marker = 1")
    quoted.text.get_by_role("link").click()
    quoted.until(lambda: in_view(quoted, "p21"), "its paragraph is in view")
    quoted.page.go_back()
    quoted.until(lambda: in_view(quoted, "summary-heading"), "the summary is in view")
    assert quoted.page.locator(":target").count() == 0
    assert quoted.page.evaluate("marker") == 1
    quoted.page.go_forward()
    quoted.until(lambda: in_view(quoted, "p21"), "its paragraph is in view again")


def test_while_it_is_written_no_quotation_stands_that_was_not_looked_up(ada, in_steps):
    pieces = ["It says that “the toll was ", "raised to nine shillings”, and not that “the toll ", "was never raised”."]
    second, third = in_steps(*pieces)
    ada.add(TEXT)
    ada.press("start")
    ada.reads("It says that")
    ada.looks_again()
    second.set()
    ada.reads(f"“{QUOTED}”, and not that")
    ada.looks_again()
    third.set()
    ada.sees("complete").reads(MADE_UP)
    assert len(ada.summaries) >= 3
    assert [text for text in ada.summaries if MARKS & set(text.replace(f"“{QUOTED}”", ""))] == []


def test_the_marked_paragraph_can_be_read_in_either_colour_scheme_and_fits(quoted):
    quoted.text.get_by_role("link").click()
    for width, scheme in ((320, "light"), (1280, "dark")):
        quoted.page.set_viewport_size({"width": width, "height": 640})
        quoted.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert quoted.contrast("#p21") >= 7
        assert quoted.contrast("#summary-text a") >= 7
        assert quoted.overflow() <= 0
