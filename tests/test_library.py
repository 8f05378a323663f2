"""The library: one's own documents, latest first, each with the state of its summary."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from lxml import html
from sqlalchemy import event, update

from app.database import utcnow
from app.extensions import db
from app.models import Document, Status, Summary, User
from tests.support.people import Person

LABELS = {
    "pending": "Waiting",
    "processing": "Being written",
    "complete": "Summary ready",
    "failed": "Failed",
    "cancelled": "Stopped",
}


def library(person: Person, query: str = "") -> html.HtmlElement:
    response = person.get(f"/documents{query}")
    assert response.status_code == 200
    return html.fromstring(response.text)


def titles(page: html.HtmlElement) -> list[str]:
    return [a.text for a in page.cssselect(".library h2 a")]


def fill(app, owner: Person, *names: str) -> None:
    """Documents that were all changed in the same microsecond but for every seventh."""
    with app.app_context():
        user, now = User.by_email(owner.email), utcnow()
        for number, name in enumerate(names):
            document = Document.add(user, name, "Some text.")
            document.updated_at = now - timedelta(seconds=number // 7)
        db.session.commit()


def put_into(app, document: int, status: Status) -> None:
    with app.app_context():
        moved = update(Summary).where(Summary.document_id == document).values(status=status, text="Words.")
        db.session.execute(moved.values(finished_at=utcnow()))
        db.session.commit()


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
    assert "2 documents" in library(ada).text_content()


def test_each_document_has_the_state_of_its_summary(ada, app):
    for status, label in LABELS.items():
        document = ada.add(title=label)
        ada.summarise(document)
        put_into(app, document, Status(status))
    ada.summarise(old := ada.add(title="Out of date"))
    put_into(app, old, Status.COMPLETE)
    ada.edit(old, "Another text.", title="Out of date")
    ada.add(title="No summary yet")
    shown = [(li.cssselect("h2 a")[0].text, li.cssselect(".badge")[0].text) for li in library(ada).cssselect("li")]
    assert shown == [(label, label) for label in ("No summary yet", "Out of date", *reversed(LABELS.values()))]


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
        ("  ", {"The Harbour report", "Harbour_fees 100%", "Back\\slash", "O'Hara; DROP TABLE"}),
        ("o'hara;", {"O'Hara; DROP TABLE"}),
    ],
)
def test_titles_are_searched_for_words_as_they_are_typed(ada, app, query, found):
    fill(app, ada, "The Harbour report", "Harbour_fees 100%", "Back\\slash", "O'Hara; DROP TABLE")
    page = html.fromstring(ada.get("/documents", query_string={"q": query}).text)
    assert set(titles(page)) == found
    assert page.get_element_by_id("q").value == query.strip()
    assert bool(found) != ("Nothing found for" in page.text_content())


def pages(person: Person, start: str, between=lambda: None):
    """Every page from *start* on, by the link to the next; *between* is done while each is read."""
    url = start
    while url:
        page = html.fromstring(person.get(url).text)
        yield page
        between()
        following = page.xpath("//nav[@aria-label='Pages']/a[text()='Next page']/@href")
        url = urljoin(url, following[0]) if following else ""


@pytest.mark.parametrize("start", ["/documents", "/", "/documents?q=number"])
def test_paging_shows_every_document_once_also_while_some_are_added(ada, app, start):
    fill(app, ada, *(f"Number {n}" for n in range(65)))
    read = list(pages(ada, start, between=lambda: fill(app, ada, "Number added meanwhile")))
    assert [len(titles(page)) for page in read] == [30, 30, 5]
    shown = [title for page in read for title in titles(page)]
    assert sorted(shown) == sorted(f"Number {n}" for n in range(65))
    assert next(title for page in read[:1] for title in titles(page)) == "Number 6"  # the latest, the last id


def test_a_page_that_has_nothing_left_says_so_and_leads_back(ada, app):
    fill(app, ada, "Only one")
    page = library(ada, "?before=0.000000-1")
    assert "There is nothing after this" in page.text_content()
    assert page.xpath("//a[text()='First page']/@href") == ["?"]


@pytest.mark.parametrize("cursor", ["x", "-", "nan-1", "inf-1", "1e400-1", "1-x", "9" * 50, "5-" + "9" * 50, "%00"])
def test_a_cursor_that_is_not_ours_begins_at_the_top_or_ends(ada, app, cursor):
    fill(app, ada, "Only one")
    assert ada.get(f"/documents?before={cursor}").status_code == 200


def queries_of(app, ask) -> int:
    counted = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count := lambda *_: counted.append(1))
    ask()
    event.remove(engine, "before_cursor_execute", count)
    return len(counted)


def test_more_documents_take_no_more_queries(ada, app):
    ada.summarise(ada.add())
    few = queries_of(app, lambda: library(ada))
    fill(app, ada, *(f"Number {n}" for n in range(28)))
    ada.summarise(ada.add())
    many = queries_of(app, lambda: library(ada))
    assert many == few <= 6


def test_the_text_of_a_document_is_not_read_for_the_list(ada, app):
    ada.add()
    asked = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note := lambda _c, _cu, statement, *_: asked.append(statement))
    library(ada)
    event.remove(engine, "before_cursor_execute", note)
    assert not [statement for statement in asked if re.search(r"revision\w*\.text\b", statement)]
    assert asked
