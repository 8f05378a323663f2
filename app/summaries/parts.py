"""Long texts in parts that a model can read: nothing lost, and an edit in one place leaves the other parts alone.

Borders come from the content. A range of text that is too long is cut at the border that ranks highest in it, and
both sides are cut likewise, as in a treap; so a part depends on the words around its own ends, not on what stands
anywhere before it. The rank is the kind of border first (a heading before a paragraph before a sentence), and then a
digest of the words that follow.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import sentencex

SMALLEST_LIMIT = 64  # bytes; below it a part could not even hold a few characters of every script
# What precedes a unit, from the last choice for a border to the best; headings of level 6 to 1 follow PARAGRAPH.
ANYWHERE, BLANK, LINE, AFTER_HEADING, SENTENCE, PARAGRAPH = range(6)
LOWEST_LEVEL = 7  # a short line alone, which may be a heading
WINDOW = 4096  # characters in which sentences are found at a time
WORDS_THAT_RANK = 256  # characters after a border; more than one heading, since many chapters begin alike
LONGEST_HEADING = 80  # characters

_PARAGRAPH_END = re.compile(r"\n(?:[^\S\n]*\n)+|\n(?=#{1,6}[ \t])")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})[ \t][^\n]*(?:\n\s*|\Z)")
_NUMBERED = re.compile(r"\d{1,3}((?:\.\d{1,3})*)\.?[ \t]+\S")
_ENDS_A_SENTENCE = (".", ",", ";", ":", "!", "?", "。")
_LINES = re.compile(r"[^\n]+\n*|\n+")
_WORDS = re.compile(r"[^\s、，。！？]+[\s、，。！？]*|[\s、，。！？]+")  # some scripts have no blanks, but commas
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class _Unit:
    """A piece of text that is kept whole, and what kind of border stands before it."""

    text: str
    border: int


def split(text: str, limit: int) -> list[str]:
    """*text* in consecutive parts of at most *limit* bytes of UTF-8, which joined are *text* again; none is empty.

    :raises ValueError: when *limit* is below ``SMALLEST_LIMIT``.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"limit is at least {SMALLEST_LIMIT} bytes")
    units = list(_units(text, limit // 4))
    starts = [0, *accumulate(len(unit.text) for unit in units)]
    keys = [
        (unit.border << 64) + _digest(text[start : start + WORDS_THAT_RANK])
        for unit, start in zip(units, starts, strict=False)
    ]
    ranges = _ranges([_size(unit.text) for unit in units], keys, limit)
    return [text[starts[first] : starts[end]] for first, end in ranges]


def group(texts: Sequence[str], limit: int) -> list[list[str]]:
    """*texts* in consecutive groups of at most *limit* bytes of UTF-8 together; a longer one is a group of its own.

    Wherever two neighbours fit into one group, there are fewer groups than texts, so that levels of grouping end.
    """
    sizes = [_size(text) for text in texts]
    ranges = _without_loners(_ranges(sizes, [_digest(text) for text in texts], limit), sizes, limit)
    return [list(texts[first:end]) for first, end in ranges]


def _units(text: str, most: int) -> Iterator[_Unit]:
    """What *text* is made of, each at most *most* bytes. Each is found in its own paragraph alone."""
    after_heading = False
    for paragraph in _paragraphs(text):
        level = _heading_level(paragraph)
        border = PARAGRAPH if level is None else PARAGRAPH + 1 + LOWEST_LEVEL - level
        for unit in _shorter(paragraph, border, most):
            yield _Unit(unit.text, min(unit.border, AFTER_HEADING)) if after_heading else unit
            after_heading = False
        after_heading = level is not None


def _paragraphs(text: str) -> Iterator[str]:
    """With the blank lines after them; a Markdown heading is a paragraph, even without blank lines around it."""
    start = 0
    ends = (match.end() for match in _PARAGRAPH_END.finditer(text))
    for end in (*ends, len(text)):
        heading = _MARKDOWN_HEADING.match(text, start, end)
        if heading and heading.end() < end:
            yield text[start : heading.end()]
            start = heading.end()
        if start < end:
            yield text[start:end]
        start = end


def _heading_level(paragraph: str) -> int | None:
    """From 1, the highest, to ``LOWEST_LEVEL``; None for a paragraph that is no heading."""
    markdown = _MARKDOWN_HEADING.match(paragraph)
    if markdown:
        return len(markdown[1])
    line = paragraph[: 2 * LONGEST_HEADING].strip()
    if len(line) > LONGEST_HEADING or "\n" in line or line.endswith(_ENDS_A_SENTENCE) or line.upper() == line.lower():
        return None
    numbered = _NUMBERED.match(line)
    if numbered:
        return min(1 + numbered[1].count("."), 6)
    return LOWEST_LEVEL - 1 if line.isupper() else LOWEST_LEVEL


def _shorter(text: str, border: int, most: int) -> Iterator[_Unit]:
    """*text* as one unit, or as sentences, then lines, then words, then whatever fits into *most* bytes."""
    if _size(text) <= most:
        yield _Unit(text, border)
        return
    for inner, pieces in ((SENTENCE, _sentences), (LINE, _LINES.findall), (BLANK, _WORDS.findall)):
        found = pieces(text) if border > inner else []
        if len(found) > 1:
            for piece in found:
                yield from _shorter(piece, border, most)
                border = inner
            return
    for piece in _graphemes(text, most):
        yield _Unit(piece, border)
        border = ANYWHERE


def _sentences(paragraph: str) -> list[str]:
    """Found in one window after the other, as the library takes quadratic time on long paragraphs of some kinds.

    A window begins where a sentence does, so where the windows lie does not matter.
    """
    ends, start = [0], 0
    while start < len(paragraph):
        window = paragraph[start : start + WINDOW]
        last = start + WINDOW >= len(paragraph)
        sentences = _found_in(window)
        if len(sentences) == 1 and not last:
            start += WINDOW  # it goes on
            continue
        for sentence in sentences if last else sentences[:-1]:  # the window may have cut the last one
            start += len(sentence)
            ends.append(start)
    return [paragraph[begin:end] for begin, end in pairwise(ends)]


def _found_in(window: str) -> list[str]:
    """Its sentences, of which only the lengths count."""
    window = _HALF_CHARACTER.sub("\ufffd", window)  # as long as before
    sentences = list(sentencex.segment("en", window))
    return sentences if "".join(sentences) == window else [window]


def _graphemes(text: str, most: int) -> Iterator[str]:
    """Pieces of at most *most* bytes; what a reader sees as one character stays in one, unless it is very long."""
    start = 0
    while start < len(text):
        window = text[start : start + most].encode("utf-8", "surrogatepass")[: most + 1]
        end = start + (len(window) if len(window) <= most else _whole_characters(window, most))
        end = min(end, len(text))
        if end < len(text):
            borders = (cut for cut in range(end, start + (end - start) // 2, -1) if not _joined(text, cut))
            end = next(borders, end)
        yield text[start:end]
        start = end


def _whole_characters(window: bytes, most: int) -> int:
    """How many characters of UTF-8 fit whole into the first *most* bytes."""
    while window[most] & 0xC0 == 0x80:
        most -= 1
    return len(window[:most].decode("utf-8", "surrogatepass"))


def _joined(text: str, cut: int) -> bool:
    """Whether the characters on both sides of *cut* make up one that a reader sees: accents, emoji, CR LF."""
    before, after = text[cut - 1], text[cut]
    return (
        unicodedata.category(after).startswith("M")
        or "\u200d" in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
        or "\U000e0020" <= after <= "\U000e007f"
        or "\u1160" <= after <= "\u11ff"
        or before + after == "\r\n"
    )


def _ranges(sizes: Sequence[int], keys: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Consecutive ranges of units, from the first to before the end, each within *limit* unless it is one unit."""
    offsets = [0, *accumulate(sizes)]
    found, open_ranges = [], [(0, len(sizes))] if sizes else []
    while open_ranges:
        first, end = open_ranges.pop()
        if end - first == 1 or offsets[end] - offsets[first] <= limit:
            found.append((first, end))
        else:
            cut = _cut(offsets, keys, first, end, limit // 8)
            open_ranges += [(cut, end), (first, cut)]
    return found


def _cut(offsets: Sequence[int], keys: Sequence[int], first: int, end: int, least: int) -> int:
    """The border that ranks highest, among those with *least* bytes on both sides if any; in the middle of equals."""
    low = max(bisect_left(offsets, offsets[first] + least), first + 1)
    high = min(bisect_right(offsets, offsets[end] - least), end)
    if low >= high:
        low, high = first + 1, end
    best = max(keys[low:high])
    middle = (offsets[first] + offsets[end]) // 2
    centre = min(max(bisect_left(offsets, middle), low), high)
    before, after = keys[low:centre][::-1], keys[centre:high]
    equals = [centre - 1 - before.index(best)] if best in before else []
    equals += [centre + after.index(best)] if best in after else []
    return min(equals, key=lambda cut: abs(offsets[cut] - middle))


def _without_loners(ranges: list[tuple[int, int]], sizes: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Ranges of one unit joined to a neighbour where both fit into *limit*."""
    joined: list[tuple[int, int]] = []
    for first, end in ranges:
        alone = bool(joined) and 1 in (end - first, joined[-1][1] - joined[-1][0])
        if alone and sum(sizes[joined[-1][0] : end]) <= limit:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _digest(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
