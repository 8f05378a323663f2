"""The text of a PDF."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from time import monotonic
from typing import Any

from pypdf import Configuration, PageObject, PasswordType, PdfReader, apply_configuration
from pypdf.errors import LimitReachedError

from app.documents import gaps
from app.documents.ink import Ink
from app.documents.plane import Matrix
from app.documents.text import (
    Extracted,
    ExtractionError,
    clean,
    damaged_if_it_fails,
    is_blank,
    one_line,
    refuse_longer_than,
)
from app.messages import N_, Message

MAX_PAGES = 2_000
MAX_SECONDS = 60.0
# A third of what pypdf allows. What is written on a page is far less; large streams are pictures, which are not read.
MAX_STREAM = 25_000_000
KIND = Message(N_("PDF"))
NO_TEXT = N_("This PDF holds pictures of pages, and no text. Run text recognition (OCR) on it and add the result.")
LOCKED = N_("This PDF is protected by a password. Save a copy without one, and add the copy.")
TOO_MANY_PAGES = N_("This PDF has %(pages)s pages; the limit is %(most)s. Split it and add the parts.")
TOO_COMPLICATED = N_(
    "This PDF is too complicated to read here. Split it and add the parts, or copy the text and paste it."
)
ONE_PICTURE = N_("Page %(page)s is a picture without text, so it could not be read.")
PICTURES = N_("Pages %(pages)s are pictures without text, so they could not be read.")
WRITTEN_BY = re.compile(r"^Microsoft (Word|PowerPoint|Excel) - ")
NO_TITLE = re.compile(
    r"[\W\d_]*|untitled.*|title|(word )?document ?\d*|powerpoint presentation|presentation ?\d*|"
    r".*\.(docx?|pdf|rtf|odt|txt|html?|tex|dvi|indd|qxd|pptx?|xlsx?|p65|pages)",
    re.IGNORECASE,
)

# A damaged file can cost pypdf a warning for each of its thousands of objects.
logging.getLogger("pypdf").setLevel(logging.ERROR)


def read(content: bytes, max_characters: int) -> Extracted:
    """:raises ExtractionError: when the PDF is locked, damaged, too much, or has no text."""
    with damaged_if_it_fails(KIND), _smaller_limits():
        reader = _opened(content)
        pages = list(_up_to(max_characters, reader))
    text = "\n\n".join(page.text for page in pages if page.text)
    if is_blank(text):
        raise ExtractionError(Message(NO_TEXT))
    pictures = [number for number, page in enumerate(pages, start=1) if page.is_picture]
    unseen = gaps.unseen(sum(page.unseen_words for page in pages))
    return Extracted(_title_of(reader), text, (*_pictures(pictures), *unseen))


def _smaller_limits() -> AbstractContextManager[Configuration]:
    return apply_configuration(
        zlib_maximum_output_length=MAX_STREAM,
        lzw_maximum_output_length=MAX_STREAM,
        run_length_maximum_output_length=MAX_STREAM,
        array_based_stream_maximum_output_length=MAX_STREAM,
    )


def _opened(content: bytes) -> PdfReader:
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise ExtractionError(Message(LOCKED))
    if len(reader.pages) > MAX_PAGES:
        raise ExtractionError(Message(TOO_MANY_PAGES, pages=len(reader.pages), most=MAX_PAGES))
    return reader


@dataclass(frozen=True)
class _Page:
    text: str
    is_picture: bool
    unseen_words: int


def _up_to(max_characters: int, reader: PdfReader) -> Iterator[_Page]:
    characters = 0
    for number, page in enumerate(_pages(reader), start=1):
        characters += len(page.text)
        refuse_longer_than(max_characters, characters, more_to_come=number < len(reader.pages))
        yield page


def _pages(reader: PdfReader) -> Iterator[_Page]:
    """Each page in turn, within one limit of time for all."""
    reading = _Reading()
    try:
        for page in reader.pages:
            yield reading.page(page)
    except LimitReachedError as error:
        raise ExtractionError(Message(TOO_COMPLICATED)) from error


class _Reading:
    """What is known while the pages are read: when to give up, and whether they are scans."""

    def __init__(self) -> None:
        self._deadline = monotonic() + MAX_SECONDS
        self._is_scan = False

    def page(self, page: PageObject) -> _Page:
        """Read once as a rule. Again only if it is a scan after one that is not, or to count what nobody sees.

        :raises LimitReachedError: when there is no time left.
        """
        text, ink = self._seen_on(page)
        if ink.is_scan is not None and ink.is_scan != self._is_scan:
            self._is_scan = ink.is_scan
            text, ink = self._seen_on(page)
        is_picture = ink.is_drawn_on and is_blank(text)
        return _Page(text, is_picture, self._words_left_out(page, text) if ink.left_out else 0)

    def _seen_on(self, page: PageObject) -> tuple[str, Ink]:
        ink = Ink(page, keeps_ocr=self._is_scan)

        def before(operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:
            self._give_up_when_late()
            ink.before(operator, operands, cm, tm)

        return clean(page.extract_text(visitor_operand_before=before, visitor_operand_after=ink.after)), ink

    def _words_left_out(self, page: PageObject, seen: str) -> int:
        everything = page.extract_text(visitor_operand_before=self._give_up_when_late)
        return max(len(everything.split()) - len(seen.split()), 0)

    def _give_up_when_late(self, *_: object) -> None:
        """Called at each drawing operator: a small PDF can call its forms from one another, and have millions."""
        if monotonic() > self._deadline:
            raise LimitReachedError("Out of time")


def _pictures(numbers: list[int]) -> list[Message]:
    if not numbers:
        return []
    if len(numbers) == 1:
        return [Message(ONE_PICTURE, page=str(numbers[0]))]
    return [Message(PICTURES, pages=gaps.listed(numbers))]


def _title_of(reader: PdfReader) -> str:
    """The title in the file's properties, unless a program put its own words or a file name there."""
    try:
        given = reader.metadata.title if reader.metadata else None
    except Exception:  # noqa: BLE001 - a damaged title is no reason to refuse the text
        return ""
    title = WRITTEN_BY.sub("", one_line(str(given or "")))
    return "" if NO_TITLE.fullmatch(title) or "\ufffd" in title else title
