"""How much of a document was read for its summary: stated, never assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Unread:
    """A part that could not be read, and why, as a word of ours."""

    number: int
    size: int  # bytes of UTF-8
    reason: str


@dataclass(frozen=True)
class Coverage:
    """Of a text of so many bytes, in so many parts."""

    size: int = 0
    parts: int = 1
    reused: int = 0  # parts whose notes were there already, paid for by an earlier summary
    unread: Sequence[Unread] = ()

    @classmethod
    def parse(cls, kept: dict[str, Any]) -> Self:
        """What was kept with a summary. Of one that was made before coverage was kept: a text read in one piece."""
        unread = [Unread(**one) for one in kept.get("unread", ())]
        return cls(kept.get("size", 0), kept.get("parts", 1), kept.get("reused", 0), tuple(unread))

    def kept(self) -> dict[str, Any]:
        return {**asdict(self), "unread": [asdict(one) for one in self.unread]}

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 says all of it."""
        missing = sum(one.size for one in self.unread)
        return 100 if not missing else min(99, (self.size - missing) * 100 // max(1, self.size))
