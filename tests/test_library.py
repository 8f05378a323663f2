"""The library: one's own documents, latest first, each with the state of its summary."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from lxml import html
from sqlalchemy import event

from app.database import utcnow
from app.extensions import db
from app.models import Status
from tests.support.people import Person, words
from tests.support.shelves import badges, count, fill, following, library, put_into, titles

LABELS = {
    "pending": "Waiting",
    "processing": "Being written",
    "complete": "Summary ready",
    "failed": "Failed",
    "cancelled": "Stopped",
}


def test_an_empty_library_says_what_to_do(ada):
    page = library(ada)
    assert "Nothing here yet" in page.text_content()
    assert page.xpath("//main//a[text()='Add a document']/@href") == ["/documents/new"]
    assert page.cssselect("input[type=search]") == []


def test_everyone_sees_their_own_and_the_latest_change_first(ada, ben):
    first, _ = ada.add(title="First"), ada.add(title="Second")
    ben.add(title="Ben's")
    assert titles(library(ada)) == ["Second", "First"]
    ada.edit(first, "Changed.", title="First, changed")
    assert titles(library(ada)) == ["First, changed", "Second"]
    assert titles(library(ben)) == ["Ben's"]
    assert count(library(ada)) == "2 documents"


def test_each_document_has_the_state_of_its_summary(ada, app):
    for status, label in LABELS.items():
        document = ada.add(title=label)
        ada.summarise(document)
        put_into(app, document, Status(status))
    ada.summarise(old := ada.add(title="Out of date"))
    put_into(app, old, Status.COMPLETE)
    ada.edit(old, "Another text.", title="Out of date")
    ada.add(title="No summary yet")
    assert list(badges(library(ada)).items()) == [
        (label, label) for label in ("No summary yet", "Out of date", *reversed(LABELS.values()))
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("HARBOUR", {"The Harbour report", "Harbour_fees 100%"}),
        ("report harbour", {"The Harbour report"}),
        ("%", {"Harbour_fees 100%"}),
        ("_", {"Harbour_fees 100%"}),
        ("100%", {"Harbour_fees 100%"}),
        ("r%t", set()),
        ("ha_bour", set()),
        ("\\", {"Back\\slash"}),
        ("  ", {"The Harbour report", "Harbour_fees 100%", "Back\\slash", "O'Hara; DROP TABLE", "Ångström Straße"}),
        ("o'hara;", {"O'Hara; DROP TABLE"}),
        ("angstrom STRASSE", {"Ångström Straße"}),
        ("ÅNG", {"Ångström Straße"}),
    ],
)
def test_titles_are_searched_for_words_whatever_their_case_and_marks(ada, app, query, found):
    fill(app, ada, "The Harbour report", "Harbour_fees 100%", "Back\\slash", "O'Hara; DROP TABLE", "Ångström Straße")
    page = library(ada, q=query)
    assert set(titles(page)) == found
    assert page.get_element_by_id("q").value == query.strip()
    assert bool(found) != ("Nothing found for" in page.text_content())


def pages(person: Person, start: str, between=lambda: None, name: str = "Next page"):
    """Every page from *start* on, by the link to the next; *between* is done while each is read."""
    url = start
    while url:
        page = html.fromstring(person.get(url).text)
        yield page
        between()
        url = urljoin(url, link) if (link := following(page, name)) else ""


@pytest.mark.parametrize("start", ["/documents", "/", "/documents?q=number"])
def test_paging_shows_every_document_once_also_while_some_are_added(ada, app, start):
    fill(app, ada, *(f"Number {n}" for n in range(65)))
    read = list(pages(ada, start, between=lambda: fill(app, ada, "Number added meanwhile")))
    assert [len(titles(page)) for page in read] == [30, 30, 5]
    shown = [title for page in read for title in titles(page)]
    assert sorted(shown) == sorted(f"Number {n}" for n in range(65))
    assert next(title for page in read[:1] for title in titles(page)) == "Number 6"  # the latest, the last id


@pytest.mark.parametrize("sort", ["updated", "added", "title", "length"])
def test_in_every_order_the_way_back_leads_over_the_same_pages(ada, app, sort):
    fill(app, ada, *(f"Number {n % 40}" for n in range(65)))
    forth = list(pages(ada, f"/documents?sort={sort}"))
    assert len({title for page in forth for title in titles(page)}) == 40
    back = list(pages(ada, following(forth[1]) and f"/documents{following(forth[1])}", name="Previous page"))
    assert [titles(page) for page in back] == [titles(page) for page in reversed(forth)]
    assert following(back[-1], "First page") == ""


def test_what_was_added_in_front_is_on_the_way_back(ada, app):
    fill(app, ada, *(f"Number {n}" for n in range(31)))
    first = library(ada)
    second = ada.page(f"/documents{following(first)}")
    fill(app, ada, "Added", updated_at=utcnow() + timedelta(days=1))
    before = ada.page(f"/documents{following(second, 'Previous page')}")
    assert titles(before) == titles(first)
    assert titles(ada.page(f"/documents{following(before, 'Previous page')}"))[0] == "Added"


def test_a_page_that_has_nothing_left_says_so_and_leads_back(ada, app):
    fill(app, ada, "Only one")
    page = library(ada, after="0.000000-1")
    assert "There is nothing after this" in page.text_content()
    assert following(page, "First page") == "?"


@pytest.mark.parametrize("sort", ["", "title", "length"])
@pytest.mark.parametrize("cursor", ["x", "-", "nan-1", "inf-1", "1e400-1", "1-x", "9" * 50, "5-" + "9" * 50, "\0"])
def test_a_place_that_is_not_ours_begins_at_the_top_or_ends(ada, app, cursor, sort):
    fill(app, ada, "Only one")
    for name in ("after", "before"):
        assert ada.get("/documents", query_string={name: cursor, "sort": sort}).status_code == 200


def test_what_is_searched_is_not_counted_beyond_what_is_worth_knowing(ada, app, monkeypatch):
    monkeypatch.setattr("app.library.listing.MOST_COUNTED", 35)
    fill(app, ada, *(f"Number {n}" for n in range(36)))
    assert count(library(ada)) == "36 documents"
    assert count(library(ada, q="number")) == "More than 35 documents found"
    assert count(library(ada, q="number 1")) == "13 documents found"


def test_a_very_large_library_is_not_counted_to_the_end(ada, app, monkeypatch):
    monkeypatch.setattr("app.library.listing.MOST_COUNTED_AT_ONCE", 35)
    fill(app, ada, *(f"Number {n}" for n in range(36)))
    assert count(library(ada)) == "More than 35 documents"
    ada.delete(1)
    assert count(library(ada)) == "35 documents"


# -- while somebody types --------------------------------------------------------------------------------


def typed(person: Person, shown: str = "", **query: str):
    """What htmx gets that asks from a page at the address *shown*."""
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/documents{shown}"}
    return person.get("/documents", query_string=query, headers=headers)


def test_htmx_gets_what_changes_with_what_to_say_and_the_address_of_it(ada, app):
    fill(app, ada, "The harbour", "The minutes")
    answer = typed(ada, q="harb", state="", tag="")
    part = html.fromstring(f"<div>{answer.text}</div>")
    assert titles(part) == ["The harbour"]
    assert words(part.cssselect("[data-hx-swap-oob='innerHTML:#library-status']")[0]) == "1 document found"
    assert answer.headers["HX-Push-Url"] == "/documents?q=harb"
    assert part.cssselect("header, input[type=search]") == []


def test_the_same_question_again_is_answered_without_a_word(ada, app):
    fill(app, ada, "The harbour")
    answer = typed(ada, "?q=harb", q="harb ")
    assert "library-status" not in answer.text
    assert "HX-Push-Url" not in answer.headers


def test_whoever_goes_back_gets_a_whole_page_and_none_is_kept_for_the_other(ada, app):
    fill(app, ada, "The harbour")
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    whole = ada.get("/documents?q=harb", headers=headers)
    assert whole.text.startswith("<!doctype html>")
    for answer in (whole, typed(ada, q="harb")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "HX-Request" in answer.headers["Vary"]


def test_a_page_that_is_loaded_says_nothing(ada, app):
    fill(app, ada, "The harbour")
    assert words(library(ada, q="harb").get_element_by_id("library-status")) == ""


# -- how much is asked of the database -------------------------------------------------------------------


def queries_of(app, ask) -> list[str]:
    asked = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note := lambda _c, _cu, statement, *_: asked.append(statement))
    ask()
    event.remove(engine, "before_cursor_execute", note)
    return asked


def test_more_documents_take_no_more_queries(ada, app):
    ada.summarise(ada.add())
    few = queries_of(app, lambda: library(ada))
    fill(app, ada, *(f"Number {n}" for n in range(28)))
    ada.summarise(ada.add())
    many = queries_of(app, lambda: library(ada))
    assert len(many) == len(few) <= 6


def test_no_text_is_read_for_the_list(ada, app):
    ada.add()
    asked = queries_of(app, lambda: library(ada))
    assert not [
        statement for statement in asked if re.search(r"FROM revision|JOIN revision|summary\w*\.text\b", statement)
    ]
    assert asked
