"""Work that is under way, stuck or failed, and ringing again for what is stuck.

Only ids, times and the owner's address are looked at: to documents an administrator is a stranger like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from redis import RedisError
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import load_only

from app import queues
from app.database import utcnow
from app.extensions import db
from app.messages import N_
from app.models import Document, Extraction, Status, Summary, User
from app.models.work import IN_PROGRESS
from app.summaries import recovery
from app.summaries.recovery import MOST_DUE

PATIENCE = timedelta(seconds=5)  # after which a worker that lives has taken what is due
LATELY = timedelta(days=1)
KINDS: dict[str, type[Summary | Extraction]] = {"summary": Summary, "extraction": Extraction}


class Trouble(StrEnum):
    """Why a row does not move by itself; empty while it does."""

    NONE = ""
    UNRUNG = N_("It is due, and no worker has been told.")
    SILENT = N_("The worker that had it fell silent.")
    OVERDUE = N_("It is past the time that was promised for it.")

    @property
    def sentence(self) -> str:
        """As a page tells it."""
        return gettext(self.value) if self else ""


class Outcome(StrEnum):
    """What came of ringing again, as it is told."""

    RUNG = N_("The workers have been told")
    FREED = N_("It was taken from a worker that fell silent, and the workers have been told")
    GIVEN_UP = N_("It was past saving, and has failed; whoever wants it can try again")
    AWAY = N_("Redis does not answer, so nobody could be told; it is rung for as soon as Redis is back")
    IN_HAND = N_("A worker has it")
    LATER = N_("It is not due yet")
    DONE = N_("There is nothing left to do for it")

    @property
    def clause(self) -> str:
        """As a page tells it, without a full stop."""
        return gettext(self.value)


@dataclass(frozen=True)
class Piece:
    """One row of work. Of its columns only those are loaded that say nothing of what it is about."""

    kind: str  # its name in addresses
    work: Summary | Extraction
    owner: str  # of the document: an address
    trouble: Trouble


@dataclass(frozen=True)
class Overview:
    stuck: Sequence[Piece]
    in_hand: Sequence[Piece]
    waiting: Sequence[Piece]
    failed: Sequence[Piece]  # lately
    redis_answers: bool  # else nobody knows for what no doorbell waits


@dataclass
class Rung:
    """What came of ringing for everything that was stuck: how many pieces of work."""

    rung: int = 0
    given_up: int = 0
    away: bool = False  # whether Redis did not answer, so that there may be more


def look() -> Overview:
    """What there is, the longest due first; of each kind as much as a sweeper looks at."""
    try:
        bells: set[tuple[str, str]] | None = queues.waiting()
    except RedisError:
        bells = None
    pieces = sorted(_in_progress(bells), key=lambda piece: piece.work.next_at)
    moving = [piece for piece in pieces if not piece.trouble]
    return Overview(
        stuck=[piece for piece in pieces if piece.trouble],
        in_hand=[piece for piece in moving if piece.work.status == Status.PROCESSING],
        waiting=[piece for piece in moving if piece.work.status == Status.PENDING],
        failed=_failed_lately(),
        redis_answers=bells is not None,
    )


def _in_progress(bells: set[tuple[str, str]] | None) -> Iterator[Piece]:
    for name, kind in KINDS.items():
        for work, owner in _rows(name, kind.status.in_(IN_PROGRESS), kind.next_at):
            rung = bells is None or (work.queue, queues.doorbell(work)) in bells
            yield Piece(name, work, owner, _trouble(work, rung=rung))


def _failed_lately() -> list[Piece]:
    since = utcnow() - LATELY
    pieces = [
        Piece(name, work, owner, Trouble.NONE)
        for name, kind in KINDS.items()
        for work, owner in _rows(
            name, (kind.status == Status.FAILED) & (kind.finished_at > since), kind.finished_at.desc()
        )
    ]
    return sorted(pieces, key=lambda piece: piece.work.finished_at or since, reverse=True)


def _rows(name: str, which: ColumnElement[bool], order: Any) -> Iterator[tuple[Any, str]]:
    """Work of one kind, each with the address of its document's owner."""
    kind = KINDS[name]
    columns = (
        *(kind.document_id, kind.status, kind.queue, kind.fence, kind.attempt, kind.reason),
        *(kind.requested_at, kind.next_at, kind.lease_until, kind.give_up_at, kind.finished_at),
    )
    rows = (
        select(kind, User.email)
        .join(Document, Document.id == kind.document_id)
        .join(User, User.id == Document.owner_id)
        .where(which)
        .options(load_only(*columns))
        .order_by(order)
        .limit(MOST_DUE)
    )
    yield from db.session.execute(rows)


def _trouble(work: Summary | Extraction, *, rung: bool) -> Trouble:
    now = utcnow()
    if work.is_overdue():
        return Trouble.OVERDUE
    if work.status == Status.PROCESSING and work.lease_until and work.lease_until < now:
        return Trouble.SILENT
    if work.status == Status.PENDING and not rung and work.next_at + PATIENCE < now:
        return Trouble.UNRUNG
    return Trouble.NONE


# -- ringing again ---------------------------------------------------------------------------------------


def find(kind: str, work_id: int) -> Summary | Extraction | None:
    found: Summary | Extraction | None = db.session.get(KINDS[kind], work_id) if kind in KINDS else None  # type: ignore[assignment] # by its kind
    return found


def ring_again(work: Summary | Extraction) -> Outcome:
    """Tell the workers of what is due; what nobody holds any more is freed first, or given up. Commits."""
    freed = bool(_trouble(work, rung=True))
    if freed:
        recovery.free(work)
    if work.status == Status.PROCESSING:
        return Outcome.IN_HAND
    if work.status != Status.PENDING:
        return Outcome.GIVEN_UP if freed else Outcome.DONE
    if work.next_at > utcnow():
        return Outcome.LATER
    if not queues.ring(work):
        return Outcome.AWAY
    return Outcome.FREED if freed else Outcome.RUNG


def ring_for_all() -> Rung:
    """Do so for everything that is stuck."""
    before = look()
    found = Rung(away=not before.redis_answers)
    for piece in before.stuck:
        outcome = ring_again(piece.work)
        found.rung += outcome in (Outcome.RUNG, Outcome.FREED)
        found.given_up += outcome == Outcome.GIVEN_UP
        found.away = found.away or outcome == Outcome.AWAY
    return found
