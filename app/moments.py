"""What was found out a moment ago, and need not be found out again by everybody who asks in the same second."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app

EXTENSION = "foreword-moments"
MOST_KNOWN = 500

Asked = TypeVar("Asked", bound=Callable[..., Any])


def known_for(seconds: float) -> Callable[[Asked], Asked]:
    """A function whose answer is good for so long, in this process. Errors are raised, and never remembered.

    For what a great many polls ask in the same words.
    """

    def decorate(ask: Asked) -> Asked:
        @wraps(ask)
        def answer(*arguments: Any) -> Any:
            known = current_app.extensions.setdefault(EXTENSION, {})
            name = _name(ask, arguments)
            until, said = known.get(name, (0.0, None))
            if time.monotonic() >= until:
                said = ask(*arguments)
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[name] = time.monotonic() + seconds, said
            return said

        return answer  # type: ignore[return-value]

    return decorate


def forget(ask: Callable[..., Any], *arguments: Any) -> None:
    """Have it found out anew, for in this process it is no longer so."""
    current_app.extensions.get(EXTENSION, {}).pop(_name(ask, arguments), None)


def _name(ask: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return ask.__module__, ask.__qualname__, *arguments
