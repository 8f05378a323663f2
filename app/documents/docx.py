"""The text of a Word document: paragraphs, lists and tables in the order of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from docx import Document
from docx.oxml.ns import nsmap

from app.documents.archive import safe_copy
from app.documents.text import Extracted, damaged_if_it_fails, one_line

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element as Element

W = f"{{{nsmap['w']}}}"
PARAGRAPH, TABLE, ROW, CELL, RUN, TEXT_BOX = (W + name for name in ("p", "tbl", "tr", "tc", "r", "txbxContent"))
TEXTS = {W + "t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"}
MARKS = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
# Deleted and moved-away text is no longer said; a ruby text (rt) and a Fallback repeat what stands beside them.
LEFT_OUT = {
    *(W + name for name in ("pPr", "rPr", "sdtPr", "sectPr", "del", "moveFrom", "rt")),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
HEADING_STYLES = ("heading", "title", "subtitle")
LIST_STYLES = ("list bullet", "list number")
OFF = {"0", "false", "off"}


def read(content: bytes) -> Extracted:
    """:raises ExtractionError: when the file is damaged, or made to do harm when it is opened."""
    with damaged_if_it_fails("Word document"):
        document = Document(safe_copy(content))
        return Extracted(one_line(document.core_properties.title), _Body(document).text())


class _Body:
    """The body, walked as XML.

    python-docx gives a paragraph's text without tracked insertions and content controls, and a merged cell
    once for each column it spans.
    """

    def __init__(self, document: WordDocument) -> None:
        self.element = document.element.body
        names = {style.style_id: (style.name or "").lower() for style in document.styles}
        self.headings = {id_ for id_, name in names.items() if name.startswith(HEADING_STYLES)}
        self.lists = {style.style_id for style in document.styles if _is_numbered(style.element)}
        self.lists |= {id_ for id_, name in names.items() if name.startswith(LIST_STYLES)}

    def text(self) -> str:
        return _joined(self._blocks(self.element))

    def _blocks(self, container: Element) -> Iterator[tuple[str, bool]]:
        """Each paragraph and table in turn, and whether it is an item of a list."""
        for element in container.iterchildren("*"):
            if element.tag == PARAGRAPH:
                yield from self._paragraph(element)
            elif element.tag == TABLE:
                yield "\n".join(self._rows(element)), False
            elif element.tag not in LEFT_OUT:
                yield from self._blocks(element)

    def _paragraph(self, paragraph: Element) -> Iterator[tuple[str, bool]]:
        text = "".join(_written(paragraph)).strip()
        if text:
            is_item = self._is_item(paragraph)
            yield f"- {text}" if is_item else text, is_item
        for box in _outermost(paragraph, TEXT_BOX):
            yield from self._blocks(box)

    def _is_item(self, paragraph: Element) -> bool:
        style = paragraph.style
        return style not in self.headings and (style in self.lists or _is_numbered(paragraph))

    def _rows(self, table: Element) -> Iterator[str]:
        for row in _outermost(table, ROW):
            cells = [" ".join(_joined(self._blocks(cell)).split()) for cell in _outermost(row, CELL)]
            if any(cells):
                yield " | ".join(cells)


def _written(element: Element) -> Iterator[str]:
    """The words inside *element*, but not those in its text boxes, which stand beside it on the page."""
    for child in element.iterchildren("*"):
        if child.tag in TEXTS:
            yield child.text or ""
        elif child.tag in MARKS:
            yield MARKS[child.tag]
        elif child.tag not in LEFT_OUT and child.tag != TEXT_BOX and not _is_hidden(child):
            yield from _written(child)


def _is_hidden(element: Element) -> bool:
    return element.tag == RUN and _is_on(element.find(f"{W}rPr/{W}vanish"))


def _is_on(switch: Element | None) -> bool:
    return switch is not None and switch.get(W + "val", "true") not in OFF


def _is_numbered(element: Element) -> bool:
    """Whether a paragraph, or a style, asks for a bullet or a number. Number 0 is how one says: none after all."""
    number = element.find(f"{W}pPr/{W}numPr/{W}numId")
    return number is not None and number.get(W + "val") != "0"


def _outermost(element: Element, tag: str) -> Iterator[Element]:
    for child in element.iterchildren("*"):
        if child.tag == tag:
            yield child
        elif child.tag not in LEFT_OUT:
            yield from _outermost(child, tag)


def _joined(blocks: Iterable[tuple[str, bool]]) -> str:
    """Blocks with a blank line between them; the items of a list follow one another without."""
    pieces: list[str] = []
    after_item = False
    for text, is_item in blocks:
        pieces += ["\n" if after_item and is_item else "\n\n", text]
        after_item = is_item
    return "".join(pieces[1:])
