"""Faults 2 and 15, second half: what a deploy does to the work that is under way."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import utcnow
from tests.provider import hold, says
from tests.support import servers
from tests.support.servers import wait_until

WHAT_A_RELEASE_IS = ("app", "jobs", "static", "templates", "migrations", "wsgi.py", "Procfile")


@pytest.fixture
def in_mid_call(deployment, ada, text, release):
    """A document whose summary a worker has asked the provider for."""
    deployment.provider.answer(text, hold(release, "Ended in time."), says("From the next release."))
    document = ada.add(text)
    ada.press(document)
    deployment.provider.wait_for(text)
    return document


def stop_everything(deployment):
    """SIGTERM to all, by honcho; returns the processes that were there."""
    pids = [pid for dyno in deployment.dynos for pid in dyno.pids()]
    for dyno in deployment.dynos:
        dyno.terminate()
    return pids


def wait_for_the_end(deployment, pids):
    for dyno in deployment.dynos:
        dyno.process.popen.wait(timeout=60)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "nothing is left of it")


def test_a_call_that_ends_soon_after_everything_is_told_to_stop_is_filed_and_paid_once(
    deployment, ada, text, in_mid_call, release
):
    pids = stop_everything(deployment)
    release.set()
    wait_for_the_end(deployment, pids)
    assert deployment.standing(in_mid_call) == ("complete", 1)
    assert deployment.outcomes(in_mid_call) == ["complete"]
    deployment.mend()
    assert ada.panel(in_mid_call).text == "Ended in time."
    assert len(deployment.provider.about(text)) == 1


def test_a_call_that_takes_longer_is_handed_back_with_no_attempt_burnt(deployment, ada, text, in_mid_call):
    wait_for_the_end(deployment, stop_everything(deployment))
    assert deployment.standing(in_mid_call) == ("pending", 0)
    assert deployment.outcomes(in_mid_call) == ["handed_back"]
    deployment.mend()
    deployment.wait_for(in_mid_call, "complete")
    assert ada.panel(in_mid_call).text == "From the next release."
    assert deployment.standing(in_mid_call) == ("complete", 1)
    assert deployment.outcomes(in_mid_call) == ["handed_back", "complete"]
    assert [call.client_gone for call in deployment.provider.about(text)] == [True, False]


@pytest.fixture
def earlier_release(tmp_path):
    """A copy of the program that differs in its prompt."""
    for name in WHAT_A_RELEASE_IS:
        source = servers.ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    prompt = tmp_path / "app" / "summaries" / "prompt.py"
    changed = prompt.read_text().replace('PROMPT_VERSION = "', 'PROMPT_VERSION = "v0-')
    assert changed != prompt.read_text()
    prompt.write_text(changed)
    return tmp_path


def test_a_worker_of_an_earlier_release_leaves_what_the_new_web_asks_for_to_one_of_its_own(
    deployment, ada, text, earlier_release
):
    deployment.replace("worker", release=earlier_release)
    document = ada.add(text)
    ada.press(document)
    soon = timedelta(seconds=5)
    wait_until(lambda: deployment.summaries(document)[0].next_at > utcnow() + soon, "the old worker has put it off")
    assert deployment.standing(document) == ("pending", 0)
    assert ada.panel(document).state == "pending"
    assert deployment.provider.about(text) == []
    deployment.replace("worker")
    deployment.wait_for(document, "complete")
    assert deployment.standing(document) == ("complete", 1)
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1
