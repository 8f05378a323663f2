"""A password that was forgotten: a link by mail, which works once, for an hour, and tells outsiders nothing."""

import time

import pytest
from itsdangerous import URLSafeTimedSerializer

from app.accounts import passwords
from tests.support.databases import on_one_database
from tests.support.people import PASSWORD, Person
from tests.support.postbox import postbox  # noqa: F401 - a fixture
from tests.support.servers import free_port, wait_until
from tests.test_accounts import said

NEW = "four quite other words"


def forget(person: Person, email: str = ""):
    token = person.token("/password/forgotten")
    form = {"csrf_token": token, "email": email or person.email}
    return person.browser.post("/password/forgotten", data=form)


def choose(person: Person, link: str, password: str = NEW):
    return person.post(link, link, password=password)


@pytest.fixture
def ada(app, make_app) -> Person:
    """Who signed up when this site sent no mail yet."""
    Person(make_app(mail_url=""), "ada").sign_up()
    ada = Person(app, "ada")
    ada.log_in()
    return ada


@pytest.fixture
def outside(app, ada) -> Person:
    """Ada, at a browser that does not know her."""
    return Person(app, "ada")


def test_a_new_password_is_chosen_by_a_link_that_comes_by_mail(postbox, ada, outside, work):  # noqa: F811
    assert forget(outside).location == "/password/sent"
    assert "If that address has an account here" in said(outside.get("/password/sent"))
    work.once()
    mail = postbox.messages[0]
    assert (mail["To"], mail["From"]) == (ada.email, "Foreword <foreword@foreword.example>")
    assert mail["Subject"] == "Choose a new password"
    page = outside.get(postbox.link("/password/reset/"))
    assert ada.email in said(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert choose(outside, postbox.link("/password/reset/")).location == "/login"
    assert ada.get("/documents").status_code == 303, "every device is logged out"
    assert outside.log_in(PASSWORD).status_code == 422
    assert outside.log_in(NEW).status_code == 303


def test_a_link_works_once(postbox, outside, work):  # noqa: F811
    forget(outside)
    work.once()
    link = postbox.link("/password/reset/")
    choose(outside, link)
    assert outside.get(link).status_code == 404
    assert "This link does not work any more" in said(outside.get(link))
    assert outside.post(link, "/password/forgotten", password="somebody else's").status_code == 404
    assert outside.log_in(NEW).status_code == 303


@on_one_database
def test_a_link_from_before_the_password_was_changed_does_not_work(postbox, ada, outside, work):  # noqa: F811
    forget(outside)
    work.once()
    ada.post("/account/password", "/account", current=PASSWORD, password=NEW)
    assert outside.get(postbox.link("/password/reset/")).status_code == 404


@on_one_database
def test_a_link_works_for_an_hour(postbox, ada, outside, work, monkeypatch):  # noqa: F811
    forget(outside)
    work.once()
    link = postbox.link("/password/reset/")
    hour_later = time.time() + passwords.RESET_SECONDS
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: hour_later - 5)
    assert outside.get(link).status_code == 200
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: hour_later + 5)
    assert outside.get(link).status_code == 404


@on_one_database
@pytest.mark.parametrize("token", ["x", "WzEsIngiXQ.aaaa.bbbb", "%00", "é", "x" * 5000])
def test_a_link_that_somebody_made_up_does_not_work(ada, outside, token):
    assert outside.get(f"/password/reset/{token}").status_code == 404


@on_one_database
def test_a_link_for_one_purpose_is_no_link_for_another(ada, outside, app):
    forged = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="something else").dumps([1, "x"])
    assert outside.get(f"/password/reset/{forged}").status_code == 404


def test_an_address_without_an_account_gets_the_same_answer_and_no_mail(postbox, ada, outside, work):  # noqa: F811
    known, unknown = forget(outside), forget(outside, "nobody@example.org")
    assert (known.status_code, known.location, known.text) == (unknown.status_code, unknown.location, unknown.text)
    work.once()
    assert [mail["To"] for mail in postbox.messages] == [ada.email]


@on_one_database
def test_the_link_goes_to_this_site_whatever_the_request_claims(postbox, ada, outside, work):  # noqa: F811
    evil = {"base_url": "http://evil.example"}
    token = outside.get("/password/forgotten", **evil).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "email": ada.email}
    assert outside.browser.post("/password/forgotten", data=form, **evil).status_code == 303
    work.once()
    assert "evil.example" not in str(postbox.messages[0])
    assert postbox.link("/password/reset/")


@on_one_database
def test_a_mail_server_that_is_busy_is_asked_again(postbox, ada, outside, work):  # noqa: F811
    postbox.busy = 1
    forget(outside)
    work.once()
    wait_until(lambda: postbox.messages, "the mail has come")


@on_one_database
def test_a_person_is_told_that_the_password_was_changed(postbox, ada, work):  # noqa: F811
    ada.post("/account/password", "/account", current=PASSWORD, password=NEW)
    work.once()
    assert postbox.messages[0]["Subject"] == "Your password was changed"
    assert "https://foreword.example/password/forgotten" in postbox.messages[0].get_content()


@on_one_database
def test_asking_too_often_is_refused(postbox, ada, outside):  # noqa: F811
    answers = [forget(outside).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


@on_one_database
@pytest.mark.parametrize("email", ["", " "])
def test_asking_without_an_address_says_what_to_do(ada, outside, email):
    answer = outside.post("/password/forgotten", "/password/forgotten", email=email)
    assert (answer.status_code, "Enter your email address." in said(answer)) == (422, True)


@on_one_database
def test_in_development_the_mail_is_printed(ada, outside, environment, start_worker):
    forget(outside)
    worker = start_worker()
    wait_until(lambda: "/password/reset/" in worker.log(), "the link is on the terminal", 60)
    assert "--- mail to ada@example.org: Choose a new password" in worker.log()


@on_one_database
def test_a_site_that_sends_no_mail_says_whom_to_ask(make_app):
    visitor = Person(make_app(app_env="production", secret_key="x" * 32), "visitor")
    page = visitor.get("/password/forgotten", base_url="https://localhost")
    assert "This site sends no mail. Ask the person who runs it for a new password." in said(page)


@on_one_database
def test_with_redis_away_it_is_said_that_no_mail_can_be_sent(ada, make_app):
    visitor = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ada")
    answer = forget(visitor)
    assert (answer.status_code, "No mail can be sent just now." in said(answer)) == (503, True)


@on_one_database
def test_the_operator_can_set_a_password(ada, app):
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["set-password", ada.email, "--password", NEW])
    assert "has a new password" in done.output
    assert ada.get("/documents").status_code == 303
    assert ada.log_in(NEW).status_code == 303
