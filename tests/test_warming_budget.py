"""What may be spent on summaries that nobody asked for, and what the page says when that is nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from app.database import one_at_a_time, utcnow
from app.extensions import db
from app.llm.prices import DOLLAR
from app.models import Document, LedgerEntry, Purpose
from app.summaries import asking
from app.summaries.prompt import Options
from app.summaries.recovery import sweep
from tests.conftest import Work
from tests.provider import bad_key, cut_after, says
from tests.support.moments import alter, at_once
from tests.support.people import TEXT, Person

PRICED = {"openai_model": "gpt-4o-mini", "warming_quiet_seconds": 0}
SAME_LENGTH = TEXT.replace("1703", "1704")
NO_BUDGET_LEFT = "Not kept ready this month: this site's budget for summaries in advance is used up."


@pytest.fixture
def app(make_app):
    """Where Ada writes. What is swept, and under which budget, is for each test to say."""
    return make_app(openai_model="gpt-4o-mini", warming="off")


@pytest.fixture
def site(make_app):
    """The same site under a budget in micro-dollars, or other settings; its work, and Ada in it."""

    def site(budget=None, **changes):
        limit = {} if budget is None else {"warming_budget": Decimal(budget) / DOLLAR}
        app = make_app(**PRICED | limit | changes)
        there = Work(app)
        there.ada = Person(app, "ada")
        there.ada.log_in()
        return there

    return site


def pinned(person, body=TEXT):
    document = person.add(body)
    person.pin(document)
    return document


def words(panel):
    following = panel.one("#readiness-next")
    return "" if following is None else following.text_content()


def test_the_page_says_when_what_is_not_there_yet_will_be(ada, site):
    document, there = pinned(ada), site(warming_quiet_seconds=30)
    assert "once the text has been left alone for 30 seconds" in words(there.ada.panel(document))


def test_a_text_that_was_left_out_is_said_to_wait_for_a_press(ada, site):
    document, poor, rich = pinned(ada), site(budget=0), site()
    ada.summarise(document)
    rich.drain()
    ada.edit(document, SAME_LENGTH)
    poor.sweep()
    panel = rich.ada.panel(document)
    assert panel.stale
    assert words(panel) == "The next change of the text is summarised in advance. For this one, press Summarise."


# -- none ------------------------------------------------------------------------------------------------


def test_where_it_is_switched_off_nothing_is_warmed_and_the_page_says_so(ada, site):
    document, off = pinned(ada), site(warming="off")
    off.sweep()
    assert off.summaries() == []
    panel = off.ada.panel(document)
    assert panel.readiness == "This site makes summaries only when somebody asks."
    assert panel.one("#readiness form") is None


def test_a_budget_of_nothing_warms_nothing_and_the_page_says_why(ada, site):
    document, poor = pinned(ada), site(budget=0)
    poor.sweep()
    assert poor.summaries() == []
    assert poor.ada.panel(document).readiness == NO_BUDGET_LEFT


def test_a_reader_still_gets_a_summary_by_asking(ada, site, provider):
    document, poor = pinned(ada), site(budget=0)
    poor.ada.summarise(document)
    poor.drain()
    assert poor.ada.panel(document).state == "complete"
    assert len(provider.calls) == 1


def test_where_no_price_is_known_no_budget_can_be_kept_and_nothing_is_warmed(ada, site):
    document, unpriced = pinned(ada), site(budget=DOLLAR, openai_model="test-model")
    unpriced.sweep()
    assert unpriced.summaries() == []
    assert "the price of test-model is not known" in unpriced.ada.panel(document).readiness


def test_where_no_price_is_known_and_no_budget_is_set_it_is_warmed(ada, site):
    pinned(ada)
    unpriced = site(openai_model="test-model")
    unpriced.drain()
    assert [s.status for s in unpriced.summaries()] == ["complete"]


def test_what_the_offline_summariser_writes_costs_nothing_and_needs_no_budget(ada, site):
    pinned(ada)
    offline = site(budget=0, openai_api_key="")
    offline.drain()
    assert [s.status for s in offline.summaries()] == ["complete"]


# -- enough for one --------------------------------------------------------------------------------------


def test_a_budget_for_one_pays_for_one_of_two_that_settle_together(ada, site, price):
    first, second = pinned(ada), pinned(ada, SAME_LENGTH)
    limited = site(budget=price(first) + price(second) - 1)
    limited.sweep()
    assert [s.document_id for s in limited.summaries()] == [first]
    assert limited.ada.panel(second).readiness == NO_BUDGET_LEFT


def test_a_budget_for_two_pays_for_both(ada, site, price):
    first, second = pinned(ada), pinned(ada, SAME_LENGTH)
    ample = site(budget=price(first) + price(second))
    ample.sweep()
    assert [s.document_id for s in ample.summaries()] == [first, second]


def test_sweepers_that_look_at_the_same_moment_do_not_pass_the_budget_together(ada, site, price):
    documents = [pinned(ada, TEXT.replace("1703", str(year))) for year in range(1800, 1804)]
    limited = site(budget=2 * price(documents[0]))

    def look(_number):
        with limited.app.app_context():
            sweep()

    at_once(4, look)
    assert len(limited.summaries()) == 2


def test_a_sweeper_decides_nothing_while_another_is_about_to_spend(ada, site, price):
    first, second = ada.add(), pinned(ada, SAME_LENGTH)
    limited = site(budget=price(first))

    def look():
        with limited.app.app_context():
            sweep()

    with ThreadPoolExecutor(1) as pool, limited.app.app_context():
        assert one_at_a_time("warming")
        asking.start(db.session.get(Document, first), Options(), 1, Purpose.WARMING)
        other = pool.submit(look)
        if db.engine.dialect.name == "postgresql":
            other.result()  # it goes on to other things; SQLite's writers wait for each other
        db.session.commit()
        other.result()
    look()
    assert [s.document_id for s in limited.summaries()] == [first]
    assert limited.ada.panel(second).readiness == NO_BUDGET_LEFT


def test_what_is_under_way_is_reserved(ada, site, price):
    limited = site(budget=price(pinned(ada)))
    limited.sweep()
    pinned(ada, SAME_LENGTH)
    limited.sweep()
    assert [s.status for s in limited.summaries()] == ["pending"]


def test_what_somebody_came_for_meanwhile_is_reserved_no_more(ada, site, price):
    limited = site(budget=price(first := pinned(ada)))
    limited.sweep()
    limited.ada.panel(first)
    pinned(ada, SAME_LENGTH)
    limited.sweep()
    assert [s.purpose for s in limited.summaries()] == ["joined", "warming"]


def test_what_was_spent_this_month_is_spent(ada, site, price, provider):
    provider.default = says("A summary of a few words.")
    limited = site(budget=price(pinned(ada)))
    limited.drain()
    (entry,) = limited.ledger()
    assert entry.cost > 0
    pinned(ada, SAME_LENGTH)
    limited.drain()
    assert len(provider.calls) == 1


def test_what_was_spent_last_month_is_not_missed(ada, app, site, price, provider):
    limited = site(budget=price(pinned(ada)))
    limited.drain()
    alter(app, LedgerEntry, created_at=utcnow() - timedelta(days=32))
    pinned(ada, SAME_LENGTH)
    limited.drain()
    assert len(provider.calls) == 2


def test_what_people_ask_for_is_not_taken_from_the_budget_for_warming(ada, site, price, provider):
    limited = site(budget=price(document := pinned(ada)))
    limited.ada.summarise(document)
    limited.drain()
    pinned(ada, SAME_LENGTH)
    limited.drain()
    assert [s.purpose for s in limited.summaries()] == ["request", "warming"]


def test_a_call_that_was_refused_costs_nothing_of_it(ada, site, price, provider):
    provider.script(bad_key())
    limited = site(budget=price(pinned(ada)))
    limited.drain()
    pinned(ada, SAME_LENGTH)
    limited.drain()
    assert [s.status for s in limited.summaries()] == ["failed", "complete"]


def test_what_failed_for_money_is_not_tried_again_past_the_budget(ada, site, price, provider):
    provider.script(cut_after("Half a text that was paid for"))
    limited = site(budget=price(pinned(ada)))
    limited.drain()
    (entry,) = limited.ledger()
    assert entry.cost > 0
    assert [s.status for s in limited.summaries()] == ["cancelled"]
    assert len(provider.calls) == 1


def test_within_the_budget_what_failed_for_money_is_tried_again(ada, site, price, provider):
    provider.script(cut_after("Half a text that was paid for"))
    ample = site(budget=2 * price(pinned(ada)))
    ample.drain()
    assert [s.status for s in ample.summaries()] == ["complete"]
    assert len(provider.calls) == 2
