"""Turns an uploaded file into text. What kind of file it is, its content says; its name is only asked about text."""

from __future__ import annotations

import re
from pathlib import PurePath

from app.documents import markdown
from app.documents.archive import names_in
from app.documents.text import (
    Extracted,
    ExtractionError,
    clean,
    damaged_if_it_fails,
    decode,
    is_blank,
    marked_encoding,
    one_line,
    refuse_longer_than,
)
from app.messages import N_, Message

__all__ = ["Extracted", "ExtractionError", "extract"]

ACCEPTED = Message(N_("Add a text (.txt), Markdown (.md), HTML, PDF, Word (.docx) or EPUB file, or paste the text."))
OTHER_KIND = N_("This is %(kind)s. %(accepted)s")
NOT_TEXT = N_("This file is not text. %(accepted)s")
LOCKED = N_("This document is protected by a password. Save a copy without one, and add the copy.")
OLD_OFFICE = N_("This is a file of an old version of Office, such as .doc. Save it as .docx and add that.")
BOOK = "META-INF/container.xml"
HTML_NAMES = (".html", ".htm", ".xhtml")
MARKDOWN_NAMES = (".md", ".markdown")
TEXT_NAMES = (".txt", *MARKDOWN_NAMES)
NO_TEXT = N_("There is no text in this file. Choose another file, or paste the text.")
ARCHIVE = Message(N_("ZIP archive, Word document or e-book"))
SNIFFED = 65_536
PDF_BEGINS_WITHIN = 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
OTHER_KINDS = (
    (b"{\\rtf", N_("an RTF document")),
    (b"\x89PNG\r\n\x1a\n", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"RIFF", N_("a picture, sound or film")),
    (b"II*\x00", N_("a picture")),
    (b"MM\x00*", N_("a picture")),
    (b"\x1f\x8b", N_("a packed archive")),
    (b"7z\xbc\xaf\x27\x1c", N_("a packed archive")),
    (b"Rar!\x1a\x07", N_("a packed archive")),
)
OTHER_ARCHIVES = (
    ("xl/workbook.xml", N_("an Excel workbook")),
    ("ppt/presentation.xml", N_("a PowerPoint presentation")),
    ("META-INF/manifest.xml", N_("an OpenDocument file")),
)
# Atomic groups: a page that begins with thousands of comments must not be tried in every way they could be paired.
HTML_BEGINS = re.compile(
    r"(?>\s*(?:<!--.*?-->|<\?.*?>))*+\s*<(?:!doctype\s+html|html|head|body|title|meta)\b", re.DOTALL | re.IGNORECASE
)
ANY_TAG = re.compile(r"<[a-z][a-z0-9-]*[\s/>]", re.IGNORECASE)


def extract(
    filename: str, content: bytes, max_characters: int, *, page_of: str | None = None, charset: str = ""
) -> Extracted:
    """The text of the file, and its title if the file gives one.

    :param page_of: the address that the content was fetched from. Of a web page, only the main text is then taken.
    :param charset: the encoding that the server named, if any.
    :raises ExtractionError: when there is no text to be had, or more than *max_characters*.
    """
    found = _read_binary(content, max_characters)
    if found is None and _is_html(filename, content, fetched=page_of is not None):
        found = _read_page(content, page_of, charset)
    found = found or _read_text(filename, content, charset)
    text = clean(found.text)
    if is_blank(text):
        raise ExtractionError(Message(NO_TEXT))
    refuse_longer_than(max_characters, len(text))
    return Extracted(found.title, text, found.gaps)


def refuse_at_once(content: bytes) -> None:
    """Refuse what the first look shows to be none of the files that are read; cheap enough for a request.

    :raises ExtractionError: for an empty file, a picture, an old or a locked Office file, and other bytes.
    """
    if not content.strip():
        raise ExtractionError(Message(NO_TEXT))
    _refuse_other_kinds(content)
    beginning = content[:PDF_BEGINS_WITHIN]
    if not (content.startswith(b"PK") or _is_pdf(content) or marked_encoding(content)) and b"\x00" in beginning:
        raise ExtractionError(Message(NOT_TEXT, accepted=ACCEPTED))


def _read_binary(content: bytes, max_characters: int) -> Extracted | None:
    """A file in one of the formats that are not written as text, or None.

    Each format's parser is imported when the first file of its kind comes, so that the web starts fast.
    """
    if _is_pdf(content):
        from app.documents import pdf

        return pdf.read(content, max_characters)
    _refuse_other_kinds(content)
    if content.startswith(b"PK"):
        return _read_archive(content, max_characters)
    return None


def _read_page(content: bytes, page_of: str | None, charset: str) -> Extracted:
    if page_of is not None:
        from app.documents import webpage

        return webpage.read(content, charset, page_of)
    from app.documents import html

    return html.read(content)


def _is_pdf(content: bytes) -> bool:
    """Some PDFs have stray bytes before their mark. A text about PDF may show the mark, but not what ends a PDF."""
    return content.startswith(b"%PDF-") or (b"%PDF-" in content[:PDF_BEGINS_WITHIN] and b"startxref" in content)


def _refuse_other_kinds(content: bytes) -> None:
    if content.startswith(OLE) and ENCRYPTED_OFFICE in content:
        raise ExtractionError(Message(LOCKED))
    if content.startswith(OLE):
        raise ExtractionError(Message(OLD_OFFICE))
    for mark, kind in OTHER_KINDS:
        if content.startswith(mark):
            raise _of_another_kind(kind)


def _read_archive(content: bytes, max_characters: int) -> Extracted:
    with damaged_if_it_fails(ARCHIVE):
        names = names_in(content)
    if "word/document.xml" in names:
        from app.documents import docx

        return docx.read(content)
    if BOOK in names:
        from app.documents import epub

        return epub.read(content, max_characters)
    raise _of_another_kind(next((kind for name, kind in OTHER_ARCHIVES if name in names), N_("a ZIP archive")))


def _of_another_kind(kind: str) -> ExtractionError:
    return ExtractionError(Message(OTHER_KIND, kind=Message(kind), accepted=ACCEPTED))


def _is_html(filename: str, content: bytes, *, fetched: bool) -> bool:
    """Names of pages on the web say little, so one that begins with some tag is taken for a page."""
    beginning = content[:SNIFFED].decode(marked_encoding(content) or "latin-1", "replace").lstrip("\ufeff")
    suffix = PurePath(filename).suffix.lower()
    likely = suffix in HTML_NAMES or (fetched and suffix not in TEXT_NAMES and beginning.lstrip().startswith("<"))
    return bool(HTML_BEGINS.match(beginning) or (likely and ANY_TAG.search(beginning)))


def _read_text(filename: str, content: bytes, charset: str) -> Extracted:
    text = decode(content, declared=charset)
    if text is None:
        raise ExtractionError(Message(NOT_TEXT, accepted=ACCEPTED))
    is_markdown = PurePath(filename).suffix.lower() in MARKDOWN_NAMES
    return Extracted(one_line(markdown.title_of(clean(text))) if is_markdown else "", text)
