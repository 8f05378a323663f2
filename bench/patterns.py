"""The three patterns beside the call that blocks: ``python -m bench.patterns``.

The Procfile's processes (web with two workers, one worker dyno, Valkey, SQLite) with a provider whose calls take about
6 seconds. One, 20 and 200 people act in the same moment on one document: they ask an application that waits for the
model in the request (*blocking*); they press Summarise on a text that has no summary and follow it (*pattern 1*); they
open the page of a text that has one (*pattern 2*); and the text is changed, its summary made before anybody asks, and
then they open the page (*pattern 3*). The people are connections of their own that do what htmx does; what a browser
adds to swap and paint is not in these times.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.models import Document, Purpose, Status, Summary
from bench import blocking, followers, load
from bench.followers import Followed, Visitor
from bench.report import Bars, Part, Table, as_text, at_most, exactly, p50, p95
from tests.provider import Answer, ProviderServer, lognormal, says
from tests.support.deployment import Deployment, deployed
from tests.support.people import TEXT
from tests.support.servers import wait_until

MEDIAN_SECONDS, P95_SECONDS = 6.0, 8.0
PEOPLE = {1: 3, 20: 2, 200: 1}  # how many at once, and how often that is done
PRESSES = 60  # one after the other, with nothing else to do
WARMING_UP = 100  # of each kind, by twenty at a time; the first of each takes a process a tenth of a second
QUIET_SECONDS = "1"
BLOCKING, PRESSED, CACHED, WARMED = NAMES = ("blocking", "1: press", "2: cached", "3: warmed")
LONGEST_MS = 1000
_numbers = count()


@dataclass(frozen=True)
class Run:
    """What all people saw, over all the times that it was done."""

    seen: list[Followed]
    calls: list[int]  # paid in each of those times

    def times(self, which: int) -> list[float]:
        return [one.times[which] for one in self.seen if one.ended]

    @property
    def wrong(self) -> list[str]:
        unended = ["somebody never saw the end"] * sum(not one.ended for one in self.seen)
        return [said for one in self.seen for said in one.wrong] + unended

    @property
    def longest(self) -> float:
        """Milliseconds of the longest request of all."""
        return max(took for one in self.seen for took in one.requests) * 1000


def measure() -> Part:
    runs: dict[tuple[str, int], Run] = {}
    with ProviderServer(default=_model()) as provider, blocking.serving(provider.base_url) as address:
        for people, often in PEOPLE.items():
            runs[BLOCKING, people] = _blocking(provider, address, people, often)
    with _site() as site:
        presses = [_press(site) for _ in range(PRESSES)]
        pages = {people: _pages(site, people) for people in (1, 4)}
        followers.teach(site.deployment, site.owner, _model())
        for people, often in PEOPLE.items():
            for pattern, run in _patterns(site, people, often).items():
                runs[pattern, people] = run
    return _part(runs, presses, pages)


def _model() -> Answer:
    return lognormal(MEDIAN_SECONDS, math.log(P95_SECONDS / MEDIAN_SECONDS) / 1.645)


def _blocking(provider: ProviderServer, address: str, people: int, often: int) -> Run:
    visitors = [Visitor("", "", 0, "198.18.0.1")] * people
    followers.together(address, visitors[:1], followers.ask, [1])

    def act() -> list[Followed]:
        return followers.together(address, visitors, followers.ask, [1] * people)

    return _often(provider, often, act)


def _often(provider: ProviderServer, often: int, act: Callable[[], list[Followed]]) -> Run:
    seen, calls = [], []
    for _ in range(often):
        provider.reset()
        seen += act()
        calls.append(len(provider.calls))
    return Run(seen, calls)


# -- the program -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """The program with its people, of whom the first owns all documents."""

    deployment: Deployment
    visitors: list[Visitor]

    @property
    def provider(self) -> ProviderServer:
        return self.deployment.provider

    @property
    def owner(self) -> Visitor:
        return self.visitors[0]

    def document(self) -> int:
        """A new one, shared with all."""
        text = f"{TEXT} Number {next(_numbers)}."
        return followers.added(self.deployment.app, self.owner.user_id, [text], self.visitors[1:])[0]

    def all_do(self, act: Callable, document: int, people: int) -> list[Followed]:
        return followers.together(self.deployment.address, self.visitors[:people], act, [document] * people)

    def rest(self) -> None:
        wait_until(lambda: not self.deployment.in_progress(), "all is written", 60)


@contextmanager
def _site() -> Iterator[Site]:
    """The program, warm, and with a provider that answers at once."""
    changes = {"WARMING_QUIET_SECONDS": QUIET_SECONDS, "SUMMARIES_PER_MINUTE": "100000"}
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), **changes) as deployment:
        site = Site(deployment, followers.admitted(deployment.app, max(PEOPLE)))
        site.provider.default = says(pieces=1)
        for _ in range(WARMING_UP // 20):
            document = site.document()
            site.all_do(followers.press, document, 20)
            site.all_do(followers.arrive, document, 20)
        yield site


def _press(site: Site) -> float:
    """Milliseconds from the press to the panel, of a document of its own, so that it claims, enqueues and renders."""
    document = site.document()
    (seen,) = site.all_do(followers.press, document, 1)
    site.rest()
    return seen.times[0]


def _pages(site: Site, people: int) -> load.Load:
    document = site.document()
    site.all_do(followers.press, document, 1)
    path, headers = f"/documents/{document}", {"Cookie": site.owner.cookie, "X_Forwarded_Proto": "https"}
    return load.ask(site.deployment.address, load.wish(site.deployment.address, path, **headers), people, 4, 1)


def _patterns(site: Site, people: int, often: int) -> dict[str, Run]:
    """All three, on one document after the other."""
    documents = [site.document() for _ in range(often)]
    runs = {}
    for pattern, prepare, act in (
        (PRESSED, None, followers.press),
        (CACHED, None, followers.arrive),
        (WARMED, _change, followers.arrive),
    ):
        left = iter(documents)

        def once(prepare=prepare, act=act, left=left) -> list[Followed]:
            document = next(left)
            if prepare:
                prepare(site, document)
            return site.all_do(act, document, people)

        runs[pattern] = _often(site.provider, often, once)
        site.rest()
    return runs


def _change(site: Site, document_id: int) -> None:
    """Give the document another text, and wait until its summary was made though nobody asked."""
    app = site.deployment.app
    with app.app_context():
        document = db.session.get(Document, document_id)
        document.pin()
        document.revise(document.title, f"{TEXT} Changed, number {next(_numbers)}.", document.version)
        db.session.commit()
    in_advance = select(Summary.id).filter_by(
        document_id=document_id, purpose=Purpose.WARMING, status=Status.COMPLETE, queue="low"
    )

    def made() -> bool:
        with app.app_context():
            return db.session.scalar(in_advance) is not None

    wait_until(made, "the summary is made in advance", 60)


# -- what came of it ---------------------------------------------------------------------------------------


def _part(runs: dict[tuple[str, int], Run], presses: list[float], pages: dict[int, load.Load]) -> Part:
    wrong = [said for run in runs.values() for said in run.wrong]
    shared = [calls for (pattern, _), run in runs.items() if pattern in (PRESSED, WARMED) for calls in run.calls]
    again = [calls for (pattern, _), run in runs.items() if pattern == CACHED for calls in run.calls]
    longest = {people: runs[PRESSED, people].longest for people in PEOPLE}
    return Part(
        "patterns",
        "The three patterns",
        _about(),
        [_table(runs), _alone(presses, pages)],
        [
            at_most("from the press to the panel, one at a time, p95", 50, p95(presses)),
            at_most("a cached page, one at a time, p95", 20, pages[1].p95),
            *(
                at_most(f"the longest request of pattern 1, {people} at once", LONGEST_MS, took)
                for people, took in longest.items()
            ),
            exactly("paid calls of patterns 1 and 3, each time", "1", _alike(shared)),
            exactly("paid calls of pattern 2, each time", "0", _alike(again)),
            exactly("requests that went wrong", 0, len(wrong) + pages[1].wrong + pages[4].wrong),
        ],
        _chart(runs),
        [_queued(runs), *sorted(set(wrong))[:5]],
    )


def _about() -> str:
    return (
        f"A provider whose calls take {MEDIAN_SECONDS:.0f} s at the median and {P95_SECONDS:.0f} s at p95 "
        "(log-normal). So many people act in the same moment on one document; the Procfile's processes on SQLite. "
        "Milliseconds as p50 / p95, from the moment in which they act."
    )


def _table(runs: dict[tuple[str, int], Run]) -> Table:
    columns = ("people, pattern", "first response", "first words", "whole text", "longest request", "paid calls")
    rows = [
        [
            f"{people}, {pattern}",
            *(f"{p50(times):,.0f} / {p95(times):,.0f}" for times in map(run.times, range(3))),
            run.longest,
            _alike(run.calls),
        ]
        for people in PEOPLE
        for pattern in NAMES
        if (run := runs[pattern, people])
    ]
    return Table(columns, rows)


def _alone(presses: list[float], pages: dict[int, load.Load]) -> Table:
    rows = [["from the press to the panel, one at a time", p50(presses), p95(presses)]]
    rows += [[f"a cached page, {people} at a time", loaded.p50, loaded.p95] for people, loaded in pages.items()]
    return Table(["ms", "p50", "p95"], rows, "With nothing else to do")


def _chart(runs: dict[tuple[str, int], Run]) -> Bars:
    some = [runs[pattern, 20] for pattern in NAMES]
    series = {"first response": [p50(run.times(0)) for run in some], "whole text": [p50(run.times(2)) for run in some]}
    return Bars("20 people on one document: how long each waits (p50)", "ms", NAMES, series, log=True)


def _queued(runs: dict[tuple[str, int], Run]) -> str:
    waits = [round(time / 1000) for time in runs[BLOCKING, 200].times(0)]
    at_once = f"{2 * blocking.THREADS} people at once, by 2 processes of {blocking.THREADS} threads"
    return (
        f"The blocking application answers {at_once}. Of 200, everybody else queues: the first were answered after "
        f"{min(waits)} s, the last after {max(waits)} s, and until then no page of that site is answered to anybody."
    )


def _alike(calls: list[int]) -> str:
    return " or ".join(map(str, sorted(set(calls))))


if __name__ == "__main__":
    print(as_text(measure()))
