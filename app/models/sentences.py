"""Columns for what a person is told: messages, which become words when they are read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import JSON, Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.messages import Message


class Sentence(TypeDecorator[Message]):
    """One message, or an empty one."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Message | str | None, dialect: Dialect) -> str | None:
        return None if value is None else _stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Message | None:
        return None if value is None else Message.parse(value)


class Sentences(TypeDecorator[Sequence[Message]]):
    """A list of messages."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Sequence[Message | str] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else [_stored(one) for one in value]

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> list[Message] | None:
        return None if value is None else [Message.parse(one) for one in value]


def _stored(value: Message | str) -> str:
    return value.stored if isinstance(value, Message) else value
