"""Views that can be answered in a shorter way than their own, where what it needs is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask.typing import ResponseReturnValue

View = Callable[..., ResponseReturnValue]


def shortened_by(short: Callable[[int], str | None]) -> Callable[[View], View]:
    """A view of a document that is answered by *short*, or goes its own way where that finds no answer."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(document_id: int) -> ResponseReturnValue:
            found = short(document_id)
            return view(document_id) if found is None else found

        return answer

    return decorate
