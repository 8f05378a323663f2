"""How background work ends where nobody was at work on it, and who is told."""

from __future__ import annotations

from typing import Any, TypeVar

from blinker import Signal

from app import signals
from app.database import begin_to_write
from app.extensions import db
from app.logs import on_behalf_of
from app.models import Extraction, Summary, Work

_TOLD: dict[type[Work], tuple[Signal, Signal, str]] = {
    Extraction: (signals.extraction_failed, signals.extraction_rescued, "extraction_id"),
    Summary: (signals.summary_failed, signals.summary_rescued, "summary_id"),
}

Kind = TypeVar("Kind", bound=Work)


def tell_failed(kind: type[Work], work_id: int, reason: str) -> None:
    failed, _, name = _TOLD[kind]
    about: dict[str, Any] = {name: work_id}
    failed.send(None, reason=reason, **about)


def tell_rescued(kind: type[Work], work_id: int) -> None:
    _, rescued, name = _TOLD[kind]
    about: dict[str, Any] = {name: work_id}
    rescued.send(None, **about)


def failed_if_overdue(work: Kind | None) -> Kind | None:
    """*work*, failed if it ran past the time it promised: with no worker alive, nobody else would say so.

    Commits then. None when there is none, or somebody deleted it in this moment.
    """
    if work is None or not work.is_overdue():
        return work
    kind, work_id = type(work), work.id
    begin_to_write()
    overdue = db.session.get(kind, work_id)
    asked_in = overdue.request_id if overdue else ""
    gave_up = overdue is not None and overdue.is_overdue() and overdue.give_up("overdue")
    db.session.commit()
    if gave_up:
        with on_behalf_of(asked_in):
            tell_failed(kind, work_id, "overdue")
    return overdue
