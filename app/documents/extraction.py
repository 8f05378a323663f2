"""Turns an uploaded file into text. What kind of file it is, its content says; its name is only asked about text."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import PurePath
from zipfile import ZipFile

from app.documents import markdown
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

__all__ = ["Extracted", "ExtractionError", "extract"]

ACCEPTED = "Add a text (.txt), Markdown (.md), HTML, PDF or Word (.docx) file, or paste the text."
SNIFFED = 65_536
PDF_BEGINS_WITHIN = 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
OTHER_KINDS = (
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG\r\n\x1a\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x1f\x8b", "a packed archive"),
    (b"7z\xbc\xaf\x27\x1c", "a packed archive"),
    (b"Rar!\x1a\x07", "a packed archive"),
)
OTHER_ARCHIVES = (
    ("xl/workbook.xml", "an Excel workbook"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("META-INF/container.xml", "an e-book"),
    ("META-INF/manifest.xml", "an OpenDocument file"),
)
# Atomic groups: a page that begins with thousands of comments must not be tried in every way they could be paired.
HTML_BEGINS = re.compile(
    r"(?>\s*(?:<!--.*?-->|<\?.*?>))*+\s*<(?:!doctype\s+html|html|head|body|title|meta)\b", re.DOTALL | re.IGNORECASE
)
ANY_TAG = re.compile(r"<[a-z][a-z0-9-]*[\s/>]", re.IGNORECASE)


def extract(filename: str, content: bytes, max_characters: int) -> Extracted:
    """The text of the file, and its title if the file gives one.

    :raises ExtractionError: when there is no text to be had, or more than *max_characters*.
    """
    found = _read(filename, content, max_characters)
    text = clean(found.text)
    if is_blank(text):
        raise ExtractionError("There is no text in this file. Choose another file, or paste the text.")
    refuse_longer_than(max_characters, len(text))
    return Extracted(found.title, text)


def _read(filename: str, content: bytes, max_characters: int) -> Extracted:
    """Each format's parser is imported when the first file of its kind comes, so that the web starts fast."""
    if _is_pdf(content):
        from app.documents import pdf

        return pdf.read(content, max_characters)
    _refuse_other_kinds(content)
    if content.startswith(b"PK"):
        return _read_archive(content)
    if _is_html(filename, content):
        from app.documents import html

        return html.read(content)
    return _read_text(filename, content)


def _is_pdf(content: bytes) -> bool:
    """Some PDFs have stray bytes before their mark. A text about PDF may show the mark, but not what ends a PDF."""
    return content.startswith(b"%PDF-") or (b"%PDF-" in content[:PDF_BEGINS_WITHIN] and b"startxref" in content)


def _refuse_other_kinds(content: bytes) -> None:
    if content.startswith(OLE) and ENCRYPTED_OFFICE in content:
        raise ExtractionError("This document is protected by a password. Save a copy without one, and add the copy.")
    if content.startswith(OLE):
        raise ExtractionError(
            "This is a file of an old version of Office, such as .doc. Save it as .docx and add that."
        )
    for mark, kind in OTHER_KINDS:
        if content.startswith(mark):
            raise ExtractionError(f"This is {kind}. {ACCEPTED}")


def _read_archive(content: bytes) -> Extracted:
    with damaged_if_it_fails("ZIP archive or Word document"), ZipFile(BytesIO(content)) as archive:
        names = set(archive.namelist())
    if "word/document.xml" not in names:
        kind = next((kind for name, kind in OTHER_ARCHIVES if name in names), "a ZIP archive")
        raise ExtractionError(f"This is {kind}. {ACCEPTED}")
    from app.documents import docx

    return docx.read(content)


def _is_html(filename: str, content: bytes) -> bool:
    beginning = content[:SNIFFED].decode(marked_encoding(content) or "latin-1", "replace")
    named_so = PurePath(filename).suffix.lower() in (".html", ".htm", ".xhtml")
    return bool(HTML_BEGINS.match(beginning.lstrip("\ufeff")) or (named_so and ANY_TAG.search(beginning)))


def _read_text(filename: str, content: bytes) -> Extracted:
    text = decode(content)
    if text is None:
        raise ExtractionError(f"This file is not text. {ACCEPTED}")
    is_markdown = PurePath(filename).suffix.lower() in (".md", ".markdown")
    return Extracted(one_line(markdown.title_of(clean(text))) if is_markdown else "", text)
