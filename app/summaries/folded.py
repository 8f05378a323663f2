"""A text in which words are found however they are set: white space, quotes, dashes and composed letters do not matter.

It is folded once; what is found in the folded text is told in the places of the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise
from operator import itemgetter

from app.visible import HIDDEN, JOINERS, SELECTORS

SPACED_BELOW = "\u0590"  # Latin, Greek, Cyrillic, Armenian: scripts that have words between blanks, and no prefixes
MOST_LEFT_OUT = 2_000  # characters of the text that an ellipsis may stand for
MOST_TRIED = 1_000  # places of one wording that are in the midst of words
MOST_BEGUN = 20  # places of what stands before an ellipsis

_UNSEEN = HIDDEN + SELECTORS + JOINERS
# Beyond ASCII, with the single blanks and the ASCII characters between.
_FOREIGN = rf"[^\x00-\x7f\s{_UNSEEN}]+"
_RUN = rf"{_FOREIGN}(?:(?: |[!-)+-~]{{1,2}} ?){_FOREIGN})*"
_SPECIAL = re.compile(rf"(?P<blank>[\s{_UNSEEN}]{{2,}}|[^\S ])|(?P<stars>\*+)|[{_UNSEEN}]|{_RUN}")
_ONE_FOR_ONE = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys('"“”„‟«»‹›″〝〞〟「」『』＂‘’‚‛′´`ʼ＇', "'")
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
)
_BLANK = re.compile(r"\s")
_NOTHING = re.compile(f"[{_UNSEEN}]")
_ELLIPSIS = re.compile(r"\s*(?:\[\.{3,}\]|\(\.{3,}\)|\.{3,})\s*")
_ENDING = ".,。、 "
_WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


class Folded:
    """A text, and where words stand in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, tuple[int, int] | None] = {}

    def find(self, quoted: str) -> tuple[int, int] | None:
        """From where to where the text has these words, the first time; None where it does not have them.

        The case of the first letter, and a comma or full stop at the end, do not matter. An ellipsis stands for a
        few lines at most, and has two words or more on both sides.
        """
        if quoted not in self._known:
            self._known[quoted] = self._look_up(quoted)
        return self._known[quoted]

    def _look_up(self, quoted: str) -> tuple[int, int] | None:
        for pieces in _readings(_fold(quoted)[0].strip()):
            found = self._in_order(pieces)
            if found:
                return self._place(*found)
        return None

    @cached_property
    def _folded(self) -> tuple[str, list[tuple[int, int, int]]]:
        return _fold(self._text)

    def _in_order(self, pieces: Sequence[str]) -> tuple[int, int] | None:
        text = self._folded[0]
        for start, first_end in islice(self._places(pieces[0], 0, len(text)), MOST_BEGUN):
            end = first_end
            for piece in pieces[1:]:
                following = next(self._places(piece, end, end + MOST_LEFT_OUT + len(piece)), None)
                if following is None:
                    break
                end = following[1]
            else:
                return start, end
        return None

    def _places(self, piece: str, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Where *piece* stands as whole words: as it is written, then with the other case of its first letter."""
        text = self._folded[0]
        for wanted in dict.fromkeys((piece, piece[0].swapcase() + piece[1:])):
            start = text.find(wanted, low, high)
            for _ in range(MOST_TRIED):
                if start < 0:
                    break
                end = start + len(wanted)
                if not _in_one_word(text, start) and not _in_one_word(text, end):
                    yield start, end
                start = text.find(wanted, start + 1, high)

    def _place(self, start: int, end: int) -> tuple[int, int]:
        """In the text itself."""
        stretches = self._folded[1]
        first = stretches[bisect_right(stretches, start, key=itemgetter(0)) - 1]
        last = stretches[bisect_right(stretches, end - 1, key=itemgetter(0)) - 1]
        return (
            first[1] if first[2] else first[1] + start - first[0],
            last[2] or last[1] + end - last[0],
        )


def words_in(text: str) -> int:
    """How many words *text* has; where words are not set apart, two characters count as one."""
    return len(text.split()) + len(_WITHOUT_BLANKS.findall(text)) // 2


def _readings(folded: str) -> Iterator[Sequence[str]]:
    """The ways to understand a quotation: as it is, without what ends the sentence around it, as pieces of a text."""
    if not any(character.isalnum() for character in folded):
        return
    yield [folded]
    ending = folded.rstrip(_ENDING)
    if ending != folded:
        yield [ending]
    pieces = [piece for piece in _ELLIPSIS.split(folded) if piece.strip(_ENDING)]
    pieces[-1] = pieces[-1].rstrip(_ENDING)
    if len(pieces) == 1 or all(words_in(piece) >= 2 for piece in pieces):
        yield pieces


def _in_one_word(text: str, at: int) -> bool:
    around = text[max(at - 1, 0) : at + 1]
    return len(around) == 2 and around.isalnum() and max(around) < SPACED_BELOW


def _fold(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """*text* folded, and its stretches: where each begins in it, where in *text*, and where it ends there.

    The end is 0 for a stretch in which characters stand for characters, one for one.
    """
    text = text.replace('"', "'").replace("`", "'") if text.isascii() else text.translate(_ONE_FOR_ONE)
    pieces: list[str] = []
    stretches: list[tuple[int, int, int]] = []
    length = 0
    for piece, start, end in _pieces(text):
        follows = stretches and not stretches[-1][2] and length - stretches[-1][0] == start - stretches[-1][1]
        if not piece:
            continue
        if len(piece) != end - start:
            stretches.append((length, start, end))
        elif not follows:
            stretches.append((length, start, 0))
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces), stretches


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """What each stretch of *text* becomes."""
    done = 0
    for match in _SPECIAL.finditer(text):
        start, end = match.span()
        if start > done and _continues(text[start]):
            start -= 1  # an accent belongs to the letter before it
        yield text[done:start], done, start
        if match["blank"] and _BLANK.search(match[0]):
            yield " ", start, end
        elif not _is_left_out(match):
            yield from _composed(text[start:end], start)
        done = end
    yield text[done:], done, len(text)


def _is_left_out(match: re.Match[str]) -> bool:
    """Characters that nobody sees, and the stars that Markdown sets emphasis with."""
    if not match["stars"]:
        return bool(_NOTHING.match(match[0]))
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    opens = not before.isalnum() and not after.isspace() and after
    closes = not after.isalnum() and not before.isspace() and before
    return len(match[0]) <= 3 and bool(opens or closes)


def _composed(run: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Each letter of *run* with the marks that belong to it, as the one character it makes."""
    if unicodedata.is_normalized("NFKC", run):
        yield run, at, at + len(run)
        return
    starts = [index for index, character in enumerate(run) if not index or not _continues(character)]
    for start, end in pairwise([*starts, len(run)]):
        yield unicodedata.normalize("NFKC", run[start:end]), at + start, at + end


def _continues(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Mc"} or "\u1160" <= character <= "\u11ff" or character in "ﾞﾟ"
