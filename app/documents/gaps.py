"""The sentences that say what of a file is not in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MOST_LISTED = 12
UNSEEN = re.compile(r"About ([\d,]+) words? that cannot be seen on the page (?:was|were) left out\.")


def unseen(words: int) -> tuple[str, ...]:
    """:param words: how many there are in the file that nobody sees; they are told roughly, as they were counted."""
    if words < 1:
        return ()
    verb = "was" if words == 1 else "were"
    return (f"About {counted(roughly(words), 'word')} that cannot be seen on the page {verb} left out.",)


def together(sentences: Iterable[str]) -> tuple[str, ...]:
    """What the parts of one file say of themselves, said once for all of it."""
    words = 0
    others: dict[str, None] = {}
    for sentence in sentences:
        counted_words = UNSEEN.fullmatch(sentence)
        if counted_words:
            words += int(counted_words[1].replace(",", ""))
        else:
            others[sentence] = None
    return (*unseen(words), *others)


def roughly(number: int) -> int:
    """*number* with one digit that counts, or two from a hundred on; below ten as it is."""
    place = 10 ** max(len(str(number)) - 2, 1)
    return number if number < 10 else max(round(number / place) * place, 10)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(numbers: Iterable[int]) -> str:
    """Rising *numbers* as people write them: ``3–5, 7 and 9``, and only the first of very many."""
    runs = _runs(numbers)
    pieces = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:MOST_LISTED]]
    left = sum(last - first + 1 for first, last in runs[MOST_LISTED:])
    if left:
        pieces.append(f"{left:,} more")
    return pieces[0] if len(pieces) == 1 else f"{', '.join(pieces[:-1])} and {pieces[-1]}"


def _runs(numbers: Iterable[int]) -> Sequence[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
