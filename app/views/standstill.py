"""Whether nobody does what should be under way, so that the page can say so instead of only waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from redis import RedisError

from app import queues
from app.database import utcnow
from app.models import Status
from app.moments import known_for

PATIENCE = timedelta(seconds=5)  # after what is due; a worker that lives takes it at once, or is seen to be busy


class Standstill(StrEnum):
    """Why nothing moves; empty while nothing says that it does not."""

    NONE = ""
    NO_WORKER = "w"
    NO_QUEUE = "q"

    @property
    def sentence(self) -> str:
        return str(_SENTENCES.get(self, ""))

    @property
    def in_short(self) -> str:
        return str(_IN_SHORT.get(self, ""))


_SENTENCES = {
    Standstill.NO_WORKER: _l(
        "No worker is running at the moment. This goes on as soon as one is, and nothing is lost."
    ),
    Standstill.NO_QUEUE: _l(
        "The queue cannot be reached at the moment. This goes on as soon as it can be, and nothing is lost."
    ),
}
_IN_SHORT = {
    Standstill.NO_WORKER: _l("Still waiting: no worker is running"),
    Standstill.NO_QUEUE: _l("Still waiting: the queue cannot be reached"),
}


@known_for(seconds=1)
def _workers_alive() -> int:
    """Of the pages that wait for long, many ask in the same second."""
    return queues.workers_alive()


def standstill(status: str, next_at: datetime, lease_until: datetime | None) -> Standstill:
    """What keeps a row from moving that should have been taken, or renewed, a while ago."""
    due = {Status.PENDING: next_at, Status.PROCESSING: lease_until}.get(Status(status))
    if due is None or utcnow() - due < PATIENCE:
        return Standstill.NONE
    try:
        return Standstill.NONE if _workers_alive() > 0 else Standstill.NO_WORKER
    except RedisError:
        return Standstill.NO_QUEUE
