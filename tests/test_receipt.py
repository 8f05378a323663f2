"""The receipt: everything that somebody who doubts a summary would ask."""

import re
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot
from sqlalchemy import delete

from app.extensions import db
from app.llm import prices
from app.models import User
from app.summaries import prompt
from tests.conftest import Work
from tests.provider import cut_after, fails, no_usage, says
from tests.support.people import TEXT, Person
from tests.support.servers import free_port

DATABASES = ("sqlite",)  # what is shown here is the same on either

GERMAN = "Der Hafen von Aldwick versandete im Jahr 1703. Die Schiffe konnten den Kai bei Ebbe nicht mehr erreichen."


@pytest.fixture
def document(ada, work):
    added = ada.add()
    ada.summarise(added)
    work.drain()
    return added


@pytest.fixture
def priced(make_app):
    """Ada and the workers where the model has a known price."""
    app = make_app(openai_model="gpt-4o-mini")
    return Person(app, "ada").sign_up(), Work(app)


# -- what it is made from --------------------------------------------------------------------------------


def test_without_a_summary_there_is_no_receipt(ada):
    document = ada.add()
    assert ada.receipt(document) == {}
    assert "no summary yet, and so no receipt" in ada.get(f"/documents/{document}/summary/receipt").text


def test_it_names_the_text_the_prompt_the_model_and_the_form(ada, document):
    receipt = ada.receipt(document)
    assert receipt["Document"].startswith("version 1 of its text, saved ")
    assert receipt["Prompt"] == prompt.PROMPT_VERSION
    assert receipt["Model"] == "test-model"
    assert receipt["Form"] == "medium, prose"
    assert receipt["Language"] == "English (the document’s own)"
    assert receipt["Take"] == "1"
    assert re.fullmatch(r"\d+ \w{3} \d{4}, \d\d:\d\d UTC", receipt["Made"])


def test_the_form_and_language_that_were_asked_for_are_on_it(ada, work):
    document = ada.add(GERMAN)
    ada.summarise(document, length="long", style="bullets", language="fr")
    work.drain()
    assert ada.receipt(document)["Form"] == "long, bullet points, in French"
    assert ada.receipt(document)["Language"] == "French"


def test_it_tells_the_version_that_was_read_also_after_the_text_moved_on(ada, work, document):
    ada.edit(document, "A second text.")
    assert ada.receipt(document)["Document"].startswith("version 1 ")
    ada.summarise(document)
    work.drain()
    assert ada.receipt(document)["Document"].startswith("version 2 ")
    assert ada.receipt(document, "?summary=1")["Document"].startswith("version 1 ")


def test_it_says_when_the_summary_was_carried_over_to_a_later_version(ada, document):
    ada.edit(document, TEXT.replace(". ", ".  "))
    assert ada.receipt(document)["Document"].startswith("version 1 ")
    assert "carried over to version 2, in which only spacing or encoding differs" in ada.receipt(document)["Document"]


def test_it_names_the_prompt_of_then(ada, document, monkeypatch):
    made_with = prompt.PROMPT_VERSION
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    assert ada.receipt(document)["Prompt"] == made_with


# -- by whom ---------------------------------------------------------------------------------------------


def test_it_names_who_asked(ada, ben, work):
    document = ada.add()
    ada.share(document, ben)
    ben.summarise(document)
    work.drain()
    assert ada.receipt(document)["Asked for by"] == "ben@example.org"


def test_those_who_only_read_are_told_no_address_but_their_own(ada, ben, eve, work):
    document = ada.add()
    ada.share(document, ben)
    ada.share(document, eve)
    ben.summarise(document)
    work.drain()
    assert ben.receipt(document)["Asked for by"] == "ben@example.org"
    assert eve.receipt(document)["Asked for by"] == "somebody with whom it is shared"


def test_what_was_made_in_advance_was_asked_for_by_nobody(make_app):
    app = make_app(warming_quiet_seconds=0)
    ada = Person(app, "ada").sign_up()
    document = ada.add()
    ada.post(f"/documents/{document}/pin")
    Work(app).drain()
    assert ada.receipt(document)["Asked for by"] == "nobody: it was kept ready"


def test_what_was_renewed_was_asked_for_by_nobody(app, ada, work, document, monkeypatch):
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["summaries", "rewarm", "--limit", "5", "--no-follow"])
    assert result.exit_code == 0, result.output
    work.drain()
    assert ada.receipt(document)["Prompt"] == "v99.0"
    assert ada.receipt(document)["Asked for by"] == "nobody: it was renewed for a new prompt or model"


def test_somebody_who_is_gone_is_not_named(app, ada, ben, work):
    document = ada.add()
    ada.share(document, ben)
    ben.summarise(document)
    work.drain()
    with app.app_context():
        db.session.execute(delete(User).where(User.email == ben.email))
        db.session.commit()
    assert ada.receipt(document)["Asked for by"] == "somebody who has no account any more"
    assert ben.email not in ada.get(f"/documents/{document}/sharing").text


# -- what it cost ----------------------------------------------------------------------------------------


def test_the_cost_is_that_of_the_tokens_at_the_price_of_the_day(priced):
    ada, work = priced
    document = ada.add()
    ada.summarise(document)
    work.drain()
    (entry,) = work.ledger()
    cost = round((entry.input_tokens * 150_000 + entry.output_tokens * 600_000) / 1_000_000)
    assert (entry.input_price, entry.output_price, entry.cost) == (150_000, 600_000, cost)
    receipt = ada.receipt(document)
    assert receipt["Tokens"] == f"{entry.input_tokens} read, {entry.output_tokens} written"
    assert receipt["Cost"] == f"${cost / 1_000_000:.6f}, at the price of that day"


def test_a_price_that_changes_later_changes_no_receipt(priced, monkeypatch):
    ada, work = priced
    document = ada.add()
    ada.summarise(document)
    work.drain()
    before = ada.receipt(document)["Cost"]
    _provider, model = get_snapshot().find_provider_model("gpt-4o-mini", None, None, None)
    monkeypatch.setattr(model.prices, "input_mtok", Decimal(1000))
    prices._listed_price.cache_clear()
    try:
        assert prices.price_of("gpt-4o-mini").input == 1_000_000_000
        assert ada.receipt(document)["Cost"] == before
    finally:
        monkeypatch.undo()
        prices._listed_price.cache_clear()


def test_a_model_without_a_known_price_is_unpriced_and_never_free(ada, work, document):
    assert ada.receipt(document)["Cost"] == "unpriced: no price is known for test-model"
    assert [(e.input_price, e.output_price, e.cost) for e in work.ledger()] == [(None, None, None)]


def test_tokens_that_the_provider_did_not_count_are_labelled_as_estimated(priced, provider):
    ada, work = priced
    provider.script(no_usage("Nobody counted the words of this."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    receipt = ada.receipt(document)
    assert re.fullmatch(r"\d+ read, \d+ written \(estimated\)", receipt["Tokens"])
    assert receipt["Cost"].startswith("$0.")


def test_calls_that_failed_are_counted(priced, provider):
    ada, work = priced
    provider.script(fails(503), fails(503), says("At last."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    assert ada.receipt(document)["Calls"] == "3, with those that failed"
    assert ada.receipt(document)["Cost"].endswith("at the prices of that day")


def test_a_call_that_broke_off_is_in_the_cost(priced, provider):
    ada, work = priced
    provider.script(cut_after("Half of a text that was paid for"), says("The whole."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    broken, whole = work.ledger()
    assert broken.cost > 0
    assert broken.tokens_estimated
    tokens = (broken.input_tokens + whole.input_tokens, broken.output_tokens + whole.output_tokens)
    receipt = ada.receipt(document)
    assert receipt["Tokens"] == "{} read, {} written (estimated)".format(*tokens)
    assert receipt["Cost"].startswith(prices.money(broken.cost + whole.cost))


def test_sentences_of_the_document_itself_cost_nothing(make_app):
    app = make_app(openai_api_key="")
    ada = Person(app, "ada").sign_up()
    document = ada.add(" ".join(f"Sentence number {n} tells of the harbour and its ships." for n in range(30)))
    ada.summarise(document)
    Work(app).drain()
    receipt = ada.receipt(document)
    assert receipt["Cost"] == "nothing: it was made on this site itself"
    assert receipt["Model"].startswith("none: sentences of the document itself")
    assert "Tokens" not in receipt


# -- how often it was read -------------------------------------------------------------------------------


def test_it_counts_how_often_it_was_served_and_from_where(ada, work, redis, document):
    ada.panel(document)
    ada.panel(document)
    work.sweep()
    redis.flushall()
    ada.panel(document)
    work.sweep()
    assert ada.receipt(document)["Served"] == "3 times: 2 from the cache, 1 from the database"


def test_looks_that_bring_nothing_new_are_no_readings(ada, work, document):
    panel = ada.panel(document)
    for _ in range(5):
        panel = ada.poll(panel)
    ada.takes(document)
    ada.receipt(document)
    work.sweep()
    assert ada.receipt(document)["Served"] == "1 time: 1 from the cache, 0 from the database"


def test_whoever_follows_it_to_its_end_has_read_it_once(ada, work):
    document = ada.add()
    panel = ada.press(document)
    work.drain()
    panel = ada.poll(panel)
    ada.poll(panel)
    work.sweep()
    assert ada.receipt(document)["Served"] == "1 time: 0 from the cache, 1 from the database"


def test_everyone_who_reads_is_counted(app, ada, ben, work, document):
    ada.share(document, ben)
    link = ada.publish(document)
    ada.panel(document)
    ben.panel(document)
    Person(app, "nobody").get(link)
    work.sweep()
    assert ada.receipt(document)["Served"].startswith("3 times")


def test_redis_away_costs_no_page_and_only_counts(make_app, ada, document):
    away = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ada")
    away.log_in()
    assert away.panel(document).state == "complete"
    assert away.receipt(document)["Served"] == "0 times: 0 from the cache, 0 from the database"


def test_two_sweepers_count_nothing_twice(ada, work, document):
    ada.panel(document)
    for _ in range(3):
        work.sweep()
    assert ada.receipt(document)["Served"].startswith("1 time:")
