"""Several documents at once: summarised, tagged and deleted, each after a question, by whoever may."""

import pytest
from lxml import html
from sqlalchemy import func, select

from app.extensions import db
from app.models import Document, Status
from app.queues import waiting
from tests.support.people import TEXT, words
from tests.support.shelves import fill, library, put_into, titles


def act(person, action: str, *documents: int, query: str = "", **fields):
    """Press a button of the library with these documents ticked, or answer the question that it led to."""
    return person.post(
        f"/documents/selection{query}", action=action, document=[str(one) for one in documents], **fields
    )


def question(person, action: str, *documents: int) -> html.HtmlElement:
    response = act(person, action, *documents)
    assert response.status_code == 200, response.text
    return html.fromstring(response.text)


def answer(person, page: html.HtmlElement, **fields):
    """Send the form of the question as it stands."""
    (form,) = [form for form in page.forms if "/selection" in form.action]
    typed = dict(form.form_values()) | {"document": [one.get("value") for one in form.cssselect("[name=document]")]}
    return person.browser.post(form.action, data=typed | fields)


def told(person) -> str:
    return " ".join(words(flash) for flash in library(person).cssselect(".flash"))


def queues_in(app) -> list[str]:
    with app.app_context():
        return sorted(queue for queue, _ in waiting())


# -- the boxes -------------------------------------------------------------------------------------------


def test_each_row_has_a_box_that_says_what_it_selects_and_a_link(ada):
    document = ada.add(title="The harbour")
    (row,) = library(ada).cssselect(".library > li")
    box, link = row.cssselect("input")[0], row.cssselect("h2 a")[0]
    assert (box.get("value"), box.get("aria-label")) == (str(document), "Select The harbour")
    assert link.get("href") == f"/documents/{document}"


def test_with_nothing_selected_that_is_said_and_the_library_is_as_it_was(ada):
    ada.add()
    assert act(ada, "delete", query="?q=harb&sort=title").location == "/documents?q=harb&sort=title"
    assert "Select documents first" in told(ada)


@pytest.mark.parametrize("chosen", [["x"], ["0"], ["-1"], ["9" * 40], [""]])
def test_what_is_no_document_is_not_selected(ada, chosen):
    assert act(ada, "delete", *chosen).status_code == 303


def test_more_than_a_page_or_something_else_is_refused(ada, app):
    documents = fill(app, ada, *map(str, range(31)))
    assert act(ada, "delete", *documents).status_code == 422
    assert act(ada, "publish", documents[0]).status_code == 422


@pytest.mark.parametrize("action", ["summarise", "tags", "delete"])
def test_with_one_that_is_not_there_for_them_nothing_is_done_to_any(ada, eve, app, provider, action):
    hers, secret = eve.add(title="Eve's"), ada.add(title="Secret plans")
    for other in (secret, 999):
        refused = act(eve, action, hers, other, confirm="add" if action == "tags" else "yes", tag="mine")
        assert refused.status_code == 404
        assert "Secret" not in refused.text
    assert titles(library(eve)) == ["Eve's"]
    assert titles(library(ada)) == ["Secret plans"]
    assert queues_in(app) == provider.calls == []


# -- summarising -----------------------------------------------------------------------------------------


@pytest.fixture
def mixed(ada, app) -> dict[str, int]:
    """Documents of every kind that makes a difference, by what it is."""
    found = {"ready": ada.add(title="Ready"), "failed": ada.add(title="Failed")}
    for name, status in (("ready", Status.COMPLETE), ("failed", Status.FAILED)):
        ada.summarise(found[name])
        put_into(app, found[name], status)
    ada.summarise(waits := ada.add(title="Waits"))
    return found | {"waits": waits, "new": ada.add(title="New"), "unread": ada.add_file("unread.txt", b"Some text.")}


def test_the_question_says_which_are_summarised_which_are_not_and_why(ada, mixed):
    page = question(ada, "summarise", *mixed.values())
    assert words(page.cssselect("h1")[0]) == "Summarise 2 documents?"
    lists = [[words(li) for li in one.cssselect("li")] for one in page.cssselect("main ul.several")]
    assert lists == [["Failed", "New"], ["Ready"], ["Waits"], ["unread"]]
    assert [words(p) for p in page.cssselect(".left-out")] == [
        "1 is up to date already:",
        "1 is being written already:",
        "1 has no text yet:",
    ]


def test_only_an_answer_asks_and_each_is_summarised(ada, app, mixed, provider, work):
    page = question(ada, "summarise", mixed["new"], mixed["failed"], mixed["ready"])
    assert ada.panel(mixed["new"]).state == "none"
    assert answer(ada, page).location == "/documents"
    assert told(ada) == "Summarising 2 documents."
    work.drain()
    assert {ada.panel(mixed[name]).state for name in ("new", "failed", "ready", "waits")} == {"complete"}


def test_a_single_click_waits_behind_none_of_many(ada, app, work):
    many = fill(app, ada, "First", "Second")
    answer(ada, question(ada, "summarise", *many))
    ada.summarise(ada.add(title="Alone"))
    assert queues_in(app) == ["default", "default", "high"]
    ada.summarise(many[1])  # of which somebody is in a hurry now
    ada.summarise(many[1])
    assert {summary.document_id: summary.queue for summary in work.summaries()}[many[1]] == "high"
    assert [summary.requested_by_id for summary in work.summaries()] == [1, 1, 1]
    work.drain()
    assert len(work.ledger()) == 3


def test_the_question_says_what_it_costs(make_app, ada, price):
    priced = ada.add(), ada.add(title="Another")
    page = question(ada, "summarise", *priced)
    assert "not known" in words(page.get_element_by_id("estimate"))
    app = make_app(model_prices="test-model=1000/1000")
    ada.browser, ada.app = app.test_client(), app
    ada.log_in()
    said = words(question(ada, "summarise", *priced).get_element_by_id("estimate"))
    assert said.startswith("About $")
    assert said.endswith(" for 2 summaries.")


@pytest.fixture
def thrifty(make_app, ada):
    """Ada on a site where a summary has a price and she may spend so much."""

    def log_in(budget: str):
        app = make_app(model_prices="test-model=1000/1000", person_budget=budget)
        ada.app, ada.browser = app, app.test_client()
        ada.log_in()
        return ada

    return log_in


def test_beyond_the_budget_the_question_says_so_and_has_no_button(ada, thrifty, app):
    documents = fill(app, ada, "First", "Second", "Third")
    page = question(thrifty("1"), "summarise", *documents)
    assert "more than is left of this month’s budget, which is $1.00" in words(page.get_element_by_id("refused"))
    assert page.cssselect("main button") == []


def test_a_budget_that_ends_in_the_midst_leaves_the_others_and_says_so(ada, thrifty, app, work):
    documents = fill(app, ada, "First", "Second", "Third")
    act(thrifty("1"), "summarise", *documents, confirm="yes")
    assert "Too little is left of this month’s budget for the others." in told(ada)
    assert 0 < len(work.summaries()) < 3


def test_whoever_may_only_read_a_document_may_have_it_summarised(ada, ben, work):
    ada.share(document := ada.add(), ben)
    answer(ben, question(ben, "summarise", document))
    work.drain()
    assert ada.panel(document).state == "complete"


def test_as_often_as_it_is_allowed_one_by_one(make_app, ada, app):
    documents = fill(app, ada, "First", "Second", "Third")
    ada.app = make_app(summaries_per_minute=2)
    ada.browser = ada.app.test_client()
    ada.log_in()
    assert act(ada, "summarise", *documents[:2], confirm="yes").status_code == 303
    assert act(ada, "summarise", documents[2], confirm="yes").status_code == 429
    assert act(ada, "summarise", documents[2]).status_code == 200


# -- deleting --------------------------------------------------------------------------------------------


def test_deleting_names_the_documents_and_deletes_them_when_it_is_confirmed(ada, app):
    gone = fill(app, ada, "First & <last>", "Second")
    ada.add(title="Kept")
    page = question(ada, "delete", *gone)
    assert [words(li) for li in page.cssselect(".named li")] == ["First & <last>", "Second"]
    assert len(titles(library(ada))) == 3
    answer(ada, page)
    assert told(ada) == "Deleted 2 documents."
    assert titles(library(ada)) == ["Kept"]


def test_what_belongs_to_somebody_else_stays(ada, ben):
    ben.share(theirs := ben.add(title="Ben's"), ada, "editor")
    mine = ada.add(title="Ada's")
    page = question(ada, "delete", mine, theirs)
    assert "1 stays, as it belongs to somebody else: " in words(page.cssselect("main")[0])
    act(ada, "delete", mine, theirs, confirm="yes")
    assert titles(library(ada)) == ["Ben's"]
    assert "There is nothing to delete" in question(ada, "delete", theirs).text_content()
    assert act(ada, "delete", theirs, confirm="yes").status_code == 200
    assert ben.get(f"/documents/{theirs}").status_code == 200


def test_deleting_twice_deletes_once(ada, app):
    documents = fill(app, ada, "First", "Second")
    page = question(ada, "delete", *documents)
    assert [answer(ada, page).status_code for _ in range(2)] == [303, 404]
    with app.app_context():
        assert db.session.scalar(select(func.count(Document.id))) == 0


# -- tagging ---------------------------------------------------------------------------------------------


def tags(person, document: int) -> list[str]:
    return [words(a) for a in person.page(f"/documents/{document}").cssselect(".tags a")]


def test_a_tag_is_added_to_all_and_taken_off_again(ada, app):
    documents = fill(app, ada, "First", "Second")
    page = question(ada, "tags", *documents)
    answer(ada, page, tag="  Port  AUTHORITY ", confirm="add")
    assert told(ada) == "Tagged 2 documents with “port authority”."
    answer(ada, page, tag="port authority", confirm="add")
    assert [tags(ada, document) for document in documents] == [["port authority"]] * 2
    answer(ada, page, tag="PORT AUTHORITY", confirm="remove")
    assert [tags(ada, document) for document in documents] == [[], []]


@pytest.mark.parametrize(
    ("tag", "problem"), [("  ", "Enter a tag."), ("a,b", "without a comma"), ("t" * 41, "Use at most 40 characters")]
)
def test_a_tag_that_is_none_is_refused_with_what_was_typed(ada, tag, problem):
    document = ada.add()
    refused = act(ada, "tags", document, tag=tag, confirm="add")
    page = html.fromstring(refused.text)
    assert refused.status_code == 422
    assert page.cssselect("title")[0].text.startswith("Error: ")
    assert problem in words(page.get_element_by_id("error-summary"))
    assert page.get_element_by_id("tag").value == tag
    assert tags(ada, document) == []


def test_only_whoever_may_change_a_document_tags_it(ada, ben):
    ada.share(read := ada.add(title="Read"), ben)
    ada.share(changed := ada.add(title="Changed"), ben, "editor")
    assert "you may only read it" in words(question(ben, "tags", read, changed).cssselect("main")[0])
    act(ben, "tags", read, changed, tag="port", confirm="add")
    assert (tags(ada, read), tags(ada, changed)) == ([], ["port"])


def test_a_document_that_has_as_many_tags_as_it_may_is_left_and_that_is_said(ada):
    full, other = ada.add(), ada.add(title="Another")
    ada.edit(full, TEXT, tags=", ".join(map(str, range(20))))
    act(ada, "tags", full, other, tag="port", confirm="add")
    assert "Tagged 1 document with “port”. 1 has as many tags as it may." in told(ada)
    act(ada, "tags", full, tag="7", confirm="add")
    assert len(tags(ada, full)) == 20
