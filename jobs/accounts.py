"""Jobs on accounts: mail, which a request must not wait for.

``asked_in`` is the language of that request; a job that an earlier release asked for has none.
"""

from __future__ import annotations

from app.accounts import passwords, signing_up
from app.locales import SOURCE


def answer_sign_up(user_id: int, asked_in: str = SOURCE) -> None:
    signing_up.answer(user_id, asked_in)


def send_reset(user_id: int, asked_in: str = SOURCE) -> None:
    passwords.send_reset(user_id, asked_in)


def tell_password_changed(user_id: int, asked_in: str = SOURCE) -> None:
    passwords.tell_changed(user_id, asked_in)
