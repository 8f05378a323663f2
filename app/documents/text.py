"""What every format ends as: clean text, or a reason in plain words why there is none."""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.messages import N_, Message

TITLE_MAX = 300
GUESSED_FROM = 100_000
# Eight bits tell nothing of the language they were written in, so the guess is among what people really have.
LIKELY_ENCODINGS = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "iso8859_2", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
# What browsers read when a page names the encoding on the left.
WIDER_ENCODINGS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
CHARACTER_ENCODING = re.compile(r"utf-8|cp\d+|iso8859-\d+|iso2022_jp|koi8-[ru]|gb18030|big5|euc_jp|mac-\w+")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 first: its little-endian mark begins with the one of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
NEVER_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
BLANK_LINES = re.compile(r"\n{3,}")

DAMAGED = N_(
    "This %(kind)s could not be read; it may be damaged. Open it in the program that made it, save it again, and try "
    "that file. Or copy the text and paste it."
)
TOO_LONG = N_("This document has %(characters)s characters; the limit is %(most)s. Split it and add the parts.")
TOO_LONG_AT_LEAST = N_(
    "This document has more than %(characters)s characters; the limit is %(most)s. Split it and add the parts."
)

log = logging.getLogger("foreword.documents")


class ExtractionError(Exception):
    """No text could be had; the message tells the person what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Extracted:
    """What a file says. The title is empty when the file gives none.

    ``gaps`` says in whole sentences what of the file is not in the text, and why.
    """

    title: str
    text: str
    gaps: tuple[Message, ...] = ()


@contextmanager
def damaged_if_it_fails(what: Message) -> Iterator[None]:
    """Around calls of a parsing library only: whatever it raises on a strange file becomes an :class:`ExtractionError`.

    The exception is logged, so that a fault of ours in there is still found.
    """
    try:
        yield
    except (ExtractionError, MemoryError):  # whoever confines memory has words of their own
        raise
    except Exception as error:
        log.warning("Could not read: %s", what.sentence, exc_info=True)
        raise ExtractionError(Message(DAMAGED, kind=what)) from error


def decode(content: bytes, declared: str = "") -> str | None:
    """*content* as text, or None when these bytes are not text.

    :param declared: the encoding that the file names for itself, if any; a byte order mark outranks it.
    """
    marked = marked_encoding(content)
    if marked:
        return _strictly(content, marked)
    if b"\x00" in content:
        return None
    text = _as_declared(content, declared) or _strictly(content, "utf-8") or _best_guess(content)
    return None if text is None or _mostly_control(text) else text


def marked_encoding(content: bytes) -> str:
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS if content.startswith(mark)), "")


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _as_declared(content: bytes, declared: str) -> str | None:
    """What a browser would show: bytes that do not fit the declared encoding are replaced, unless all fit UTF-8."""
    encoding = _known_encoding(declared)
    if not encoding:
        return None
    return _strictly(content, encoding) or _strictly(content, "utf-8") or content.decode(encoding, "replace")


def _known_encoding(label: str) -> str:
    """Python's name for *label*, if it names an encoding of characters.

    Python also knows punycode, unicode_escape and the like, which no page may choose.
    """
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    name = WIDER_ENCODINGS.get(name, name)
    return name if CHARACTER_ENCODING.fullmatch(name) else ""


def _best_guess(content: bytes) -> str | None:
    from charset_normalizer import from_bytes

    guesses = from_bytes(content, cp_isolation=LIKELY_ENCODINGS)
    best = guesses.best()
    if best is None:
        return None
    # Among guesses that are equally clean, the Western one is nearly always right; the library prefers cp1250.
    western = (guess for guess in guesses if guess.chaos <= best.chaos and "cp1252" in guess.could_be_from_charset)
    return str(next(western, best))


def _mostly_control(text: str) -> bool:
    beginning = text[:GUESSED_FROM]
    return len(NEVER_TEXT.findall(beginning)) * 20 > len(beginning)


def clean(text: str) -> str:
    """*text* with one kind of line ending, no trailing blanks, no wide gaps, and nothing that cannot be stored."""
    text = NEVER_TEXT.sub("", LINE_ENDS.sub("\n", text)).removeprefix("\ufeff")
    # Not a pattern of blanks before a line end: that takes quadratic time on a megabyte of blanks.
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return BLANK_LINES.sub("\n\n", lines).strip("\n")


def one_line(title: str) -> str:
    return " ".join(clean(title).split())[:TITLE_MAX].rstrip()


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: only spaces, line ends, and characters without width."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def refuse_longer_than(limit: int, characters: int, *, more_to_come: bool = False) -> None:
    """:raises ExtractionError: when *characters* are more than *limit*."""
    if characters > limit:
        sentence = TOO_LONG_AT_LEAST if more_to_come else TOO_LONG
        raise ExtractionError(Message(sentence, characters=characters, most=limit))
