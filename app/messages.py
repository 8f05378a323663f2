"""Sentences that are found at one time and read at another, by people of any language.

What a job says of a file is stored once. So a row keeps the sentence as it stands in the source, beside what goes into
it, and both become words when somebody reads them, in the language of whoever that is.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from babel import numbers
from flask_babel import gettext, ngettext

from app import locales

Value: TypeAlias = "str | int | float | Message"


def N_(sentence: str) -> str:  # noqa: N802 - the name by which Babel finds what is to be translated
    """*sentence* itself, which is translated where it is told."""
    return sentence


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """Both forms of a sentence that counts something, which ``number`` chooses between where it is told."""
    return one, many


class Message:
    """``Message(N_("Page %(page)s is a picture."), page="7")``, or ``Message(*NN_("…", "…"), number=7)``.

    Numbers among the values are told as the reader writes them, and texts as they are.
    """

    def __init__(self, sentence: str, of_many: str = "", /, **values: Value) -> None:
        self.sentence = sentence
        self.of_many = of_many
        self.values = values

    @property
    def number(self) -> int:
        """What it counts."""
        number = self.values["number"]
        if not isinstance(number, int):
            raise TypeError(f"{self.sentence!r} counts no {number!r}")
        return number

    def __str__(self) -> str:
        if not self.sentence:  # under which gettext has the heading of the catalogue
            return ""
        told = {name: _told(value) for name, value in self.values.items()}
        if self.of_many:
            return ngettext(self.sentence, self.of_many, self.number, **told)
        return gettext(self.sentence, **told)

    def __bool__(self) -> bool:
        return bool(self.sentence)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.stored == other.stored

    def __hash__(self) -> int:
        return hash(self.stored)

    def __repr__(self) -> str:
        return f"<Message {self.stored}>"

    @property
    def stored(self) -> str:
        """What a row keeps of it: JSON, or the sentence alone where nothing goes into it."""
        return json.dumps(_parts(self), ensure_ascii=False) if self.values else self.sentence

    @classmethod
    def parse(cls, stored: str) -> Message:
        """What a row kept. Those of earlier releases have whole sentences; they are told as they stand.

        So is whatever else is found there, rather than that a page should fail over it.
        """
        try:
            return _from_parts(json.loads(stored))
        except (ValueError, TypeError, KeyError):
            return cls(stored)


def _told(value: Value) -> str:
    return numbers.format_decimal(value, locale=locales.current()) if isinstance(value, int | float) else str(value)


def _parts(message: Message) -> dict[str, Any]:
    values = {name: _parts(value) if isinstance(value, Message) else value for name, value in message.values.items()}
    return {"sentence": message.sentence, "of_many": message.of_many, "values": values}


def _from_parts(parts: Any) -> Message:
    """:raises ValueError, TypeError, KeyError: when no sentence can be made from these."""
    match parts:
        case {"sentence": str(sentence), "of_many": str(of_many), "values": dict(values), **others} if not others:
            found = Message(sentence, of_many, **{name: _value(value) for name, value in values.items()})
        case _:
            raise ValueError("no message")
    _ = (sentence % found.values, of_many % found.values, of_many and found.number)  # or telling it would fail
    return found


def _value(value: Any) -> Value:
    return value if isinstance(value, str | int | float) else _from_parts(value)
