"""The text of a Word document: paragraphs, lists and tables in the order of the page, and then its notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.parser import parse_xml

from app.documents import gaps
from app.documents.archive import WORD, safe_copy
from app.documents.runs import Looks, W
from app.documents.text import Extracted, damaged_if_it_fails, one_line
from app.messages import NN_, Message

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element as Element

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
# A chart or a diagram is drawn from figures elsewhere in the file; to the text it is a picture.
PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds",
)
PICTURES_NOT_READ = NN_("%(number)s picture was not read.", "%(number)s pictures were not read.")
COMMENTS_NOT_READ = NN_("%(number)s comment was not read.", "%(number)s comments were not read.")
NOTES = {W + "footnoteReference": RELATIONSHIP_TYPE.FOOTNOTES, W + "endnoteReference": RELATIONSHIP_TYPE.ENDNOTES}


def read(content: bytes) -> Extracted:
    """:raises ExtractionError: when the file is damaged, or made to do harm when it is opened."""
    with damaged_if_it_fails(WORD.name):
        document = Document(safe_copy(content))
        body = _Body(document)
        text = body.text()
        return Extracted(one_line(document.core_properties.title), text, tuple(body.gaps()))


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
        self._looks = Looks(document)
        self._unseen: list[str] = []
        self._notes = {tag: _notes(document, kind) for tag, kind in NOTES.items()}
        self._numbers: dict[tuple[str, str], int] = {}
        self._noted: list[Element] = []

    def text(self) -> str:
        body = _joined(self._blocks(self.element, on_paper=True))
        return "\n\n".join(filter(None, [body, *self._said_in_notes()]))

    def gaps(self) -> Iterator[Message]:
        """What is not in the text. To be asked after it."""
        yield from gaps.unseen(len("".join(self._unseen).split()))
        pictures = sum(1 for tag in PICTURES for _ in _outermost(self.element, tag))
        comments = sum(1 for _ in _outermost(self.element, W + "commentReference"))
        for number, not_read in ((pictures, PICTURES_NOT_READ), (comments, COMMENTS_NOT_READ)):
            if number:
                yield Message(*not_read, number=number)

    def _said_in_notes(self) -> Iterator[str]:
        """The notes in the order of their marks. A mark inside a note adds another while they are read."""
        for number, note in enumerate(self._noted, start=1):
            yield f"[{number}] {_joined(self._blocks(note, on_paper=True))}"

    def _blocks(self, container: Element, *, on_paper: bool) -> Iterator[tuple[str, bool]]:
        """Each paragraph and table in turn, and whether it is an item of a list."""
        for element in container.iterchildren("*"):
            if element.tag == PARAGRAPH:
                yield from self._paragraph(element, on_paper=on_paper)
            elif element.tag == TABLE:
                yield "\n".join(self._rows(element)), False
            elif element.tag not in LEFT_OUT:
                yield from self._blocks(element, on_paper=on_paper)

    def _paragraph(self, paragraph: Element, *, on_paper: bool) -> Iterator[tuple[str, bool]]:
        text = "".join(self._written(paragraph, paragraph, on_paper=on_paper)).strip()
        if text:
            is_item = self._is_item(paragraph)
            yield f"- {text}" if is_item else text, is_item
        for box in _outermost(paragraph, TEXT_BOX):
            yield from self._blocks(box, on_paper=False)

    def _written(self, element: Element, paragraph: Element, *, on_paper: bool) -> Iterator[str]:
        """The words inside *element*, but not those in its text boxes, which stand beside it on the page."""
        for child in element.iterchildren("*"):
            if child.tag in TEXTS:
                yield child.text or ""
            elif child.tag in MARKS:
                yield MARKS[child.tag]
            elif child.tag in NOTES:
                yield self._mark(child)
            elif child.tag not in LEFT_OUT and child.tag != TEXT_BOX:
                words = self._written(child, paragraph, on_paper=on_paper)
                if child.tag == RUN and self._looks.is_unseen(child, paragraph, on_paper=on_paper):
                    self._unseen += words
                else:
                    yield from words
        if element is paragraph:
            self._unseen.append(" ")

    def _mark(self, reference: Element) -> str:
        key = (reference.tag, reference.get(W + "id", ""))
        note = self._notes[key[0]].get(key[1])
        if note is None:
            return ""
        if key not in self._numbers:
            self._noted.append(note)
            self._numbers[key] = len(self._noted)
        return f"[{self._numbers[key]}]"

    def _is_item(self, paragraph: Element) -> bool:
        style = paragraph.style
        return style not in self.headings and (style in self.lists or _is_numbered(paragraph))

    def _rows(self, table: Element) -> Iterator[str]:
        for row in _outermost(table, ROW):
            cells = [" ".join(_joined(self._blocks(cell, on_paper=False)).split()) for cell in _outermost(row, CELL)]
            if any(cells):
                yield " | ".join(cells)


def _notes(document: WordDocument, kind: str) -> dict[str, Element]:
    """The document's notes by their ids, and the lines that part them from the text, to which no mark refers."""
    parts = [rel.target_part for rel in document.part.rels.values() if rel.reltype == kind and not rel.is_external]
    notes = (note for part in parts for note in parse_xml(part.blob).iterchildren("*"))
    return {note.get(W + "id", ""): note for note in notes}


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
