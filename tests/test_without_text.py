"""A document whose text is still to be read, or could not be: it can be found and shared, and costs nothing."""

from datetime import timedelta

import pytest
from lxml import html

from app.database import utcnow
from app.models import Extraction
from tests.support.databases import on_one_database
from tests.support.moments import alter, pass_quietly
from tests.support.people import TEXT, Person, words

TORN = b"%PDF-1.7\nnonsense"


@pytest.fixture
def app(make_app):
    return make_app(warming_quiet_seconds=0)


def test_no_summary_can_be_asked_for_before_there_is_a_text(ada, provider, work):
    document = ada.add_file("torn.pdf", TORN)
    refused = ada.summarise(document)
    assert refused.status_code == 409
    assert "The text of this document is still to be read." in words(html.fromstring(refused.text))
    told = ada.post(f"/documents/{document}/summary", htmx=True)
    assert (told.status_code, told.mimetype) == (409, "text/plain")
    work.drain()
    assert ada.summarise(document).status_code == 409
    assert (provider.calls, work.summaries()) == ([], [])


def test_none_is_made_in_advance_before_there_is_a_text_and_one_is_after(app, ada, ben, provider, work):
    document = ada.add_file("notes.txt", TEXT.encode())
    ada.pin(document)
    ada.share(document, ben)
    pass_quietly(app, 60)
    work.sweep()
    assert (provider.calls, work.summaries()) == ([], [])
    work.drain()
    pass_quietly(app, 60)
    work.drain()
    assert [(summary.purpose, summary.status) for summary in work.summaries()] == [("warming", "complete")]


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("pending", "Text being read"),
        ("processing", "Text being read"),
        ("failed", "Could not be read"),
        ("cancelled", "Not read"),
    ],
)
@on_one_database
def test_the_library_says_what_has_become_of_its_text(app, ada, status, label):
    ada.add_file("notes.txt", TEXT.encode())
    alter(app, Extraction, status=status, lease_until=utcnow() + timedelta(minutes=1))
    (row,) = ada.page("/documents").cssselect(".library li")
    assert words(row.cssselect(".badge")[0]) == label
    assert "0 words" not in words(row)


@on_one_database
def test_the_public_link_of_a_document_without_a_text_shows_a_plain_page(app, ada, work):
    document = ada.add_file("notes.txt", TEXT.encode())
    link, nobody = ada.publish(document), Person(app, "nobody")
    page = nobody.page(link)
    assert page.cssselect("#extraction, #summary, main form, main button") == []
    assert "The text will stand here." in words(page)
    work.drain()
    assert nobody.page(link).cssselect("#summary")


@on_one_database
def test_no_page_of_a_document_without_a_text_breaks(app, ada):
    document = ada.add_file("notes.txt", TEXT.encode())
    fine = ("", "/edit", "/sharing", "/summary/takes", "/summary/receipt")
    assert {ada.get(f"/documents/{document}{path}").status_code for path in fine} == {200}
    assert ada.get(f"/documents/{document}/summary/status", headers={"HX-Request": "true"}).status_code == 200
    assert ada.get(f"/documents/{document}/changes").status_code == 404
    for path in ("/pin", "/pin/delete", "/summary/cancel"):
        assert ada.post(f"/documents/{document}{path}").status_code == 303
