"""What is done to the program during the soak, one thing at a time, from a seed."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random

from bench._soak_crowd import echo
from tests import provider as answers
from tests.provider import Answer, Call
from tests.support.deployment import Deployment


class Mischief:
    """Breaks something every few seconds, and mends it, and remembers when all was well."""

    def __init__(self, deployment: Deployment, seed: int) -> None:
        self.deployment = deployment
        self.chance = Random(seed)
        self.done: Counter[str] = Counter()
        self.horses_killed = 0
        self.fault = "nothing"
        self._well_since: float | None = time.monotonic()
        self.good = Answer(self._at_its_pace)
        deployment.provider.default = self.good

    def is_calm_since(self, moment: float) -> bool:
        return self._well_since is not None and self._well_since <= moment

    def run(self, until: float) -> None:
        faults = list(FAULTS) if self.deployment.postgres else [name for name in FAULTS if "Postgres" not in name]
        while time.monotonic() < until:
            name = self.chance.choice(faults)
            print(f"  {time.strftime('%H:%M:%S')} {name}", flush=True)
            self._well_since, self.fault = None, name
            FAULTS[name](self)
            self.deployment.mend()
            self._well_since = time.monotonic()
            self.done[name] += 1
            self._wait(1, 6)

    def _wait(self, least: float, most: float) -> None:
        threading.Event().wait(self.chance.uniform(least, most))

    def _at_its_pace(self, call: Call) -> list[answers.Step]:
        text, seconds = echo(call), Random(echo(call)).uniform(0.1, 2.5)
        half = len(text) // 2
        return [seconds / 2, text[:half], seconds / 2, text[half:]]

    # -- processes ---------------------------------------------------------------------------------------

    def kill_horses(self) -> None:
        horses = self.deployment.worker.horses()
        self.horses_killed += len(horses)
        self.deployment.worker.signal(signal.SIGKILL, horses)

    def kill_the_worker_tree(self) -> None:
        worker = self.deployment.worker
        worker.signal(signal.SIGSTOP)  # so that none begins while they are counted
        self.horses_killed += len(worker.horses())
        worker.kill()

    def kill_a_part_of_the_worker(self) -> None:
        """The job of a worker that is killed goes on in its horse."""
        self.deployment.worker.signal(signal.SIGKILL, [self.chance.choice(self.deployment.worker.parts())])

    def kill_web_processes(self) -> None:
        serving = self.deployment.web.serving()
        self.deployment.web.signal(signal.SIGKILL, self.chance.sample(serving, self.chance.randint(1, len(serving))))

    def deploy(self) -> None:
        for dyno in self.deployment.dynos:
            dyno.terminate()
        for dyno in self.deployment.dynos:
            dyno.process.popen.wait(timeout=60)

    def freeze_the_worker(self) -> None:
        worker = self.deployment.worker
        pids = worker.pids()
        worker.signal(signal.SIGSTOP, pids)
        self._wait(1, 6)
        worker.signal(signal.SIGCONT, pids)

    # -- what they rest on -------------------------------------------------------------------------------

    def empty_valkey(self) -> None:
        self.deployment.valkey.client.flushall()

    def restart_valkey(self) -> None:
        self.deployment.valkey.restart()

    def take_valkey_away(self) -> None:
        with self.deployment.valkey.down():
            self._wait(1, 4)

    def freeze_valkey(self) -> None:
        with self.deployment.valkey.frozen():
            self._wait(1, 4)

    def restart_postgres(self) -> None:
        self.deployment.postgres.restart()

    def crash_postgres(self) -> None:
        self.deployment.postgres.restart(signal.SIGQUIT)

    def make_the_provider(self, answer: Answer) -> None:
        self.deployment.provider.default = answer
        self._wait(2, 6)
        self.deployment.provider.default = self.good


def _answering(answer: Answer) -> Callable[[Mischief], None]:
    return lambda mischief: mischief.make_the_provider(answer)


FAULTS: dict[str, Callable[[Mischief], None]] = {
    "kill -9 the horses": Mischief.kill_horses,
    "kill -9 the worker and all of its tree": Mischief.kill_the_worker_tree,
    "kill -9 a part of the worker": Mischief.kill_a_part_of_the_worker,
    "kill -9 web processes": Mischief.kill_web_processes,
    "SIGTERM to all, and start again": Mischief.deploy,
    "SIGSTOP the worker, then SIGCONT": Mischief.freeze_the_worker,
    "FLUSHALL": Mischief.empty_valkey,
    "Valkey restarted": Mischief.restart_valkey,
    "Valkey away": Mischief.take_valkey_away,
    "Valkey frozen": Mischief.freeze_valkey,
    "Postgres restarted": Mischief.restart_postgres,
    "Postgres crashed": Mischief.crash_postgres,
    "provider: 503": _answering(answers.fails(503)),
    "provider: 429, wait 2 s": _answering(answers.rate_limited(2)),
    "provider: streams are cut": _answering(answers.cut_after("Half a text")),
    "provider: empty answers": _answering(answers.empty()),
    "provider: drips": _answering(answers.drips(0.3)),
}
