"""Accounts: who one is, for how long, and what an outsider can learn or make a browser do."""

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import delete

from app.extensions import db
from app.models import User
from tests.support.databases import on_one_database
from tests.support.people import PASSWORD, Person

# For what no database decides; each account costs a tenth of a second of hashing.


def said(response) -> str:
    return " ".join(html.fromstring(response.text).text_content().split())


def cookies_set(response) -> dict[str, str]:
    return {cookie.partition("=")[0]: cookie for cookie in response.headers.getlist("Set-Cookie")}


def forget_session(person: Person) -> None:
    """What closing the browser does."""
    person.browser.delete_cookie("session")


# -- in and out ------------------------------------------------------------------------------------------


def test_a_person_signs_up_logs_out_and_logs_in_again(ada):
    assert ada.email in ada.get("/documents").text
    ada.log_out()
    page = ada.get("/")
    assert "You are logged out." in page.text
    assert "You are logged out." not in ada.get("/").text
    assert ada.get("/documents").location == "/login?next=/documents"
    assert ada.log_in().location == "/documents"
    assert ada.get("/login").location == "/documents"


def test_who_asks_to_be_remembered_is_until_they_log_out(ada):
    ada.log_out()
    assert "remember_token" not in cookies_set(ada.log_in())
    ada.log_out()
    assert "remember_token" in cookies_set(ada.log_in(remember="y"))
    forget_session(ada)
    assert ada.get("/documents").status_code == 200
    ada.log_out()
    assert ada.get("/documents").status_code == 303
    forget_session(ada)
    assert ada.get("/documents").status_code == 303


def test_whoever_logs_in_after_somebody_remembered_leaves_nothing_of_them(ada, ben):
    ada.log_in(remember="y")
    ben.browser = ada.browser
    ben.log_in()
    forget_session(ben)
    assert ben.get("/documents").status_code == 303


def test_two_spellings_of_an_address_are_one_account(ada, app):
    spelt = Person(app, "Ada")
    spelt.email = "  ADA@Example.ORG "
    again = spelt.post("/signup", "/signup", email=spelt.email, password=PASSWORD)
    assert again.status_code == 422
    assert "This address has an account already" in said(again)
    assert spelt.log_in().status_code == 303
    with app.app_context():
        assert User.count() == 1


@on_one_database
@pytest.mark.parametrize(
    ("email", "password", "field", "reason"),
    [
        ("not an address", PASSWORD, "email", "Enter an email address such as ada@example.org."),
        ("", PASSWORD, "email", "Enter your email address."),
        ("ada@example.org\0", PASSWORD, "email", "Enter an email address such as ada@example.org."),
        (f"{'a' * 250}@example.org", PASSWORD, "email", "254 characters"),
        ("ada@example.org", "1234567", "password", "Use 8 to 128 characters."),
        ("ada@example.org", "x" * 129, "password", "Use 8 to 128 characters."),
    ],
)
def test_a_sign_up_that_cannot_be_says_why_and_keeps_the_address(app, email, password, field, reason):
    response = Person(app, "ada").post("/signup", "/signup", email=email, password=password)
    page = html.fromstring(response.text)
    assert response.status_code == 422
    assert page.findtext(".//title").startswith("Error: ")
    (problem,) = [a for a in page.cssselect("#error-summary a") if reason in a.text]
    assert problem.get("href") == f"#{field}"
    assert page.get_element_by_id(field).get("aria-invalid") == "true"
    assert reason in page.get_element_by_id(page.get_element_by_id(field).get("aria-describedby").split()[-1]).text
    assert page.get_element_by_id("email").value == email.replace("\0", "�")
    assert not page.get_element_by_id("password").value


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(ada, app):
    ada.log_out()
    wrong = ada.log_in("not my password")
    unknown = Person(app, "nobody").log_in("not my password")
    assert wrong.status_code == unknown.status_code == 422
    assert "The address or the password is wrong." in said(wrong)
    assert said(wrong).removeprefix("You are logged out.") == said(unknown)
    assert html.fromstring(wrong.text).get_element_by_id("email").value == ada.email
    assert html.fromstring(wrong.text).findtext(".//title").startswith("Error: ")


@on_one_database
def test_guessing_a_password_is_stopped_for_that_account_and_nobody_else(ada, ben):
    ada.log_out()
    ben.log_out()
    guesses = [ada.log_in(f"guess {n}").status_code for n in range(11)]
    assert guesses == [422] * 10 + [429]
    refused = ada.log_in()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "That was too often" in said(refused)
    assert ben.log_in().status_code == 303


@on_one_database
def test_logging_in_rightly_is_never_too_often(ada):
    assert {ada.log_in().status_code for _ in range(12)} == {303}


def test_where_sign_up_is_closed_the_page_says_so_and_the_form_is_refused(ada, make_app):
    visitor = Person(make_app(signup="closed"), "visitor")
    page = visitor.get("/signup")
    assert "New accounts are closed on this site" in said(page)
    assert html.fromstring(page.text).cssselect("main form") == []
    assert "Sign up" not in said(visitor.get("/login"))
    assert visitor.post("/signup", "/login", email=visitor.email, password=PASSWORD).status_code == 403
    ada.browser = visitor.browser
    assert ada.log_in().status_code == 303


# -- where to go on --------------------------------------------------------------------------------------

ELSEWHERE = (
    *("//evil.example", "///evil.example", "http://evil.example", "\\\\evil.example", "/\\evil.example"),
    *("javascript:alert(1)", "evil.example", "/\t/evil.example", "/\n/evil.example", "//[", "http://[", ""),
)


@on_one_database
def test_logging_in_goes_on_to_where_one_was_going_but_never_to_another_site(ada):
    assert ada.log_in(next="/documents?q=harbour").location == "/documents?q=harbour"
    assert ada.get("/login?next=/documents/new").location == "/documents/new"
    assert ada.log_in(next="//evil.example").location == "/documents"
    went = {address: ada.get("/login", query_string={"next": address}).location for address in ELSEWHERE}
    assert went == dict.fromkeys(ELSEWHERE, "/documents")


@on_one_database
def test_the_way_there_survives_a_mistake_and_a_sign_up(app):
    ben = Person(app, "ben")
    asked = ben.get("/documents/7/edit?a=1&b=2", follow_redirects=True)
    assert html.fromstring(asked.text).cssselect("input[name=next]")[0].value == "/documents/7/edit?a=1&b=2"
    refused = ben.log_in("wrong", next="/documents/7")
    (signup,) = html.fromstring(refused.text).xpath("//main//a[text()='Sign up']")
    joined = ben.post(signup.get("href"), signup.get("href"), email=ben.email, password=PASSWORD)
    assert joined.location == "/documents/7"


# -- cookies and tokens ----------------------------------------------------------------------------------


@on_one_database
def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(ada):
    cookies = cookies_set(ada.log_in(remember="y"))
    assert cookies.keys() == {"session", "remember_token", "known"}
    for cookie in cookies.values():
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie


@on_one_database
@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"app_env": "production", "secret_key": "s" * 32}, {}),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "https"}),
    ],
)
def test_cookies_travel_over_https_alone_where_there_is_https(ada, make_app, settings, headers):
    browser = make_app(**settings).test_client()
    base = {"headers": headers, "base_url": "https://localhost" if settings.get("app_env") else "http://localhost"}
    page = browser.get("/login", **base)
    token = html.fromstring(page.text).cssselect("input[name=csrf_token]")[0].value
    prefix = "__Host-" if settings.get("app_env") else ""
    browser.set_cookie(f"{prefix}session", cookies_set(page)[f"{prefix}session"].partition("=")[2].partition(";")[0])
    form = {"csrf_token": token, "email": ada.email, "password": PASSWORD, "remember": "y"}
    cookies = cookies_set(browser.post("/login", data=form, **base))
    assert cookies.keys() == {f"{prefix}{name}" for name in ("session", "remember_token", "known")}
    assert all("; Secure" in cookie for cookie in cookies.values())


@on_one_database
def test_a_proxy_that_is_not_trusted_is_not_believed(ada):
    assert "Secure" not in cookies_set(ada.get("/login", headers={"X-Forwarded-Proto": "https"})).get("session", "")


def test_no_form_is_taken_without_its_token(ada, app):
    """Every address that takes a POST, also one that is added tomorrow."""
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    with app.test_request_context():
        urls = [app.url_map.bind("").build(r.endpoint, dict.fromkeys(r.arguments, 1), method="POST") for r in posts]
    answers = {url: without_token(ada.browser, url) for url in urls}
    # Where somebody may have written for an hour, what was typed comes back instead: see tests/test_kept.py.
    come_back = dict.fromkeys(("/documents", "/documents/1/edit"), (400, False))
    assert answers == dict.fromkeys(urls, (400, True)) | come_back
    assert len(urls) >= 8
    assert ada.get("/documents").status_code == 200


def without_token(browser: FlaskClient, url: str) -> tuple[int, bool]:
    response = browser.post(url, data={"confirm": "yes", "text": "x"})
    return response.status_code, "Reload it and try again" in said(response)


@on_one_database
def test_the_token_of_one_visitor_is_of_no_use_to_another(ada, eve):
    response = ada.browser.post("/documents", data={"csrf_token": eve.token("/documents/new"), "text": "x"})
    assert response.status_code == 400


def test_the_session_of_somebody_who_is_gone_is_nobody_s(ada, app):
    with app.app_context():
        db.session.execute(delete(User))
        db.session.commit()
    assert ada.get("/documents").location == "/login?next=/documents"
    assert "Log in" in said(ada.get("/"))
    assert ada.log_in().status_code == 422
    assert ada.sign_up().get("/documents").status_code == 200


@on_one_database
def test_a_cookie_that_somebody_made_up_is_nobody_s(app):
    visitor = Person(app, "visitor")
    visitor.browser.set_cookie("session", "eyJfdXNlcl9pZCI6IjEifQ.Zm9v.YmFy")
    visitor.browser.set_cookie("remember_token", "1|abc")
    assert visitor.get("/documents").status_code == 303
