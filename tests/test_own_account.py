"""One's own account: another password, every other device out, everything in one file, and leaving."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.database import utcnow
from app.extensions import db
from app.models import Document, LedgerEntry, LoginSession, Summary, User
from app.models.login_session import IDLE
from tests.support.databases import on_one_database
from tests.support.people import PASSWORD, TEXT, Person, words
from tests.support.servers import wait_until
from tests.test_accounts import forget_session, said

NEW = "four quite other words"


@pytest.fixture
def elsewhere(ada, app) -> Person:
    """Ada's other device, on which she asked to be remembered."""
    device = Person(app, "ada")
    device.log_in(remember="y")
    return device


def change(person: Person, current: str = PASSWORD, new: str = NEW):
    return person.post("/account/password", "/account", current=current, password=new)


def close(person: Person, password: str = PASSWORD):
    return person.post("/account/delete", "/account/delete", password=password)


def archive(person: Person) -> zipfile.ZipFile:
    answer = person.get("/account/export")
    assert answer.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


# -- passwords and sessions ------------------------------------------------------------------------------


def test_a_changed_password_ends_every_session_but_this_one(ada, elsewhere):
    assert change(ada).location == "/account"
    assert "Every other device is logged out." in said(ada.get("/account"))
    assert elsewhere.get("/documents").status_code == 303
    forget_session(elsewhere)  # with only the cookie of "keep me signed in" left
    assert elsewhere.get("/documents").status_code == 303
    assert elsewhere.log_in().status_code == 422
    assert elsewhere.log_in(NEW).status_code == 303


@on_one_database
def test_whoever_was_remembered_here_still_is_after_changing_the_password(elsewhere):
    change(elsewhere)
    forget_session(elsewhere)
    assert elsewhere.get("/documents").status_code == 200


@on_one_database
@pytest.mark.parametrize(
    ("current", "new", "reason"),
    [
        ("wrong", NEW, "This is not the password that you have now."),
        ("", NEW, "Enter the password that you have now."),
        (PASSWORD, "short", "Use 8 to 128 characters."),
        (PASSWORD, "x" * 129, "Use 8 to 128 characters."),
    ],
)
def test_a_password_that_cannot_be_changed_so_stays(ada, elsewhere, current, new, reason):
    answer = change(ada, current, new)
    assert answer.status_code == 422
    assert reason in said(answer)
    assert elsewhere.get("/documents").status_code == 200
    assert elsewhere.log_in().status_code == 303


@on_one_database
def test_whoever_finds_a_browser_open_cannot_try_passwords_there(ada):
    answers = [change(ada, f"guess {n}").status_code for n in range(10)]
    assert answers == [422] * 10
    assert change(ada).status_code == 429
    assert close(ada).status_code == 429  # nor go on trying there


@on_one_database
def test_every_other_device_can_be_logged_out(ada, elsewhere):
    assert ada.post("/account/sessions/end", "/account").location == "/account"
    assert "Every other device is logged out." in said(ada.get("/account"))
    assert elsewhere.get("/documents").status_code == 303
    assert elsewhere.log_in().status_code == 303


def test_one_device_can_be_logged_out(ada, elsewhere, eve):
    elsewhere.get("/documents", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    page = ada.page("/account")
    assert [words(one) for one in page.cssselect(".people .person")] == ["A browser", "A browser (this one)"]
    (button,) = page.cssselect(".people form")
    assert eve.post(button.get("action"), "/account").status_code == 404
    assert elsewhere.get("/documents").status_code == 200
    assert ada.post(button.get("action"), "/account").status_code == 303
    assert "That device is logged out." in said(ada.get("/account"))
    assert elsewhere.get("/documents").status_code == 303
    assert ada.post(button.get("action"), "/account").status_code == 404


@on_one_database
@pytest.mark.parametrize(
    ("says", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("<script>alert(1)</script>", "A browser"),
    ],
)
def test_a_device_is_called_what_people_call_it(ada, app, says, name):
    device = Person(app, "ada")
    device.browser.environ_base["HTTP_USER_AGENT"] = says
    device.log_in()
    assert words(device.page("/account").cssselect(".people .person")[0]) == f"{name} (this one)"


def test_a_copy_of_the_cookies_is_of_no_use_after_logging_out(elsewhere, app):
    thief = Person(app, "thief")
    for name in ("session", "remember_token"):
        thief.browser.set_cookie(name, elsewhere.browser.get_cookie(name).value)
    assert thief.get("/documents").status_code == 200
    elsewhere.log_out()
    assert thief.get("/documents").status_code == 303


@on_one_database
def test_a_session_that_nobody_used_for_a_week_has_ended_unless_it_was_to_be_kept(ada, elsewhere, app):
    with app.app_context():
        db.session.execute(update(LoginSession).values(seen_at=utcnow() - IDLE + timedelta(minutes=5)))
        db.session.commit()
    assert ada.get("/documents").status_code == 200  # which is noted
    with app.app_context():
        long_ago = update(LoginSession).where(LoginSession.remembered).values(seen_at=utcnow() - 2 * IDLE)
        db.session.execute(long_ago)
        db.session.commit()
    assert ada.get("/documents").status_code == 200
    assert elsewhere.get("/documents").status_code == 200
    with app.app_context():
        db.session.execute(update(LoginSession).values(seen_at=utcnow() - IDLE))
        db.session.commit()
    assert ada.get("/documents").status_code == 303
    assert elsewhere.get("/documents").status_code == 200


@on_one_database
def test_a_session_ends_after_the_days_that_are_set(make_app):
    ada = Person(make_app(session_days=1 / 86400), "ada").sign_up()  # a second
    ada.log_in(remember="y")
    wait_until(lambda: ada.get("/documents").status_code == 303, "the session has ended")
    assert ada.log_in().status_code == 303


@on_one_database
def test_the_most_used_passwords_are_refused_in_production(make_app):
    app = make_app(app_env="production", secret_key="x" * 32)
    visitor, https = Person(app, "visitor"), {"base_url": "https://localhost"}
    page = visitor.get("/signup", **https)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for password in ("password1", "Foreword2026!", "visitor2026"):
        form = {"csrf_token": token, "email": visitor.email, "password": password}
        answer = visitor.browser.post("/signup", data=form, headers={"Referer": "https://localhost/"}, **https)
        assert answer.status_code == 422
        assert "Choose another." in said(answer)


# -- everything in one file ------------------------------------------------------------------------------


def test_everything_can_be_taken_away_in_one_file(ada, ben, work):
    document = ada.add(title="The harbour/../../etc")
    ada.summarise(document)
    work.drain()
    ada.edit(document, "A second text.", title="The harbour")
    ada.share(document, ben)
    theirs = ben.add(title="Ben's")
    ben.share(theirs, ada, "editor")
    found = archive(ada)
    about = json.loads(found.read(f"documents/{document}/document.json"))
    assert about["title"] == "The harbour"
    assert about["shared_with"] == [{"email": ben.email, "role": "viewer"}]
    assert found.read(f"documents/{document}/text-1.txt").decode() == TEXT
    assert found.read(f"documents/{document}/{about['text']}").decode() == "A second text."
    (summary,) = about["summaries"]
    assert found.read(f"documents/{document}/{summary['file']}").decode() == work.summaries()[0].text
    assert summary["of"] == "text-1.txt"
    assert json.loads(found.read("account.json"))["email"] == ada.email
    assert json.loads(found.read("shared-with-you.json")) == [{"document": theirs, "title": "Ben's", "role": "editor"}]
    (call,) = csv.DictReader(io.StringIO(found.read("calls.csv").decode()))
    assert (call["outcome"], call["document_id"]) == ("complete", str(document))


def test_nothing_of_anybody_else_is_in_it(ada, eve):
    document = eve.add("Secret plans.")
    names = archive(ada).namelist()
    assert not [name for name in names if name.startswith("documents/")]
    assert f"documents/{document}/text-1.txt" in archive(eve).namelist()


@on_one_database
def test_more_documents_than_are_read_at_once_are_all_in_it(ada):
    for number in range(52):
        ada.add(f"Text number {number}.")
    texts = [name for name in archive(ada).namelist() if name.endswith("text-1.txt")]
    assert len(texts) == 52


# -- leaving ---------------------------------------------------------------------------------------------


def test_an_account_that_is_deleted_takes_everything_with_it_but_what_it_cost(ada, ben, app, work, redis):
    document, theirs = ada.add(), ben.add("Ben's own text.")
    ada.share(document, ben)
    ben.share(theirs, ada)
    ada.summarise(document)
    ben.summarise(theirs)
    work.drain()
    assert redis.keys(f"foreword:summary:{document}:*")
    question = ada.page("/account/delete")
    assert "1 document of yours goes with it" in words(question)
    assert "1 of them is shared, and the others lose it too" in words(question)
    assert close(ada).location == "/"
    assert "Your account is deleted" in said(ada.get("/"))
    assert ada.get("/documents").status_code == 303
    assert ada.log_in().status_code == 422
    assert ben.get(f"/documents/{document}").status_code == 404
    assert ben.panel(theirs).state == "complete"
    assert redis.keys(f"foreword:summary:{document}:*") == []
    with app.app_context():
        assert [user.email for user in db.session.query(User)] == [ben.email]
        assert [one.id for one in db.session.query(Document)] == [theirs]
        assert [one.document_id for one in db.session.query(Summary)] == [theirs]
        calls = {entry.user_id is None: entry.cost for entry in db.session.query(LedgerEntry)}
        assert calls.keys() == {True, False}


def test_leaving_while_a_summary_is_written_stops_it(ada, app, work, provider):
    document = ada.add()
    ada.summarise(document)
    close(ada)
    work.drain()
    assert provider.calls == []


@on_one_database
@pytest.mark.parametrize(
    ("password", "reason"), [("wrong", "This is not your password."), ("", "Enter your password.")]
)
def test_nobody_leaves_without_the_password(ada, password, reason):
    document = ada.add()
    answer = close(ada, password)
    assert (answer.status_code, reason in said(answer)) == (422, True)
    assert ada.get(f"/documents/{document}").status_code == 200


@on_one_database
def test_an_account_without_documents_can_be_deleted_and_made_anew(ada):
    assert "There are no documents of yours in it." in said(ada.get("/account/delete"))
    close(ada)
    assert ada.sign_up().get("/documents").status_code == 200
