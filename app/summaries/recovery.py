"""The sweeper: whatever was lost, a row that is due is rung for again, and one that nobody holds is freed.

Each worker runs one, every second. Any number at once is harmless, since every move is compare-and-set and
every doorbell has a name.
"""

from __future__ import annotations

import logging

from redis import RedisError

from app import queues, signals
from app.database import utcnow
from app.extensions import db
from app.models import Summary
from app.models.summary import MAX_ATTEMPTS
from app.summaries import readership, warming

MOST_DUE = 1000  # looked at in one sweep; the longest due come first

log = logging.getLogger("foreword.recovery")


def sweep() -> None:
    """Free what is abandoned, fail what is past saving, ask in advance for what is worth it, ring for what is due."""
    for step in (_free_the_abandoned, readership.gather, warming.warm_what_has_settled, _ring_for_the_due):
        try:
            step()
        except Exception:  # whatever is wrong with one step, the others must not wait for it
            log.exception("a part of the sweep failed")
            db.session.rollback()


def _free_the_abandoned() -> None:
    for summary in Summary.abandoned(utcnow()):
        summary_id = summary.id
        if summary.is_overdue():
            reason = "overdue"
        elif summary.attempt >= MAX_ATTEMPTS:
            reason = "worker_lost"
        else:
            reason = ""
        moved = summary.give_up(reason) if reason else summary.expire_lease()
        db.session.commit()
        if moved and reason:
            signals.summary_failed.send(None, summary_id=summary_id, reason=reason)
        elif moved:
            signals.summary_rescued.send(None, summary_id=summary_id)
    db.session.rollback()


def _ring_for_the_due() -> None:
    """Ring where no doorbell waits: it was never rung, its worker died, or Redis was emptied."""
    due = Summary.due(utcnow(), MOST_DUE)
    db.session.expunge_all()
    db.session.rollback()
    if not due:
        return
    try:
        waiting = queues.waiting()
    except RedisError as error:
        log.warning("cannot ring for %s summaries: %s", len(due), error)
        return
    for summary in due:
        if (summary.queue, queues.doorbell(summary)) not in waiting and not queues.ring(summary):
            return
