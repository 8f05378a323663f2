"""The sweeper: rows that lost their doorbell, their worker or their time."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app import queues
from app.database import utcnow
from app.extensions import db
from app.models import Claim, Summary
from app.models.work import MAX_ATTEMPTS


@pytest.fixture
def alter(app):
    """Set columns of the one summary, as time or a dead worker would have left them."""

    def alter(**values):
        with app.app_context():
            db.session.execute(update(Summary).values(**values))
            db.session.commit()

    return alter


def waiting(app):
    with app.app_context():
        return queues.waiting()


def test_redis_emptied_with_fifty_pending_loses_nothing_and_pays_fifty_times(ada, provider, work, redis):
    documents = [ada.add(f"Document number {number} about the harbour of Aldwick.") for number in range(50)]
    for document in documents:
        ada.summarise(document)
    redis.flushall()
    work.drain(seconds=60)
    assert len(provider.calls) == 50
    assert {s.status for s in work.summaries()} == {"complete"}


def test_a_row_whose_doorbell_was_never_rung_is_rung_for_at_the_next_sweep(app, ada, work, redis):
    ada.summarise(ada.add())
    redis.flushall()
    assert waiting(app) == set()
    work.sweep()
    assert waiting(app) == {("high", "sum-1-0-0")}


def test_a_row_whose_doorbell_waits_is_not_rung_for_again(app, ada, work, redis):
    ada.summarise(ada.add())
    for _ in range(3):
        work.sweep()
    assert redis.llen("rq:queue:high") == 1


def test_a_doorbell_whose_job_was_lost_after_it_was_taken_rings_again(app, ada, work, redis, monkeypatch):
    ada.summarise(ada.add())
    redis.lpop("rq:queue:high")  # the worker that took it died before it began
    monkeypatch.setattr(queues, "DOORBELL_SECONDS", 7)  # as if the time for which one doorbell is enough were over
    work.sweep()
    assert redis.llen("rq:queue:high") == 1


def test_a_row_that_waits_for_its_next_attempt_is_left_in_peace(app, ada, work, alter, redis):
    ada.summarise(ada.add())
    redis.flushall()
    alter(next_at=utcnow() + timedelta(seconds=30))
    work.sweep()
    assert waiting(app) == set()


def test_a_worker_that_fell_silent_loses_its_row_to_the_next(ada, provider, work, alter):
    ada.summarise(ada.add())
    alter(status="processing", attempt=1, fence=1, lease_until=utcnow() - timedelta(seconds=1))
    work.drain()
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt) == ("complete", 2)


def test_a_worker_that_still_holds_its_lease_keeps_its_row(work, ada, alter):
    ada.summarise(ada.add())
    alter(status="processing", attempt=1, fence=1, lease_until=utcnow() + timedelta(seconds=5))
    work.sweep()
    assert work.summaries()[0].status == "processing"


def test_a_row_whose_workers_always_die_fails_after_the_last_attempt(ada, work, alter):
    document = ada.add()
    ada.summarise(document)
    alter(status="processing", attempt=MAX_ATTEMPTS, fence=9, lease_until=utcnow() - timedelta(seconds=1))
    work.sweep()
    panel = ada.panel(document)
    assert panel.state == "failed"
    assert "stopped 5 times" in panel.notice


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_what_is_not_ready_by_the_promised_time_fails_even_with_no_worker_alive(ada, alter, status):
    document = ada.add()
    ada.summarise(document)
    alter(status=status, give_up_at=utcnow() - timedelta(seconds=1))
    panel = ada.panel(document)
    assert panel.state == "failed"
    assert "not ready by the promised time" in panel.notice


def test_a_late_result_finds_another_fence_and_is_not_filed(app, ada, work):
    ada.summarise(ada.add())
    with app.app_context():
        summary = db.session.get(Summary, 1)
        frozen = Claim.take(summary, timedelta(seconds=-1))
        db.session.commit()
    work.sweep()
    with app.app_context():
        assert not frozen.finish(text="The late one.")
        assert not frozen.renew(timedelta(seconds=10))
        db.session.commit()
    work.drain()
    assert work.summaries()[0].text != "The late one."


def test_any_number_of_sweepers_free_a_row_once(app, ada, work, alter):
    ada.summarise(ada.add())
    alter(status="processing", attempt=1, fence=1, lease_until=utcnow() - timedelta(seconds=1))
    for _ in range(5):
        work.sweep()
    (summary,) = work.summaries()
    assert (summary.status, summary.fence, summary.attempt) == ("pending", 2, 1)


def test_a_claim_is_had_by_one(app, ada):
    ada.summarise(ada.add())
    with app.app_context():
        summary = db.session.get(Summary, 1)
        assert Claim.take(summary, timedelta(seconds=10))
        assert Claim.take(summary, timedelta(seconds=10)) is None


def test_handing_back_burns_no_attempt(app, ada):
    ada.summarise(ada.add())
    with app.app_context():
        summary = db.session.get(Summary, 1)
        assert Claim.take(summary, timedelta(seconds=10)).hand_back()
        db.session.commit()
        assert (summary.status, summary.attempt) == ("pending", 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where there is one lock for all who write
def test_a_sweep_that_finds_nothing_to_do_waits_for_nobody_who_writes(ada, app, work, caplog):
    ada.summarise(ada.add())
    with app.app_context(), db.engine.begin():
        work.sweep()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
