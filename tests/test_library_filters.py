"""Filtering a library by state, tag and whose it is, and sorting it; all of it stands in the address."""

import itertools
from dataclasses import asdict

import pytest

from app.extensions import db
from app.llm import model_name
from app.models import Document, Purpose, Status, Summary, Tag
from app.models.work import asked_now
from app.summaries import prompt
from app.summaries.prompt import Options
from tests.support.people import words
from tests.support.shelves import badges, count, fill, following, library, put_into, titles

BADGES = {  # by the name of the filter, what stands in the rows that it shows
    "none": {"No summary yet"},
    "writing": {"Waiting", "Being written"},
    "ready": {"Summary ready"},
    "stale": {"Out of date"},
    "failed": {"Failed"},
    "stopped": {"Stopped"},
    "unread": {"Text being read"},
}

KINDS = list(itertools.product(("", *Status), ("", *Status), (Purpose.REQUEST, Purpose.WARMING), (True, False)))


def a_summary(document: Document, number: int, status: str, purpose: str, *, current: bool) -> Summary:
    return Summary(
        document_id=document.id,
        revision_id=document.revision.id,
        text_digest=document.input_digest if current else "of another text",
        key=f"{document.id}-{number}",
        model=model_name(),
        prompt_version=prompt.PROMPT_VERSION,
        purpose=purpose,
        status=status,
        queue="high",
        **asked_now(),
        **asdict(Options()),
    )


@pytest.fixture
def every_state(ada, app) -> None:
    """A document in each state, also in those that two rows make together."""
    documents = fill(app, ada, *("/".join(map(str, kind)) for kind in KINDS))
    with app.app_context():
        for document_id, (first, second, purpose, current) in zip(documents, KINDS, strict=True):
            document = db.session.get(Document, document_id)
            for number, (status, of_now) in enumerate(((first, current), (second, True))):
                if status:
                    db.session.add(a_summary(document, number, status, purpose, current=of_now))
        db.session.commit()
    ada.add_file("unread.txt", b"Some text.")


def everything(person, **query: str) -> dict[str, str]:
    """What all pages show together: by title, the badge."""
    found, page = {}, library(person, **query)
    while True:
        found |= badges(page)
        if not (link := following(page)):
            return found
        page = person.page(f"/documents{link}")


def test_each_filter_shows_exactly_the_documents_that_have_its_badge(ada, app, every_state):
    unfiltered = everything(ada)
    assert set(unfiltered.values()) == set().union(*BADGES.values())
    for name, labels in BADGES.items():
        expected = {title: badge for title, badge in unfiltered.items() if badge in labels}
        assert everything(ada, state=name) == expected
        assert count(library(ada, state=name)).startswith(f"{len(expected)} document")


def test_of_several_rows_the_one_that_matters_most_decides(ada, every_state):
    """Each is named by two rows, for what they were made, and whether the first is of the present text."""
    shown = everything(ada)
    assert shown["processing/complete/request/True"] == "Being written"
    assert shown["complete/failed/request/True"] == "Summary ready"
    assert shown["complete/failed/request/False"] == "Failed"
    assert shown["complete/failed/warming/False"] == "Out of date"
    assert shown["failed//warming/True"] == "No summary yet"
    assert shown["pending//request/False"] == "No summary yet"


def test_what_an_earlier_prompt_made_is_out_of_date_for_the_filter_too(ada, app, monkeypatch):
    ada.summarise(document := ada.add(title="Made before"))
    put_into(app, document, Status.COMPLETE)
    assert titles(library(ada, state="ready")) == ["Made before"]
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v9.9")
    assert titles(library(ada, state="ready")) == []
    assert badges(library(ada, state="stale")) == {"Made before": "Out of date"}


def test_a_text_that_is_as_it_was_has_its_summary_again(ada, app):
    ada.summarise(document := ada.add("One text.", "The harbour"))
    put_into(app, document, Status.COMPLETE)
    ada.edit(document, "Another text.")
    assert titles(library(ada, state="stale")) == ["The harbour"]
    ada.edit(document, "One   text.")
    assert titles(library(ada, state="ready")) == ["The harbour"]


def test_mine_and_shared_with_me(ada, ben):
    ada.add(title="Ada's")
    ben.share(ben.add(title="Ben's"), ada)
    ben.add(title="Ben's alone")
    assert set(titles(library(ada))) == {"Ada's", "Ben's"}
    assert titles(library(ada, whose="mine")) == ["Ada's"]
    assert titles(library(ada, whose="shared")) == ["Ben's"]
    assert count(library(ada)) == "2 documents"


def test_own_and_shared_ones_stand_in_one_order(ada, ben):
    for number in range(3):
        ada.add(title=f"{number}a")
        ben.share(ben.add(title=f"{number}b"), ada)
    assert titles(library(ada)) == ["2b", "2a", "1b", "1a", "0b", "0a"]
    assert titles(library(ada, sort="title")) == ["0a", "0b", "1a", "1b", "2a", "2b"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("updated", ["éclair", "Zebra", "apple"]),
        ("added", ["Zebra", "éclair", "apple"]),
        ("title", ["apple", "éclair", "Zebra"]),
        ("length", ["apple", "éclair", "Zebra"]),
        ("nonsense", ["éclair", "Zebra", "apple"]),
    ],
)
def test_the_orders(ada, sort, order):
    ada.add("Three words here.", "apple")
    changed = ada.add("One.", "éclair")
    ada.add("One.", "Zebra")
    ada.edit(changed, "Two words.", title="éclair")
    assert titles(library(ada, sort=sort)) == order


def test_all_that_is_asked_for_is_kept_while_paging_and_can_be_taken_away_one_by_one(ada, app):
    documents = fill(app, ada, *(f"Number {n:02}" for n in range(35)), "Another")
    with app.app_context():
        db.session.add_all(Tag(document_id=document, name="port", owner_id=1) for document in documents)
        db.session.commit()
    wanted = {"q": "number", "state": "none", "tag": "port", "whose": "mine", "sort": "title"}
    second = ada.page(f"/documents{following(library(ada, **wanted))}")
    assert titles(second) == [f"Number {n}" for n in range(30, 35)]
    assert count(second) == "35 documents found"
    chips = {words(a): a.get("href") for a in second.cssselect(".chip")}
    assert list(chips) == [
        "Take away: “number” in the title ×",
        "Take away: No summary yet ×",
        "Take away: Tag: port ×",
        "Take away: Mine ×",
        "Take away: By title ×",
    ]
    assert chips["Take away: Tag: port ×"] == "?q=number&state=none&whose=mine&sort=title"
    fields = {field.get("name"): field.value for field in second.cssselect("#library-search [name]")}
    assert fields == wanted


def test_filters_that_find_nothing_can_be_cleared(ada):
    ada.add()
    page = library(ada, state="failed")
    assert "Nothing found" in page.text_content()
    assert page.xpath("//a[text()='Clear the filters']/@href") == ["/documents"]
    assert page.cssselect("#q")


def test_a_filter_shows_nothing_of_others(ada, eve):
    ada.add(title="Secret plans")
    eve.add(title="Eve's")
    for query in ({"q": "secret"}, {"state": "none"}, {"whose": "mine"}, {"whose": "shared"}, {"sort": "title"}):
        assert "Secret" not in " ".join(titles(library(eve, **query)))
