"""A person who signs in."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import email_validator
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import UserMixin
from sqlalchemy import JSON, BigInteger, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db

PASSWORD_MIN, PASSWORD_MAX = 8, 128  # OWASP ASVS 5, 6.2.1 and 6.2.9
_hasher = PasswordHasher()


class User(UserMixin, Model):
    __tablename__ = "user"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # When its address was shown to be its owner's. Until then nobody is let in, and nothing is shared with it.
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_admin: Mapped[bool] = mapped_column(default=False)
    # Micro-dollars a month that an administrator allows this person; None for what the site allows everybody.
    monthly_budget: Mapped[int | None] = mapped_column(BigInteger)
    locale: Mapped[str | None] = mapped_column(String(16))  # of the interface; None for what the browser asks for
    updates_paused: Mapped[bool] = mapped_column(default=False)  # no page asks the server by itself
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

    @classmethod
    def forget_unconfirmed(cls, before: datetime) -> None:
        """Drop the accounts that nobody opened since."""
        db.session.execute(delete(cls).where(cls.confirmed_at.is_(None), cls.created_at < before))

    session_token = ""  # of the browser that asks, in a request

    # UserMixin compares by what the browser holds, which is another in each.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @classmethod
    def authenticate(cls, email: str, password: str) -> User | None:
        """The user whose password this is, or None after the same work, so that time tells nothing."""
        user = cls.by_email(email)
        stored = user.password_hash if user else _hash_of_nobody()
        return user if _verify(stored, password) and user else None

    def renew_hash(self, password: str) -> None:
        """Hash the password anew if it was with parameters of the past; once the user has shown that it is theirs."""
        if _hasher.check_needs_rehash(self.password_hash):
            self.password_hash = hash_password(password)

    def has_password(self, password: str) -> bool:
        return _verify(self.password_hash, password)

    def get_id(self) -> str:
        """What the browser holds of the session in which this person is signed in; Flask-Login's name for it."""
        return self.session_token

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
