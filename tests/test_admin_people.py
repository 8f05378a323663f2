"""People, as an administrator sees them: what they use, and never what is in it."""

import pytest

from app.database import utcnow
from app.extensions import db
from app.models import User
from tests.provider import streams
from tests.support.administrators import administrator, facts, id_of, make_administrator, told
from tests.support.moments import at_once
from tests.support.people import Person, words

# Ten tokens, at a dollar a thousand: each call costs a cent, whatever is sent.
A_CENT = streams("A summary.", {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 10}}, usage=False)


@pytest.fixture
def app(make_app, provider):
    provider.default = A_CENT
    return make_app(model_prices="test-model=0/1000")


@pytest.fixture
def dora(app):
    """The administrator."""
    return administrator(app)


@pytest.fixture
def about(app):
    """The address of somebody's page."""
    return lambda person, verb="": f"/admin/people/{id_of(app, person)}{verb}"


def listed(person, query=""):
    rows = person.page(f"/admin/people{query}").cssselect(".library li")
    return {words(row[0]): words(row[1]) for row in rows}


def is_admin(app, person):
    with app.app_context():
        return User.by_email(person.email).is_admin


# -- looking -----------------------------------------------------------------------------------------------


def test_each_is_listed_with_what_they_have_and_spent_and_when_they_were_seen(dora, ada, ben, work):
    document = ada.add()
    ada.share(document, ben)
    ben.summarise(document)
    work.drain()
    people = listed(dora)
    assert list(people) == ["ben@example.org", "ada@example.org", "dora@example.org"]
    assert people["ada@example.org"].startswith("1 document $0.00 this month Seen")
    assert people["ben@example.org"].startswith("0 documents $0.01")
    assert people["dora@example.org"].startswith("Administrator 0 documents")


def test_who_is_logged_in_nowhere_is_said_to_be(dora, ada):
    ada.log_out()
    assert listed(dora)["ada@example.org"].endswith("Logged in nowhere")


def test_nothing_of_what_they_have_is_told(dora, ada, about):
    ada.add(title="Secret plans", text="The harbour is to be sold.")
    for page in ("/admin/people", about(ada)):
        assert "Secret" not in dora.get(page).text
        assert "harbour" not in dora.get(page).text


def test_an_address_is_found_by_any_part_of_it(dora, ada, ben):
    assert list(listed(dora, "?q=ADA+example")) == ["ada@example.org"]
    assert list(listed(dora, "?q=%25")) == []  # stands for itself


def test_the_pages_hold_everybody_once_while_others_sign_up(app, dora):
    with app.app_context():
        for number in range(40):
            db.session.add(User(email=f"p{number}@example.org", password_hash="", confirmed_at=utcnow()))
        db.session.commit()
    first = dora.page("/admin/people?q=example")
    (following,) = first.cssselect(".paging a")
    Person(app, "late").sign_up()
    seen = [words(heading) for heading in first.cssselect(".library h2")]
    seen += listed(dora, following.get("href"))
    assert sorted(seen) == sorted(["dora@example.org", *(f"p{number}@example.org" for number in range(40))])


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "²", "0"])
def test_a_cursor_that_is_none_of_ours_harms_nobody(dora, cursor):
    assert dora.get(f"/admin/people?before={cursor}").status_code == 200


# -- budgets -----------------------------------------------------------------------------------------------


def test_a_budget_that_is_set_holds_and_one_that_is_cleared_does_not(dora, ada, about, provider, work):
    document = ada.add()
    assert dora.post(about(ada, "/budget"), budget=" $0 ").location == about(ada)
    assert told(dora, about(ada)) == "ada@example.org may spend $0.00 a month."
    ada.summarise(document)
    assert work.summaries() == []
    dora.post(about(ada, "/budget"), budget="")
    assert facts(dora, about(ada), "figures")["Spent this month"] == "$0.00 of any amount"
    ada.summarise(document)
    work.drain()
    assert len(provider.calls) == 1


def test_without_a_budget_of_their_own_the_site_s_is_shown(make_app):
    app = make_app(person_budget=5)
    dora, ada = administrator(app), Person(app, "ada").sign_up()
    assert "of $5.00" in listed(dora)["ada@example.org"]
    dora.post(f"/admin/people/{id_of(app, ada)}/budget", budget="2.5")
    assert "of $2.50" in listed(dora)["ada@example.org"]


@pytest.mark.parametrize("typed", ["much", "-1", "nan", "1e9", "2,50", "1000001"])
def test_what_is_no_amount_is_refused_with_what_was_typed(dora, ada, about, typed):
    answer = dora.post(about(ada, "/budget"), budget=typed)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert "Enter an amount" in answer.text
    assert facts(dora, about(ada), "figures")["Spent this month"] == "$0.00 of any amount"


def test_the_budget_there_is_stands_in_the_form(dora, ada, about):
    dora.post(about(ada, "/budget"), budget="0.000001")
    (field,) = dora.page(about(ada)).cssselect("input[name=budget]")
    assert dora.post(about(ada, "/budget"), budget=field.get("value")).status_code == 303
    assert field.get("value") == "0.000001"


# -- administrators ----------------------------------------------------------------------------------------


def test_somebody_is_made_an_administrator_and_unmade(app, dora, ada, about):
    dora.post(about(ada, "/admin"))
    assert ada.get("/admin").status_code == 200
    dora.post(about(ada, "/admin/delete"))
    assert told(dora, about(ada)) == "ada@example.org is no administrator any more."
    assert ada.get("/admin").status_code == 404


def test_of_oneself_it_asks_first(app, dora, ada, about):
    make_administrator(app, ada)
    asked = dora.post(about(dora, "/admin/delete"))
    assert (asked.status_code, is_admin(app, dora)) == (200, True)
    assert "Make your own account an ordinary one?" in asked.text
    assert dora.post(about(dora, "/admin/delete"), confirm="yes").location == "/documents"
    assert dora.get("/admin").status_code == 404


def test_the_last_administrator_stays(app, dora, ada, about):
    dora.post(about(dora, "/admin/delete"), confirm="yes")
    assert told(dora, about(dora)) == "There is no other administrator. Make somebody else one first."
    assert is_admin(app, dora)


def test_of_two_who_unmake_each_other_at_once_one_stays(app, dora, ada, about):
    make_administrator(app, ada)
    people, tokens = (dora, ada), [dora.token("/admin/cache"), ada.token("/admin/cache")]
    targets = [about(ada, "/admin/delete"), about(dora, "/admin/delete")]

    def unmake(number):
        people[number].browser.post(targets[number], data={"csrf_token": tokens[number]})

    at_once(2, unmake)
    assert sorted([is_admin(app, dora), is_admin(app, ada)]) == [False, True]


# -- leaving -----------------------------------------------------------------------------------------------


def test_an_account_is_deleted_after_asking_with_everything_in_it(app, dora, ada, ben, about):
    ada.share(document := ada.add(), ben)
    asked = dora.post(about(ada, "/delete"))
    assert "1 document goes with it, 1 of them shared" in " ".join(asked.text.split())
    assert ben.get(f"/documents/{document}").status_code == 200
    dora.post(about(ada, "/delete"), confirm="yes")
    assert told(dora, "/admin/people") == "The account of ada@example.org is deleted, with everything in it."
    assert ben.get(f"/documents/{document}").status_code == 404
    assert ada.get("/documents").status_code == 303


def test_one_s_own_account_is_deleted_where_one_s_password_is_asked_for(dora, about):
    assert dora.post(about(dora, "/delete"), confirm="yes").location == "/account/delete"
    assert dora.get("/admin").status_code == 200


def test_another_administrator_is_deleted_like_anybody(app, dora, ada, about):
    make_administrator(app, ada)
    dora.post(about(ada, "/delete"), confirm="yes")
    assert list(listed(dora)) == ["dora@example.org"]


def test_whoever_is_logged_out_everywhere_is_so_at_the_next_page_and_nobody_else_is(app, dora, ada, about):
    elsewhere = Person(app, "ada")
    elsewhere.log_in()
    dora.post(about(ada, "/sessions/end"))
    assert told(dora, about(ada)) == "ada@example.org is logged out everywhere."
    assert {ada.get("/documents").status_code, elsewhere.get("/documents").status_code} == {303}


def test_one_s_own_session_goes_on(app, dora, about):
    elsewhere = Person(app, "dora")
    elsewhere.log_in()
    dora.post(about(dora, "/sessions/end"))
    assert told(dora, about(dora)) == "dora@example.org is logged out everywhere, except here."
    assert elsewhere.get("/documents").status_code == 303


def test_what_is_done_is_logged_by_ids_and_never_with_an_address(app, dora, ada, about, caplog):
    caplog.set_level("INFO", "foreword.accounts")
    ids = id_of(app, dora), id_of(app, ada)
    for verb, fields in (("/budget", {"budget": "1"}), ("/admin", {}), ("/admin/delete", {}), ("/sessions/end", {})):
        dora.post(about(ada, verb), **fields)
    dora.post(about(ada, "/delete"), confirm="yes")
    lines = [line for line in caplog.messages if line.startswith("admin-acted")]
    actions = ("budget-set", "administrator-made", "administrator-unmade", "sessions-ended", "account-closed")
    assert lines == [f"admin-acted user_id={ids[0]} action={action} target={ids[1]}" for action in actions]
    assert "example.org" not in caplog.text
