"""How near the program is to the least that Flask can do: ``python -m bench.ratios``.

A bare Flask application that says "hello" and the program as it is deployed, under the same server with the same
flags, are asked over and over by the same crowd, in turns, so that whatever else the machine does meets both. What is
told is the median of each round's ratio. The bare application also asks the database one thing, through the driver
alone: what decides access when it is asked cannot do better than that.
"""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import clusters
from bench.load import Load, Wish, ask, wish
from bench.report import Bars, Goal, Part, Table, as_text, at_least, p50
from tests.provider import says
from tests.support import servers
from tests.support.deployment import Deployment, deployed
from tests.support.people import Person

ROUNDS = 8
SECONDS = 1.0
PEOPLE = (2, 16)
LEAST = {"poll": 0.45, "cached page": 0.35}
LONG = 10 * 60  # seconds of a call that does not end while it is followed
TEXT = "The harbour of Aldwick silted up in 1698. " * 9


def measure() -> Part:
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder)) as site:
        sqlite = _measured(site)
    with (
        tempfile.TemporaryDirectory() as folder,
        clusters.postgres() as cluster,
        deployed(Path(folder), cluster) as site,
    ):
        on_postgres = _measured(site)
    found = {("SQLite", *case): loads for case, loads in sqlite.items()}
    found |= {("Postgres", *case): loads for case, loads in on_postgres.items()}
    return Part(
        "ratios",
        "Against a bare Flask",
        "Requests per second of a Flask application that says “hello”, and of the program, under the Procfile's "
        f"server with its flags, by people who ask again at once: the median of {ROUNDS} rounds, all in turns.",
        [
            Table(
                ["database, people, what", "per second", "× hello", "p50 ms", "p95 ms", "wrong"],
                [[", ".join(map(str, case)), *_row(found, case)] for case in found],
            )
        ],
        list(_goals(found)),
        _chart(found),
        ["The people who ask stand on the same cores, and what they cost makes ratios look nearer to 1 than they are."],
    )


Case = tuple[str, int, str]


def _row(found: dict[Case, list[Load]], case: Case) -> list[float]:
    loads = found[case]
    figures = [p50([one.per_second for one in loads]), _ratio(found, case)]
    return [*figures, p50([one.p50 for one in loads]), p50([one.p95 for one in loads]), sum(one.wrong for one in loads)]


def _ratio(found: dict[Case, list[Load]], case: Case) -> float:
    hellos = found[(*case[:2], "hello")]
    return p50([one.per_second / hello.per_second for one, hello in zip(found[case], hellos, strict=True)])


def _goals(found: dict[Case, list[Load]]) -> Iterator[Goal]:
    for what, least in LEAST.items():
        for database in ("SQLite", "Postgres"):
            best, people = max((_ratio(found, (database, people, what)), people) for people in PEOPLE)
            yield at_least(f"{what} on {database}, against hello, {people} people", least, best)


def _chart(found: dict[Case, list[Load]]) -> Bars:
    shown = list(dict.fromkeys(what for _, _, what in found))
    figures = {
        database: [p50([one.per_second for one in found[database, PEOPLE[-1], what]]) for what in shown]
        for database in ("SQLite", "Postgres")
    }
    return Bars(f"Requests per second, {PEOPLE[-1]} people", "/s", shown, figures)


def _measured(site: Deployment) -> dict[tuple[int, str], list[Load]]:
    loads: dict[tuple[int, str], list[Load]] = defaultdict(list)
    documents = _documents(site)
    with _hello(site) as hello:
        for number in range(ROUNDS + 1):
            for people in PEOPLE:
                # Anew each time: a page that has waited for a minute is told so, and then asks with another address.
                wishes = _of_the_bare(hello) | _of_the_program(site, *documents)
                for what, wanted in wishes.items():
                    found = ask(*wanted, people, SECONDS)
                    loads[people, what] += [found] if number else []  # the first round is for warming up
    return loads


def _documents(site: Deployment) -> tuple[int, int]:
    """One whose summary is there, and one whose summary is being written for as long as this takes."""
    ada = site.person("ada")
    written, waiting = ada.add(TEXT), ada.add(f"{TEXT} Another.")
    ada.press(written)
    site.wait_for(written, "complete")
    site.provider.default = says(before=LONG)
    ada.press(waiting)
    site.provider.wait_for_calls(2)
    return written, waiting


def _of_the_bare(address: str) -> dict[str, tuple[str, Wish]]:
    return {what: (address, wish(address, path)) for what, path in (("hello", "/"), ("hello, asking", "/asking"))}


def _of_the_program(site: Deployment, written: int, waiting: int) -> dict[str, tuple[str, Wish]]:
    ada = site.person("ada")
    headers = {"Cookie": ada.browser.cookies, "X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.9"}
    return {
        "poll": (site.address, wish(site.address, _poll(ada, waiting), HX_Request="true", **headers)),
        "poll at rest": (site.address, wish(site.address, _poll(ada, written), HX_Request="true", **headers)),
        "cached page": (site.address, wish(site.address, f"/documents/{written}", **headers)),
        "page made anew": (site.address, wish(site.address, f"/documents/{written}?anew=1", **headers)),
        "library": (site.address, wish(site.address, "/documents", **headers)),
    }


def _poll(person: Person, document: int) -> str:
    page = person.get(f"/documents/{document}").text
    (found,) = re.findall(r'id="summary-poller"[^>]*data-hx-get="([^"]+)"', page)
    return str(found).replace("&amp;", "&")


@contextmanager
def _hello(site: Deployment) -> Iterator[str]:
    """The bare application's address, served as the Procfile's web processes are, on the database of *site*."""
    port = servers.free_port()
    said = next(line for line in (servers.ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
    command = said.partition(":")[2].replace("$PORT", str(port)).replace("${WEB_CONCURRENCY:-2}", "2")
    granian, *flags = shlex.split(command.replace("wsgi:app", "bench.hello:app"))
    process = servers.Process([str(Path(sys.executable).parent / granian), *flags], {"BENCH_DATABASE": _database(site)})
    try:
        address = f"http://127.0.0.1:{port}"
        servers.wait_until(_answering(address), "the bare application answers")
        yield address
    finally:
        process.stop()


def _database(site: Deployment) -> str:
    """Its address for whom the limit of the program's connections does not hold."""
    address = site.environment["DATABASE_URL"]
    return f"{site.postgres.address}/{address.rpartition('/')[2]}" if site.postgres else address


def _answering(address: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            return ask(address, wish(address, "/"), people=1, seconds=0.01, processes=1).wrong == 0
        except OSError:
            return False

    return answers


if __name__ == "__main__":
    print(as_text(measure()))
