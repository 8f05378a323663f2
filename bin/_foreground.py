"""honcho's manager as ``bin/dev`` needs it: nothing outlives it, and it says its own things without a prefix."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from honcho.manager import KILL_WAIT, Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

PR_SET_PDEATHSIG = 1


class Foreground(Manager):
    """Runs processes until one of them ends or the person presses Ctrl-C, then ends them all within seconds."""

    def __init__(self, when_started: Callable[[Foreground], None]) -> None:
        super().__init__(Lines())
        self._process_ctor = Child
        self._when_started = when_started
        self.interrupted = False

    def say(self, text: str) -> None:
        """Print *text* as it is, in turn with what the processes print."""
        self.events.put(Message("line", text, datetime.now(UTC), None, None))

    def terminate(self) -> None:
        """End everything, once every process has reported its id: honcho would fail on one that has not."""
        self.interrupted |= self.returncode is not None and not self._any_stopped()
        if super()._all_started() and not self._terminating:
            # honcho counts its seconds from the first process that ends, and none may.
            deadline = threading.Timer(KILL_WAIT, self.kill)
            deadline.daemon = True
            deadline.start()
            super().terminate()

    def kill(self) -> None:
        """End at once what has not ended, with the process that runs a job, which RQ puts into a group of its own."""
        super().kill()
        for process in self._processes.values():
            if "pid" in process and "returncode" not in process:
                _kill_session(process["pid"])

    def _killall(self, force: bool = False) -> None:
        if super()._all_started():
            super()._killall(force)

    def _start(self) -> None:
        super()._start()
        # Only now, because a process that forks while it has threads can hand on a lock that nobody holds.
        threading.Thread(target=self._when_started, args=(self,), daemon=True).start()

    def _all_started(self) -> bool:
        started = super()._all_started()
        if started and self.returncode is not None:
            self.terminate()
        return started


class Child(Process):
    """One process and the small one beside it that reads what it prints; both end when ``bin/dev`` is killed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._child_ctor = functools.partial(Popen, preexec_fn=functools.partial(_end_with_parent, signal.SIGTERM))

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Start the process and relay its lines. Ctrl-C reaches this one too, and must not end it early."""
        for interruption in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # A handler, unlike SIG_IGN, is not passed on to the process that is started.
            signal.signal(interruption, lambda *_: None)
        _end_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


class Lines(Printer):
    """Prints what the processes print, and keeps calm when the terminal has gone."""

    def write(self, message: Message) -> None:
        """Print one message; one without a name is said by ``bin/dev`` itself."""
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: a signal came while a line was being printed
            if message.name is None:
                print(message.data, file=self.output, flush=True)
            else:
                super().write(message)


def _kill_session(session: int) -> None:
    """Kill what belongs to *session*. Without /proc nothing is found, and a job's process ends with its job."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), signal.SIGKILL)


def _end_with_parent(how: signal.Signals) -> None:
    """Ask Linux to send *how* to this process when its parent dies. Elsewhere a killed parent leaves orphans."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
