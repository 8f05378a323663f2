"""A browser in which somebody is signed in. The browser holds a random token, and this table only its digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db

if TYPE_CHECKING:
    from app.models.user import User

DEVICE_MAX = 200
IDLE = timedelta(days=7)  # without "keep me signed in"; a tab that is left open over a weekend can still post
NOTED_EVERY = timedelta(hours=1)


class LoginSession(Model):
    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)  # to the hour
    remembered: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str] = mapped_column(String(DEVICE_MAX), default="")  # as the browser names itself

    user: Mapped[User] = relationship()

    @classmethod
    def begin(cls, user: User, device: str, longest: timedelta, *, remembered: bool) -> str:
        """Sign *user* in; the token for their browser. What has run out of theirs is cleared away."""
        token = secrets.token_urlsafe(32)
        db.session.execute(delete(cls).where(cls.user_id == user.id, cls.created_at < utcnow() - longest))
        db.session.add(
            cls(digest=token_digest(token), user_id=user.id, device=device[:DEVICE_MAX], remembered=remembered)
        )
        return token

    @classmethod
    def of(cls, token: str, longest: timedelta) -> LoginSession | None:
        """The session of this token with its user; None when it has ended or run out."""
        found = db.session.scalar(select(cls).where(cls.digest == token_digest(token)).options(joinedload(cls.user)))
        return found if found and found.is_open(longest) else None

    @classmethod
    def of_user(cls, user_id: int, longest: timedelta) -> Sequence[LoginSession]:
        """Those that are open, the one that was used last first."""
        theirs = select(cls).where(cls.user_id == user_id).order_by(cls.seen_at.desc(), cls.id.desc())
        return [one for one in db.session.scalars(theirs) if one.is_open(longest)]

    def is_open(self, longest: timedelta) -> bool:
        return is_open(self.created_at, self.seen_at, longest, remembered=self.remembered)

    def is_of(self, token: str) -> bool:
        return secrets.compare_digest(self.digest, token_digest(token))

    @property
    def is_noted_long_ago(self) -> bool:
        return is_noted_long_ago(self.seen_at)

    @classmethod
    def note(cls, session_id: int) -> None:
        """It was used just now."""
        db.session.execute(update(cls).where(cls.id == session_id).values(seen_at=utcnow()))

    @classmethod
    def end(cls, token: str) -> None:
        db.session.execute(delete(cls).where(cls.digest == token_digest(token)))

    @classmethod
    def end_one(cls, user_id: int, session_id: int) -> bool:
        """End one of this person's; false when it is none of theirs, or none any more."""
        ended = db.session.execute(delete(cls).where(cls.user_id == user_id, cls.id == session_id).returning(cls.id))
        return ended.first() is not None

    @classmethod
    def end_all(cls, user_id: int, but: str = "") -> None:
        """Sign this person out everywhere, except where the token is *but*."""
        db.session.execute(delete(cls).where(cls.user_id == user_id, cls.digest != token_digest(but)))


def is_open(began: datetime, seen: datetime, longest: timedelta, *, remembered: bool) -> bool:
    """Whether a session of these times lasts still."""
    now = utcnow()
    return now - began < longest and (remembered or now - seen < IDLE)


def is_noted_long_ago(seen: datetime) -> bool:
    """Whether it is to be noted that the session was used just now."""
    return utcnow() - seen > NOTED_EVERY


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
