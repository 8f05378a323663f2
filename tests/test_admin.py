"""The first page of administrators: whose it is, and what it says of the site."""

from datetime import timedelta

import pytest

from app import queues
from app.database import utcnow
from app.models import Summary
from tests.conftest import Work
from tests.support.administrators import administrator, facts
from tests.support.moments import alter
from tests.support.people import Person, words
from tests.support.servers import free_port, wait_until

PAGES = ("/admin", "/admin/people", "/admin/work", "/admin/cache", "/admin/queues/")


@pytest.fixture
def dora(app):
    """The administrator."""
    return administrator(app)


def queue(person, name):
    """Of one queue: what is due, since when, and what is being done."""
    return [words(cell) for cell in person.page("/admin").cssselect(f"#queue-{name} td")]


def warnings(person):
    return " ".join(words(one) for one in person.page("/admin").cssselect(".admin-warning"))


# -- whose it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_to_a_stranger_it_is_like_an_address_where_nothing_is(eve, page):
    answer, nothing = eve.get(page), eve.get("/nowhere")
    assert answer.status_code == nothing.status_code == 404
    main = [part.text.partition("<main")[2].partition("</main>")[0] for part in (answer, nothing)]
    assert main[0] == main[1]


@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_signed_out_is_led_there_after_logging_in(app, page):
    answer = Person(app, "nobody").get(page)
    assert answer.status_code == 303
    assert answer.location == f"/login?next={page}"


def test_only_an_administrator_is_shown_the_way(dora, eve):
    assert 'href="/admin"' in dora.get("/documents").text
    assert "/admin" not in eve.get("/documents").text


def test_who_is_no_administrator_any_more_is_shut_out_at_the_next_page(app, dora):
    assert dora.get("/admin").status_code == 200
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["make-admin", dora.email, "--revoke"]).exit_code == 0
    assert {dora.get(page).status_code for page in PAGES} == {404}


# -- what waits --------------------------------------------------------------------------------------------


def test_what_waits_is_counted_in_the_database_whatever_became_of_the_queue(dora, ada, redis):
    ada.summarise(ada.add())
    redis.flushall()
    due, since, in_hand = queue(dora, "high")
    assert (due, in_hand) == ("1", "0")
    assert since.startswith("since")
    assert queue(dora, "low") == ["0", "–", "0"]


def test_what_is_not_due_yet_does_not_wait_and_what_is_being_done_is_counted_apart(app, dora, ada):
    ada.summarise(ada.add())
    alter(app, Summary, next_at=utcnow() + timedelta(hours=1))
    assert queue(dora, "high") == ["0", "–", "0"]
    alter(app, Summary, status="processing", lease_until=utcnow() + timedelta(hours=1))
    assert queue(dora, "high") == ["0", "–", "1"]


def test_looking_cleans_up_none_of_rqs_registries(dora, redis):
    """A clean-up by a page would run what is being done a second time."""
    redis.zadd("rq:wip:high", {"sum-1-0-0-1:execution": 1})
    redis.zadd("rq:failed:high", {"sum-1-0-0-1": 1})
    redis.sadd("rq:queues", "rq:queue:high")
    for page in (*PAGES, "/admin/queues/0/data/queues.json", "/admin/queues/0/data/jobs/high/started/8/asc/1.json"):
        assert dora.get(page).status_code == 200
    assert (redis.zcard("rq:wip:high"), redis.zcard("rq:failed:high")) == (1, 1)


# -- what is alive -----------------------------------------------------------------------------------------


def test_no_worker_is_a_warning_until_one_is_alive(dora, start_worker):
    assert "No worker is alive" in warnings(dora)
    start_worker("high")
    wait_until(lambda: "high" in words(dora.page("/admin").cssselect("#workers")[0]), "the worker is seen")
    assert "last heartbeat" in words(dora.page("/admin").cssselect("#workers")[0])
    assert warnings(dora) == ""


def test_a_worker_whose_heart_stopped_is_called_silent(app, dora, redis):
    long_ago = (utcnow() - timedelta(seconds=queues.ALIVE_SECONDS + 5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    redis.sadd("rq:workers", "rq:worker:abc")
    redis.hset("rq:worker:abc", mapping={"queues": "high,low", "state": "busy", "last_heartbeat": long_ago})
    assert "high, low silent" in words(dora.page("/admin").cssselect("#workers")[0])
    assert "No worker is alive" in warnings(dora)


def test_what_redis_tells_of_itself_is_shown(dora, redis):
    stores = facts(dora, "/admin", "stores")
    assert stores["Redis: queues and copies"] == "answers"
    assert stores["Memory"].endswith("of no limit")
    assert "0 (noeviction)" in stores["Thrown away for want of memory"]


@pytest.fixture
def evicting(redis):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    yield
    redis.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_may_throw_doorbells_away_is_a_warning(dora, evicting):
    assert "maxmemory-policy allkeys-lru" in warnings(dora)


def test_where_only_copies_may_be_thrown_away_nothing_is_said(make_app, evicting):
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    said = warnings(administrator(make_app(cache_url=make_app().config["SETTINGS"].redis_url, redis_url=nowhere)))
    assert "Redis (queues) does not answer." in said
    assert "maxmemory-policy" not in said


def test_with_redis_away_the_page_says_so(make_app):
    dora = administrator(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert warnings(dora) == "Redis (queues and copies) does not answer."
    assert queue(dora, "high") == ["0", "–", "0"]


def test_the_budgets_of_the_site_are_shown_with_what_is_spent_of_them(make_app, provider):
    app = make_app(monthly_budget=10, warming_budget=2, model_prices="test-model=0/1000")
    dora, ada = administrator(app), Person(app, "ada").sign_up()
    ada.summarise(ada.add())
    Work(app).drain()
    budgets = facts(dora, "/admin", "budgets")
    assert budgets["Made in advance"].startswith("$0.00 of $2.00")
    assert not budgets["The whole site"].startswith("$0.00")
    assert "of $10.00" in budgets["The whole site"]
