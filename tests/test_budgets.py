"""What may be spent in a month, by the site and by each person: reserved at the press, released at the end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from app.database import in_turn, utcnow
from app.extensions import db
from app.llm.prices import DOLLAR
from app.models import LedgerEntry, User
from tests.conftest import Work
from tests.provider import bad_key, cut_after
from tests.support.moments import alter, at_once
from tests.support.people import TEXT, Person

PRICED = {"openai_model": "gpt-4o-mini"}
NEXT = "It can be asked for from"


@pytest.fixture
def app(make_app):
    """Where Ada writes, without a budget. Under which she asks is for each test to say."""
    return make_app(**PRICED)


@pytest.fixture
def under(make_app):
    """The same site under budgets in micro-dollars, and Ada, or somebody else, in it."""

    def under(name="ada", settings=PRICED, **budgets):
        site = make_app(**settings, **{name: Decimal(amount) / DOLLAR for name, amount in budgets.items()})
        there = Person(site, name)
        there.log_in()
        there.work = Work(site)
        return there

    return under


def texts(count):
    """So many texts of the same length."""
    return [TEXT.replace("1703", str(1100 + number)) for number in range(count)]


def allow(app, person, amount):
    with app.app_context():
        User.by_email(person.email).monthly_budget = amount
        db.session.commit()


# -- a limit -----------------------------------------------------------------------------------------------


def test_25_requests_at_once_for_a_budget_of_four_are_four_calls(ada, under, price, provider):
    documents = [ada.add(text) for text in texts(25)]
    limited = under(monthly_budget=4 * price(documents[0]))
    tokens = {"csrf_token": limited.token("/documents/new")}
    people = [Person(limited.app, "ada") for _ in documents]
    for one in people:
        one.browser.set_cookie("session", limited.browser.get_cookie("session").value)
    answers = at_once(25, lambda n: people[n].browser.post(f"/documents/{documents[n]}/summary", data=tokens))
    assert [answer.status_code for answer in answers] == [303] * 25
    assert len(limited.work.summaries()) == 4
    limited.work.drain()
    assert len(provider.calls) == 4


def test_whoever_is_refused_reads_which_budget_it_is_how_much_and_until_when(ada, under, price):
    document = ada.add()
    limited = under(monthly_budget=price(document) - 1)
    panel = limited.press(document)
    assert panel.state == "none"
    assert panel.announcement == "Not summarised: too little is left of this month’s budget"
    assert "This site’s budget for this month is $0.0" in panel.notice
    assert "$0.00 of it is spent or set aside, and this summary may cost" in panel.notice
    assert f"{NEXT} 1 " in panel.notice
    assert limited.work.summaries() == []


def test_the_page_says_so_before_anybody_presses(ada, under):
    document = ada.add()
    assert NEXT in under(monthly_budget=0).panel(document).notice
    assert NEXT not in ada.panel(document).notice


def test_without_javascript_the_page_says_it_and_reads_it_out(ada, under):
    document = ada.add()
    limited = under(monthly_budget=0)
    answer = limited.summarise(document)
    assert (answer.status_code, answer.location) == (303, f"/documents/{document}?refused=1#summary")
    panel = limited.panel_at(answer.location)
    assert panel.status.startswith("Not summarised")
    assert NEXT in panel.notice


def test_a_page_from_before_the_budget_was_used_up_is_told_at_the_press(ada, under, price):
    first, second = ada.add(), ada.add(texts(1)[0])
    limited = under(monthly_budget=price(first))
    shown = limited.panel(second)
    limited.summarise(first)
    assert NEXT in limited.press(second, seen=shown.poll_url.rpartition("seen=")[2]).notice


def test_another_take_is_refused_beside_the_good_one_which_stays(ada, work, under, price):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    limited = under(monthly_budget=0)
    assert NEXT not in limited.panel(document).notice
    panel = limited.press(document, regenerate="1")
    assert (panel.state, NEXT in panel.notice) == ("complete", True)
    assert panel.text
    answer = limited.summarise(document, regenerate="1")
    assert NEXT in limited.panel_at(answer.location).notice


def test_what_is_there_already_is_read_and_joined_whatever_is_left(ada, ben, work, under, provider, release):
    document = ada.add()
    ada.share(document, ben)
    ada.summarise(document)
    poor = under("ben", monthly_budget=0)
    assert poor.press(document).state == "pending"
    work.drain()
    assert poor.press(document).state == "complete"
    assert len(provider.calls) == 1


def test_a_text_out_of_date_says_both_that_it_is_and_that_there_is_no_money(ada, work, under):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.edit(document, texts(1)[0])
    notice = under(monthly_budget=0).panel(document).notice
    assert notice.startswith("Out of date")
    assert NEXT in notice


# -- what is set aside, and given back ---------------------------------------------------------------------


def test_what_is_under_way_is_set_aside_and_its_end_gives_back_what_it_did_not_cost(ada, under, price):
    first, second = ada.add(), ada.add(texts(1)[0])
    limited = under(monthly_budget=price(first) + price(second) - 1)
    limited.summarise(first)
    assert limited.press(second).state == "none"
    limited.work.drain()
    assert limited.press(second).state == "pending"


@pytest.mark.parametrize("end", ["stopped", "failed", "deleted"])
def test_whatever_ends_without_a_call_gives_back_all_of_it(ada, under, price, provider, end):
    provider.script(bad_key())
    first, second = ada.add(), ada.add(texts(1)[0])
    limited = under(monthly_budget=price(first))
    limited.summarise(first)
    if end == "stopped":
        limited.cancel(first)
    elif end == "deleted":
        limited.delete(first)
    else:
        limited.work.drain()
    assert limited.press(second).state == "pending"


def test_what_failed_and_is_tried_again_is_set_aside_again(ada, under, price, provider):
    provider.script(bad_key())
    first, second = ada.add(), ada.add(texts(1)[0])
    limited = under(monthly_budget=price(first))
    limited.summarise(first)
    limited.work.drain()
    limited.summarise(second)
    assert NEXT in limited.press(first).notice


def test_another_month_has_its_own_budget(ada, under, price):
    first, second = ada.add(), ada.add(texts(1)[0])
    limited = under(monthly_budget=price(first))
    limited.summarise(first)
    limited.work.drain()
    alter(limited.app, LedgerEntry, cost=price(first))
    assert limited.press(second).state == "none"
    alter(limited.app, LedgerEntry, created_at=utcnow() - timedelta(days=32))
    assert limited.press(second).state == "pending"


def test_attempts_that_used_up_the_budget_are_followed_by_no_other(ada, under, price, provider):
    half = "word " * 400
    provider.default = cut_after(half)
    document = ada.add()
    limited = under(monthly_budget=price(document))
    limited.summarise(document)
    limited.work.drain()
    assert 1 <= len(provider.calls) < 5
    panel = limited.panel(document)
    assert panel.state == "failed"
    assert "The attempts so far used up what may be spent this month" in panel.notice


# -- of each person ----------------------------------------------------------------------------------------


def test_each_person_has_a_budget_of_their_own(ada, ben, under, price):
    first, second, his = ada.add(), ada.add(texts(1)[0]), ben.add()
    of_ada, of_ben = (under(name, person_budget=price(first)) for name in ("ada", "ben"))
    of_ada.summarise(first)
    assert "Your budget" in of_ada.press(second).notice
    assert of_ben.press(his).state == "pending"


def test_it_is_for_what_they_asked_for_whosever_document_it_is(ada, ben, under, price):
    first, second = ada.add(), ada.add(texts(1)[0])
    ada.share(first, ben)
    ada.share(second, ben)
    of_ben, of_ada = under("ben", person_budget=price(first)), under("ada", person_budget=price(first))
    of_ben.summarise(first)
    assert of_ben.press(second).state == "none"
    assert of_ada.press(second).state == "pending"


def test_an_administrator_may_allow_one_person_more_or_less(app, ada, under, price):
    document = ada.add()
    limited = under(person_budget=0)
    assert limited.press(document).state == "none"
    allow(app, ada, price(document))
    assert limited.press(document).state == "pending"
    allow(app, ada, 0)
    assert "Your budget for this month is $0.00" in under().panel(ada.add(texts(1)[0])).notice


def test_what_is_made_in_advance_is_on_nobodys_own_budget_but_on_the_sites(ada, under, price):
    document = ada.add()
    ada.pin(document)
    free, poor = under(person_budget=0, warming_quiet_seconds=0), under(monthly_budget=0, warming_quiet_seconds=0)
    poor.work.sweep()
    assert poor.work.summaries() == []
    ada.unpin(document)
    ada.pin(document)
    free.work.sweep()
    assert [summary.purpose for summary in free.work.summaries()] == ["warming"]


# -- what cannot be reckoned -------------------------------------------------------------------------------


def test_where_no_price_is_known_no_budget_can_be_kept_so_nothing_is_asked_for(ada, under):
    limited = under(settings={"openai_model": "test-model"}, monthly_budget=DOLLAR)
    assert "what this model costs is not known" in limited.press(ada.add()).notice


def test_a_price_of_our_own_makes_it_known(ada, under):
    own = {"openai_model": "test-model", "model_prices": "test-model=0.15/0.60"}
    assert under(settings=own, monthly_budget=DOLLAR).press(ada.add()).state == "pending"


def test_what_costs_nothing_needs_no_budget(ada, under):
    assert under(settings={"openai_api_key": ""}, monthly_budget=0).press(ada.add()).state == "pending"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_where_there_is_no_budget_nobody_waits_for_those_who_have_one(app, ada):
    document = ada.add()
    with app.app_context():
        in_turn("budget")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(ada.press, document).result().state == "pending"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_whoever_cannot_have_their_turn_is_told_to_try_again_and_nothing_is_spent(app, ada, under):
    document, limited = ada.add(), under(monthly_budget=DOLLAR)
    with app.app_context():
        in_turn("budget")
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(limited.summarise, document).result()
    assert answer.status_code == 503
    assert limited.work.summaries() == []
