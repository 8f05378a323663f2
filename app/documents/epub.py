"""The text of an e-book (EPUB): its chapters in the order in which they are read."""

from __future__ import annotations

import posixpath
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import BadZipFile

from lxml import etree

from app.documents import gaps, html
from app.documents.archive import EPUB, Archive
from app.documents.text import (
    Extracted,
    ExtractionError,
    clean,
    damaged_if_it_fails,
    is_blank,
    one_line,
    refuse_longer_than,
)
from app.messages import N_, NN_, Message

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
# Some books define entities of their own here. The parser of pages knows no such place, and would show its end.
INTERNAL_SUBSET = re.compile(rb"(<!DOCTYPE[^>\[]*)\[[^\]]*\]", re.IGNORECASE)
NO_TEXT = N_("This e-book holds pictures, and no text. Choose another file, or paste the text.")
LOCKED = N_("This e-book is protected by DRM, so its text cannot be read here. Add a copy without protection.")
MISSING = NN_(
    "%(number)s of the book's %(chapters)s chapters could not be read, because it is missing or damaged.",
    "%(number)s of the book's %(chapters)s chapters could not be read, because they are missing or damaged.",
)
BESIDE = NN_(
    "%(number)s part beside the reading order, such as notes, was left out.",
    "%(number)s parts beside the reading order, such as notes, were left out.",
)
BROKEN_MEMBER = (KeyError, BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error)


def read(content: bytes, max_characters: int) -> Extracted:
    """:raises ExtractionError: when the book is locked, damaged, made to do harm, too long, or has no text."""
    with damaged_if_it_fails(EPUB.name):
        book = _Book(Archive(content, EPUB))
        chapters = list(book.chapters(max_characters))
        missing = chapters.count(None)
        if missing == len(chapters):
            raise ValueError("None of the chapters can be read")
        beside = book.parts_beside()
    found = [chapter for chapter in chapters if chapter]
    text = "\n\n".join(chapter.text for chapter in found if not is_blank(chapter.text))
    if is_blank(text):
        raise ExtractionError(Message(NO_TEXT))
    said = [Message(*MISSING, number=missing, chapters=len(chapters))] if missing else []
    said += [Message(*BESIDE, number=beside)] if beside else []
    inside = gaps.together(gap for chapter in found for gap in chapter.gaps)
    return Extracted(book.title, text, (*said, *inside))


class _Book:
    """A book's package: what it is called, and which files are read in which order."""

    def __init__(self, archive: Archive) -> None:
        """:raises ExtractionError: when a part that must be read is encrypted."""
        self._archive = archive
        package_name = _attribute(_parsed(archive, CONTAINER), "rootfile", "full-path")
        encrypted = set(_encrypted(archive))
        _refuse_if_among(encrypted, [package_name])
        package = _parsed(archive, package_name)
        self.title = one_line(next((text for text in _texts(package, "title") if not is_blank(text)), ""))
        self._chapters, self._beside = _spine(package, package_name, archive.names)
        _refuse_if_among(encrypted, [*self._chapters, *self._beside])

    def chapters(self, max_characters: int) -> Iterator[Extracted | None]:
        """Each in turn, or None for one that is missing or damaged.

        :raises ExtractionError: when those so far have more than *max_characters*.
        """
        characters = 0
        for number, name in enumerate(self._chapters, start=1):
            chapter = self._chapter(name)
            characters += len(chapter.text) if chapter else 0
            refuse_longer_than(max_characters, characters, more_to_come=number < len(self._chapters))
            yield chapter

    def parts_beside(self) -> int:
        """How many parts with text the book keeps out of its reading order, such as notes or answers."""
        return sum(bool(part and not is_blank(part.text)) for part in map(self._chapter, self._beside))

    def _chapter(self, name: str) -> Extracted | None:
        try:
            content = self._archive.markup(name)
        except BROKEN_MEMBER:
            return None
        try:
            found = html.read(INTERNAL_SUBSET.sub(rb"\1", content, count=1))
        except ExtractionError:
            return None
        return Extracted(found.title, clean(found.text), found.gaps)


def _refuse_if_among(encrypted: set[str], names: Iterable[str]) -> None:
    if not encrypted.isdisjoint(names):
        raise ExtractionError(Message(LOCKED))


def _parsed(archive: Archive, name: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    return etree.fromstring(archive.xml(name, "<!ENTITY").encode(), parser)


def _encrypted(archive: Archive) -> Iterator[str]:
    """The names of what is encrypted. Many books only scramble their fonts, so that nobody lifts them out."""
    if ENCRYPTION in archive.names:
        for reference in _all(_parsed(archive, ENCRYPTION), "CipherReference"):
            yield _name_in(archive.names, "", reference.get("URI") or "")


def _spine(package: Element, package_name: str, names: set[str]) -> tuple[list[str], list[str]]:
    """The files to read in turn, each once however often it is listed, and those beside the reading order.

    A table of contents says nothing that the chapters do not.
    """
    items = {item.get("id"): item for spot in _all(package, "manifest") for item in _all(spot, "item")}
    in_turn: dict[str, bool] = {}
    for entry in _all(package, "itemref"):
        item = items.get(entry.get("idref"))
        if item is not None and "nav" in item.get("properties", "").split():
            continue
        # One that is not in the manifest keeps its id, so that it is counted as a chapter that is missing.
        href = f"#{entry.get('idref')}" if item is None else item.get("href", "")
        name = href if item is None else _name_in(names, posixpath.dirname(package_name), href)
        in_turn.setdefault(name, entry.get("linear") == "no")
    return [name for name, beside in in_turn.items() if not beside], [name for name in in_turn if in_turn[name]]


def _name_in(names: set[str], folder: str, href: str) -> str:
    """The member that an address in the book means. None lies outside: the archive is only asked by name."""
    plain = href.partition("#")[0]
    spellings = [
        posixpath.normpath("/" + posixpath.join(folder, spelt)).lstrip("/") for spelt in (unquote(plain), plain)
    ]
    return next((spelling for spelling in spellings if spelling in names), spellings[0])


def _all(element: Element, name: str) -> Iterator[Element]:
    """By their local names: the name spaces differ between versions, and some books have none."""
    found: Iterator[Element] = element.iter(f"{{*}}{name}")
    return found


def _attribute(element: Element, name: str, attribute: str) -> str:
    return next((found.get(attribute) or "" for found in _all(element, name)), "")


def _texts(element: Element, name: str) -> Iterable[str]:
    return ("".join(found.itertext()) for found in _all(element, name))
