"""How much memory each process type takes, and how soon it is there: ``python -m bench.size``.

Memory is proportional (PSS, from ``/proc/*/smaps_rollup``): what several processes share counts once among them, so the
sum over a process type's processes is what its dyno holds. It is summed when the program is ready, all through a load
of pages, polls, summaries and files of every kind (the most is shown), and after it. A start is the time from the
command, as the Procfile has it, to the first answer of ``/healthz``, or to both of a worker's processes waiting for
work. Imports are counted by Python itself (``-X importtime``), each package without what it imports.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import httpx2

from bench.load import ask, wish
from bench.queueing import SETTINGS, add_documents, press_all
from bench.report import Bars, Cell, Part, Table, as_text, at_most
from tests.support import files, servers
from tests.support.breakable import Valkey
from tests.support.deployment import Browser, Deployment, deployed
from tests.support.people import Person
from tests.support.texts import book

DYNO_MB = 512
VIEWS = 1_000  # of a page, and as many polls
SUMMARIES = 50
STARTS = 3
LOOK_EVERY_SECONDS = 0.5
PAGES = 100
PYTHON = {"PYTHONDONTWRITEBYTECODE": ""}  # a start reads what was compiled before, as a deployed one does
LISTED = 5
IMPORTED = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)$", re.MULTILINE)

Amounts = dict[str, float]  # MB by process type


def measure() -> Part:
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), None, **SETTINGS, **PYTHON) as deployment:
        starts = _starts(deployment)
        at_first = _memory(deployment)
        most = _load(deployment)
        after = _memory(deployment)
    memory = [[kind, after[kind][1], at_first[kind][0], most[kind], after[kind][0]] for kind in after]
    imported, packages = _imports()
    return Part(
        name="size",
        title="Memory and starts",
        about=f"Proportional memory in MB, summed over the processes of each type, before, during and after {VIEWS:,} "
        f"views of a page, as many polls, {SUMMARIES} summaries, and a file of every kind read, PDF and Word of "
        f"{PAGES} pages among them. SQLite; the web process type has two workers. Starts are from the command to the "
        "first answer, or to both workers waiting for work.",
        tables=[
            Table(["process type", "processes", "ready", "most under load", "after load"], memory, "Memory, MB"),
            Table(["start of", "median, s", "best, s"], [*starts, *_second_start()], "Starts"),
            Table(["package", "ms"], [["wsgi, and all it imports", imported], *packages], "Imports, best of three"),
        ],
        goals=[at_most(f"most memory of {kind}", DYNO_MB, most[kind], "MB") for kind in most],
        chart=_chart(at_first, most),
    )


def _chart(at_first: dict[str, tuple[float, int]], most: Amounts) -> Bars:
    ready = [at_first[kind][0] for kind in most]
    return Bars("Memory of each process type", "MB", list(most), {"ready": ready, "most": list(most.values())})


# -- memory ----------------------------------------------------------------------------------------------------


def _memory(deployment: Deployment) -> dict[str, tuple[float, int]]:
    """MB and the number of processes, by process type."""
    valkey = deployment.valkey.process
    assert valkey
    of = {"web": deployment.web.pids(), "worker": deployment.worker.pids(), "Valkey": [valkey.pid]}
    return {kind: (sum(map(_proportional, pids)), len(pids)) for kind, pids in of.items()}


def _proportional(pid: int) -> float:
    """MB of its memory and of what was swapped out of it; none where it has just ended."""
    with contextlib.suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return sum(int(size) for size in re.findall(r"^(?:Pss|SwapPss):\s+(\d+) kB", rollup, re.MULTILINE)) / 1024
    return 0


@contextlib.contextmanager
def _watched(deployment: Deployment) -> Iterator[Amounts]:
    """The most that each process type holds meanwhile."""
    most: Amounts = {}
    enough = threading.Event()

    def look() -> None:
        for kind, (amount, _) in _memory(deployment).items():
            most[kind] = max(amount, most.get(kind, 0))

    def keep_looking() -> None:
        while not enough.wait(LOOK_EVERY_SECONDS):
            look()

    looking = threading.Thread(target=keep_looking)
    look()
    looking.start()
    try:
        yield most
    finally:
        enough.set()
        looking.join()


# -- load ------------------------------------------------------------------------------------------------------


def _load(deployment: Deployment) -> Amounts:
    ada = deployment.person("ada")
    with _watched(deployment) as most:
        documents = add_documents(deployment, SUMMARIES)
        press_all(deployment, ada, documents, idle=0)
        _read_files(deployment, ada)
        page = f"/documents/{documents[0]}"
        for path, htmx in ((page, {}), (ada.panel(documents[0]).poll_url, {"HX_Request": "true"})):
            _ask_often(deployment, ada, path, **htmx)
    return most


def _ask_often(deployment: Deployment, person: Person, path: str, **headers: str) -> None:
    wanted = wish(deployment.address, path, X_Forwarded_Proto="https", Cookie=person.browser.cookies, **headers)
    asked = 0
    while asked < VIEWS:
        load = ask(deployment.address, wanted, seconds=1)
        assert not load.wrong
        asked += len(load.times)


def _read_files(deployment: Deployment, person: Person) -> None:
    """A file of each kind, all given at once, so that both workers read at a time."""
    made = {"a.txt": book().encode(), "a.md": book().encode(), "a.html": _html().encode(), "a.docx": _docx()}
    made |= {"a.pdf": files.a_pdf(*_pages()), "a.epub": files.an_epub(*map(_paragraphs, _pages()))}
    assert person.upload_all(made).status_code == 303
    workers = len(deployment.worker.workers())
    servers.wait_until(
        lambda: _waiting(deployment) >= workers and not deployment.in_progress(), "every file is read", 120
    )


def _pages() -> list[str]:
    lines = book().replace("(", "").replace(")", "").split("\n\n")
    return ["\n".join(re.findall(r".{1,90}(?:\s|$)", " ".join(lines[n : n + 5]))) for n in range(PAGES)]


def _paragraphs(page: str) -> str:
    return "".join(f"<p>{line}</p>" for line in page.splitlines())


def _html() -> str:
    return files.a_chapter("".join(map(_paragraphs, _pages())))


def _docx() -> bytes:
    document = docx.Document()
    for page in _pages():
        document.add_paragraph(page)
    return files.a_docx(document)


# -- starts ----------------------------------------------------------------------------------------------------


def _starts(deployment: Deployment) -> list[list[Cell]]:
    """Of each process type beside those that run, on the same database and Valkey."""
    kinds: dict[str, Callable[[Deployment], float]] = {"web": _start_of_web, "worker": _start_of_worker}
    rows = [_summed_up(kind, [start(deployment) for _ in range(STARTS)]) for kind, start in kinds.items()]
    return [*rows, _summed_up("Valkey", [_start_of_valkey() for _ in range(STARTS)])]


def _summed_up(what: str, seconds: list[float]) -> list[Cell]:
    return [what, statistics.median(seconds), min(seconds)]


@contextlib.contextmanager
def _started(deployment: Deployment, kind: str, port: int) -> Iterator[float]:
    """The command of the Procfile by itself; when it was given."""
    command = dict(line.split(": ", 1) for line in (servers.ROOT / "Procfile").read_text().splitlines())[kind]
    began = time.monotonic()
    process = servers.Process(["sh", "-c", f"exec {command}"], {**deployment.environment, "PORT": str(port)})
    try:
        yield began
    finally:
        process.stop()


def _start_of_web(deployment: Deployment) -> float:
    port = servers.free_port()
    with _started(deployment, "web", port) as began:
        wait_until_answers(port, "/healthz")
        return time.monotonic() - began


def _start_of_worker(deployment: Deployment) -> float:
    wanted = _waiting(deployment) + 2
    with _started(deployment, "worker", 0) as began:
        servers.wait_until(lambda: _waiting(deployment) >= wanted, "the worker waits for work", 60)
        took = time.monotonic() - began
    servers.wait_until(lambda: _waiting(deployment) < wanted, "the worker is gone", 60)
    return took


def _waiting(deployment: Deployment) -> int:
    return deployment.valkey.client.info("clients")["blocked_clients"]


def _start_of_valkey() -> float:
    began = time.monotonic()
    with Valkey():
        return time.monotonic() - began


def wait_until_answers(port: int, path: str) -> None:
    client = Browser(f"http://127.0.0.1:{port}", patience=2).client

    def answers() -> bool:
        with contextlib.suppress(httpx2.HTTPError):
            return client.get(path).status_code == 200
        return False

    servers.wait_until(answers, f"{path} answers", 60)


def _second_start() -> list[list[Cell]]:
    """Of ``bin/dev``, which must have been started before: the first time it installs and migrates."""
    if not (servers.ROOT / ".venv" / ".foreword-setup").exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        _start_of_dev(folder)
        return [_summed_up("bin/dev, when all is installed", [_start_of_dev(folder) for _ in range(STARTS)])]


def _start_of_dev(folder: str) -> float:
    """Until ``/readyz`` says that database, Valkey and a worker are there."""
    port = servers.free_port()
    began = time.monotonic()
    environment = {"INSTANCE_PATH": folder, "PORT": str(port), **PYTHON}
    process = servers.Process([str(servers.ROOT / "bin" / "dev")], environment)
    try:
        wait_until_answers(port, "/readyz")
        return time.monotonic() - began
    finally:
        process.popen.send_signal(signal.SIGINT)
        process.popen.wait(timeout=30)


# -- imports ---------------------------------------------------------------------------------------------------


def _imports() -> tuple[float, list[list[Cell]]]:
    """Milliseconds for ``wsgi``, and the packages that take the most of it, each without what it imports."""
    with tempfile.TemporaryDirectory() as folder:
        _said(folder)
        said = [IMPORTED.findall(_said(folder)) for _ in range(STARTS)]
    total = {id(lines): next(int(whole) for _, whole, name in lines if name == "wsgi") for lines in said}
    best = min(said, key=lambda lines: total[id(lines)])
    own: Counter[str] = Counter()
    for alone, _, name in best:
        own[name.partition(".")[0]] += int(alone)
    return total[id(best)] / 1000, [[name, spent / 1000] for name, spent in own.most_common(LISTED)]


def _said(folder: str) -> str:
    environment = {**os.environ, **PYTHON, "INSTANCE_PATH": folder, "FLASK_SKIP_DOTENV": "1"}
    command = [sys.executable, "-X", "importtime", "-c", "import wsgi"]
    done = subprocess.run(command, env=environment, cwd=servers.ROOT, capture_output=True, text=True, check=True)
    return done.stderr


# -- what else a process has, for whoever counts it ---------------------------------------------------------------


def processor_time(pid: int) -> float:
    """Milliseconds that this process has had, and those of its children that have ended."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    except OSError:
        return 0  # it has just ended
    return sum(map(int, ticks)) * 1000 / os.sysconf("SC_CLK_TCK")


def connections_here() -> dict[str, int]:
    """Of every connection on this machine, its socket and the port at its other end."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {line[9]: int(line[2].rpartition(":")[2], 16) for line in lines if line[3] == "01"}


def sockets_of(pid: int) -> list[str]:
    try:
        held = [descriptor.readlink().name for descriptor in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []  # it has just ended
    return [name.removeprefix("socket:[").rstrip("]") for name in held if name.startswith("socket:")]


if __name__ == "__main__":
    print(as_text(measure()))
