"""Length, style and language: each form a summary of its own, and a person's last choice remembered."""

from itertools import product

import pytest

from app.summaries import prompt
from app.summaries.prompt import LANGUAGES, LENGTHS, STYLES, Options
from tests.provider import says
from tests.support.people import Person

DATABASES = ("sqlite",)  # what is shown here is the same on either

GERMAN = "Der Hafen von Aldwick versandete im Jahr 1703. Die Schiffe konnten den Kai bei Ebbe nicht mehr erreichen."
FORMS = [
    {"length": length, "style": style, "language": language}
    for length, style, language in product(LENGTHS, STYLES, ("", "de"))
]


def chosen(person, document):
    """The form that the page offers at first."""
    page = person.page(f"/documents/{document}")
    return {name: page.cssselect(f"#summary-{name} option[selected]")[0].get("value") for name in FORMS[0]}


# -- each form -------------------------------------------------------------------------------------------


def test_three_lengths_in_two_styles_and_any_language_are_offered(ada):
    page = ada.page(f"/documents/{ada.add()}")
    offered = {name: [o.get("value") for o in page.cssselect(f"#summary-{name} option")] for name in FORMS[0]}
    assert sorted(offered["length"]) == ["long", "medium", "short"]
    assert sorted(offered["style"]) == ["bullets", "prose"]
    assert sorted(offered["language"]) == sorted(LANGUAGES)
    assert all(select.get("form") == "summary-form" for select in page.cssselect("#summary-options select"))


def test_each_form_is_a_key_of_its_own_and_each_is_cached(ada, provider, work, redis):
    provider.script(*(says(f"Form number {number}.") for number in range(len(FORMS))))
    document = ada.add()
    for form in FORMS:
        ada.summarise(document, **form)
        work.drain()
    assert len({summary.key for summary in work.summaries()}) == len(provider.calls) == 12
    assert len(redis.keys(f"foreword:summary:{document}:*")) == 12


def test_each_form_is_read_again_for_nothing(ada, provider, work):
    provider.script(*(says(f"Form number {number}.") for number in range(len(FORMS))))
    document = ada.add()
    for form in FORMS:
        ada.summarise(document, **form)
        work.drain()
    for number, form in enumerate(FORMS):
        panel = ada.press(document, **form)
        assert (panel.text, panel.stale, panel.polls) == (f"Form number {number}.", False, False)
    assert len(provider.calls) == 12


def test_two_forms_under_way_are_two_calls_and_a_follower_sees_the_one_they_chose(ada, ben, provider, work):
    document = ada.add()
    ada.share(document, ben)
    ada.summarise(document, style="bullets")
    ben.summarise(document, length="short")
    work.drain()
    forms = {(s.style, s.length): s.text for s in work.summaries()}
    assert forms.keys() == {("bullets", "medium"), ("prose", "short")}
    assert len(provider.calls) == 2
    assert chosen(ada, document)["style"] == "bullets"
    assert chosen(ben, document)["style"] == "prose"


def test_the_model_is_told_the_length_the_style_and_the_language(ada, provider, work):
    document = ada.add()
    for form in FORMS:
        ada.summarise(document, **form)
        work.drain()
    told = {
        (f["length"], f["style"], f["language"]): c.instructions for f, c in zip(FORMS, provider.calls, strict=True)
    }
    assert len(set(told.values())) == 12
    assert "at most 60 words" in told["short", "prose", ""]
    assert "three bullet points" in told["short", "bullets", ""]
    assert "Write in German, whatever the language" in told["long", "prose", "de"]
    assert "the language of the document, which is English" in told["long", "prose", ""]


def test_every_form_that_is_offered_has_words_of_its_own():
    forms = [Options(style, language, length) for style, language, length in product(STYLES, LANGUAGES, LENGTHS)]
    assert len({prompt.instructions(form) for form in forms}) == len(forms) == 6 * len(LANGUAGES)
    assert prompt.ANSWER_TOKENS.keys() == set(LENGTHS)


def test_asking_for_the_language_that_the_text_has_anyway_is_no_other_form(ada, provider, work):
    document = ada.add(GERMAN)
    ada.summarise(document)
    work.drain()
    panel = ada.press(document, language="de")
    work.drain()
    assert (panel.state, panel.stale) == ("complete", False)
    assert len(provider.calls) == 1
    assert ada.panel(document).notice == ""


def test_the_other_way_round_too(ada, provider, work):
    document = ada.add(GERMAN)
    ada.summarise(document, language="de")
    work.drain()
    assert ada.press(document, language="").state == "complete"
    assert len(provider.calls) == len(work.summaries()) == 1
    assert work.summaries()[0].language == ""


def test_regenerating_makes_a_take_of_the_form_that_is_chosen(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    ada.summarise(document, style="bullets")
    work.drain()
    ada.summarise(document, regenerate="1")
    work.drain()
    assert [(s.style, s.take) for s in work.summaries()] == [("prose", 1), ("bullets", 1), ("bullets", 2)]


# -- what is not offered ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        {"length": "epic"},
        {"length": ""},
        {"style": "sonnet"},
        {"language": "tlh"},
        {"language": "DE"},
        {"style": "\x00"},
    ],
)
def test_a_choice_that_is_not_offered_is_refused_and_not_remembered(ada, provider, work, form):
    document = ada.add()
    assert ada.summarise(document, **form).status_code == 422
    assert work.summaries() == []
    assert chosen(ada, document) == {"length": "medium", "style": "prose", "language": ""}


def test_what_was_offered_once_and_is_no_more_is_forgotten(ada, monkeypatch):
    document = ada.add()
    ada.summarise(document, language="pl")
    monkeypatch.delitem(LANGUAGES, "pl")
    assert chosen(ada, document) == {"length": "medium", "style": "prose", "language": ""}


# -- what is remembered ----------------------------------------------------------------------------------


def test_the_last_choice_is_remembered_for_every_document(ada):
    ada.summarise(ada.add(), length="long", style="bullets", language="fr")
    assert chosen(ada, ada.add("Another text.")) == {"length": "long", "style": "bullets", "language": "fr"}


def test_it_is_remembered_over_logging_out_and_on_another_device(app, ada):
    document = ada.add()
    ada.summarise(document, length="short", style="bullets", language="es")
    remembered = {"length": "short", "style": "bullets", "language": "es"}
    ada.log_out()
    ada.log_in()
    assert chosen(ada, document) == remembered
    elsewhere = Person(app, "ada")
    elsewhere.log_in()
    assert chosen(elsewhere, document) == remembered


def test_what_is_not_named_stays_as_it_was_chosen(ada):
    document = ada.add()
    ada.summarise(document, length="long", language="fr")
    ada.summarise(document, style="bullets")
    assert chosen(ada, document) == {"length": "long", "style": "bullets", "language": "fr"}


def test_one_persons_choice_is_not_anothers(ada, ben):
    document = ada.add()
    ada.share(document, ben)
    ada.summarise(document, length="long")
    assert chosen(ben, document)["length"] == "medium"


def test_the_document_s_page_shows_the_form_that_was_chosen_last(ada, provider, work):
    provider.script(says("In prose."), says("- In points."))
    document = ada.add()
    for style in ("prose", "bullets"):
        ada.summarise(document, style=style)
        work.drain()
    assert ada.panel(document).text == "In points."
    ada.summarise(document, style="prose")
    assert ada.panel(document).text == "In prose."


# -- a form that there is not ----------------------------------------------------------------------------


@pytest.fixture
def in_prose(ada, ben, provider, work):
    """A document with a summary in prose, shared with Ben, who likes bullet points."""
    ben.summarise(ben.add("Some text of Ben’s."), style="bullets")
    work.drain()
    provider.script(says("In prose."))
    document = ada.add()
    ada.share(document, ben)
    ada.summarise(document)
    work.drain()
    return document


def test_whose_form_there_is_not_reads_the_one_there_is_and_is_told(ben, provider, in_prose):
    panel = ben.panel(in_prose)
    assert (panel.state, panel.stale, panel.text) == ("complete", False, "In prose.")
    assert "none yet in the form you chose last. This one is: medium, prose." in panel.notice
    assert "Press Summarise for yours." in panel.notice
    assert len(provider.calls) == 2


def test_it_stands_in_the_library_as_ready_and_not_as_out_of_date(ben, in_prose):
    assert [badge.text for badge in ben.page("/documents").cssselect(".badge")] == ["Summary ready", "Summary ready"]


def test_whose_form_there_is_hears_nothing_of_it(ada, in_prose):
    assert ada.panel(in_prose).notice == ""


def test_pressing_brings_the_form_that_was_chosen_and_the_other_stays_readable_meanwhile(ben, provider, work, in_prose):
    provider.script(says("- In points."))
    ben.summarise(in_prose)
    assert ben.panel(in_prose).earlier.endswith("In prose.")
    work.drain()
    assert (ben.panel(in_prose).text, ben.panel(in_prose).notice) == ("In points.", "")


def test_of_an_old_text_it_is_shown_as_out_of_date(ada, ben, in_prose):
    ada.edit(in_prose, "An altogether different text.")
    panel = ben.panel(in_prose)
    assert (panel.stale, panel.text) == (True, "In prose.")
    assert "the text changed in" in panel.notice
