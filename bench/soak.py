"""Everything at once, for minutes: ``python -m bench.soak --minutes 5 --seed 7 [--database postgres]``.

A deployment as the Procfile makes it, a crowd that writes, asks, edits, deletes and looks, and faults in an order
that the seed decides. When the faults end it must come to rest by itself, and what must always be true is checked
(DESIGN.md): nothing lost, nothing stuck, no wrong text, no call without an explanation. Any violation is printed,
and the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from app.extensions import db
from app.models import Document, LedgerEntry, Revision, Status, Summary
from app.summaries.asking import form_of, key_of
from bench import clusters
from bench._soak_crowd import Inhabitant, digest, marked
from bench._soak_faults import Mischief
from tests.support import servers
from tests.support.deployment import Deployment, deployed

PEOPLE = 6
REST_SECONDS = 240
SETTINGS = {
    "SUMMARY_LEASE_SECONDS": "3",
    "SUMMARY_RETRY_SECONDS": "0.2",
    "SUMMARY_TIMEOUT_SECONDS": "8",
    "WORKER_GRACE_SECONDS": "2",
    "WARMING_QUIET_SECONDS": "4",
    "SUMMARIES_PER_MINUTE": "1000",
    "LOG_LEVEL": "WARNING",
}
NOT_OURS = {"rate_limited", "unavailable", "broken_answer", "timeout", "worker_lost"}


def main() -> int:
    parser = argparse.ArgumentParser(description="A crowd, faults at random, and what must be true afterwards.")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--log", type=Path, help="a file for all that the processes said")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.minutes:g} minutes, {given.database}", flush=True)
    with contextlib.ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        cluster = leaving.enter_context(clusters.postgres()) if given.database == "postgres" else None
        deployment = leaving.enter_context(deployed(folder, cluster, **SETTINGS))
        code = _soak(deployment, given.seed, given.minutes * 60)
        if given.log:
            given.log.write_text("\n".join(dyno.process.log() for dyno in [*deployment.past, *deployment.dynos]))
        return code


def _soak(deployment: Deployment, seed: int, seconds: float) -> int:
    mischief = Mischief(deployment, seed)
    crowd = [Inhabitant(deployment, f"person{n}", seed, mischief) for n in range(PEOPLE)]
    for one in crowd:
        one.friends = [other.person for other in crowd if other is not one]
        one.start()
    mischief.run(time.monotonic() + seconds)
    for one in crowd:
        one.enough.set()
    for one in crowd:
        one.join(timeout=60)
    began, left = time.monotonic(), deployment.in_progress()
    violations = [said for one in crowd for said in one.violations]
    if not _comes_to_rest(deployment):
        violations.append(f"stuck: {deployment.in_progress()} pieces of work after {REST_SECONDS} s")
    print(f"\n{left} under way when the crowd had left, all at rest {time.monotonic() - began:.0f} s later")
    with deployment.app.app_context():
        violations += [*_lost(crowd), *_wrong(), *_left_over(crowd, deployment)]
        violations += _unpaid(deployment, mischief)
        _print_table(crowd, mischief)
    violations += _pages(crowd)
    for said, times in Counter(violations).most_common():
        print(f"VIOLATION ({times} times): {said}")
    print("0 violations" if not violations else f"{len(violations)} violations")
    return 1 if violations else 0


def _comes_to_rest(deployment: Deployment) -> bool:
    with contextlib.suppress(AssertionError):
        servers.wait_until(lambda: deployment.in_progress() == 0 and not _unsettled(deployment), "rest", REST_SECONDS)
        return True
    return False


def _unsettled(deployment: Deployment) -> int:
    with deployment.app.app_context():
        return db.session.scalar(select(func.count(Document.id)).where(Document.unsettled_since.is_not(None)))


# -- what must be true -------------------------------------------------------------------------------------


def _lost(crowd: list[Inhabitant]) -> list[str]:
    """Documents and texts that somebody was told are saved, and summaries whose asking was answered."""
    said = []
    for one in crowd:
        for document_id, text in one.uploaded.items():
            document = db.session.get(Document, document_id)
            if document is None or digest(document.revision.text) != digest(text):
                said.append(f"lost: the upload of document {document_id}")
        for kept in one.mine.values():
            document = db.session.get(Document, kept.id)
            if document is None:
                said.append(f"lost: document {kept.id}")
                continue
            if digest(document.revision.text) not in {digest(text) for text in kept.texts}:
                said.append(f"lost: the last text of document {kept.id}")
            rows = db.session.scalars(select(Summary).filter_by(document_id=kept.id)).all()
            there = {digest(row.revision.text) for row in rows}
            said += [f"lost: a summary of document {kept.id}" for text in kept.asked if digest(text) not in there]
    return said


def _wrong() -> list[str]:
    """Summaries that are filed under the key of another text, ended in no state, or failed for no fault of others."""
    said = []
    for row in db.session.scalars(select(Summary)):
        if row.status == Status.COMPLETE and marked(row.text or "") != digest(row.revision.text):
            said.append(f"wrong text: summary {row.id} of document {row.document_id}")
        if row.key != key_of(row.revision, form_of(row)):
            said.append(f"wrong key: summary {row.id}")
        if row.status == Status.FAILED and row.reason not in NOT_OURS:
            said.append(f"failed by our own fault: {row.reason}")
        finished = select(func.count(LedgerEntry.id)).filter_by(summary_id=row.id, outcome="complete")
        if db.session.scalar(finished) != (row.status == Status.COMPLETE):
            said.append(
                f"summary {row.id}, {row.status}, has {db.session.scalar(finished)} complete calls in the ledger"
            )
    return said


def _left_over(crowd: list[Inhabitant], deployment: Deployment) -> list[str]:
    """What is left of deleted documents in the database and in Valkey."""
    said = []
    copies = {int(key.split(b":")[2]) for key in deployment.valkey.client.keys("foreword:summary:*")}
    for document in set().union(*(one.gone for one in crowd)):
        left = [kind.__name__ for kind in (Summary, Revision) if _has_rows_of(kind, document)]
        left += ["document"] * (db.session.get(Document, document) is not None) + ["copy"] * (document in copies)
        said += [f"left of a deleted document: {what}" for what in left]
    return said


def _has_rows_of(kind: type, document: int) -> bool:
    return bool(db.session.scalar(select(func.count(kind.id)).filter_by(document_id=document)))


def _unpaid(deployment: Deployment, mischief: Mischief) -> list[str]:
    """Calls are in the ledger, but for those whose process was killed before it could say how they ended.

    Of a summary that is gone nothing says any more which text it was of, so this is of those that are there.
    """
    made = Counter(digest(call.document) for call in deployment.provider.calls)
    texts = {row.id: digest(row.revision.text) for row in db.session.scalars(select(Summary))}
    entries = db.session.scalars(select(LedgerEntry.summary_id).where(LedgerEntry.summary_id.in_(texts))).all()
    entered, there = Counter(texts[summary] for summary in entries), set(texts.values())
    unfiled = sum(max(0, made[text] - entered[text]) for text in there)
    unmade = sum(max(0, entered[text] - made[text]) for text in there)
    killed = mischief.horses_killed
    print(f"{sum(made[text] for text in there)} calls: {unfiled} not in the ledger, and {killed} horses were killed")
    print(f"{len(entries)} entries: {unmade} of calls that did not arrive")
    return [f"{unfiled} calls are not in the ledger, and {killed} horses were killed"] if unfiled > killed else []


def _pages(crowd: list[Inhabitant]) -> list[str]:
    """Every page answers, and shows what is in the database."""
    said = []
    for one in crowd:
        for kept in one.mine.values():
            try:
                if one.person.panel(kept.id).polls:
                    said.append(f"the page of document {kept.id} still waits")
            except (AssertionError, OSError) as error:
                said.append(f"the page of document {kept.id}: {error!r:.100}")
    return said


def _print_table(crowd: list[Inhabitant], mischief: Mischief) -> None:
    states = db.session.execute(select(Summary.status, Summary.reason, func.count()).group_by("status", "reason"))
    outcomes = db.session.execute(select(LedgerEntry.outcome, func.count()).group_by("outcome"))
    done = sum((one.done for one in crowd), Counter())
    for title, counts in (
        ("faults", mischief.done),
        ("the crowd", done),
        ("summaries", {f"{state} {reason}".strip(): count for state, reason, count in states}),
        ("ledger", dict(outcomes.all())),
        ("documents deleted", {"certainly": sum(len(one.gone) for one in crowd)}),
    ):
        print(f"\n{title}")
        for what, count in sorted(counts.items()):
            print(f"  {what:44} {count:6}")


if __name__ == "__main__":
    sys.exit(main())
