"""What a scrape tells: what people and workers did, who may ask, and what is told while something is away."""

import base64
import subprocess
import sys
from datetime import timedelta

import pytest

from app.database import utcnow
from app.metrics.counts import KEPT_AT
from app.models import Summary
from app.models.work import GIVE_UP_AFTER
from tests.provider import fails
from tests.support.databases import on_one_database
from tests.support.moments import alter
from tests.support.people import TEXT, Person
from tests.support.scraping import TOKEN, scrape
from tests.support.servers import ROOT, free_port
from tests.test_readership import forget_copies


@pytest.fixture
def environment(environment):
    return {**environment, "METRICS_TOKEN": TOKEN, "MODEL_PRICES": "test-model=1/4"}


@pytest.fixture
def document(ada, work):
    """A document with a summary that nobody has read."""
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document


# -- who may ask -------------------------------------------------------------------------------------------


def basic(password):
    return "Basic " + base64.b64encode(f"prometheus:{password}".encode()).decode()


@on_one_database
@pytest.mark.parametrize("shown", [f"Bearer {TOKEN}", basic(TOKEN)])
def test_whoever_shows_the_token_is_told(app, shown):
    answer = app.test_client().get("/metrics", headers={"Authorization": shown})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"


@on_one_database
@pytest.mark.parametrize(
    "shown",
    [None, "", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", "Bearer ü", TOKEN, basic("wrong"), basic(""), "Basic ?"],
)
def test_whoever_does_not_is_told_nothing(app, shown):
    answer = app.test_client().get("/metrics", headers={"Authorization": shown} if shown is not None else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "foreword_" not in answer.text


@on_one_database
def test_without_a_token_there_is_nothing_to_ask(make_app):
    off = make_app(metrics_token="")
    assert off.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@on_one_database
def test_in_production_the_token_is_not_taken_in_the_clear(make_app):
    site = make_app(app_env="production", secret_key="s" * 32, trusted_proxies=1).test_client()
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert site.get("/metrics", headers=shown).status_code == 308
    assert site.get("/metrics", headers={**shown, "X-Forwarded-Proto": "https"}).status_code == 200


@on_one_database
@pytest.mark.parametrize(("variables", "listeners"), [({}, 1), ({"METRICS_TOKEN": TOKEN}, 2)])
def test_nothing_listens_unless_it_is_wanted(environment, variables, listeners):
    """The log hears of the moves all the same."""
    asked = "from app import create_app, signals; create_app(); print(len(signals.summary_claimed.receivers))"
    off = {name: value for name, value in environment.items() if name != "METRICS_TOKEN"}
    said = subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT, env={**off, **variables})
    assert int(said) == listeners


# -- what people and workers do ----------------------------------------------------------------------------


def test_reading_is_told_apart_by_who_had_the_summary(app, ada, document, redis):
    before = scrape(app).by_label("summary_lookups_total")
    forget_copies(redis)
    for _ in range(3):
        ada.panel(document)
    ada.panel(ada.add("Another text, which nobody has summarised."))
    told = scrape(app)
    since = {who: times - before.get(who, 0) for who, times in told.by_label("summary_lookups_total").items()}
    assert since == {("cache",): 2, ("database",): 1, ("nobody",): 1}
    assert told.by_label("summary_reads_total") == {("cache",): 2, ("database",): 1}


def test_a_summary_is_timed_from_the_press_to_its_end(app, document):
    told = scrape(app)
    assert told("attempts_total", kind="summary") == 1
    assert told("queue_wait_seconds_count", queue="high") == 1
    for name in ("generation", "first_text", "asked_to_complete"):
        assert told(f"{name}_seconds_count") == told(f"{name}_seconds_bucket", le="+Inf") == 1
        assert told(f"{name}_seconds_sum") > 0
    assert told("asked_to_complete_seconds_sum") >= told("first_text_seconds_sum")


def test_what_a_call_used_and_cost_is_as_in_the_ledger(app, document, work):
    told, (entry,) = scrape(app), work.ledger()
    assert told("provider_calls_total", model="test-model", step="whole", outcome="complete") == 1
    assert told("provider_call_seconds_count", model="test-model") == 1
    assert told("tokens_total", model="test-model", direction="input") == entry.input_tokens > 0
    assert told("tokens_total", model="test-model", direction="output") == entry.output_tokens > 0
    assert told("cost_dollars_total", model="test-model") == entry.cost / 1_000_000 > 0


@on_one_database
def test_a_call_without_a_price_is_told_as_one(make_app, document, work):
    app = make_app(openai_model="nobody-s-model", model_prices="")
    ada = Person(app, "ada")
    ada.log_in()
    ada.summarise(ada.add("A text for another model."))
    type(work)(app).drain()
    told = scrape(app)
    assert told("unpriced_calls_total", model="nobody-s-model") == 1
    assert told("cost_dollars_total", model="nobody-s-model") is None


def test_what_fails_is_told_by_its_reason(app, ada, work, provider):
    provider.script(fails(503), fails(401))
    ada.summarise(ada.add())
    work.drain()
    told = scrape(app)
    assert told.by_label("retries_total") == {("summary", "unavailable"): 1}
    assert told.by_label("failures_total") == {("summary", "bad_key"): 1}
    assert told("attempts_total", kind="summary") == 2
    assert told.by_label("ended_total") == {("summary", "failed"): 1}


@on_one_database
def test_reading_a_file_is_work_of_its_own_kind(app, ada, work):
    ada.add_file("harbour.txt", TEXT.encode())
    ada.add_file("harbour.pdf", b"%PDF-1.7 and then nothing")
    work.drain()
    told = scrape(app)
    assert told("attempts_total", kind="extraction") == 2
    assert told("extraction_seconds_count") == 1
    assert told.by_label("failures_total") == {("extraction", "unreadable"): 1}


@on_one_database
def test_polls_cancellations_and_refusals_are_counted(app, ada, provider):
    panel = ada.press(ada.add())
    ada.poll(panel)
    ada.cancel(1)
    ada.poll(panel)
    ada.browser.post("/documents")
    Person(app, "ada").log_in("mistyped")
    told = scrape(app)
    assert told.by_label("polls_total") == {("summary", "pending"): 1, ("summary", "cancelled"): 1}
    assert told.by_label("cancellations_total") == {("summary",): 1}
    assert told("refused_requests_total", status="400") == 1
    assert told("sign_in_failures_total") == 1


@on_one_database
def test_what_the_budget_refuses_is_counted_by_its_name(make_app, ada):
    app = make_app(monthly_budget="0")
    owner = Person(app, "ada")
    owner.log_in()
    owner.summarise(owner.add("A text that nothing may be spent on."))
    assert scrape(app).by_label("budget_refusals_total") == {("site",): 1}


def test_what_the_sweeper_frees_is_a_rescue(app, ada, work):
    ada.summarise(ada.add())
    past = utcnow() - timedelta(seconds=1)
    alter(app, Summary, status="processing", lease_until=past, give_up_at=past + GIVE_UP_AFTER)
    work.sweep()
    assert scrape(app).by_label("rescues_total") == {("summary",): 1}


# -- what stands in the database ---------------------------------------------------------------------------


def test_what_waits_is_told_by_its_queue_and_for_how_long(app, ada):
    ada.summarise(ada.add())
    ada.add_file("harbour.txt", TEXT.encode())
    alter(app, Summary, next_at=utcnow() - timedelta(seconds=50))
    told = scrape(app)
    waiting = {queue: told("queue_depth", queue=queue) for queue in ("high", "default", "low")}
    assert waiting["low"] == 0
    assert sum(waiting.values()) == 2
    assert told("queue_oldest_due_seconds", queue="high") >= 50
    assert told("queue_oldest_due_seconds", queue="low") == 0
    for kind in ("summary", "extraction"):
        assert told("work_in_progress", kind=kind, status="pending") == 1


def test_what_waits_for_its_next_attempt_is_in_no_queue(app, ada):
    ada.summarise(ada.add())
    alter(app, Summary, next_at=utcnow() + timedelta(seconds=50))
    told = scrape(app)
    assert told("queue_depth", queue="high") == told("queue_oldest_due_seconds", queue="high") == 0
    assert told("work_in_progress", kind="summary", status="pending") == 1


# -- what is away ------------------------------------------------------------------------------------------


@pytest.fixture
def shaky(make_app, ada, valkey_of_its_own):
    """Ada at a site whose Valkey can be broken."""
    shaky = Person(make_app(redis_url=valkey_of_its_own.url), "ada")
    shaky.log_in()
    return shaky


@on_one_database
def test_with_redis_away_the_rest_is_told(make_app, ada):
    told = scrape(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert told("up", part="database") == 1
    assert told("up", part="redis") == 0
    assert told("queue_depth", queue="high") == 0
    assert told("workers") is None
    assert told.by_label("summary_lookups_total") == {}  # not 0, from which it would seem to begin anew
    assert told("sign_in_failures_total") is None


@on_one_database
def test_with_the_database_away_the_rest_is_told(make_app, ada, document, redis):
    told = scrape(make_app(database_url="postgres://nobody@127.0.0.1:1/none"))
    assert told("up", part="database") == 0
    assert told("up", part="redis") == 1
    assert told("generation_seconds_count") == 1
    assert told("redis_memory_bytes", part="redis") > 0
    assert told("queue_depth", queue="high") is None


@on_one_database
def test_what_was_counted_while_redis_was_away_is_told_once_it_is_back(shaky, valkey_of_its_own):
    panel = shaky.panel(shaky.add())
    with valkey_of_its_own.down():
        for _ in range(3):
            shaky.poll(panel)
        assert scrape(shaky.app)("up", part="redis") == 0
    told = scrape(shaky.app)
    assert told("up", part="redis") == 1
    assert told("polls_total", panel="summary", state="none") == 3


@on_one_database
def test_when_redis_was_emptied_the_counters_begin_anew(app, ada, redis):
    panel = ada.panel(ada.add())
    ada.poll(panel)
    ada.poll(panel)
    assert scrape(app)("polls_total", panel="summary", state="none") == 2
    redis.flushall()
    ada.poll(panel)
    assert scrape(app)("polls_total", panel="summary", state="none") == 1


@on_one_database
def test_what_others_keep_in_its_place_harms_nobody(app, ada, redis):
    panel = ada.panel(ada.add())
    strange = {b"\xff": 1, "": 1, "foreword_polls_total": 7, "foreword_polls_total\tsummary\tnone": "many"}
    redis.hset(KEPT_AT, mapping={**strange, "foreword_attempts_total\tsummary": "nan", "foreword_of_old\tx": 3})
    ada.poll(panel)
    Person(app, "ada").log_in("mistyped")
    told = scrape(app)
    assert told("sign_in_failures_total") == 1
    assert told("attempts_total", kind="summary") == 0


@on_one_database
def test_a_cache_of_its_own_is_told_beside_the_other_redis(make_app, ada, valkey_of_its_own):
    app = make_app(cache_url=valkey_of_its_own.url)
    told = scrape(app)
    assert {told("up", part=part) for part in ("redis", "cache")} == {1}
    valkey_of_its_own.kill()
    told = scrape(app)
    assert (told("up", part="redis"), told("up", part="cache")) == (1, 0)
