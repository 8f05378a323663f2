"""The main job: a document is added, somebody presses Summarise, and everyone reads the summary."""

from tests.provider import says
from tests.support.people import TEXT


def test_a_fresh_document_has_no_summary_and_says_what_to_do(ada):
    panel = ada.panel(ada.add())
    assert panel.state == "none"
    assert panel.status == ""
    assert "Press Summarise" in panel.notice


def test_pressing_answers_at_once_without_calling_the_provider(ada, provider):
    document = ada.add()
    response = ada.summarise(document)
    assert response.status_code == 303
    assert response.location == f"/documents/{document}#summary"
    assert ada.panel(document).state == "pending"
    assert provider.calls == []


def test_the_summary_is_in_the_page_once_a_worker_has_written_it(ada, provider, work):
    provider.script(says("The channel **silted** up and was dredged."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    panel = ada.panel(document)
    assert (panel.state, panel.stale) == ("complete", False)
    assert panel.text == "The channel silted up and was dredged."
    assert panel.one("#summary-text strong").text == "silted"


def test_the_provider_gets_the_text_and_nothing_of_the_person(ada, provider, work):
    ada.summarise(ada.add())
    work.drain()
    (call,) = provider.calls
    assert call.document == TEXT
    assert ada.email not in str(call.payload)


def test_reading_again_costs_nothing(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    for _ in range(20):
        assert ada.panel(document).state == "complete"
    assert len(provider.calls) == 1


def test_pressing_again_on_a_good_summary_costs_nothing(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    panel = ada.press(document)
    work.drain()
    assert panel.state == "complete"
    assert panel.announcement == "Summary ready"
    assert len(provider.calls) == 1


def test_pressing_for_what_is_shown_already_is_answered_in_new_words_which_alone_are_spoken(ada, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    seen = ada.panel(document).poll_url.partition("seen=")[2]
    assert ada.press(document, seen=seen).announcement.startswith("Nothing new. Checked at ")


def test_an_edit_leaves_the_old_summary_readable_and_marked_out_of_date(ada, provider, work):
    provider.script(says("About the first text."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.edit(document, "An altogether different text about a lighthouse and its keeper.")
    panel = ada.panel(document)
    assert (panel.state, panel.stale) == ("complete", True)
    assert panel.text == "About the first text."
    assert "the text changed in 3 places since this summary" in panel.notice
    assert "Press Summarise to update it" in panel.notice


def test_updating_shows_the_new_summary_as_current(ada, provider, work):
    provider.script(says("About the first text."), says("About the lighthouse."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.edit(document, "An altogether different text about a lighthouse and its keeper.")
    ada.summarise(document)
    assert "About the first text." in ada.panel(document).earlier
    work.drain()
    panel = ada.panel(document)
    assert (panel.text, panel.stale) == ("About the lighthouse.", False)
    assert provider.calls[1].document.startswith("An altogether different text")


def test_an_edit_that_is_undone_finds_the_first_summary_again_for_nothing(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.edit(document, "Something else entirely, for a while.")
    ada.edit(document, TEXT)
    assert (ada.panel(document).state, ada.panel(document).stale) == ("complete", False)
    assert len(provider.calls) == 1


def test_a_new_title_alone_changes_nothing_about_the_summary(ada, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.edit(document, TEXT, title="Another title")
    assert not ada.panel(document).stale


def test_an_edit_while_it_is_written_never_passes_off_the_old_text_as_the_new(ada, provider, work):
    provider.script(says("About the first text."))
    document = ada.add()
    ada.summarise(document)
    ada.edit(document, "The second text, saved before the worker came.")
    work.drain()
    panel = ada.panel(document)
    assert provider.calls[0].document == TEXT
    assert (panel.text, panel.stale) == ("About the first text.", True)


def test_regenerating_adds_a_take_and_keeps_the_old_one_beside_it(ada, provider, work):
    provider.script(says("First take."), says("Second take."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.summarise(document, regenerate="1")
    assert "First take." in ada.panel(document).earlier
    work.drain()
    assert ada.panel(document).text == "Second take."
    assert [(s.take, s.text) for s in work.summaries()] == [(1, "First take."), (2, "Second take.")]


def test_a_style_is_a_summary_of_its_own(ada, provider, work):
    provider.script(says("In prose."), says("- In points."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.summarise(document, style="bullets")
    work.drain()
    assert ada.panel(document).one("#summary-text li").text == "In points."
    ada.summarise(document, style="prose")
    assert ada.panel(document).text == "In prose."
    assert len(provider.calls) == 2


def test_a_style_that_is_not_offered_is_refused(ada, provider):
    assert ada.summarise(ada.add(), style="sonnet").status_code == 422


def test_without_a_key_the_document_speaks_for_itself_and_the_page_says_so(make_app):
    from tests.conftest import Work
    from tests.support.people import Person

    app = make_app(openai_api_key="")
    ada = Person(app, "ada").sign_up()
    document = ada.add(" ".join(f"Sentence number {n} tells of the harbour and its ships." for n in range(30)))
    ada.summarise(document)
    Work(app).drain()
    panel = ada.panel(document)
    assert panel.state == "complete"
    assert panel.text.startswith("Sentence number")
    assert "not written by a model" in panel.tree.text_content()


def test_the_ledger_has_one_line_for_the_one_call(ada, work, provider):
    ada.summarise(ada.add())
    work.drain()
    (entry,) = work.ledger()
    assert (entry.model, entry.outcome, entry.attempt) == ("test-model", "complete", 1)
    assert entry.input_tokens > 0
    assert not entry.tokens_estimated
