"""Tags of a document: typed where it is edited, shown wherever it is listed, and gone when it is."""

import io
import json
import zipfile

import pytest
from lxml import html
from sqlalchemy import func, select

from app.extensions import db
from app.models import Tag
from tests.support.people import TEXT, Person, words
from tests.support.shelves import library, titles


def tags(person: Person, document: int) -> list[str]:
    return [words(a) for a in person.page(f"/documents/{document}").cssselect(".tags a")]


def tag(person: Person, document: int, typed: str, **fields):
    return person.edit(document, TEXT, tags=typed, **fields)


def test_they_are_typed_with_commas_and_kept_in_lower_case_each_once(ada):
    document = ada.add()
    tag(ada, document, " Port , minutes of MAY,, port,Straße ")
    assert tags(ada, document) == ["minutes of may", "port", "straße"]
    page = ada.page(f"/documents/{document}/edit")
    assert page.get_element_by_id("tags").value == "minutes of may, port, straße"
    tag(ada, document, "port")
    assert tags(ada, document) == ["port"]
    tag(ada, document, "")
    assert tags(ada, document) == []


def test_they_stand_in_the_library_and_lead_to_all_that_bear_them(ada):
    tag(ada, ada.add(), "port & <sea>")
    ada.add(title="Another")
    (link,) = library(ada).cssselect(".library .tags a")
    assert link.text == "port & <sea>"
    assert titles(html.fromstring(ada.get(link.get("href")).text)) == ["The harbour"]
    assert titles(library(ada, tag="PORT  & <sea>")) == ["The harbour"]
    assert titles(library(ada, tag="port")) == []


def test_the_filter_offers_the_tags_that_there_are_for_the_reader(ada, ben, eve):
    tag(ada, document := ada.add(), "port, sea")
    tag(ben, ben.add(), "bens")
    ada.share(document, ben)
    offered = [option.text for option in library(ben).cssselect("#filter-tag option")]
    assert offered == ["Any", "bens", "port", "sea"]
    assert titles(library(ben, tag="port")) == ["The harbour"]
    eve.add()
    assert len(library(eve).cssselect("#filter-tag option")) == 1
    assert titles(library(eve, tag="port")) == []


def test_the_filter_offers_each_tag_once_and_of_very_many_the_first_two_hundred(ada):
    for number in range(11):
        tag(ada, ada.add(), ", ".join(["all", *(f"tag {number:02}{n:02}" for n in range(19))]))
    offered = [option.text for option in library(ada).cssselect("#filter-tag option")]
    named = [f"tag {number:02}{n:02}" for number in range(11) for n in range(19)]
    assert offered == ["Any", "all", *named[:199]]


def test_a_form_that_has_no_place_for_them_leaves_them(ada):
    tag(ada, document := ada.add(), "port")
    ada.edit(document, "Another text.")
    assert tags(ada, document) == ["port"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("port, " + "t" * 41, f"Use at most 40 characters for a tag: “{'t' * 41}”."),
        (",".join(map(str, range(21))), "Use at most 20 tags; these are 21."),
    ],
)
def test_too_long_or_too_many_are_refused_with_everything_kept(ada, typed, problem):
    document = ada.add()
    refused = tag(ada, document, typed, title="New title")
    page = html.fromstring(refused.text)
    assert refused.status_code == 422
    assert words(page.get_element_by_id("error-summary")) == f"There is a problem {problem}"
    assert page.get_element_by_id("tags").value == typed
    assert page.get_element_by_id("title").value == "New title"
    assert tags(ada, document) == []


def test_as_long_and_as_many_as_it_may_have(ada):
    wanted = sorted(f"{n:02}{'t' * 38}" for n in range(20))
    tag(ada, document := ada.add(), ",".join(wanted))
    assert tags(ada, document) == wanted


def test_an_editor_changes_them_and_a_viewer_does_not(ada, ben, eve):
    document = ada.add()
    ada.share(document, ben, "editor")
    tag(ben, document, "port")
    assert tags(ada, document) == ["port"]
    ada.share(document, ben, "viewer")
    url, fields = f"/documents/{document}/edit", {"title": "T", "text": TEXT, "version": "2", "tags": "bens"}
    assert ben.post(url, **fields).status_code == 403
    assert eve.post(url, **fields).status_code == 404
    assert tags(ben, document) == ["port"]


def test_of_two_who_edit_at_once_the_second_keeps_what_they_typed(ada):
    document = ada.add()
    tag(ada, document, "port", version=1)
    conflict = tag(ada, document, "sea, ships", version=1)
    page = html.fromstring(conflict.text)
    assert conflict.status_code == 409
    assert page.get_element_by_id("tags").value == "sea, ships"
    assert "Tags port" in words(page.cssselect(".versions")[0])
    assert tags(ada, document) == ["port"]
    (form,) = [form for form in page.forms if form.action.endswith("/edit")]
    assert ada.browser.post(form.action, data=dict(form.form_values())).status_code == 303
    assert tags(ada, document) == ["sea", "ships"]


def test_whoever_comes_by_the_public_link_is_not_told_of_them(ada, app):
    tag(ada, document := ada.add(), "secret-project")
    assert "secret-project" not in Person(app, "visitor").get(ada.publish(document)).text


def test_deleting_the_document_deletes_them(ada, app):
    tag(ada, document := ada.add(), "port")
    ada.delete(document)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Tag)) == 0
    assert library(ada).cssselect("#filter-tag") == []


def test_the_download_of_an_account_has_them(ada):
    tag(ada, document := ada.add(), "port, sea")
    with zipfile.ZipFile(io.BytesIO(ada.get("/account/export").data)) as archive:
        about = json.loads(archive.read(f"documents/{document}/document.json"))
    assert about["tags"] == ["port", "sea"]
