"""One process type of the Procfile under a honcho of its own, and the processes that come of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.support import servers

HONCHO = [str(Path(sys.executable).parent / "honcho"), "--env", os.devnull]


class Dyno:
    """One process type of the Procfile, and all that comes of it."""

    def __init__(self, kind: str, environment: dict[str, str], port: int, release: Path = servers.ROOT) -> None:
        self.kind = kind
        self.changed = False  # whether it runs in another way than the others
        honcho = [*HONCHO, "start", "--port", str(port), "--no-colour", kind]
        self.process = servers.Process(["sh", "-c", 'cd "$0" && exec "$@"', str(release), *honcho], environment)

    @property
    def alive(self) -> bool:
        return self.process.popen.poll() is None

    def pids(self, word: str = "") -> list[int]:
        """Every process but honcho's own, parents first; or those that have *word* in their command."""
        commands = {pid: _command(pid) for pid in _descendants(self.process.popen.pid)}
        return [pid for pid, said in commands.items() if word in said and HONCHO[0] not in said and " -c " not in said]

    def signal(self, number: signal.Signals, pids: Iterable[int] | None = None) -> None:
        """Signal these processes, or all of them, each by its own id."""
        for pid in self.pids() if pids is None else pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """kill -9 for all of them. honcho ends by itself then."""
        self.signal(signal.SIGKILL)
        self.process.popen.wait(timeout=20)

    def terminate(self) -> None:
        """What a platform does at each deploy: SIGTERM to every group of processes. honcho kills after 5 seconds."""
        self.process.popen.terminate()

    def end(self) -> None:
        left = _descendants(self.process.popen.pid)
        self.signal(signal.SIGCONT)
        self.process.stop()
        self.signal(signal.SIGKILL, (pid for pid in left if "jobs.worker" in _command(pid)))

    # -- of a worker -----------------------------------------------------------------------------------

    def parts(self) -> list[int]:
        """The sweeper and the two workers."""
        supervisor, *others = self.pids("jobs.worker") or [0]
        return [pid for pid in others if _parent(pid) == supervisor]

    def workers(self) -> list[int]:
        """Those of the parts that listen to Redis, for which RQ has a thread."""
        return [pid for pid in self.parts() if _threads(pid) > 1]

    def sweeper(self) -> int:
        (pid,) = set(self.parts()) - set(self.workers())
        return pid

    def horses(self) -> list[int]:
        """Those of the parts' children that run a job."""
        parts = self.parts()
        return [pid for pid in self.pids("jobs.worker") if _parent(pid) in parts and servers.leads_its_group(pid)]

    # -- of the web ------------------------------------------------------------------------------------

    def serving(self) -> list[int]:
        """The processes that answer requests, without the one that keeps them."""
        main = self.pids("granian")[0]
        return [pid for pid in self.pids() if _parent(pid) == main and "resource_tracker" not in _command(pid)]


def _descendants(pid: int) -> list[int]:
    """Everything that came of *pid*, parents first; from /proc alone, as it is asked for all the time."""
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    found, frontier = [], {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found += sorted(frontier)
    return found


def _threads(pid: int) -> int:
    with contextlib.suppress(OSError):
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    return 0


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
