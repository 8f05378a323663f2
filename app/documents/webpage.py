"""The main text of a page of the web: what people went there to read, without what stands around it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import lxml.html
from lxml import etree

from app.documents import html
from app.documents.hiding import Sight
from app.documents.text import Extracted, ExtractionError, clean, is_blank, one_line
from app.messages import N_, Message

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

NEEDS_SCRIPTS = N_(
    "This page shows its text only with scripts, so it cannot be read from here. Open it in your browser, save it and "
    "add the file, or copy the text and paste it."
)
# Beyond these, looking for the main text takes too long; such a page is read as a whole.
MAX_DEPTH = 250
MAX_ELEMENTS = 30_000
MAX_CHARACTERS = 3_000_000
# Hardly anything, where there is this many times as much on the page.
HARDLY_ANY = 200
MUCH_MORE = 4
# Not the others: trafilatura knows some in which sites keep their texts for scripts, where nobody sees them.
ATTRIBUTES = {"class", "id", "role", "href", "rel", "itemprop", "itemtype", "name", "property", "content", "start"}
SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
SEPARATOR = re.compile(r"\s+(?:[|•·»«:/]|::|-|–|—)\s+")
TAGS = {"head": "h2", "item": "li", "quote": "blockquote", "lb": "br", "row": "tr", "cell": "td"}

log = logging.getLogger("foreword.documents")


def read(content: bytes, charset: str = "", address: str = "") -> Extracted:
    """
    :param charset: what the server said of the encoding, if anything.
    :param address: where the page was found.
    :raises ExtractionError: when there is no text, or the page is more complicated than people write.
    """
    markup = html.markup_of(content, charset)
    whole = html.read_markup(markup)
    if is_blank(whole.text) and SCRIPT.search(markup):
        raise ExtractionError(Message(NEEDS_SCRIPTS))
    page = _seen(markup)
    if page is None:
        return whole
    main = clean(_main_text(page, address))
    text = whole.text if _is_hardly_any(main, whole.text) or _is_glued(main, whole.text) else main
    return Extracted(_title(page, whole.title, address), text, whole.gaps)


def _is_hardly_any(main: str, whole: str) -> bool:
    return is_blank(main) or (len(main) < HARDLY_ANY and len(main) * MUCH_MORE < len(whole))


def _is_glued(main: str, whole: str) -> bool:
    """Whether this is what trafilatura makes of a page that it cannot make out: all of its texts in one line."""
    return "\n" not in main and main not in whole


class _Page:
    """All that is seen of a page, and what tells a menu from a text."""

    def __init__(self) -> None:
        self.too_much = False
        self._sight = Sight()
        self._tree = etree.TreeBuilder(parser=lxml.html.HTMLParser())
        self._kept: list[str] = []
        self._elements = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._sight.enter(tag, attributes)
        if self._sight.is_gone or self.too_much:
            self._kept.append("")
            return
        self._kept.append(tag)
        self._tree.start(tag, {name: value for name, value in attributes.items() if name in ATTRIBUTES})
        self._elements += 1
        self.too_much = len(self._kept) > MAX_DEPTH or self._elements > MAX_ELEMENTS

    def end(self, _: str) -> None:
        if tag := self._kept.pop():
            self._tree.end(tag)
        self._sight.leave()

    def data(self, text: str) -> None:
        if self._sight.sees(text) and not self.too_much:
            self._tree.data(text)

    def close(self) -> Element:
        while self._kept:
            if tag := self._kept.pop():
                self._tree.end(tag)
        return self._tree.close()


def _seen(markup: str) -> Element | None:
    if len(markup) > MAX_CHARACTERS:
        return None
    try:
        return html.parsed(markup, _Page())
    except ExtractionError:
        return None


def _main_text(page: Element, address: str) -> str:
    """Empty when there is none, and when trafilatura stumbles over a strange page: then the whole of it is read."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    try:
        found = bare_extraction(page, url=address or None, include_comments=False, include_formatting=False)
        return html.laid_out(_as_html(found.body)) if isinstance(found, Document) else ""
    except Exception:
        log.warning("The main text of a page could not be told from the rest", exc_info=True)
        return ""


def _as_html(body: Element) -> Element:
    """Trafilatura's own elements under their names in HTML; what only changes the look dissolves into its text."""
    for element in body.iter("*"):
        element.tag = _tag(element)
        element.text, element.tail = _referred(element.text), _referred(element.tail)
    etree.strip_tags(body, *{element.tag for element in body.iter("*")} - html.STRUCTURE)
    return body


def _tag(element: Element) -> str:
    kind = str(element.get("rend", ""))
    if element.tag in ("code", "quote") and len(element) == 0 and "\n" in (element.text or ""):
        return "pre"
    if element.tag == "list":
        return "ol" if kind == "ol" else "ul"
    if element.tag == "item" and kind.startswith(("dt", "dd")):
        return kind[:2]
    return TAGS.get(str(element.tag), str(element.tag))


def _referred(text: str | None) -> str | None:
    return text.replace("&", "&amp;") if text else text


def _title(page: Element, titled: str, address: str) -> str:
    """What the page is called, without the name of the site where that can be told."""
    headings = [one_line(" ".join(heading.itertext())) for heading in page.iter("h1")]
    title = _named(page, "og:title") or titled or (headings[0] if len(headings) == 1 else "")
    sites = {_letters(_named(page, "og:site_name")), *_hosts_names(address)} - {""}
    for part, rest in _ends(title):
        # A site may have its own name as a heading; it is shorter than what the page is called.
        if _letters(part) in sites or (rest in headings and len(rest) > len(part)):
            return rest
    return title


def _named(page: Element, name: str) -> str:
    contents = page.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
    return next((one_line(content) for content in contents if not is_blank(content)), "")


def _hosts_names(address: str) -> set[str]:
    """``dailygull`` and ``dailygullexample``, among others, for www.daily-gull.example."""
    labels = (urlsplit(address).hostname or "").split(".")
    return {
        _letters("".join(labels[start:end])) for start in range(len(labels)) for end in range(start, len(labels) + 1)
    }


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _ends(title: str) -> list[tuple[str, str]]:
    """What may be the name of the site, after the last separator or before the first, each with all the rest."""
    separators = list(SEPARATOR.finditer(title))
    if not separators:
        return []
    first, last = separators[0], separators[-1]
    return [(title[last.end() :], title[: last.start()]), (title[: first.start()], title[first.end() :])]
