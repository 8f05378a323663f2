"""The right to work on a summary, and the moves that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.database import utcnow
from app.extensions import db
from app.models.summary import Status, Summary, move


@dataclass(frozen=True)
class Claim:
    """Holds one row for one attempt, by its fence. Every verb is false once somebody else has the row."""

    summary_id: int
    fence: int

    @classmethod
    def take(cls, summary: Summary, lease: timedelta) -> Claim | None:
        """Claim a row that is due, for *lease* at first; None when it is not due or not to be had."""
        now, fence = utcnow(), summary.fence + 1
        if summary.status != Status.PENDING or summary.next_at > now:
            return None
        taken = move(
            summary.id,
            summary.fence,
            Status.PENDING,
            Status.PROCESSING,
            fence=fence,
            attempt=summary.attempt + 1,
            lease_until=now + lease,
            started_at=now,
            first_words_at=None,
            reason="",
        )
        db.session.expire(summary)
        return cls(summary.id, fence) if taken else None

    def renew(self, lease: timedelta) -> bool:
        return move(self.summary_id, self.fence, Status.PROCESSING, Status.PROCESSING, lease_until=utcnow() + lease)

    def finish(self, text: str, first_words_at: datetime | None) -> bool:
        """File the whole text; from now on this take is read."""
        now = utcnow()
        return self._let_go(Status.COMPLETE, text=text, first_words_at=first_words_at, finished_at=now, chosen_at=now)

    def retry(self, reason: str, after: timedelta) -> bool:
        return self._let_go(Status.PENDING, reason=reason, next_at=utcnow() + after)

    def fail(self, reason: str) -> bool:
        return self._let_go(Status.FAILED, reason=reason, finished_at=utcnow())

    def hand_back(self) -> bool:
        """Give the row back for somebody else to begin anew; no attempt is burnt."""
        return self._let_go(Status.PENDING, attempt=Summary.attempt - 1, next_at=utcnow())

    def _let_go(self, end: Status, **values: object) -> bool:
        return move(self.summary_id, self.fence, Status.PROCESSING, end, lease_until=None, **values)
