"""Faults 1, 3 and 4: processes that are killed or frozen in the midst of a call."""

from __future__ import annotations

import signal
from threading import Event

import pytest

from tests.provider import hold, hold_midway, says
from tests.support.servers import freeze, wait_until

PRODUCTION = {"SUMMARY_LEASE_SECONDS": "12", "SUMMARY_RETRY_SECONDS": "1"}
PROMISED_SECONDS = 20  # and however long the call takes, which here is no time


@pytest.fixture
def release_other(deployment):
    """An event for a second answer to wait for."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def in_mid_call(deployment, ada, text, release):
    """A document whose summary a worker has asked the provider for; the next one who asks is answered at once."""
    deployment.replace("worker", **PRODUCTION)
    deployment.provider.answer(text, hold(release, "Never heard."), says("From another worker."))
    document = ada.add(text)
    assert ada.press(document).state == "pending"
    deployment.provider.wait_for(text)
    wait_until(deployment.worker.horses, "a horse is seen")
    return document


def is_done_by_another(deployment, ada, document, text):
    """One row, two calls, and the ledger has both: nobody lived to tell of the first, so it is estimated."""
    assert ada.panel(document).text == "From another worker."
    assert deployment.standing(document) == ("complete", 2)
    assert deployment.outcomes(document) == ["worker_lost", "complete"]
    return len(deployment.provider.about(text)) == 2


@pytest.mark.both_databases
def test_killing_the_worker_with_all_that_came_of_it_costs_seconds_and_not_the_summary(
    deployment, ada, text, in_mid_call
):
    deployment.worker.kill()
    panel = ada.panel(in_mid_call)
    assert (panel.state, panel.polls) == ("processing", True)
    deployment.start("worker", **PRODUCTION)
    deployment.wait_until_ready()
    deployment.wait_for(in_mid_call, "complete", seconds=PROMISED_SECONDS)
    assert is_done_by_another(deployment, ada, in_mid_call, text)


@pytest.mark.both_databases
def test_killing_only_the_horse_costs_seconds_and_not_the_summary(deployment, ada, text, in_mid_call):
    worker = deployment.worker
    parts = worker.parts()
    worker.signal(signal.SIGKILL, worker.horses())
    panel = ada.panel(in_mid_call)
    assert (panel.state, panel.polls) == ("processing", True)
    deployment.wait_for(in_mid_call, "complete", seconds=PROMISED_SECONDS)
    assert is_done_by_another(deployment, ada, in_mid_call, text)
    assert worker.parts() == parts


@pytest.mark.both_databases
def test_a_worker_that_was_frozen_past_its_lease_thaws_and_changes_nothing(
    deployment, ada, text, release, release_other
):
    deployment.provider.answer(
        text, hold(release, "From the frozen one."), hold_midway("From another ", release_other, "worker.")
    )
    frozen, document = deployment.worker, ada.add(text)
    ada.press(document)
    deployment.provider.wait_for(text)
    deployment.start("worker")
    deployment.wait_until_ready()
    freeze(frozen.signal, deployment.environment["DATABASE_URL"])
    assert ada.panel(document).state == "processing"
    deployment.provider.wait_for(text, 2)
    release.set()
    frozen.signal(signal.SIGCONT)
    wait_until(lambda: not frozen.horses(), "the frozen one has gone on, and learnt that it has lost the row")
    assert deployment.outcomes(document) == ["worker_lost"]
    assert deployment.standing(document) == ("processing", 2)
    release_other.set()
    deployment.wait_for(document, "complete")
    assert deployment.outcomes(document) == ["worker_lost", "complete"]
    assert deployment.standing(document) == ("complete", 2)
    assert ada.panel(document).text == "From another worker."
    assert len(deployment.provider.about(text)) == 2


def test_a_worker_that_froze_while_it_held_a_lock_on_the_row_does_not_hold_it_up_for_long(
    deployment, ada, text, release
):
    deployment.provider.answer(text, hold(release, "From the frozen one."), says("From another worker."))
    frozen, document = deployment.worker, ada.add(text)
    ada.press(document)
    deployment.provider.wait_for(text)
    deployment.start("worker")
    deployment.wait_until_ready()
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE%'"
    with deployment.looking_in() as other, deployment.looking_in() as database, database.transaction():
        # It is held until the worker waits for it to renew its lease, and so gets it as soon as it is frozen.
        database.execute("SELECT id FROM summary WHERE document_id = %s FOR UPDATE", [document])
        wait_until(lambda: other.execute(waiting).fetchone()[0], "the worker waits for the row")
        frozen.signal(signal.SIGSTOP)
    deployment.wait_for(document, "complete", seconds=40)
    assert ada.panel(document).text == "From another worker."


def test_a_summary_whose_horse_dies_every_time_fails_after_five_attempts_and_holds_up_nobody(
    deployment, ada, a_text, text, release
):
    deployment.provider.answer(text, hold(release, "Never heard."))
    document, other = ada.add(text), ada.add(a_text())
    ada.press(document)
    for attempt in range(1, 6):
        deployment.provider.wait_for(text, attempt)
        wait_until(deployment.worker.horses, "a horse is seen")
        if attempt == 3:
            ada.press(other)
            deployment.wait_for(other, "complete")
        deployment.worker.signal(signal.SIGKILL, deployment.worker.horses())
    deployment.wait_for(document, "failed")
    panel = ada.panel(document)
    assert (panel.state, panel.polls) == ("failed", False)
    assert "stopped 5 times" in panel.notice
    assert panel.one("#summary-start") is not None
    assert deployment.standing(document) == ("failed", 5)
    assert len(deployment.provider.about(text)) == 5
    assert deployment.outcomes(document) == ["worker_lost"] * 5
    assert deployment.standing(other) == ("complete", 1)
