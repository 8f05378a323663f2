"""The supervisor alone, with small tasks in real processes."""

import contextlib
import os
import signal
import sys
import textwrap
import time

import pytest

from jobs.supervisor import PAUSE_SECONDS
from tests.support.servers import Process, descendants, wait_until

PREAMBLE = """
    import logging, os, signal, sys, time
    from pathlib import Path
    from jobs.supervisor import PLEASE_STOP, STOPPING, Supervisor

    logging.basicConfig()

    def note(what):
        with open(sys.argv[1], "a") as notes:
            notes.write(f"{what}\\n")

    def lives_on():
        note(f"lives {os.getpid()}")
        while True:
            signal.pause()
"""


@pytest.fixture
def notes(tmp_path):
    """What the tasks noted down, line by line."""
    file = tmp_path / "notes"
    file.touch()
    return lambda: file.read_text().splitlines()


@pytest.fixture
def supervise(tmp_path):
    """Run this program, which has the preamble's words and makes a supervisor."""
    started = []

    def supervise(program):
        script = textwrap.dedent(PREAMBLE) + textwrap.dedent(program)
        started.append(Process([sys.executable, "-c", script, str(tmp_path / "notes")], {}))
        return started[-1]

    yield supervise
    for process in started:
        process.signal_tree(signal.SIGKILL)
        process.popen.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.popen.pid, signal.SIGKILL)


def is_gone(process):
    """Whether nobody is left of the group that *process* was started in, orphans included."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.popen.pid, 0)
        return False
    return True


def test_a_task_that_ends_is_started_again_and_the_other_left_alone(supervise, notes):
    process = supervise("Supervisor({'short': lambda: note('short'), 'long': lives_on}).run()")
    wait_until(lambda: notes().count("short") >= 3, "it is started again")
    assert len([line for line in notes() if line.startswith("lives")]) == 1
    assert "the short ended (0) and is started again" in process.log()


def test_a_task_that_cannot_live_is_not_started_in_a_busy_loop(supervise, notes):
    began = time.monotonic()
    supervise("Supervisor({'short': lambda: note('short')}).run()")
    wait_until(lambda: len(notes()) >= 3, "it is started again")
    starts, seconds = len(notes()), time.monotonic() - began
    assert starts - 1 <= seconds / PAUSE_SECONDS


def test_a_task_that_fails_says_why_and_is_started_again(supervise, notes):
    process = supervise(
        """
        def fails():
            note("tried")
            raise LookupError("no such harbour")
        Supervisor({"pilot": fails}).run()
        """
    )
    wait_until(lambda: len(notes()) >= 2, "it is started again")
    assert "LookupError: no such harbour" in process.log()
    assert "the pilot ended (1) and is started again" in process.log()


def test_a_task_that_is_killed_is_started_again_as_another_process(supervise, notes):
    supervise("Supervisor({'long': lives_on}).run()")
    wait_until(notes, "it runs")
    os.kill(int(notes()[0].removeprefix("lives ")), signal.SIGKILL)
    wait_until(lambda: len(set(notes())) == 2, "another runs")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_all_of_them(supervise, notes, asked):
    process = supervise("Supervisor({'one': lives_on, 'other': lives_on}).run()")
    wait_until(lambda: len(notes()) == 2, "both run")
    assert len(descendants(process.popen.pid)) == 2
    process.popen.send_signal(asked)
    assert process.popen.wait(timeout=20) == 0
    assert is_gone(process)
    assert len(notes()) == 2


def test_it_ends_after_the_last_of_them_has_put_its_work_away(supervise, notes):
    process = supervise(
        """
        def puts_away():
            signal.pthread_sigmask(signal.SIG_BLOCK, [PLEASE_STOP])
            note("works")
            signal.sigwait([PLEASE_STOP])
            while Path(sys.argv[1]).read_text().count("works") < 2:
                time.sleep(0.01)
            note("put away")
        Supervisor({"one": puts_away, "other": puts_away}).run()
        """
    )
    wait_until(lambda: notes() == ["works", "works"], "both work")
    process.popen.terminate()
    assert process.popen.wait(timeout=20) == 0
    assert notes() == ["works", "works", "put away", "put away"]


def test_a_stop_in_the_midst_of_starting_leaves_no_orphan(supervise, notes):
    process = supervise(
        """
        def stops_all():
            os.kill(os.getppid(), signal.SIGTERM)
            lives_on()
        Supervisor({"first": stops_all} | {f"number {n}": lives_on for n in range(40)}).run()
        """
    )
    assert process.popen.wait(timeout=20) == 0
    assert is_gone(process)


def test_a_stop_between_a_fork_and_the_note_of_it_reaches_what_was_forked(supervise, notes):
    process = supervise(
        """
        forked = os.fork
        def fork():
            pid = forked()
            if pid:
                os.kill(os.getpid(), signal.SIGTERM)
            return pid
        os.fork = fork
        Supervisor({"one": lives_on, "other": lives_on}).run()
        """
    )
    assert process.popen.wait(timeout=20) == 0
    assert is_gone(process)
    assert len(notes()) <= 1


def test_a_stop_during_the_pause_before_a_task_is_started_again_is_the_end(supervise, notes):
    process = supervise(
        """
        time.sleep = lambda seconds: os.kill(os.getpid(), signal.SIGTERM)
        Supervisor({"one": lambda: note("once")}).run()
        """
    )
    assert process.popen.wait(timeout=20) == 0
    assert notes() == ["once"]


def test_the_signals_of_a_task_are_as_if_there_were_no_supervisor(supervise, notes):
    supervise(
        """
        def tells():
            note([signal.getsignal(number) is signal.SIG_DFL for number in (*STOPPING, PLEASE_STOP)])
            note(signal.pthread_sigmask(signal.SIG_BLOCK, []))
            lives_on()
        Supervisor({"one": tells}).run()
        """
    )
    wait_until(lambda: len(notes()) == 3, "it runs")
    assert notes()[:2] == ["[True, True, True]", "set()"]
