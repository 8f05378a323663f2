"""The sweeper: whatever was lost, a row that is due is rung for again, and one that nobody holds is freed.

Each worker runs one, every second. Any number at once is harmless, since every move is compare-and-set and
every doorbell has a name.
"""

from __future__ import annotations

import logging

from redis import RedisError

from app import queues
from app.database import only_reading, utcnow
from app.endings import tell_failed, tell_rescued
from app.extensions import db
from app.logs import on_behalf_of
from app.models import MAX_ATTEMPTS, Extraction, Status, Summary, Work
from app.summaries import readership, warming
from app.summaries.entries import Account, telling_of

KINDS: tuple[type[Work], ...] = (Extraction, Summary)
MOST_DUE = 1000  # of each kind looked at in one sweep; the longest due come first

log = logging.getLogger("foreword.recovery")


def sweep() -> None:
    """Free what is abandoned, fail what is past saving, ask in advance for what is worth it, ring for what is due.

    Most often there is nothing of the kind, and each step looks before it keeps others from writing to SQLite.
    """
    for step in (_free_the_abandoned, readership.gather, warming.warm_what_has_settled, _ring_for_the_due):
        try:
            step()
        except Exception:  # whatever is wrong with one step, the others must not wait for it
            log.exception("a part of the sweep failed")
            db.session.rollback()


def _free_the_abandoned() -> None:
    for kind in KINDS:
        with only_reading():
            found = kind.abandoned(utcnow())
        for work in kind.abandoned(utcnow()) if found else ():
            with on_behalf_of(work.request_id):
                free(work)
    db.session.rollback()


def free(work: Work) -> None:
    if work.is_overdue():
        reason = "overdue"
    elif work.attempt >= MAX_ATTEMPTS:
        reason = "worker_lost"
    else:
        reason = ""
    kind, work_id = type(work), work.id
    account = Account.of(work, work.fence) if isinstance(work, Summary) and work.status == Status.PROCESSING else None
    moved = work.give_up(reason) if reason else work.expire_lease()
    tell_of_calls = telling_of(account.enter_lost(work) if account and moved and isinstance(work, Summary) else [])
    db.session.commit()
    tell_of_calls()
    if moved and reason:
        tell_failed(kind, work_id, reason)
    elif moved:
        tell_rescued(kind, work_id)


def _ring_for_the_due() -> None:
    """Ring where no doorbell waits: it was never rung, its worker died, or Redis was emptied."""
    with only_reading():
        due = [work for kind in KINDS for work in kind.due(utcnow(), MOST_DUE)]
        db.session.expunge_all()
    if not due:
        return
    try:
        waiting = queues.waiting()
    except RedisError as error:
        log.warning("cannot ring for %s pieces of work: %s", len(due), error)
        return
    for work in due:
        if (work.queue, queues.doorbell(work)) not in waiting and not queues.ring(work):
            return
