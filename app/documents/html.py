"""The text of an HTML page, as a reader would see it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from inscriptis.html_engine import Inscriptis
from inscriptis.html_properties import Display, WhiteSpace
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from lxml import etree

from app.documents import gaps
from app.documents.hiding import Sight
from app.documents.text import Extracted, ExtractionError, clean, damaged_if_it_fails, decode, one_line
from app.messages import N_, Message

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

KIND = Message(N_("HTML page"))
NOT_TEXT = N_("This HTML page holds bytes that are not text. Save it again from the browser.")
TOO_COMPLICATED = N_("This HTML page is built in too complicated a way to read. Copy its text and paste it.")
DECLARED = re.compile(
    rb"<meta\b[^>]*?\bcharset\s*=\s*[\"']?\s*([\w-]{1,40})|<\?xml\b[^>]*?\bencoding=[\"']([\w-]{1,40})"
)
DECLARED_WITHIN = 4096
# Beyond what anybody writes. Inscriptis calls itself for each level, and an element takes it tens of microseconds.
MAX_DEPTH = 200
MAX_ELEMENTS = 300_000
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
PARAGRAPHS = ("p", *HEADINGS, "pre", "figcaption", "caption")
# Inscriptis gives the space after a block to each block inside it, so these can only have the space before.
GROUPS = ("blockquote", "dl", "figure", "table")
SECTIONS = ("article", "aside", "center", "div", "footer", "frameset", "header", "hgroup", "main", "nav", "section")
LISTS = ("dd", "dir", "dt", "li", "menu", "ol", "ul")
FORMS = ("dialog", "details", "fieldset", "form", "legend", "optgroup", "option", "search", "summary")
LINES = (*SECTIONS, *LISTS, *FORMS, "address", "hr", "tr")
CELLS = ("td", "th")
STRUCTURE = {*PARAGRAPHS, *GROUPS, *LINES, *CELLS, "br", "html", "body"}


def read(content: bytes) -> Extracted:
    """:raises ExtractionError: when the bytes are not text, or make a page more complicated than people write."""
    return read_markup(markup_of(content))


def markup_of(content: bytes, charset: str = "") -> str:
    """*content* as text.

    :param charset: what a server said of its encoding; it outranks what the page says, as in browsers.
    :raises ExtractionError: when the bytes are not text.
    """
    markup = decode(content, declared=charset if _is_encoding(charset) else _declared_encoding(content))
    if markup is None:
        raise ExtractionError(Message(NOT_TEXT))
    return clean(markup)


def read_markup(markup: str) -> Extracted:
    with damaged_if_it_fails(KIND):
        seen = _Seen()
        page = parsed(markup, seen)
        return Extracted(one_line("".join(seen.title)), laid_out(page), gaps.unseen(seen.sight.unseen_words))


def _is_encoding(charset: str) -> bool:
    try:
        return bool(charset and codecs.lookup(charset))
    except (LookupError, ValueError):
        return False


def _declared_encoding(content: bytes) -> str:
    declared = DECLARED.search(content[:DECLARED_WITHIN])
    return (declared[1] or declared[2]).decode() if declared else ""


class Target(Protocol):
    """What a parser tells of a page."""

    too_much: bool

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> Element: ...


class _Seen:
    """What a reader sees, gathered while the parser goes through the page: text, and what begins a line.

    Other elements dissolve into the text around them. Inscriptis, like lxml when elements are removed from a
    finished page, takes quadratic time for a line of many elements, and a page could be made of one such line.
    """

    def __init__(self) -> None:
        self.title: list[str] = []
        self.too_much = False
        self.sight = Sight()
        self._tree = etree.TreeBuilder()
        self._open: list[str] = []
        self._begun: list[bool] = []
        self._elements = 0
        self._in_title = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.sight.enter(tag, attributes)
        begins = tag in STRUCTURE and not self.sight.is_gone and not self.too_much
        self._begun.append(begins)
        if begins:
            self._begin(tag)
        elif tag == "q" and self.sight.is_clear:
            self._tree.data('"')
        self._in_title |= tag == "title" and not self.sight.is_gone

    def _begin(self, tag: str) -> None:
        self._tree.start(tag, {})
        self._open.append(tag)
        self._elements += 1
        self.too_much = len(self._open) > MAX_DEPTH or self._elements > MAX_ELEMENTS

    def end(self, tag: str) -> None:
        if self._begun.pop():
            self._tree.end(self._open.pop())
        elif tag == "q" and self.sight.is_clear:
            self._tree.data('"')
        self.sight.leave()
        self._in_title &= tag != "title"

    def data(self, text: str) -> None:
        if self._in_title:
            self.title.append(text)
        elif self.sight.sees(text) and not self.too_much:
            # Inscriptis resolves character references a second time, which would turn a shown "&lt;" into "<".
            self._tree.data(text.replace("&", "&amp;"))

    def close(self) -> Element:
        while self._open:
            self._tree.end(self._open.pop())
        return self._tree.close()


def parsed(markup: str, target: Target) -> Element:
    """:raises ExtractionError: when the target says that the page is too much."""
    parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True, huge_tree=True)
    # Given as bytes, because lxml refuses text with an XML declaration that names an encoding.
    page = etree.fromstring(markup.encode(), parser)
    if target.too_much:
        raise ExtractionError(Message(TOO_COMPLICATED))
    return page


def laid_out(page: Element) -> str:
    """The text of a tree that holds nothing but the structure of a page, in lines and paragraphs."""
    for row in list(page.iter("tr")):
        _put_on_one_line(row)
    text: str = Inscriptis(page, _layout()).get_text()
    return text


def _put_on_one_line(row: Element) -> None:
    """Join the cells of a table's row. In a table that only lays out the page, cells become blocks.

    Inscriptis would align the columns with blanks, without bound when one cell of a long table is wide.
    """
    cells = list(row)
    if _is_text(row.text) or any(_is_text(cell.tail) or _holds_blocks(cell) for cell in cells):
        for cell in row.iterchildren(*CELLS):
            cell.tag = "div"
        return
    texts = [" ".join(" ".join(cell.itertext()).split()) for cell in cells]
    row.clear(keep_tail=True)
    row.text = " | ".join(texts) if any(texts) else None


def _is_text(between: str | None) -> bool:
    return bool(between and between.strip())


def _holds_blocks(cell: Element) -> bool:
    return cell.tag not in CELLS or any(inner.tag != "br" for inner in cell.iterdescendants())


def _layout() -> ParserConfig:
    """The style sheet, made anew for each page.

    Inscriptis keeps the page being laid out in the "body" of the sheet, so one shared by two threads would mix
    two people's documents.
    """
    css = {tag: HtmlElement(display=Display.block, margin_before=1, margin_after=1) for tag in PARAGRAPHS}
    css |= {tag: HtmlElement(display=Display.block, margin_before=1) for tag in GROUPS}
    css |= {tag: HtmlElement(display=Display.block) for tag in LINES}
    css["body"] = HtmlElement(whitespace=WhiteSpace.normal)
    css["pre"].whitespace = WhiteSpace.pre
    # Rows have become lines by now; without these two, tables are blocks like others.
    as_lists = CustomHtmlTagHandlerMapping({"ul": _begin_list, "table": None, "tr": None}, {"table": None})
    return ParserConfig(css=css, custom_html_tag_handler_mapping=as_lists)


def _begin_list(state: HtmlDocumentState, _: object) -> None:
    state.li_counter.append("- ")
