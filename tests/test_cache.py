"""Copies in Redis: never trusted, never needed, gone when they should be."""

import json
import pickle

import pytest

from app.models.revision import digest
from app.summaries import prompt
from app.summaries.key import key_for
from app.summaries.prompt import Options
from tests.provider import says

DATABASES = ("sqlite",)  # what is shown here is the same on either

BASE = {"document_id": 7, "text_digest": digest("text"), "options": Options(), "model": "m"}


def entry(redis):
    (name,) = redis.keys("foreword:summary:*")
    return name


@pytest.fixture
def summarised(ada, provider, work):
    provider.script(says("From the database."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document


def test_a_finished_summary_is_copied_for_seven_days(redis, summarised):
    assert redis.ttl(entry(redis)) in range(7 * 24 * 3600 - 60, 7 * 24 * 3600 + 1)


def test_a_summary_is_read_from_the_copy(ada, redis, summarised):
    name = entry(redis)
    value = json.loads(redis.get(name)) | {"text": "From the cache."}
    redis.set(name, json.dumps(value))
    assert ada.panel(summarised).text == "From the cache."


def test_without_the_copy_the_database_answers_and_copies_it_anew(ada, redis, summarised):
    redis.flushall()
    assert ada.panel(summarised).text == "From the database."
    assert entry(redis)


class Planted:
    def __reduce__(self):
        return (exit, ("a planted payload ran",))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"schema": 0, "text": "old"}',
        b"!" + pickle.dumps(Planted()),
        pickle.dumps(Planted()),
    ],
)
def test_a_value_that_is_not_ours_is_a_miss(ada, redis, summarised, value):
    redis.set(entry(redis), value)
    assert ada.panel(summarised).text == "From the database."


@pytest.mark.parametrize("change", [{"key": "summary:8:x"}, {"text": 5}, {"made_at": "soon"}, {"schema": 99}, {"x": 1}])
def test_a_value_of_another_shape_or_key_is_a_miss(ada, redis, summarised, change):
    name = entry(redis)
    redis.set(name, json.dumps(json.loads(redis.get(name)) | {"text": "Wrong."} | change))
    assert ada.panel(summarised).text == "From the database."


def test_with_redis_away_pages_are_served_and_a_press_is_answered(make_app, ada, summarised):
    from tests.support.people import Person
    from tests.support.servers import free_port

    away = make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    ada_there = Person(away, "ada")
    ada_there.log_in()
    assert ada_there.panel(summarised).text == "From the database."
    assert ada_there.press(ada_there.add("Another text.")).state == "pending"


def test_a_new_take_in_the_making_is_not_hidden_by_the_copy_of_the_old_one(ada, redis, work, summarised):
    ada.summarise(summarised, regenerate="1")
    assert redis.keys("foreword:summary:*") == []
    assert ada.panel(summarised).state == "pending"


def test_a_follower_is_never_given_the_copy_of_the_take_before(ada, redis, summarised):
    name, old = entry(redis), redis.get(entry(redis))
    panel = ada.press(summarised, regenerate="1")
    redis.set(name, old)  # a reader who had begun before the press put the old copy back
    assert len(ada.poll(panel).tree) == 1


def test_everything_that_decides_the_text_is_in_the_key(monkeypatch):
    keys = {
        key_for(**BASE),
        key_for(**BASE | {"document_id": 8}),
        key_for(**BASE | {"text_digest": digest("text ")}),
        key_for(**BASE | {"options": Options(style="bullets")}),
        key_for(**BASE | {"options": Options(language="de")}),
        key_for(**BASE | {"model": "n"}),
    }
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    keys.add(key_for(**BASE))
    assert len(keys) == 7


def test_a_prompt_changed_without_a_new_version_still_changes_the_key(monkeypatch):
    before = key_for(**BASE)
    monkeypatch.setattr(prompt, "_INSTRUCTIONS", prompt._INSTRUCTIONS + "Rhyme.")
    assert key_for(**BASE) != before


def test_a_key_can_be_read_by_people():
    assert key_for(**BASE).startswith(f"summary:7:{prompt.PROMPT_VERSION}:")


def test_a_summary_made_with_an_earlier_prompt_says_so(ada, monkeypatch, summarised):
    before = prompt.PROMPT_VERSION
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    panel = ada.panel(summarised)
    assert panel.stale
    assert f"an earlier prompt ({before}, now v99.0)" in panel.notice


def test_a_summary_made_with_another_model_says_so(make_app, ada, summarised):
    from tests.support.people import Person

    ada_later = Person(make_app(openai_model="newer-model"), "ada")
    ada_later.log_in()
    panel = ada_later.panel(summarised)
    assert (panel.stale, panel.text) == (True, "From the database.")
    assert "another model (test-model, now newer-model)" in panel.notice
