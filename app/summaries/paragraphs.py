"""The paragraphs of a document's text, by the numbers that they have on its page."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from app.visible import visible

BREAK = "\n\n"


class Paragraphs:
    """Of a text as it stands on the page. They are counted once, when a number is first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def number_at(self, place: int) -> int:
        """The number, from 1, of the paragraph at a *place* of what can be seen of the text."""
        return bisect_right(self._starts, place)

    @cached_property
    def _starts(self) -> list[int]:
        # Parted before what nobody sees is left out: without that, two line ends may come to stand together.
        lengths = (len(visible(paragraph)) + len(BREAK) for paragraph in self._text.split(BREAK))
        return list(accumulate(lengths, initial=0))
