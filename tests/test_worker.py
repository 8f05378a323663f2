"""Workers as the Procfile runs them: real processes, real forks, real signals."""

import os
import signal
from pathlib import Path

import pytest

from app.extensions import db
from app.models import Summary
from tests.provider import hold, says
from tests.support.servers import children, descendants, freeze, horses, wait_until, waiting_horses


@pytest.fixture
def state_of(app):
    def state_of(document):
        with app.app_context():
            return db.session.query(Summary.status).filter_by(document_id=document).scalar()

    return state_of


def test_a_worker_writes_what_is_asked_for(ada, start_worker, state_of):
    start_worker()
    document = ada.add()
    ada.summarise(document)
    wait_until(lambda: state_of(document) == "complete", "the summary is complete")
    assert ada.panel(document).text


def test_text_is_seen_while_it_is_being_written(ada, provider, start_worker, release):
    from tests.provider import hold_midway

    provider.script(hold_midway("The harbour ", release, "silted up."))
    start_worker()
    document = ada.add()
    ada.summarise(document)
    wait_until(lambda: ada.panel(document).text == "The harbour", "the first words are there")
    assert ada.panel(document).state == "processing"
    release.set()
    wait_until(lambda: ada.panel(document).text == "The harbour silted up.", "all words are there")


def test_killing_the_worker_and_its_horse_costs_time_and_not_the_summary(
    ada, provider, start_worker, state_of, work, release
):
    provider.script(hold(release, "Never heard."), says("From the second worker."))
    doomed = start_worker(SUMMARY_LEASE_SECONDS="1")
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    doomed.signal_tree(signal.SIGKILL)
    start_worker(SUMMARY_LEASE_SECONDS="1")
    wait_until(lambda: state_of(document) == "complete", "the second worker completes it")
    assert ada.panel(document).text == "From the second worker."
    assert (len(provider.calls), work.summaries()[0].attempt) == (2, 2)


def test_killing_only_the_horse_costs_time_and_not_the_summary(ada, provider, start_worker, state_of, release):
    provider.script(hold(release, "Never heard."), says("From the second horse."))
    worker = start_worker(SUMMARY_LEASE_SECONDS="1")
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    # A bell that was rung twice has a horse of its own, which finds nothing to do and ends.
    wait_until(lambda: len(horses(worker.popen.pid)) == 1, "the one horse that is at work is left")
    os.kill(*horses(worker.popen.pid), signal.SIGKILL)
    wait_until(lambda: state_of(document) == "complete", "another horse completes it")
    assert worker.popen.poll() is None


def test_killing_the_horses_that_wait_for_a_job_costs_nothing(ada, start_worker, work):
    worker = start_worker()
    everything_of(worker)
    for horse in waiting_horses(worker.popen.pid):
        os.kill(horse, signal.SIGKILL)
    ada.summarise(ada.add())
    wait_until(lambda: work.in_progress() == 0, "the summary is written")
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt) == ("complete", 1)


def test_workers_that_are_killed_leave_no_horse_waiting(start_worker):
    worker = start_worker()
    everything = everything_of(worker)
    for pid in (worker.popen.pid, *children(worker.popen.pid)):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everything), "they are gone as well")


def test_a_job_that_is_gone_before_its_horse_reads_it_is_rung_for_again(ada, redis, start_worker, work, environment):
    worker = start_worker()
    everything_of(worker)
    waiting = waiting_horses(worker.popen.pid)

    def signal_them(number):
        for horse in waiting:
            os.kill(horse, number)

    freeze(signal_them, environment["DATABASE_URL"])
    ada.summarise(ada.add())
    wait_until(lambda: len(horses(worker.popen.pid)) == 1, "one has a job, of which it does not know yet")
    redis.flushall()
    signal_them(signal.SIGCONT)
    wait_until(lambda: work.in_progress() == 0, "the summary is written", 60)
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt) == ("complete", 1)


def test_a_stopped_worker_lets_a_short_call_end(ada, provider, start_worker, state_of, release):
    provider.script(hold(release, "Ended in time."))
    worker = start_worker()
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    worker.signal_tree(signal.SIGTERM)
    release.set()
    assert worker.popen.wait(timeout=20) == 0
    assert state_of(document) == "complete"
    assert len(provider.calls) == 1


def test_a_stopped_worker_hands_a_long_call_back_unburnt(ada, provider, start_worker, work, release):
    provider.script(hold(release, "Too late."))
    worker = start_worker(WORKER_GRACE_SECONDS="0.5")
    ada.summarise(ada.add())
    provider.wait_for_calls(1)
    worker.signal_tree(signal.SIGTERM)
    assert worker.popen.wait(timeout=20) == 0
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt) == ("pending", 0)
    wait_until(lambda: provider.calls[0].client_gone, "the provider is hung up on")


def test_cancelling_hangs_up_on_the_provider(ada, provider, start_worker, work, release):
    provider.script(hold(release, "Never wanted."))
    start_worker()
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    ada.cancel(document)
    assert ada.panel(document).state == "cancelled"
    wait_until(lambda: provider.calls[0].client_gone, "the provider is hung up on")
    release.set()
    wait_until(work.ledger, "the call is in the ledger")
    assert [entry.outcome for entry in work.ledger()] == ["lost"]
    assert ada.panel(document).state == "cancelled"


def test_deleting_a_document_in_mid_call_leaves_nothing_behind(ada, provider, start_worker, work, redis, release):
    provider.script(hold(release, "About what is gone."))
    start_worker()
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    ada.delete(document)
    wait_until(lambda: provider.calls[0].client_gone, "the provider is hung up on")
    wait_until(work.ledger, "the call is in the ledger")
    assert work.summaries() == []
    assert not redis.keys("foreword:summary:*")
    assert work.ledger()[0].document_id is None


def test_an_edit_in_mid_call_files_the_result_under_the_text_it_was_made_from(
    ada, provider, start_worker, state_of, release
):
    provider.script(hold(release, "About the first text."))
    start_worker()
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    ada.edit(document, "A second text, quite unlike the first.")
    release.set()
    wait_until(lambda: state_of(document) == "complete", "the summary is complete")
    panel = ada.panel(document)
    assert (panel.text, panel.stale) == ("About the first text.", True)


def test_a_frozen_worker_that_thaws_does_not_overwrite_the_result(
    ada, provider, start_worker, state_of, work, release, environment
):
    provider.script(hold(release, "From the frozen one."), says("From the other."))
    frozen = start_worker(SUMMARY_LEASE_SECONDS="2")
    document = ada.add()
    ada.summarise(document)
    provider.wait_for_calls(1)
    freeze(frozen.signal_tree, environment["DATABASE_URL"])
    start_worker(SUMMARY_LEASE_SECONDS="2")
    wait_until(lambda: state_of(document) == "complete", "another worker completes it")
    release.set()
    frozen.signal_tree(signal.SIGCONT)
    wait_until(lambda: not horses(frozen.popen.pid), "the frozen one has gone on, and learnt that it has lost the row")
    assert [entry.outcome for entry in work.ledger()] == ["worker_lost", "complete"]
    assert ada.panel(document).text == "From the other."
    assert [s.status for s in work.summaries()] == ["complete"]


def test_each_part_of_a_worker_is_started_again_when_it_is_killed(ada, start_worker, state_of):
    worker = start_worker()
    wait_until(lambda: len(children(worker.popen.pid)) == 3, "a sweeper and two workers run")
    for part in (parts := children(worker.popen.pid)):
        os.kill(part, signal.SIGKILL)
    wait_until(lambda: len(set(children(worker.popen.pid)) - set(parts)) == 3, "three others run", 40)
    document = ada.add()
    ada.summarise(document)
    wait_until(lambda: state_of(document) == "complete", "they work")


def everything_of(worker):
    """All processes of a worker at rest: a sweeper, two workers, and the horse that each has ready."""
    wait_until(lambda: len(waiting_horses(worker.popen.pid)) == 2, "each of two workers has a horse ready")
    return descendants(worker.popen.pid)


def test_when_the_worker_alone_is_killed_its_parts_end_by_themselves(start_worker):
    worker = start_worker()
    parts = everything_of(worker)
    os.kill(worker.popen.pid, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{part}").exists() for part in parts), "its parts have ended", 40)


def test_a_stop_that_reaches_only_the_worker_reaches_its_parts(start_worker):
    worker = start_worker()
    parts = everything_of(worker)
    worker.popen.terminate()
    assert worker.popen.wait(timeout=20) == 0
    assert not any(Path(f"/proc/{part}").exists() for part in parts)


def test_a_stop_of_the_whole_group_ends_a_worker_that_waits_for_jobs_at_once(start_worker):
    worker = start_worker()
    wait_until(lambda: len(children(worker.popen.pid)) == 3, "a sweeper and two workers run")
    wait_until(lambda: all(_threads(part) > 1 for part in children(worker.popen.pid)[1:]), "both listen")
    os.killpg(worker.popen.pid, signal.SIGTERM)
    assert worker.popen.wait(timeout=10) == 0  # and not only when RQ's wait of 15 s is over


def _threads(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_a_corrupt_job_does_not_stop_the_worker(ada, redis, start_worker, state_of):
    redis.hset("rq:job:rotten", mapping={"data": b"\x80garbage", "created_at": b"never"})
    redis.rpush("rq:queue:high", "rotten")
    worker = start_worker()
    document = ada.add()
    ada.summarise(document)
    wait_until(lambda: state_of(document) == "complete", "the next job is done")
    assert worker.popen.poll() is None


def test_an_unknown_queue_is_refused_with_the_usage():
    from tests.support.servers import worker

    process = worker({"SECRET_KEY": "x"}, "hihg")
    assert process.popen.wait(timeout=30) == 1
    assert "usage: python -m jobs.worker high default low" in process.log()
