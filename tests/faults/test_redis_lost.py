"""Faults 6, 7, 8 and 15, first half: Valkey emptied, killed, frozen, restarted, full of rubbish; a ring never rung."""

from __future__ import annotations

import contextlib
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.provider import hold, says
from tests.support.breakable import Valkey
from tests.support.servers import wait_until

MANY = 50
RUNG_AGAIN_SECONDS = 15
BACK_SECONDS = 15
ANSWER_SECONDS = 2
RUNG_SECONDS = 2


@pytest.fixture
def redis(deployment):
    return deployment.valkey.client


def test_emptying_valkey_with_fifty_pending_loses_none_and_pays_for_each_once(deployment, ada, a_text, redis, release):
    texts = [a_text() for _ in range(MANY)]
    deployment.provider.default = hold(release)
    documents = [ada.add(text) for text in texts]
    for document in documents:
        ada.press(document)
    held = deployment.provider.wait_until
    held(lambda: sum(len(deployment.provider.about(text)) for text in texts) == 2, what="both workers are at work")
    redis.flushall()
    wait_until(lambda: redis.llen("rq:queue:high") >= MANY - 2, "it is rung again for each", RUNG_AGAIN_SECONDS)
    assert ada.panel(documents[-1]).state == "pending"
    release.set()
    wait_until(lambda: deployment.in_progress() == 0, "all are done", 120)
    assert [deployment.standing(document) for document in documents] == [("complete", 1)] * MANY
    assert [deployment.outcomes(document) for document in documents] == [["complete"]] * MANY
    assert [len(deployment.provider.about(text)) for text in texts] == [1] * MANY


def test_emptying_valkey_leaves_the_program_ready(deployment, ada, redis):
    deployment.replace("worker")
    wait_until(lambda: ada.get("/readyz").status_code == 200, "it says that it is ready")
    redis.flushall()
    wait_until(lambda: ada.get("/readyz").status_code == 200, "it says that it is ready", 45)  # heartbeats take 15 s


@contextlib.contextmanager
def impatient(person):
    """Who waits for no answer longer than is promised."""
    client = person.browser.client
    before, client.timeout = client.timeout, ANSWER_SECONDS
    try:
        yield
    finally:
        client.timeout = before


@pytest.mark.parametrize("how", ["down", "frozen"])
def test_a_click_while_valkey_does_not_answer_is_answered_and_done_once_it_does(deployment, ada, a_text, text, how):
    stored, document = ada.add(a_text()), ada.add(text)
    ada.press(stored)
    deployment.wait_for(stored, "complete")
    shown = ada.panel(stored).text
    with getattr(deployment.valkey, how)(), impatient(ada):
        panel = ada.press(document)
        assert (panel.state, panel.polls) == ("pending", True)
        assert ada.panel(stored).text == shown
        assert ada.poll(panel).polls
    deployment.wait_for(document, "complete", seconds=BACK_SECONDS)
    assert deployment.standing(document) == ("complete", 1)
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1


def test_valkey_restarted_in_mid_call_loses_no_result(deployment, ada, text, release):
    deployment.provider.answer(text, hold(release, "Saved all the same."))
    document = ada.add(text)
    panel = ada.press(document)
    deployment.provider.wait_for(text)
    deployment.valkey.restart()
    assert ada.poll(panel).state == "processing"
    release.set()
    deployment.wait_for(document, "complete")
    assert ada.panel(document).text == "Saved all the same."
    assert deployment.standing(document) == ("complete", 1)
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1


def test_what_a_web_process_committed_before_it_was_killed_is_rung_for(deployment, ada, text, redis):
    """It is killed while it waits for a frozen cache, which it asks after the commit and before the ring."""
    document = ada.add(text)
    with Valkey() as cache, ThreadPoolExecutor(1) as elsewhere:
        deployment.replace("web", CACHE_URL=cache.url)
        sweeper = deployment.worker.sweeper()
        deployment.worker.signal(signal.SIGSTOP, [sweeper])
        with cache.frozen():
            pressed = elsewhere.submit(ada.press, document)
            wait_until(lambda: deployment.summaries(document), "the row is committed")
            deployment.web.signal(signal.SIGKILL, deployment.web.serving())
            with pytest.raises(httpx2.HTTPError):
                pressed.result()
        (summary,) = deployment.summaries(document)
        rung = f"rq:job:sum-{summary.id}-*"
        assert (summary.status, redis.keys(rung)) == ("pending", [])
        deployment.worker.signal(signal.SIGCONT, [sweeper])
        wait_until(lambda: redis.keys(rung) or deployment.outcomes(document), "the sweeper rings", RUNG_SECONDS)
        deployment.wait_for(document, "complete")
        deployment.wait_until_ready()  # what was killed is there again
    assert ada.panel(document).state == "complete"
    assert deployment.standing(document) == ("complete", 1)
    assert len(deployment.provider.about(text)) == 1


def test_a_corrupt_job_is_put_aside_and_the_workers_stay_up(deployment, ada, text, redis):
    parts = deployment.worker.parts()
    redis.hset("rq:job:rotten", mapping={"data": b"\x80garbage", "created_at": b"never", "status": b"queued"})
    for queue in ("high", "default", "low"):
        redis.rpush(f"rq:queue:{queue}", "rotten")
        redis.zadd(f"rq:wip:{queue}", {"rotten:execution": 1, "rotten": 1})
    deployment.provider.answer(text, says("In spite of it."))
    document = ada.add(text)
    ada.press(document)
    deployment.wait_for(document, "complete")
    wait_until(lambda: not any(map(redis.llen, map("rq:queue:{}".format, ("high", "default", "low")))), "it is taken")
    assert deployment.standing(document) == ("complete", 1)
    assert len(deployment.provider.about(text)) == 1
    assert deployment.worker.parts() == parts
