"""Jobs on accounts: mail, which a request must not wait for."""

from __future__ import annotations

from app.accounts import passwords, signing_up


def answer_sign_up(user_id: int) -> None:
    signing_up.answer(user_id)


def send_reset(user_id: int) -> None:
    passwords.send_reset(user_id)


def tell_password_changed(user_id: int) -> None:
    passwords.tell_changed(user_id)
