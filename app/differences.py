"""What differs between two texts, as a person would mark it: by lines, and within lines that changed by words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Comparing takes about a second at these sizes at worst; 100,000 different lines took half a minute (measured).
MOST_LINES = 20_000
MOST_WORDS = 8_000  # and blanks, in all lines that changed

_WORD = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Passage:
    """A run of text: in both (``same``), or only in one of them (``removed`` or ``added``)."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[Passage]:
    """The passages that make up both texts, in order, with neighbours of one kind joined.

    What is too long to compare in a second is given as replaced in one piece.
    """
    if before == after:
        return [Passage("same", after)] if after else []
    start, end = _common_ends(before, after)
    middle = _by_lines(before[start : len(before) - end], after[start : len(after) - end])
    return list(_joined([Passage("same", after[:start]), *middle, Passage("same", after[len(after) - end :])]))


def places(passages: Sequence[Passage]) -> int:
    """How many times something was changed: a replacement is one place, not a removal and an addition."""
    kinds = ["same", *(passage.kind for passage in passages)]
    return sum(here != "same" and before == "same" for before, here in pairwise(kinds))


def _common_ends(before: str, after: str) -> tuple[int, int]:
    """How much both have in common at the beginning and at the end, in whole lines; the rest needs comparing."""
    shortest = min(len(before), len(after))
    start = _common_length(before, after, shortest)
    start = before.rfind("\n", 0, start) + 1
    end = _common_length(before[::-1], after[::-1], shortest - start)
    cut = before.find("\n", len(before) - end)
    return start, len(before) - cut - 1 if end and cut >= 0 else 0


def _common_length(before: str, after: str, most: int) -> int:
    """The length of the common beginning, found by halving."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if before[:middle] == after[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _by_lines(before: str, after: str) -> Iterator[Passage]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) + len(new) > MOST_LINES:
        yield from (Passage("removed", before), Passage("added", after))
        return
    words_left = MOST_WORDS
    for kind, i, i_end, j, j_end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            yield Passage("same", "".join(new[j:j_end]))
            continue
        removed, added = _WORD.findall("".join(old[i:i_end])), _WORD.findall("".join(new[j:j_end]))
        words_left -= len(removed) + len(added)
        if words_left >= 0:
            yield from _by_words(removed, added)
        else:
            yield from (Passage("removed", "".join(removed)), Passage("added", "".join(added)))


def _by_words(old: list[str], new: list[str]) -> Iterator[Passage]:
    for kind, i, i_end, j, j_end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            yield Passage("same", "".join(new[j:j_end]))
        else:
            yield from (Passage("removed", "".join(old[i:i_end])), Passage("added", "".join(new[j:j_end])))


def _joined(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Without empty ones, neighbours of one kind in one, and in each place what was removed before what was added.

    Blanks between two changes belong to both: two changed words that follow each other are one place.
    """
    same = removed = added = blank = ""
    for passage in passages:
        if passage.kind == "same" and passage.text.isspace() and "\n" not in passage.text and (removed or added):
            blank += passage.text
        elif passage.kind == "same" and passage.text:
            yield from _place(removed, added)
            same, removed, added, blank = same + blank + passage.text, "", "", ""
        elif passage.text:
            yield from _place("", "", same)
            removed += blank + (passage.text if passage.kind == "removed" else "")
            added += blank + (passage.text if passage.kind == "added" else "")
            same = blank = ""
    yield from _place(removed, added)
    yield from _place("", "", same + blank)


def _place(removed: str, added: str, same: str = "") -> Iterator[Passage]:
    for kind, text in (("removed", removed), ("added", added), ("same", same)):
        if text:
            yield Passage(kind, text)
