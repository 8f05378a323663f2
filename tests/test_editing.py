"""Editing: one saves and the other is told, and what either typed is never lost."""

import threading
import time

import pytest
from lxml import html
from sqlalchemy import func, select

from app.extensions import db
from app.models import Revision
from tests.support.people import TEXT

SECOND = TEXT + "\nA line that only Ben's tab has."
THIRD = TEXT.replace("1703", "1704") + "\nA line that only Ada's tab has."


def conflict(response):
    assert response.status_code == 409
    return html.fromstring(response.text)


def saved(person, document: int) -> str:
    return html.fromstring(person.get(f"/documents/{document}/edit").text).get_element_by_id("text").value.strip()


def revisions(app) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Revision.id)))


def test_an_edit_from_an_old_page_is_told_and_shows_both_texts(ada):
    document = ada.add()
    ada.edit(document, SECOND, title="Second", version=1)
    page = conflict(ada.edit(document, THIRD, title="Third", version=1))
    assert page.cssselect(".version-text")[0].text == SECOND
    assert "Second" in page.cssselect(".version-title")[0].text_content()
    assert page.get_element_by_id("text").value.strip() == THIRD
    assert page.get_element_by_id("title").value == "Third"
    assert "Ben's" in page.cssselect(".diff del")[-1].text_content()
    assert "Ada's" in page.cssselect(".diff ins")[-1].text_content()
    assert saved(ada, document) == SECOND


def test_the_form_of_the_conflict_saves_over_what_is_there(ada, app):
    document = ada.add()
    ada.edit(document, SECOND, version=1)
    page = conflict(ada.edit(document, THIRD, version=1))
    (form,) = [form for form in page.forms if form.action.endswith("/edit")]
    assert ada.browser.post(form.action, data=dict(form.form_values())).status_code == 303
    assert saved(ada, document) == THIRD
    assert revisions(app) == 3


def test_a_conflict_that_is_old_by_now_is_a_conflict_again(ada):
    document = ada.add()
    ada.edit(document, SECOND, version=1)
    second = ada.version(document)
    ada.edit(document, "Meanwhile, a third.", version=second)
    page = conflict(ada.edit(document, THIRD, version=second))
    assert page.cssselect(".version-text")[0].text == "Meanwhile, a third."
    assert int(page.cssselect("input[name=version]")[0].value) == ada.version(document) > second


@pytest.mark.parametrize("version", ["", "abc"])
def test_a_form_without_its_version_is_refused_with_the_text_kept(ada, version):
    document = ada.add()
    url = f"/documents/{document}/edit"
    response = ada.post(url, url, title="T", text=SECOND, version=version)
    assert response.status_code == 422
    assert html.fromstring(response.text).get_element_by_id("text").value.strip() == SECOND
    assert html.fromstring(response.text).cssselect("#error-summary li")
    assert saved(ada, document) == TEXT


@pytest.mark.parametrize("version", ["0", "-1", "2", "9" * 30])
def test_a_version_that_never_was_is_a_conflict(ada, version):
    document = ada.add()
    url = f"/documents/{document}/edit"
    conflict(ada.post(url, url, title="T", text=SECOND, version=version))
    assert saved(ada, document) == TEXT


def at_once(*calls) -> list:
    """The answers of *calls*, which all begin at the same moment."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def make(number: int, call) -> None:
        start.wait()
        answers[number] = call()

    threads = [threading.Thread(target=make, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def posting(person, url: str, **fields):
    """A POST that is ready to go, with a browser and a token of its own."""
    browser = person.app.test_client()
    browser.set_cookie("session", person.browser.get_cookie("session").value)
    form = {"csrf_token": person.token("/documents/new"), **fields}
    return lambda: browser.post(url, data=form)


def test_of_two_who_save_at_the_same_moment_one_saves_and_one_is_told(ada, app):
    for _ in range(5):
        document = ada.add()
        url = f"/documents/{document}/edit"
        texts = [SECOND, THIRD]
        answers = at_once(*(posting(ada, url, title="T", text=text, version=1) for text in texts))
        won, lost = sorted(range(2), key=lambda n: answers[n].status_code)
        assert (answers[won].status_code, answers[lost].status_code) == (303, 409)
        page = conflict(answers[lost])
        assert saved(ada, document) == page.cssselect(".version-text")[0].text == texts[won]
        assert page.get_element_by_id("text").value.strip() == texts[lost]
    assert revisions(app) == 10


def test_pressing_delete_twice_at_the_same_moment_deletes_once_and_breaks_nothing(ada):
    for _ in range(5):
        url = f"/documents/{ada.add()}/delete"
        answers = at_once(*[posting(ada, url, confirm="yes")] * 2)
        assert sorted(a.status_code for a in answers) == [303, 404]


def test_deleting_while_somebody_saves_ends_in_one_of_the_two_orders(ada):
    for _ in range(5):
        document = ada.add()
        edit = posting(ada, f"/documents/{document}/edit", title="T", text=SECOND, version=1)
        answers = at_once(edit, posting(ada, f"/documents/{document}/delete", confirm="yes"))
        assert tuple(a.status_code for a in answers) in {(303, 303), (404, 303), (303, 409)}


def test_a_conflict_between_two_long_and_different_texts_is_shown_at_once(ada):
    first, second = (("\n".join(f"{word} {n % 97} and {n}" for n in range(9_000))) for word in ("one", "two"))
    document = ada.add(first)
    ada.edit(document, first + "\nmore")
    began = time.monotonic()
    page = conflict(ada.edit(document, second, version=1))
    assert time.monotonic() - began < 10
    assert page.get_element_by_id("text").value.strip() == second
