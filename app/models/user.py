"""A person who signs in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import email_validator
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import UserMixin
from sqlalchemy import JSON, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db

PASSWORD_MIN, PASSWORD_MAX = 8, 128  # OWASP ASVS 5, 6.2.1 and 6.2.9
_hasher = PasswordHasher()


class User(UserMixin, Model):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    is_admin: Mapped[bool] = mapped_column(default=False)
    # Part of what a browser shows to be let in again: changed, every browser that is signed in no longer is.
    session_stamp: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(8))
    # The form of summary chosen last; what it may hold is for app/summaries/prompt.py to say.
    summary_options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    @classmethod
    def with_credentials(cls, email: str, password_hash: str) -> User:
        return cls(email=normalise_email(email), password_hash=password_hash)

    @classmethod
    def by_email(cls, email: str) -> User | None:
        try:
            address = normalise_email(email)
        except ValueError:
            return None
        return db.session.scalar(select(cls).where(cls.email == address))

    # UserMixin compares by what the cookies hold, which has the time in it.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @classmethod
    def authenticate(cls, email: str, password: str) -> User | None:
        """The user whose password this is, or None after the same work, so that time tells nothing."""
        user = cls.by_email(email)
        stored = user.password_hash if user else _hash_of_nobody()
        return user if _verify(stored, password) and user else None

    def has_password(self, password: str) -> bool:
        return _verify(self.password_hash, password)

    # -- sessions --------------------------------------------------------------------------------------

    def get_id(self) -> str:
        """What the cookies hold of a session that begins now; Flask-Login's name for it."""
        return f"{self.id}.{self.session_stamp}.{int(utcnow().timestamp())}"

    @classmethod
    def of_session(cls, token: str, longest: timedelta) -> User | None:
        """Whose session it is; None when it began longer ago, or when that person has ended it since."""
        user_id, _, rest = token.partition(".")
        stamp, _, began = rest.partition(".")
        if not (user_id.isdecimal() and began.isdecimal() and len(user_id) < 10 and len(began) < 12):
            return None
        if utcnow() - datetime.fromtimestamp(int(began), UTC) > longest:
            return None
        user = db.session.get(cls, int(user_id))
        return user if user and secrets.compare_digest(user.session_stamp.encode(), stamp.encode()) else None

    def end_sessions(self) -> None:
        """Log this person out everywhere."""
        self.session_stamp = secrets.token_hex(8)

    def set_password_hash(self, password_hash: str) -> None:
        """A new password: whoever came in by the old one is out."""
        self.password_hash = password_hash
        self.end_sessions()

    @classmethod
    def count(cls) -> int:
        return db.session.scalar(select(func.count(cls.id))) or 0


def hash_password(password: str) -> str:
    """The argon2id hash of *password*, with the library's current parameters."""
    return _hasher.hash(password)


def normalise_email(email: str) -> str:
    """The form of an address under which it is stored: two spellings of one mailbox are one account.

    :raises ValueError: when it is not an address. Addresses inside a private network are accepted.
    """
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    parsed = email_validator.validate_email(email.strip(), check_deliverability=False)
    return parsed.normalized.lower()


def _verify(stored: str, password: str) -> bool:
    """Whether it is the password of the hash. Ends the transaction."""
    # It takes tens of milliseconds, for which SQLite's one write lock must not be held.
    db.session.rollback()
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash("nobody")
