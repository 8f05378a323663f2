"""Views that can be answered in a shorter way than their own, where what it needs is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask.typing import ResponseReturnValue

from app.views.asked import Asked

View = Callable[..., ResponseReturnValue]
ShortWay = Callable[[Asked], "str | None"]


def shortened_by(short: ShortWay) -> Callable[[View], View]:
    """A view of a document that is answered by *short*, or goes its own way where that finds no answer."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(document_id: int) -> ResponseReturnValue:
            found = short(Asked.of_request(document_id))
            return view(document_id) if found is None else found

        return answer

    return decorate
