"""The sentences that say what of a file is not in its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.messages import N_, NN_, Message

MOST_LISTED = 12
LIST = N_("%(several)s and %(last)s")
UNSEEN = NN_(
    "About %(number)s word that cannot be seen on the page was left out.",
    "About %(number)s words that cannot be seen on the page were left out.",
)


def unseen(words: int) -> tuple[Message, ...]:
    """:param words: how many there are in the file that nobody sees; they are told roughly, as they were counted."""
    return (Message(*UNSEEN, number=roughly(words)),) if words > 0 else ()


def together(messages: Iterable[Message]) -> tuple[Message, ...]:
    """What the parts of one file say of themselves, said once for all of it."""
    words = 0
    others: dict[Message, None] = {}
    for message in messages:
        if (message.sentence, message.of_many) == UNSEEN:
            words += message.number
        else:
            others[message] = None
    return (*unseen(words), *others)


def roughly(number: int) -> int:
    """*number* with one digit that counts, or two from a hundred on; below ten as it is."""
    place = 10 ** max(len(str(number)) - 2, 1)
    return number if number < 10 else max(round(number / place) * place, 10)


def listed(numbers: Iterable[int]) -> Message:
    """Rising *numbers* as people write them: ``3–5, 7 and 9``, and only the first of very many."""
    runs = _runs(numbers)
    pieces = [str(first) if first == last else f"{first}–{last}" for first, last in runs]
    left = sum(last - first + 1 for first, last in runs[MOST_LISTED:])
    if left:
        more = Message(N_("%(number)s more"), number=left)
        return Message(LIST, several=", ".join(pieces[:MOST_LISTED]), last=more)
    return Message(LIST, several=", ".join(pieces[:-1]), last=pieces[-1]) if pieces[1:] else Message(pieces[0])


def _runs(numbers: Iterable[int]) -> Sequence[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
