"""Processes that are kept alive together, each a fork of this one, so that what is loaded is shared.

A process that ends is started again. When this one is told to stop it tells the others, and ends with the last
of them. When it is killed outright they notice by their parent's id and end by themselves.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

from app import signals

# What is said to the others. The terminal or the platform may have sent them SIGTERM already, and a second one
# would make a worker drop what it is doing.
PLEASE_STOP = signal.SIGUSR2
STOPPING = (signal.SIGTERM, signal.SIGINT)
PAUSE_SECONDS = 1.0  # before what could not live for so long is started again

log = logging.getLogger("foreword.supervisor")


class Supervisor:
    """Runs each of *tasks* in a process of its own, named for the log."""

    def __init__(self, tasks: Mapping[str, Callable[[], None]]) -> None:
        self.tasks = tasks
        self.running: dict[int, str] = {}
        self.stopping = False

    def run(self) -> None:
        """Return when all have ended after a stop was asked for."""
        for asked in STOPPING:
            signal.signal(asked, self._stop)
        started = time.monotonic()
        for name in self.tasks:
            self._start(name)
        while self.running:
            pid, status = os.wait()
            name = self.running.pop(pid, "")  # the first process of a container is handed others' orphans
            if not name or self.stopping:
                continue
            log.warning("the %s ended (%s) and is started again", name, os.waitstatus_to_exitcode(status))
            time.sleep(max(0.0, started + PAUSE_SECONDS - time.monotonic()))
            started = time.monotonic()
            self._start(name)

    def _start(self, name: str) -> None:
        with undisturbed():  # or it would come between a fork and the note that is made of it
            if self.stopping:
                return
            pid = os.fork()
            if pid:
                self.running[pid] = name
                return
            for asked in (*STOPPING, PLEASE_STOP):
                signal.signal(asked, signal.SIG_DFL)
        code = 1
        try:
            self.tasks[name]()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except Exception:
            log.exception("the %s failed", name)
        finally:
            try:
                signals.process_ends.send(None)
            finally:
                os._exit(code)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True
        for pid in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, PLEASE_STOP)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """No stop arrives meanwhile; a thread that is started meanwhile never gets one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*STOPPING, PLEASE_STOP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
