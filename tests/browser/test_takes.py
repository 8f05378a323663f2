"""Several takes of one summary, of which a person chooses; and its length, style and language."""

import pytest
from playwright.sync_api import expect

from tests.provider import fails, says

STARTED = "Summarising The harbour"
BRIEF_BULLETS, LONG_PROSE = "Write three bullet points", "Write four to six paragraphs"


def regenerate(ada, answer, provider, reads):
    provider.script(answer)
    ada.press("regenerate")
    ada.comes_to("complete").reads(reads)


@pytest.fixture
def takes(ada, provider):
    """A document with two takes."""
    provider.script(says("First take."))
    document = ada.add()
    ada.summarise().reads("First take.")
    provider.script(says("Second take."))
    ada.press("regenerate")
    ada.reads("Second take.").sees("complete")
    return document


def take(tab, number):
    return tab.page.get_by_role("region", name=f"Take {number}")


def test_two_takes_are_compared_side_by_side(ada, takes):
    ada.page.get_by_role("link", name="Compare takes").click()
    expect(take(ada, 1)).to_contain_text("First take.")
    expect(take(ada, 2)).to_contain_text("Second take.")
    expect(take(ada, 2)).to_contain_text("This is what everyone reads")
    first, second = take(ada, 1).bounding_box(), take(ada, 2).bounding_box()
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"]
    words = [take(ada, number).locator(".prose").bounding_box()["y"] for number in (1, 2)]
    assert words[0] == words[1]


def test_a_take_chosen_by_keyboard_is_what_everyone_reads_for_nothing(ada, ben, takes, provider):
    ada.share(takes, ben.reader.email)
    ben.open(takes).reads("Second take.")
    ada.page.goto(f"/documents/{takes}/summary/takes")
    ada.tab_to("[aria-labelledby=take-1] button")
    ada.page.keyboard.press("Enter")
    expect(take(ada, 1)).to_contain_text("This is what everyone reads")
    expect(ada.page.get_by_text("Take 1 is the one that everyone reads")).to_be_visible()
    ben.press("check")
    ben.reads("First take.")
    assert ada.open(takes).text.inner_text() == "First take."
    assert len(provider.calls) == 2


def test_a_check_that_brings_another_take_says_so(ada, takes):
    other = ada.reader.tab().open(takes)
    other.until(lambda: not other.polls, "the check on load is over")
    ada.page.goto(f"/documents/{takes}/summary/takes")
    ada.page.get_by_role("button", name="Use take 1").click()
    for said in ("Brought up to date. Checked at", "Nothing new. Checked at"):
        other.forget()
        other.press("check")
        expect(other.status).to_contain_text(said)
        assert len(other.announcements) == 1
    other.reads("First take.")


def test_any_two_of_many_are_compared(ada, takes, provider):
    regenerate(ada, says("Third take."), provider, "Third take.")
    ada.page.goto(f"/documents/{takes}/summary/takes")
    expect(take(ada, 1)).to_have_count(0)
    ada.page.get_by_label("Left").select_option(label=ada.page.locator("#take-left option").first.inner_text())
    ada.page.get_by_role("button", name="Compare").click()
    expect(take(ada, 1)).to_contain_text("First take.")
    expect(take(ada, 3)).to_contain_text("Third take.")
    expect(take(ada, 2)).to_have_count(0)


def test_a_viewer_compares_but_chooses_nothing(ada, ben, takes):
    ada.share(takes, ben.reader.email)
    ben.open(takes).page.get_by_role("link", name="Compare takes").click()
    expect(take(ben, 1)).to_contain_text("First take.")
    expect(ben.page.get_by_role("button", name="Use take 1")).to_have_count(0)
    assert ben.open(takes).shown_controls() == ["start", "check"]


def test_a_take_that_fails_changes_nothing_and_says_why_once(ada, takes, provider):
    provider.script(fails(401), says("Third take."))
    ada.forget()
    ada.press("regenerate")
    expect(ada.body).to_contain_text("did not accept this site's key")
    assert ada.announcements == [STARTED, "Summary failed. You can try again."]
    assert ada.text.inner_text() == "Second take."
    expect(ada.page.locator("#summary-earlier")).to_be_empty()
    assert ada.shown_controls() == ["start", "check", "regenerate"]
    ada.press("regenerate")
    ada.reads("Third take.")


def test_the_receipt_of_each_take_is_at_hand(ada, takes):
    ada.page.goto(f"/documents/{takes}/summary/takes")
    ada.page.get_by_role("link", name="Receipt of take 1").click()
    expect(ada.page.locator("dl div", has_text="Take")).to_have_text("Take1")
    expect(ada.page.locator("dl div", has_text="Cost")).to_contain_text("at the price of that day")


# -- length, style and language ----------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["scripted", "plain"])
def chooser(request, reader):
    """Somebody who has chosen nothing yet, with JavaScript and without."""
    return reader("ada", java_script_enabled=request.param).sign_up()


def test_summarise_sends_the_form_that_was_chosen(chooser, provider):
    provider.script(says("- In brief."))
    chooser.add()
    chooser.choose(length="Short", style="Bullet points", language="German")
    chooser.press("start")
    chooser.comes_to("complete").reads("In brief.")
    instructions = provider.calls[0].instructions
    assert BRIEF_BULLETS in instructions
    assert "Write in German" in instructions


def test_regenerate_sends_the_form_that_was_chosen(chooser, provider):
    provider.script(says("As usual."), says("At length."))
    chooser.add()
    chooser.press("start")
    chooser.comes_to("complete").reads("As usual.")
    chooser.choose(length="Long")
    chooser.press("regenerate")
    chooser.until(lambda: len(provider.calls) == 2, "it is asked for")
    chooser.comes_to("complete").reads("At length.")
    assert LONG_PROSE in provider.calls[1].instructions


def test_the_choice_is_remembered_on_another_document(chooser, provider):
    chooser.add()
    chooser.choose(length="Short", style="Bullet points").press("start")
    chooser.comes_to("complete")
    chooser.add(title="The lighthouse")
    assert chooser.page.get_by_label("Length", exact=True).input_value() == "short"
    chooser.press("start")
    chooser.comes_to("complete")
    assert [BRIEF_BULLETS in call.instructions for call in provider.calls] == [True, True]


def test_each_form_is_kept_and_going_back_to_one_costs_nothing(chooser, provider):
    provider.script(says("As usual."), says("In brief."))
    chooser.add()
    chooser.press("start")
    chooser.comes_to("complete").reads("As usual.")
    chooser.choose(length="Short").press("start")
    chooser.until(lambda: len(provider.calls) == 2, "it is asked for")
    chooser.comes_to("complete").reads("In brief.")
    chooser.page.reload()
    chooser.choose(length="Medium").press("start")
    chooser.reads("As usual.")
    assert len(provider.calls) == 2


def test_the_choices_are_reached_and_made_by_keyboard(reader, provider):
    ada = reader("ada").sign_up()
    ada.add()
    ada.tab_to("#summary-options > summary")
    ada.page.keyboard.press("Enter")
    ada.tab_to("#summary-length")
    ada.page.keyboard.type("Short")
    ada.page.locator("#summary-start").press("Enter")
    ada.sees("complete")
    assert "at most 60 words" in provider.calls[0].instructions
