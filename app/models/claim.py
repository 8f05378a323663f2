"""The right to do a piece of work, and the moves that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.database import utcnow
from app.extensions import db
from app.models.work import Status, Work


@dataclass(frozen=True)
class Claim:
    """Holds one row for one attempt, by its fence. Every verb is false once somebody else has the row."""

    kind: type[Work]
    work_id: int
    fence: int

    @classmethod
    def take(cls, work: Work, lease: timedelta, **values: object) -> Claim | None:
        """Claim a row that is due, for *lease* at first; None when it is not due or not to be had."""
        if work.status != Status.PENDING or work.next_at > utcnow():
            return None
        claim = cls(type(work), work.id, work.fence + 1)
        taken = claim.begin(lease, **values)
        db.session.expire(work)
        return claim if taken else None

    def begin(self, lease: timedelta, **values: object) -> bool:
        """Have the row that nobody has had since its fence was one lower."""
        now = utcnow()
        return self.kind.move(
            self.work_id,
            self.fence - 1,
            Status.PENDING,
            Status.PROCESSING,
            fence=self.fence,
            attempt=self.kind.attempt + 1,
            lease_until=now + lease,
            started_at=now,
            reason="",
            **values,
        )

    def renew(self, lease: timedelta) -> bool:
        until = utcnow() + lease
        return self.kind.move(self.work_id, self.fence, Status.PROCESSING, Status.PROCESSING, lease_until=until)

    def finish(self, **values: object) -> bool:
        """End it well, with what it came to."""
        return self._let_go(Status.COMPLETE, finished_at=utcnow(), **values)

    def retry(self, reason: str, after: timedelta, *, burnt: bool = True, **values: object) -> bool:
        """Leave it to another attempt.

        :param burnt: whether this one counts among those that are made at most.
        """
        attempts = self.kind.attempt - (0 if burnt else 1)
        return self._let_go(Status.PENDING, reason=reason, next_at=utcnow() + after, attempt=attempts, **values)

    def fail(self, reason: str, **values: object) -> bool:
        return self._let_go(Status.FAILED, reason=reason, finished_at=utcnow(), **values)

    def hand_back(self) -> bool:
        """Give the row back for somebody else to begin anew; no attempt is burnt."""
        return self._let_go(Status.PENDING, attempt=self.kind.attempt - 1, next_at=utcnow())

    def _let_go(self, end: Status, **values: object) -> bool:
        return self.kind.move(self.work_id, self.fence, Status.PROCESSING, end, lease_until=None, **values)
