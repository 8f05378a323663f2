"""A process for one job, forked before that job comes: what it takes to be ready is done while nobody waits for it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from jobs.supervisor import undisturbed

LONGEST_TOLD = 4096  # bytes; so many reach the other end of a pipe at once (PIPE_BUF)

log = logging.getLogger("foreword.worker")


@dataclass(frozen=True)
class Horse:
    """What a worker knows of one: its process, and the pipe by which it is told its job."""

    pid: int
    pipe: int

    @classmethod
    def fork(cls, mind_signals: Callable[[], None], run: Callable[[Callable[[], bytes]], None]) -> Horse:
        """A new one. It minds signals as *mind_signals* says before the first can reach it, and ends after *run*.

        :param run: is given a function that waits for the job, and returns nothing when the worker is gone.
        """
        reading, writing = os.pipe()
        with undisturbed():
            pid = os.fork()
            if not pid:
                mind_signals()
        if pid:
            os.close(reading)
            return cls(pid, writing)
        code = 1
        try:
            os.close(writing)  # only the worker's end is left, which the system closes when the worker is killed
            run(lambda: os.read(reading, LONGEST_TOLD))
            code = 0
        except Exception:
            log.exception("a horse failed before it began its job")
        finally:
            os._exit(code)

    def tell(self, job: bytes) -> bool:
        """Have it run *job*, in a process group of its own; whether it was still there to be told."""
        try:
            os.setpgid(self.pid, self.pid)  # or what is meant for its group would meet the worker
            os.write(self.pipe, job)
        except OSError:
            self.dismiss()
            return False
        os.close(self.pipe)
        return True

    def dismiss(self) -> None:
        """End it, as it has no job."""
        os.close(self.pipe)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
