"""How the runs of a Word document look, from the document's defaults to the run: whether anybody sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docx.oxml.ns import nsmap

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element as Element

W = f"{{{nsmap['w']}}}"
OFF = {"0", "false", "off"}
ANCHOR = f"{{{nsmap['wp']}}}anchor"
NO_SHADE = {"", "auto", "ffffff", "none"}
# In halves of a point, as Word counts.
SMALLEST_SIZE = 2
WHITE_FROM = 0xFA
SAID = ("vanish", "sz", "color", "highlight")

Look = dict[str, str]


class Looks:
    """The styles of a document, each with what it takes over from those it is based on."""

    def __init__(self, document: WordDocument) -> None:
        styles = document.styles.element
        self._styles = {style.get(W + "styleId"): style for style in styles.iterchildren(W + "style")}
        self._known: dict[str | None, Look] = {}
        self._first = _said_in(styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
        self._usual = next((id_ for id_, style in self._styles.items() if _is_usual(style)), None)
        self._is_white_paper = _is_white_paper(document.element)

    def is_unseen(self, run: Element, paragraph: Element, *, on_paper: bool) -> bool:
        """Whether the words are hidden, tiny, or white on white.

        :param on_paper: whether the paragraph lies on the page itself, and not in a table or box, which can be dark.
        """
        style = _value(paragraph, f"{W}pPr/{W}pStyle") or self._usual
        own = run.find(W + "rPr")
        look = self._first | self._of(style) | self._of(_value(own, W + "rStyle")) | _said_in(own)
        if look.get("vanish", "0") not in OFF or _is_tiny(look.get("sz", "")):
            return True
        shades = {look.get("shade", ""), look.get("highlight", ""), look.get("ground", ""), _ground_of(paragraph)}
        return on_paper and self._is_white_paper and shades <= NO_SHADE and _is_white(look.get("color", ""))

    def _of(self, style_id: str | None) -> Look:
        if style_id not in self._known:
            # Before looking further, so that styles based on one another in a circle end.
            self._known[style_id] = {}
            style = self._styles.get(style_id)
            if style is not None:
                base = self._of(_value(style, W + "basedOn"))
                ground = _ground_of(style) or base.get("ground", "")
                self._known[style_id] = base | {"ground": ground} | _said_in(style.find(W + "rPr"))
        return self._known[style_id]


def _is_usual(style: Element) -> bool:
    return style.get(W + "type") == "paragraph" and style.get(W + "default", "0") not in OFF


def _is_white_paper(document: Element) -> bool:
    """Whether what lies behind the text is white. A picture there could be dark, and on any page."""
    ground = document.find(W + "background")
    is_white = ground is None or ground.get(W + "color", "auto").lower() in NO_SHADE
    return is_white and all(anchor.get("behindDoc", "0") in OFF for anchor in document.iter(ANCHOR))


def _said_in(properties: Element | None) -> Look:
    if properties is None:
        return {}
    said = ((name, properties.find(W + name)) for name in SAID)
    look = {name: element.get(W + "val", "1") for name, element in said if element is not None}
    shade = properties.find(W + "shd")
    return look if shade is None else look | {"shade": _shade(shade)}


def _shade(shade: Element) -> str:
    """The colour behind a text. A pattern, or a colour of the theme, is some colour."""
    is_plain = shade.get(W + "val", "clear") in ("clear", "nil") and W + "themeFill" not in shade.attrib
    return str(shade.get(W + "fill", "")).lower() if is_plain else "some"


def _value(element: Element | None, path: str) -> str | None:
    found = None if element is None else element.find(path)
    value: str | None = None if found is None else found.get(W + "val")
    return value


def _ground_of(paragraph_or_style: Element) -> str:
    shade = paragraph_or_style.find(f"{W}pPr/{W}shd")
    return "" if shade is None else _shade(shade)


def _is_tiny(size: str) -> bool:
    return size.isdecimal() and int(size) <= SMALLEST_SIZE


def _is_white(colour: str) -> bool:
    try:
        return len(colour) == 6 and min(bytes.fromhex(colour)) >= WHITE_FROM
    except ValueError:
        return False
