"""Links that are sent by mail: whoever follows one reads the mail of that account's address."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.extensions import db
from app.models import User


@dataclass(frozen=True)
class MailedLink:
    """Links for one *purpose*, each good for so many *seconds*, until the account's password is another one."""

    purpose: str
    seconds: int

    def token(self, user: User) -> str:
        return self._serializer().dumps([user.id, _fingerprint(user)])

    def user_of(self, token: str) -> User | None:
        """Whose it is; None when it is too old, was used, or is none of ours."""
        try:
            user_id, fingerprint = self._serializer().loads(token, max_age=self.seconds)
            user = db.session.get(User, int(user_id))
        except (BadData, TypeError, ValueError):
            return None
        return user if user and secrets.compare_digest(_fingerprint(user), str(fingerprint)) else None

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            current_app.config["SECRET_KEY"], salt=self.purpose, signer_kwargs={"digest_method": hashlib.sha256}
        )


def _fingerprint(user: User) -> str:
    """Changes with the password, so that none works after a change that was made before it."""
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:32]
