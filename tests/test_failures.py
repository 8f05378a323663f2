"""A provider that fails: what is tried again, what is not, and what the page says of it."""

import pytest

from app.models.work import backoff
from tests import provider as answers
from tests.provider import fails, rate_limited, says

DATABASES = ("sqlite",)  # what is shown here is the same on either

HEALS_NEVER = [
    (answers.bad_key(), "did not accept this site's key"),
    (answers.no_quota(), "used up what it may spend"),
    (answers.refuses(), "declined"),
    (answers.filtered(), "declined"),
    (answers.too_long(), "too long for the model"),
    (answers.stops_for_length("Half a"), "cut off before its end"),
    (fails(400), "did not accept the request"),
    (fails(404), "does not know the model"),
]
HEALS_PERHAPS = [
    fails(503),
    fails(500),
    rate_limited(0),
    answers.cut_after("Half a text"),
    answers.reset_after("Half a text"),
    answers.empty(),
    answers.html(),
    answers.garbage(),
    answers.error_event(),
]


def test_two_failures_and_then_an_answer_is_complete_on_the_third_attempt(ada, provider, work):
    provider.script(fails(503), fails(503), says("At last."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).text == "At last."
    assert work.summaries()[0].attempt == len(provider.calls) == 3
    assert [entry.outcome for entry in work.ledger()] == ["unavailable", "unavailable", "complete"]


def test_a_provider_that_always_fails_is_asked_five_times_and_no_more(ada, provider, work):
    provider.default = fails(503)
    document = ada.add()
    ada.summarise(document)
    work.drain()
    panel = ada.panel(document)
    assert len(provider.calls) == 5
    assert panel.state == "failed"
    assert "could not be reached" in panel.notice
    assert not panel.polls


@pytest.mark.parametrize(("answer", "words"), HEALS_NEVER, ids=lambda value: value if isinstance(value, str) else "")
def test_what_another_attempt_cannot_heal_fails_at_once_in_plain_words(ada, provider, work, answer, words):
    provider.default = answer
    document = ada.add()
    ada.summarise(document)
    work.drain()
    assert len(provider.calls) == 1
    assert ada.panel(document).state == "failed"
    assert words in ada.panel(document).notice


@pytest.mark.parametrize("answer", HEALS_PERHAPS)
def test_an_answer_that_is_not_whole_is_never_complete_and_is_tried_again(ada, provider, work, answer):
    provider.script(answer, says("Whole."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).text == "Whole."
    assert len(provider.calls) == 2


def test_a_stream_that_drips_for_ever_ends_at_our_own_deadline(make_app, provider):
    from tests.conftest import Work

    app = make_app(summary_timeout_seconds=1.5)
    provider.script(answers.drips(0.1), says("Whole."))
    from tests.support.people import Person

    ada = Person(app, "ada").sign_up()
    document = ada.add()
    ada.summarise(document)
    Work(app).drain()
    assert ada.panel(document).text == "Whole."
    assert [entry.outcome for entry in Work(app).ledger()] == ["timeout", "complete"]


def test_trying_again_after_a_failure_begins_afresh(ada, provider, work):
    provider.script(answers.bad_key(), says("After the key was mended."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    assert ada.press(document).state == "pending"
    work.drain()
    assert ada.panel(document).text == "After the key was mended."
    assert len(work.summaries()) == 1


def test_a_failure_never_hides_an_earlier_good_summary(ada, provider, work):
    provider.script(says("The good one."), answers.bad_key())
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.summarise(document, regenerate="1")
    work.drain()
    panel = ada.panel(document)
    assert (panel.state, panel.stale) == ("complete", False)
    assert panel.text == "The good one."
    assert "did not accept this site's key" in panel.notice


def test_a_failed_update_shows_the_old_summary_as_out_of_date(ada, provider, work):
    provider.script(says("The old one."), answers.refuses())
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.edit(document, "Another text that the provider will not have.")
    ada.summarise(document)
    work.drain()
    panel = ada.panel(document)
    assert (panel.state, panel.stale, panel.text) == ("failed", True, "The old one.")


def test_being_told_to_wait_half_a_minute_means_no_call_before(ada, provider, work):
    provider.script(rate_limited(30))
    document = ada.add()
    ada.summarise(document)
    work.sweep()
    work.once()
    work.sweep()
    work.once()
    (summary,) = work.summaries()
    assert summary.status == "pending"
    assert 28 <= (summary.next_at - summary.started_at).total_seconds() <= 32
    assert len(provider.calls) == 1
    assert "busy" in ada.panel(document).notice
    assert "tried again at" in ada.panel(document).notice


def test_cancelling_what_waits_makes_no_call(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    ada.cancel(document)
    work.once()
    work.drain()
    assert provider.calls == []
    assert ada.panel(document).state == "cancelled"


def test_asking_again_after_a_cancellation_begins_afresh(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    ada.cancel(document)
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).state == "complete"


def test_cancelling_what_is_at_rest_changes_nothing(ada, work):
    document = ada.add()
    ada.cancel(document)
    assert ada.panel(document).state == "none"
    ada.summarise(document)
    work.drain()
    ada.cancel(document)
    assert ada.panel(document).state == "complete"


def test_waits_double_and_never_undercut_what_was_asked_for():
    assert 0.75 <= backoff(1, 1, None) <= 1.25
    assert 6 <= backoff(4, 1, None) <= 10
    assert backoff(20, 1, None) <= 75
    assert 30 <= backoff(1, 1, 30) <= 31


def test_those_who_were_told_the_same_do_not_all_come_back_in_the_same_moment():
    assert len({backoff(1, 1, 30) for _ in range(20)}) > 1
