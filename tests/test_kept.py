"""What was typed comes back when meanwhile one was signed out, or signed in anew."""

import io

import pytest
from lxml import html

from app.extensions import db
from app.models import LoginSession
from tests.support.people import TEXT, words

DATABASES = ("sqlite",)  # what is shown here is the same on either


@pytest.fixture(params=["new", "edit"])
def form(request, ada):
    """Where a form stands, where it is sent to, and what was typed in it."""
    typed = {"title": "My title", "text": "What I wrote.\n\nIt took an hour & <more>."}
    if request.param == "new":
        return "/documents/new", "/documents", typed
    url = f"/documents/{ada.add()}/edit"
    return url, url, {**typed, "version": "1"}


def sign_out_everywhere(app):
    with app.app_context():
        LoginSession.end_all(1)
        db.session.commit()


def typed_in(page):
    return page.cssselect("#title")[0].get("value"), page.cssselect("#text")[0].value.strip()


def send(ada, url, token, fields):
    """Post the form as a browser does that has had its page open all the while."""
    return ada.browser.post(url, data={"csrf_token": token, **fields})


def kept(answer, fields):
    page = html.fromstring(answer.text)
    assert page.findtext(".//title").startswith("Error: ")
    assert typed_in(page) == (fields["title"], fields["text"])
    return page


def test_whoever_was_signed_out_finds_all_of_it_there_and_how_to_go_on(ada, app, form):
    at, url, fields = form
    token = ada.token(at)
    sign_out_everywhere(app)
    answer = send(ada, url, token, fields)
    assert answer.status_code == 401
    page = kept(answer, fields)
    assert "You are logged out" in words(page.cssselect("#error-summary")[0])
    assert page.cssselect("main a[href='/login'][target=_blank]")
    assert "The harbour" not in answer.text


def test_having_logged_in_in_another_tab_one_sends_it_and_nothing_is_lost(ada, app, form):
    at, url, fields = form
    token = ada.token(at)
    sign_out_everywhere(app)
    first = kept(send(ada, url, token, fields), fields)
    ada.log_in()
    second = send(ada, url, first.cssselect("main [name=csrf_token]")[0].get("value"), fields)
    assert second.status_code == 400
    page = kept(second, fields)
    assert "You have logged in since this form was opened" in words(page.cssselect("#error-summary")[0])
    version = {one.name: one.value for one in page.cssselect("main input[name=version]")}
    again = send(ada, url, page.cssselect("main [name=csrf_token]")[0].get("value"), fields | version)
    assert again.status_code == 303
    assert fields["text"].partition("\n")[0] in ada.page(again.location).text_content()


def test_a_browser_that_lost_its_cookies_brings_it_back_too(ada, form):
    at, url, fields = form
    token = ada.token(at)
    ada.browser.delete_cookie("session")
    answer = send(ada, url, token, fields)
    assert answer.status_code == 401
    kept(answer, fields)


def test_files_must_be_chosen_anew_and_that_is_said(ada, app):
    token = ada.token("/documents/new")
    sign_out_everywhere(app)
    fields = {"title": "Minutes", "text": "", "file": (io.BytesIO(TEXT.encode()), "minutes.txt")}
    answer = send(ada, "/documents", token, fields)
    assert "Choose the file anew" in answer.text


def test_where_nothing_was_typed_it_is_the_usual_question_to_log_in(ada, app):
    token = ada.token("/documents/new")
    sign_out_everywhere(app)
    assert send(ada, "/documents", token, {"title": "", "text": " "}).location == "/login"


def test_a_page_that_was_left_open_for_weeks_can_still_be_sent(ada, app, form):
    at, url, fields = form
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert send(ada, url, ada.token(at), fields).status_code == 303
