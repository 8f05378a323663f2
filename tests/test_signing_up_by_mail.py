"""Where mail is sent, an account is opened from the mail of its address, and signing up tells nobody who has one."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.database import utcnow
from app.extensions import db
from app.models import User
from tests.support.databases import on_one_database
from tests.support.people import PASSWORD, Person
from tests.support.postbox import postbox  # noqa: F401 - a fixture
from tests.test_accounts import said

LINK = "/signup/confirm/"


@pytest.fixture
def ben(postbox, app) -> Person:  # noqa: F811
    """Somebody without an account."""
    return Person(app, "ben")


def sign_up(person: Person, password: str = PASSWORD):
    return person.post("/signup", "/signup", email=person.email, password=password)


def open_account(person: Person, link: str, password: str = PASSWORD):
    return person.post(link, link, password=password)


def test_an_account_is_opened_by_the_link_and_the_password(postbox, ben, work):  # noqa: F811
    assert sign_up(ben).location == "/signup/sent"
    assert "Look at your mail" in said(ben.get("/signup/sent"))
    assert ben.get("/documents").status_code == 303
    assert ben.log_in().status_code == 422
    assert "Open this account first" in said(ben.log_in())
    work.once()
    assert (postbox.messages[0]["To"], postbox.messages[0]["Subject"]) == (ben.email, "Confirm your address")
    link = postbox.link(LINK)
    assert ben.email in said(ben.get(link))
    assert open_account(ben, link).location == "/documents"
    assert ben.get("/documents").status_code == 200
    assert ben.get(link).status_code == 404
    assert "This link does not work any more" in said(ben.get(link))


def test_whoever_has_an_account_is_told_so_by_mail_alone(postbox, ben, work):  # noqa: F811
    new = sign_up(ben)
    work.once()
    open_account(ben, postbox.link(LINK))
    eve = Person(ben.app, "ben")
    again = sign_up(eve, "what Eve chose")
    assert (again.status_code, again.location, again.text) == (new.status_code, new.location, new.text)
    work.once()
    assert postbox.messages[-1]["Subject"] == "You have an account already"
    assert LINK not in postbox.messages[-1].get_content()
    assert Person(ben.app, "ben").log_in().status_code == 303, "and nothing of it is changed"


def test_nobody_gets_an_account_at_somebody_else_s_address(postbox, ben, work):  # noqa: F811
    eve = Person(ben.app, "ben")
    sign_up(eve, "what Eve chose")
    work.once()
    link = postbox.link(LINK)
    refused = open_account(ben, link)  # who reads the mail does not know what Eve chose
    assert (refused.status_code, "This is not the password that was chosen" in said(refused)) == (422, True)
    sign_up(ben)
    assert ben.get(link).status_code == 404, "the link of who signed up last is the one that works"
    work.once()
    assert open_account(ben, postbox.link(LINK)).location == "/documents"
    assert eve.log_in("what Eve chose").status_code == 422


def test_choosing_another_password_by_mail_opens_the_account_too(postbox, ben, work):  # noqa: F811
    sign_up(Person(ben.app, "ben"), "what Eve chose")
    ben.post("/password/forgotten", "/password/forgotten", email=ben.email)
    work.once()
    link = postbox.link("/password/reset/")
    assert ben.post(link, link, password=PASSWORD).location == "/login"
    assert ben.log_in().status_code == 303


@on_one_database
def test_nothing_is_shared_with_an_address_that_was_not_confirmed(postbox, ben, app, work):  # noqa: F811
    ada = Person(app, "ada")
    sign_up(ada)
    work.once()
    open_account(ada, postbox.link(LINK))
    sign_up(ben)
    refused = ada.share(ada.add(), ben)
    assert (refused.status_code, "Nobody has an account with this address." in said(refused)) == (422, True)


@on_one_database
def test_an_account_that_nobody_opened_in_a_day_is_gone(postbox, ben, app, work):  # noqa: F811
    sign_up(ben)
    work.once()
    link = postbox.link(LINK)
    with app.app_context():
        db.session.execute(update(User).values(created_at=utcnow() - timedelta(days=1, minutes=1)))
        db.session.commit()
    sign_up(Person(app, "eve"))
    assert ben.get(link).status_code == 404
    with app.app_context():
        assert [user.email for user in db.session.query(User)] == ["eve@example.org"]


@on_one_database
def test_with_redis_away_nothing_is_lost_and_it_is_said_what_to_do(postbox, make_app):  # noqa: F811
    from tests.support.servers import free_port

    ben = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ben")
    answer = sign_up(ben)
    assert (answer.status_code, "No mail can be sent just now" in said(answer)) == (503, True)
    assert f'value="{ben.email}"' in answer.text


@on_one_database
def test_one_address_is_not_sent_mail_without_end(postbox, ben):  # noqa: F811
    assert [sign_up(ben).status_code for _ in range(6)] == [303] * 5 + [429]
