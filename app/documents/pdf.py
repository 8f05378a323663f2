"""The text of a PDF."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from time import monotonic

from pypdf import Configuration, PasswordType, PdfReader, apply_configuration
from pypdf.errors import LimitReachedError

from app.documents.text import (
    Extracted,
    ExtractionError,
    clean,
    damaged_if_it_fails,
    is_blank,
    one_line,
    refuse_longer_than,
)

MAX_PAGES = 2_000
MAX_SECONDS = 60.0
# A third of what pypdf allows. What is written on a page is far less; large streams are pictures, which are not read.
MAX_STREAM = 25_000_000
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
    with damaged_if_it_fails("PDF"), _smaller_limits():
        reader = _opened(content)
        text = _text_of(reader, max_characters)
    if is_blank(text):
        raise ExtractionError(
            "This PDF holds pictures of pages, and no text. Run text recognition (OCR) on it and add the result."
        )
    return Extracted(_title_of(reader), text)


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
        raise ExtractionError("This PDF is protected by a password. Save a copy without one, and add the copy.")
    if len(reader.pages) > MAX_PAGES:
        raise ExtractionError(
            f"This PDF has {len(reader.pages):,} pages; the limit is {MAX_PAGES:,}. Split it and add the parts."
        )
    return reader


def _text_of(reader: PdfReader, max_characters: int) -> str:
    pages: list[str] = []
    characters = 0
    for page in _pages(reader):
        pages.append(page)
        characters += len(page)
        refuse_longer_than(max_characters, characters, more_to_come=len(pages) < len(reader.pages))
    return "\n\n".join(page for page in pages if page)


def _pages(reader: PdfReader) -> Iterator[str]:
    """The text of each page in turn, within one limit of time for all.

    The clock is read at each drawing operator, because a small PDF can call its forms from one another so
    that a single page has millions.
    """
    deadline = monotonic() + MAX_SECONDS

    def give_up_when_late(*_: object) -> None:
        if monotonic() > deadline:
            raise LimitReachedError("Out of time")

    try:
        for page in reader.pages:
            give_up_when_late()
            yield clean(page.extract_text(visitor_operand_before=give_up_when_late))
    except LimitReachedError as error:
        raise ExtractionError(
            "This PDF is too complicated to read here. Split it and add the parts, or copy the text and paste it."
        ) from error


def _title_of(reader: PdfReader) -> str:
    """The title in the file's properties, unless a program put its own words or a file name there."""
    try:
        given = reader.metadata.title if reader.metadata else None
    except Exception:  # noqa: BLE001 - a damaged title is no reason to refuse the text
        return ""
    title = WRITTEN_BY.sub("", one_line(str(given or "")))
    return "" if NO_TITLE.fullmatch(title) or "\ufffd" in title else title
