"""In which language a text is written, and what becomes of that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.language import LOOKED_AT, detect
from app.models import Revision
from app.summaries.prompt import LANGUAGES

SAMPLES = {
    "ar": "امتلأ ميناء ألدويك بالطمي عام 1703، ولم تعد السفن قادرة على الوصول إلى الرصيف عند انخفاض المياه.",
    "de": "Der Hafen von Aldwick versandete im Jahr 1703. Die Schiffe konnten den Kai nicht mehr erreichen.",
    "en": "The harbour of Aldwick silted up in 1703. Ships could no longer reach the quay at low water.",
    "es": "El puerto de Aldwick se llenó de arena en 1703. Los barcos ya no podían llegar al muelle.",
    "fr": "Le port d’Aldwick s’est ensablé en 1703. Les navires ne pouvaient plus atteindre le quai.",
    "it": "Il porto di Aldwick si insabbiò nel 1703. Le navi non potevano più raggiungere la banchina.",
    "ja": "オルドウィックの港は1703年に砂で埋まった。船は干潮時に岸壁に着くことができなくなった。",
    "nl": "De haven van Aldwick verzandde in 1703. De schepen konden de kade bij eb niet meer bereiken.",
    "pl": "Port w Aldwick zamulił się w 1703 roku. Statki nie mogły już dopłynąć do nabrzeża.",
    "pt": "O porto de Aldwick assoreou em 1703. Os navios já não conseguiam chegar ao cais na maré baixa.",
    "zh": "奥尔德威克港在1703年淤塞。船只在退潮时再也无法到达码头。议会在1710年疏浚了航道。",
}


def test_there_is_a_sample_of_each_language_that_is_offered():
    assert SAMPLES.keys() == LANGUAGES.keys() - {""}


@pytest.mark.parametrize("code", SAMPLES)
def test_each_language_that_is_offered_is_recognised(code):
    assert detect(SAMPLES[code]) == code


def test_line_breaks_do_not_hide_the_language():
    assert detect(SAMPLES["de"].replace(" ", "\n\n")) == "de"


@pytest.mark.parametrize("text", ["", "   \n\t\n", "42", "1703 1710 1715", "?!…", "🙂🙂🙂"])
def test_what_is_no_language_is_none(text):
    assert detect(text) == ""


def test_of_a_long_text_the_beginning_decides():
    beginning = SAMPLES["fr"] * (LOOKED_AT // len(SAMPLES["fr"]) + 1)
    assert detect(beginning + SAMPLES["de"] * 10_000) == "fr"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_whatever_the_text_the_answer_fits_its_column(text):
    assert len(detect(text)) <= Revision.language.type.length


def test_the_text_and_its_summary_carry_the_language_for_screen_readers(ada, work):
    document = ada.add(SAMPLES["de"])
    ada.summarise(document)
    work.drain()
    panel = ada.panel(document)
    assert panel.one(".document-text .prose").get("lang") == "de"
    assert panel.one("#summary-text").get("lang") == "de"


def test_a_summary_in_another_language_carries_its_own(ada, work):
    document = ada.add(SAMPLES["de"])
    ada.summarise(document, language="fr")
    work.drain()
    panel = ada.panel(document)
    assert panel.one(".document-text .prose").get("lang") == "de"
    assert panel.one("#summary-text").get("lang") == "fr"
    assert ada.page(f"/documents/{document}/summary/takes").cssselect(".takes .prose")[0].get("lang") == "fr"


def test_a_text_without_a_known_language_claims_none(ada):
    assert ada.panel(ada.add("1703 1710 1715")).one(".document-text .prose").get("lang") is None


def test_an_edit_in_another_language_is_noticed_and_leaves_the_old_summary_its_own(ada, work):
    document = ada.add(SAMPLES["de"])
    ada.summarise(document)
    work.drain()
    ada.edit(document, SAMPLES["fr"])
    panel = ada.panel(document)
    assert panel.one(".document-text .prose").get("lang") == "fr"
    assert panel.one("#summary-text").get("lang") == "de"


def test_an_uploaded_text_has_its_language_told_too(ada, work):
    document = ada.add_file("hafen.txt", SAMPLES["de"].encode())
    work.drain()
    assert ada.panel(document).one(".document-text .prose").get("lang") == "de"


def test_the_choice_of_language_names_the_documents_own(ada):
    page = ada.page(f"/documents/{ada.add(SAMPLES['de'])}")
    assert page.cssselect("#summary-language option[value='']")[0].text == "The document’s own (German)"


def test_readers_by_link_get_the_languages_too(app, ada, work):
    from tests.support.people import Panel, Person

    document = ada.add(SAMPLES["de"])
    ada.summarise(document)
    work.drain()
    panel = Panel(Person(app, "nobody").page(ada.publish(document)))
    assert panel.one("#summary-text").get("lang") == panel.one(".document-text .prose").get("lang") == "de"
