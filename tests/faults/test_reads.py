"""Fault 14: cached values that are not ours, and readers who may not, or may no longer, read."""

from __future__ import annotations

import json

import pytest

from tests.provider import says

HTMX = {"HX-Request": "true"}


@pytest.fixture
def summarised(deployment, ada, text):
    deployment.provider.answer(text, says("The true one."))
    document = ada.add(text)
    ada.press(document)
    deployment.wait_for(document, "complete")
    assert ada.panel(document).text == "The true one."
    return document


def of_an_earlier_schema(value):
    return json.dumps({**json.loads(value), "schema": 1, "text": "From an earlier release."}).encode()


def of_another_key(value):
    return json.dumps({**json.loads(value), "key": "summary:1:v1:other", "text": "Of another text."}).encode()


def poisoned(_value):
    return b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."


def cut(value):
    return value[: len(value) // 2]


@pytest.mark.parametrize("spoil", [poisoned, of_an_earlier_schema, of_another_key, cut])
def test_a_cached_value_that_is_not_ours_is_a_miss_and_is_put_right(deployment, ada, text, summarised, spoil):
    redis = deployment.valkey.client
    (name,) = redis.keys(f"foreword:summary:{summarised}:*")
    good = redis.get(name)
    redis.set(name, spoil(good))
    panel = ada.panel(summarised, "?anew=1")  # no page that a process keeps has this address
    assert (panel.state, panel.text) == ("complete", "The true one.")
    assert json.loads(redis.get(name)) == json.loads(good)
    assert len(deployment.provider.about(text)) == 1


def test_a_stranger_who_polls_gets_no_fragment(ada, ben, summarised):
    answer = ben.get(ada.panel(summarised).poll_url, headers=HTMX)
    assert answer.status_code == 404
    assert "The true one." not in answer.text
    assert "summary-" not in answer.text


def test_whose_access_is_taken_away_while_they_follow_gets_nothing_at_the_next_poll(
    deployment, ada, ben, a_text, release
):
    from tests.provider import hold_midway

    text = a_text()
    deployment.provider.answer(text, hold_midway("For Ben's eyes ", release, "until now."))
    document = ada.add(text)
    ada.share(document, ben)
    followed = ben.press(document)
    deployment.provider.wait_for(text)
    followed = ben.poll(followed)
    assert followed.state == "processing"
    assert ada.unshare(document, ben).status_code == 303
    answer = ben.get(followed.poll_url, headers=HTMX)
    assert answer.status_code == 404
    assert "Ben's eyes" not in answer.text
    release.set()
    deployment.wait_for(document, "complete")
    assert ben.get(f"/documents/{document}").status_code == 404
    assert len(deployment.provider.about(text)) == 1
