"""The main job in a real browser: a document is added, somebody presses Summarise, and everyone reads the summary."""

import pytest
from playwright.sync_api import expect

from tests.provider import fails, says


def test_the_summary_is_read_as_it_is_written_without_a_reload(ada, hold):
    rest = hold("The channel ", "**silted** up.")
    ada.add()
    ada.page.evaluate("window.marker = 1")
    ada.press("start")
    ada.sees("processing").reads("The channel")
    rest.set()
    ada.sees("complete")
    expect(ada.text).to_have_text("The channel silted up.")
    expect(ada.text.locator("strong")).to_have_text("silted")
    assert ada.page.evaluate("window.marker") == 1


def test_a_reload_and_another_tab_show_it_at_once_for_nothing(ada, provider):
    provider.script(says("Dredged in 1710."))
    document = ada.add()
    ada.summarise()
    ada.page.reload()
    assert ada.text.inner_text() == "Dredged in 1710."
    assert ada.reader.tab().open(document).text.inner_text() == "Dredged in 1710."
    assert len(provider.calls) == 1


def test_after_an_edit_the_old_summary_stays_readable_until_there_is_a_new_one(ada, provider, hold):
    provider.script(says("About the harbour."))
    ada.add()
    ada.summarise()
    ada.page.get_by_role("link", name="Edit").click()
    ada.page.get_by_label("Text").fill("A lighthouse stands where the harbour was.")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.body).to_have_attribute("data-stale", "true")
    expect(ada.body).to_contain_text("the text changed in")
    expect(ada.text).to_have_text("About the harbour.")
    rest = hold("About ", "the lighthouse.")
    ada.press("start")
    ada.reads("About ")
    expect(ada.page.locator("#summary-earlier")).to_contain_text("About the harbour.")
    rest.set()
    ada.sees("complete").reads("About the lighthouse.")
    expect(ada.body).to_have_attribute("data-stale", "false")


def test_after_logging_out_another_person_finds_nothing_there(reader, ben):
    ada = reader("ada").sign_up()
    document = ada.add()
    ada.summarise()
    ada.page.get_by_role("button", name="Log out").click()
    expect(ada.page.get_by_text("You are logged out.")).to_be_visible()
    for address in (f"/documents/{document}", f"/documents/{document}/summary/status"):
        assert ben.page.goto(address).status == 404
    expect(ben.page.get_by_role("main")).to_contain_text("Nothing is here")
    ben.forgive("404")


def test_a_file_is_uploaded_and_summarised(ada, provider, tmp_path):
    file = tmp_path / "Minutes of May.txt"
    file.write_text("The council met in May. It voted for the dredging of the channel.")
    ada.page.goto("/documents/new")
    ada.page.get_by_label("File").set_input_files(file)
    ada.page.get_by_role("button", name="Add the document").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Minutes of May")
    ada.summarise()
    assert provider.calls[0].document == file.read_text()


def test_the_library_shows_the_state_of_each_summary(reader, provider, hold):
    ada = reader("ada").sign_up()
    provider.script(says("Good."), fails(401))
    ada.add(title="Ready")
    ada.summarise()
    ada.add(title="Refused")
    ada.press("start")
    ada.sees("failed")
    rest = hold("Half ")
    ada.add(title="Unfinished")
    ada.press("start")
    ada.reads("Half")
    ada.add(title="Untouched")
    ada.page.goto("/documents")
    for title, state in {
        "Ready": "Summary ready",
        "Refused": "Failed",
        "Unfinished": "Being written",
        "Untouched": "No summary yet",
    }.items():
        row = ada.page.get_by_role("listitem").filter(has_text=title)
        expect(row.locator(".badge")).to_have_text(state)
    rest.set()


def test_deleting_asks_first(ada):
    document = ada.add(title="Old minutes")
    ada.page.get_by_role("button", name="Delete").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Delete this document?")
    ada.page.get_by_role("link", name="Cancel").click()
    ada.page.get_by_role("button", name="Delete").click()
    ada.page.get_by_role("button", name="Delete the document").click()
    expect(ada.page.get_by_text("Deleted “Old minutes”.")).to_be_visible()
    assert ada.page.goto(f"/documents/{document}").status == 404
    ada.forgive("404")


def test_two_tabs_of_one_person_agree(ada, hold, provider):
    rest = hold()
    document = ada.add()
    other = ada.reader.tab().open(document)
    ada.press("start")
    other.press("start")
    for tab in (ada, other):
        tab.reads("The channel")
    rest.set()
    for tab in (ada, other):
        tab.sees("complete").reads("The channel silted up.")
    assert len(provider.calls) == 1


def test_two_people_with_the_same_text_have_a_summary_each(ada, ben, provider):
    provider.script(says("For Ada."), says("For Ben."))
    ada.add()
    ada.summarise().reads("For Ada.")
    ben.add()
    ben.summarise().reads("For Ben.")


@pytest.mark.parametrize("clicks", [2, 5])
def test_quick_clicks_on_summarise_are_one_call(ada, hold, provider, clicks):
    rest = hold()
    ada.add()
    ada.page.locator("#summary-start").click(click_count=clicks)
    ada.reads("The channel")
    rest.set()
    ada.sees("complete")
    assert len(provider.calls) == 1
    assert set(ada.announcements) == {"Summarising The harbour", "Summary ready"}


@pytest.mark.parametrize("width", [320, 390, 600, 1280])
def test_a_second_click_never_lands_on_another_control(ada, hold, width):
    ada.page.set_viewport_size({"width": width, "height": 800})
    rest = hold()
    ada.add()
    before = ada.boxes("start", "check")
    ada.press("start")
    ada.reads("The channel")
    stop, body = ada.boxes("start", "check", "cancel"), ada.body.bounding_box()
    assert stop[:2] == before
    rest.set()
    ada.sees("complete")
    after = ada.boxes("start", "check", "regenerate")
    assert after[:2] == before
    assert after[2]["x"] >= stop[2]["x"] + stop[2]["width"]
    assert ada.body.bounding_box()["y"] == body["y"]
