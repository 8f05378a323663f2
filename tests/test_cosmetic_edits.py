"""Edits that a reader could not tell: the summary is carried over, the page says so, and nothing is paid."""

import unicodedata

import pytest

from app.extensions import db
from app.models import Document
from app.models.revision import digest
from app.summaries.key import key_for
from app.summaries.prompt import Options
from tests.provider import says

DATABASES = ("sqlite",)  # what is shown here is the same on either

CAFE = "The café on the quay opened in 1715.\nIts owner, Zoë, sold coffee and rope.\nIt closed after a flood."
ONLY_SPACING = "Still up to date: since it was written, only spacing or encoding changed in the text."
COSMETIC = {
    "double spaces": CAFE.replace(" ", "  "),
    "trailing blanks": CAFE.replace("\n", "   \n"),
    "other line breaks": CAFE.replace("\n", " "),
    "blank lines": CAFE.replace("\n", "\n\n"),
    "tabs": CAFE.replace(" ", "\t"),
    "decomposed letters": unicodedata.normalize("NFD", CAFE),
}
NOT_EVEN_THAT = {
    "CRLF": CAFE.replace("\n", "\r\n"),
    "CR": CAFE.replace("\n", "\r"),
    "blanks at the end": CAFE + "  \n\n",
}


@pytest.fixture
def app(make_app):
    return make_app(warming_quiet_seconds=0)


@pytest.fixture
def document(ada, provider, work):
    """A document that is kept ready, with its summary."""
    provider.script(says("About a café."))
    document = ada.add(CAFE)
    ada.pin(document)
    work.drain()
    assert len(provider.calls) == 1
    return document


@pytest.mark.parametrize("text", COSMETIC.values(), ids=COSMETIC)
def test_an_edit_that_nobody_could_tell_carries_the_summary_over_and_says_so(ada, provider, work, document, text):
    ada.edit(document, text)
    work.drain()
    panel = ada.panel(document)
    assert (panel.state, panel.stale, panel.text) == ("complete", False, "About a café.")
    assert panel.notice == ONLY_SPACING
    assert len(provider.calls) == len(work.summaries()) == 1


@pytest.mark.parametrize("text", NOT_EVEN_THAT.values(), ids=NOT_EVEN_THAT)
def test_what_a_browser_does_to_a_text_is_no_edit_at_all(ada, provider, work, document, text):
    ada.edit(document, text)
    work.drain()
    panel = ada.panel(document)
    assert (panel.state, panel.stale, panel.notice) == ("complete", False, "")
    assert len(provider.calls) == 1


def test_the_document_shows_the_text_as_it_was_saved(app, ada, document):
    ada.edit(document, COSMETIC["double spaces"])
    with app.app_context():
        assert db.session.get(Document, document).revision.text == COSMETIC["double spaces"]


def test_pressing_summarise_after_it_costs_nothing(ada, provider, work, document):
    ada.edit(document, COSMETIC["blank lines"])
    assert ada.press(document).state == "complete"
    work.drain()
    assert len(provider.calls) == 1


def test_undoing_it_says_nothing_any_more(ada, document):
    ada.edit(document, COSMETIC["tabs"])
    ada.edit(document, CAFE)
    assert (ada.panel(document).stale, ada.panel(document).notice) == (False, "")


def test_one_after_another_is_still_the_first_text(ada, provider, work, document):
    for text in COSMETIC.values():
        ada.edit(document, text)
    work.drain()
    assert ada.panel(document).notice == ONLY_SPACING
    assert len(provider.calls) == 1


def test_one_more_letter_is_another_text(ada, document):
    ada.edit(document, CAFE.replace("café", "cafés"))
    assert ada.panel(document).stale


def test_after_a_cosmetic_edit_a_real_one_is_counted_alone(ada, document):
    ada.edit(document, COSMETIC["double spaces"])
    ada.edit(document, COSMETIC["double spaces"].replace("1715", "1716"))
    panel = ada.panel(document)
    assert panel.stale
    assert "the text changed in 1 place since this summary" in panel.notice


def test_after_a_real_edit_a_cosmetic_one_is_still_out_of_date(ada, document):
    changed = CAFE.replace("1715", "1716")
    ada.edit(document, changed)
    ada.edit(document, changed.replace(" ", "  "))
    panel = ada.panel(document)
    assert panel.stale
    assert "the text changed in 1 place since this summary" in panel.notice


def test_a_real_edit_dressed_anew_before_it_settled_is_one_summary_of_the_real_text(ada, provider, work, document):
    changed = CAFE.replace("1715", "1716")
    ada.edit(document, changed)
    ada.edit(document, changed.replace(" ", "  "))
    work.drain()
    assert [call.document for call in provider.calls] == [CAFE, changed]
    assert ada.panel(document).notice == ONLY_SPACING


def test_dressed_anew_while_it_waits_it_is_still_wanted(ada, provider, work, document):
    changed = CAFE.replace("1715", "1716")
    ada.edit(document, changed)
    work.sweep()
    ada.edit(document, changed.replace(" ", "  "))
    work.drain()
    assert [s.status for s in work.summaries()] == ["complete", "complete"]
    assert [call.document for call in provider.calls] == [CAFE, changed]


def test_what_is_sent_is_the_very_text_that_the_key_stands_for(ada, provider, work):
    document = ada.add(CAFE)
    ada.edit(document, COSMETIC["double spaces"])
    ada.edit(document, COSMETIC["decomposed letters"])
    ada.summarise(document)
    work.drain()
    (call,), (summary,) = provider.calls, work.summaries()
    with ada.app.app_context():
        assert summary.key == key_for(document, digest(call.document), Options(), "test-model")
    assert (ada.panel(document).state, ada.panel(document).stale) == ("complete", False)
