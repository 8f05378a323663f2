"""Parts that fail and workers that end in the midst: what was read is kept, and only the rest is tried again."""

import signal
from collections import Counter

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Part, Step
from tests import provider as answers
from tests.provider import fails, hold, rate_limited, says
from tests.support.servers import wait_until
from tests.support.texts import SMALL_WINDOW, asked_for, notes_on, story

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STORY = story()
PARTS = 8
HEALS_PERHAPS = {
    "503": fails(503),
    "cut": answers.cut_after("Half of the no"),
    "HTML": answers.html(),
}
HEALS_NEVER = {"bad key": answers.bad_key(), "no quota": answers.no_quota()}


@pytest.fixture
def environment(environment):
    return {**environment, **SMALL_WINDOW}


@pytest.fixture
def document(ada):
    added = ada.add(STORY)
    ada.summarise(added)
    return added


@pytest.fixture
def filed(app):
    """How many parts have notes in the database."""

    def filed():
        with app.app_context():
            return db.session.scalar(select(func.count(Part.id)).where(Part.notes.is_not(None)))

    return filed


# -- parts that fail -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HEALS_PERHAPS)
def test_a_part_that_fails_is_tried_again_alone(in_order, ada, document, provider, work, kind):
    provider.script(says(), says(), HEALS_PERHAPS[kind])
    work.drain()
    assert ada.panel(document).state == "complete"
    counted = Counter(call.document for call in asked_for(provider, Step.PART))
    assert sorted(counted.values()) == [1] * (PARTS - 1) + [2]
    assert counted[provider.calls[2].document] == 2
    assert asked_for(provider, Step.COMBINE)[0].document == notes_on(sorted(counted, key=STORY.index))


def test_attempts_that_read_something_are_not_counted(in_order, ada, document, provider, work):
    provider.script(*[says(), fails(503), fails(503)] * 6)
    work.drain(60)
    assert ada.panel(document).state == "complete"
    assert work.summaries()[0].attempt == 1
    assert len(provider.calls) == PARTS + 1 + 12


def test_also_the_fifth_attempt_goes_on_if_it_read_something(in_order, ada, document, provider, work):
    provider.script(*[fails(503)] * 8, says(), fails(503), fails(503))
    work.drain(60)
    assert ada.panel(document).state == "complete"
    assert len(provider.calls) == PARTS + 1 + 10


def test_a_provider_that_always_fails_is_given_up_after_five_attempts(ada, document, provider, work):
    provider.default = fails(503)
    work.drain(60)
    assert ada.panel(document).state == "failed"
    assert "could not be reached" in ada.panel(document).notice
    assert work.summaries()[0].attempt == 5
    calls = Counter(entry.attempt for entry in work.ledger())
    assert calls.keys() == {1, 2, 3, 4, 5}
    assert set(calls.values()) <= {4, 5}  # four at once, and two failures one after the other end it


def test_a_summary_that_always_fails_is_given_up_after_five_attempts_that_read_nothing(
    ada, document, provider, work, filed
):
    provider.script(*[says()] * PARTS)
    provider.default = fails(503)
    work.drain(60)
    assert ada.panel(document).state == "failed"
    assert (filed(), len(asked_for(provider, Step.PART)), len(asked_for(provider, Step.COMBINE))) == (PARTS, PARTS, 6)


def test_being_told_to_wait_stops_beginning_others_and_keeps_what_was_read(
    in_order, ada, document, provider, work, filed
):
    provider.script(says(), says(), rate_limited(30))
    for _ in range(2):
        work.sweep()
        work.once()
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt, len(provider.calls), filed()) == ("pending", 0, 3, 2)
    assert 28 <= (summary.next_at - summary.started_at).total_seconds() <= 40
    assert "busy" in ada.panel(document).notice


@pytest.mark.parametrize("kind", HEALS_NEVER)
def test_what_cannot_heal_fails_at_once_and_the_next_press_pays_only_for_the_rest(
    in_order, ada, document, provider, work, filed, kind
):
    provider.script(says(), says(), HEALS_NEVER[kind])
    work.drain()
    assert (ada.panel(document).state, len(provider.calls), filed()) == ("failed", 3, 2)
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).state == "complete"
    assert len(provider.calls) == 3 + PARTS - 2 + 1


# -- workers that end ------------------------------------------------------------------------------------


@pytest.fixture
def half_read(document, provider, start_worker, release, filed):
    """A worker that has read three parts of the document and is at two more; they never get an answer."""
    provider.script(says(), says(), says())
    provider.default = hold(release)
    worker = start_worker(SUMMARY_PARTS_AT_ONCE="2", SUMMARY_LEASE_SECONDS="1", WORKER_GRACE_SECONDS="0.2")
    wait_until(lambda: filed() == 3 and provider.open_calls == 2, "three parts are read", 60)
    return worker


def test_a_worker_that_is_killed_loses_no_part_that_it_had_read(half_read, ada, document, provider, start_worker, work):
    half_read.signal_tree(signal.SIGKILL)
    provider.default = says()
    start_worker()
    wait_until(lambda: ada.panel(document).state == "complete", "another worker completes it")
    assert len(provider.calls) == PARTS + 1 + 2
    assert work.summaries()[0].attempt == 2


def test_a_worker_that_is_stopped_hands_back_and_keeps_what_it_had_read(
    half_read, ada, document, provider, work, filed
):
    half_read.signal_tree(signal.SIGTERM)
    assert half_read.popen.wait(timeout=20) == 0
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt, filed()) == ("pending", 0, 3)
    provider.default = says()
    work.drain()
    assert ada.panel(document).state == "complete"
    assert len(provider.calls) == PARTS + 1 + 2


def test_stopping_it_hangs_up_on_every_call_and_the_next_press_reads_the_rest(
    half_read, ada, document, provider, filed
):
    ada.cancel(document)
    wait_until(lambda: provider.open_calls == 0, "every call is hung up on")
    assert (ada.panel(document).state, filed()) == ("cancelled", 3)
    assert sum(call.client_gone for call in provider.calls) == len(provider.calls) - 3 == 2
    provider.default = says()
    ada.summarise(document)
    wait_until(lambda: ada.panel(document).state == "complete", "the rest is read")
    assert len(provider.calls) == PARTS + 1 + 2
