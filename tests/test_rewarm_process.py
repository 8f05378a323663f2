"""``flask summaries rewarm`` as a person runs it, beside real workers."""

import os
import signal
import subprocess
import sys
from threading import Event

import pytest

from app.summaries import prompt
from tests.provider import hold
from tests.support.servers import ROOT, wait_until

DATABASES = ("sqlite",)  # what is shown here is the same on either


@pytest.fixture
def environment(environment):
    """A model with a price, and nothing warmed in between."""
    return environment | {"OPENAI_MODEL": "gpt-4o-mini", "WARMING": "off"}


@pytest.fixture
def aged(ada, work, monkeypatch):
    """Two documents with summaries of an earlier prompt than that of the other processes."""
    with monkeypatch.context() as earlier:
        earlier.setattr(prompt, "PROMPT_VERSION", "v0.9")
        documents = [
            ada.add(f"Document {number} tells of the harbour of Aldwick and its ships.") for number in range(2)
        ]
        for document in documents:
            ada.summarise(document)
        work.drain()
    return documents


@pytest.fixture
def command(environment):
    """Start the command as a person does, its output in a pipe."""
    started = []

    def command(*arguments):
        words = [sys.executable, "-m", "flask", "--app", "wsgi", "summaries", "rewarm", *arguments]
        variables = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            words, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield command
    for process in started:
        process.kill()
        process.communicate()


def read_until(process, words):
    """The lines that the process says, up to the one that holds *words*."""
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if words in line:
            return said
    raise AssertionError(f"{words!r} is not in {said}")


def test_it_says_how_far_it_has_come_until_all_is_done(ada, aged, provider, command, start_worker):
    provider.reset()
    first, second = Event(), Event()
    provider.script(hold(first), hold(second))
    running = command("--budget", "1")
    read_until(running, "0 of 2 done")
    start_worker()
    first.set()
    read_until(running, "1 of 2 done")
    second.set()
    assert running.stdout.readlines()[-1].startswith("2 of 2 done, $0.000")
    assert running.wait(timeout=20) == 0
    assert not any(ada.panel(document).stale for document in aged)


def test_ctrl_c_ends_the_watching_and_not_the_work(ada, aged, provider, command, work, start_worker):
    provider.reset()
    running = command("--budget", "1")
    read_until(running, "0 of 2 done")
    running.send_signal(signal.SIGINT)
    assert "The work goes on. Run the command again to see how far it has come." in running.stdout.read()
    assert running.wait(timeout=20) == 0
    start_worker()
    wait_until(lambda: work.in_progress() == 0, "the renewal ends without it")
    assert not any(ada.panel(document).stale for document in aged)
    assert read_until(command(), "Renewed before")[-1].startswith("Renewed before: 2 of 2 done, ")
