"""Faults 9, 10 and 11: a provider that fails, refuses, asks for patience, or answers half."""

from __future__ import annotations

import pytest

from tests import provider as answers
from tests.provider import fails, says

PATIENCE_SECONDS = 30
NOT_WHOLE = [answers.cut_after("Half a text"), answers.empty(), answers.html()]
HEALS_NEVER = [
    (answers.no_quota(), "no_quota", "used up what it may spend"),
    (answers.bad_key(), "bad_key", "did not accept this site's key"),
    (answers.refuses(), "refused", "declined to summarise"),
    (answers.too_long(), "too_long", "too long for the model"),
    (answers.stops_for_length("Half a"), "cut_short", "cut off before its end"),
]


@pytest.fixture
def pressed(deployment, ada):
    """Press Summarise for a text that the provider answers in these ways."""

    def pressed(text, *ways):
        deployment.provider.answer(text, *ways)
        document = ada.add(text)
        ada.press(document)
        return document

    return pressed


def follow(ada, documents, deployment):
    """What the pages showed of each summary until none was under way any more."""
    seen = set()
    for document in documents:
        panel = ada.panel(document)
        while panel.polls:
            seen.add((panel.state, panel.text))
            panel = ada.panel(document)
        deployment.wait_for(document, "failed", "complete")
    return seen


def test_two_failures_and_then_an_answer_are_complete_on_the_third_attempt(deployment, ada, text, pressed):
    document = pressed(text, fails(503), fails(503), says("At last."))
    deployment.wait_for(document, "complete")
    assert ada.panel(document).text == "At last."
    assert deployment.standing(document) == ("complete", 3)
    assert deployment.outcomes(document) == ["unavailable", "unavailable", "complete"]
    assert len(deployment.provider.about(text)) == 3


def test_a_provider_that_always_fails_is_asked_five_times_and_the_button_is_left(deployment, ada, text, pressed):
    document = pressed(text, fails(503))
    deployment.wait_for(document, "failed")
    panel = ada.panel(document)
    assert (panel.state, panel.polls) == ("failed", False)
    assert "could not be reached" in panel.notice
    assert "press Summarise to try again" in panel.notice
    assert panel.one("#summary-start") is not None
    assert deployment.standing(document) == ("failed", 5)
    assert deployment.outcomes(document) == ["unavailable"] * 5
    assert len(deployment.provider.about(text)) == 5


@pytest.mark.parametrize(("way", "reason", "words"), HEALS_NEVER, ids=[reason for _, reason, _ in HEALS_NEVER])
def test_what_another_attempt_cannot_heal_fails_after_one_call_in_words_of_its_own(
    deployment, ada, text, pressed, way, reason, words
):
    document = pressed(text, way)
    deployment.wait_for(document, "failed")
    panel = ada.panel(document)
    assert (panel.state, panel.text, panel.polls) == ("failed", "", False)
    assert words in panel.notice
    assert deployment.standing(document) == ("failed", 1)
    assert deployment.outcomes(document) == [reason]
    assert len(deployment.provider.about(text)) == 1


def test_told_to_wait_half_a_minute_no_call_is_made_before_and_the_workers_are_free(
    deployment, ada, a_text, text, pressed
):
    document = pressed(text, answers.rate_limited(PATIENCE_SECONDS), says("After the wait."))
    deployment.wait_for(document, "pending")
    deployment.provider.wait_for(text)
    others = [pressed(a_text(), says("Meanwhile.")) for _ in range(4)]
    for other in others:
        deployment.wait_for(other, "complete", seconds=20)
    panel = ada.panel(document)
    assert panel.state == "pending"
    assert "The summary service is busy. It is tried again at" in panel.notice
    deployment.wait_for(document, "complete", seconds=PATIENCE_SECONDS + 30)
    first, second = deployment.provider.about(text)
    assert second.at - first.at >= PATIENCE_SECONDS
    assert deployment.outcomes(document) == ["rate_limited", "complete"]
    assert deployment.standing(document) == ("complete", 2)


def test_an_answer_that_is_not_whole_is_never_shown_as_a_summary(deployment, ada, a_text, pressed):
    texts = [a_text() for _ in NOT_WHOLE]
    documents = [pressed(text, way) for text, way in zip(texts, NOT_WHOLE, strict=True)]
    seen = follow(ada, documents, deployment)
    assert {state for state, _ in seen} <= {"pending", "processing"}
    for document, text in zip(documents, texts, strict=True):
        panel = ada.panel(document)
        assert (panel.state, panel.text) == ("failed", "")
        assert "an answer that was not whole" in panel.notice
        assert deployment.standing(document) == ("failed", 5)
        assert deployment.outcomes(document) == ["broken_answer"] * 5
        assert len(deployment.provider.about(text)) == 5


def test_a_stream_that_drips_for_ever_is_hung_up_on_at_the_deadline(deployment, ada, text, pressed):
    deployment.replace("worker", SUMMARY_TIMEOUT_SECONDS="1", SUMMARY_LEASE_SECONDS="1")
    document = pressed(text, answers.drips(0.1))
    seen = follow(ada, [document], deployment)
    assert {state for state, _ in seen} <= {"pending", "processing"}
    panel = ada.panel(document)
    assert (panel.state, panel.text) == ("failed", "")
    assert "took too long" in panel.notice
    assert deployment.standing(document) == ("failed", 5)
    assert deployment.outcomes(document) == ["timeout"] * 5
    calls = deployment.provider.about(text)
    deployment.provider.wait_until(lambda: all(call.client_gone for call in calls), what="each is hung up on")
    assert len(calls) == 5
