"""Which text of a PDF's page is seen on it, told from how the page is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pypdf import PageObject
from pypdf.errors import PyPdfError
from pypdf.generic import ByteStringObject

from app.documents.plane import AS_IT_IS, Box, Matrix, area, around, at, corners, times

# In points, as nobody reads smaller ones. Strokes that are thinner cannot lie behind letters.
SMALLEST_TEXT = 1.0
THINNEST_BACKGROUND = 3.0
# Far enough from the page's edge that no part of a letter is on it.
BESIDE = 36.0
WHITE_FROM = 0.98
NOT_DRAWN = 3
FILLED = (0, 4)
# A page with more things drawn on it counts as painted all over, so that looking among them takes no time.
MAX_BOXES = 1_000
# A scan with a stamp has a few words that are drawn, over very many that recognition laid under the picture.
OCR_PER_SEEN = 10
SCAN_COVERS = 0.5
# How far beside its first letter a text may be from what it stands on, in heights of its letters.
REACH = 1.5
ADDITIVE = {"/DeviceGray", "/DeviceRGB", "/CalGray", "/CalRGB"}
SUBTRACTIVE = {"/DeviceCMYK", "/Separation", "/DeviceN"}
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, PyPdfError)
SHOWN_AT = {b"Tj": 0, b"TJ": 0, b"'": 0, b'"': 2}


@dataclass(frozen=True)
class _Pen:
    """What ``q`` saves and ``Q`` brings back, as far as it matters here."""

    size: float = 12.0
    mode: int = 0
    space: str = "/DeviceGray"
    white: bool = False
    clear: bool = False
    width: float = 1.0


@dataclass(frozen=True)
class _Sheet:
    """The page, or a form that is drawn on it: where its names lead, and how its own measure lies on the page."""

    resources: Any
    lies: Matrix
    pens: list[_Pen]


class Ink:
    """Follows the drawing of one page, and empties the texts that nobody sees before they are read.

    Unseen are letters of less than a point, ones beside the page, wholly transparent ones, white ones where the
    paper is still white, and those that are not drawn at all, unless the page is a scan and these its recognised text.
    """

    def __init__(self, page: PageObject, *, keeps_ocr: bool) -> None:
        self.keeps_ocr = keeps_ocr
        self.is_drawn_on = False
        self.left_out = False
        self._page: Box = _box_of(page)
        self._sheet = _Sheet(_entry(page, "/Resources", None), AS_IT_IS, [])
        self._around: list[_Sheet] = []
        self._pen = _Pen()
        self._path: Box | None = None
        self._painted: list[Box] = []
        self._pictures = 0.0
        self._seen = self._recognised = 0
        self._does: dict[bytes, Callable[[Any, Matrix], None]] = self._operators()

    @property
    def is_scan(self) -> bool | None:
        """Whether the text that is not drawn is what a picture says. None when there is no such text."""
        if not self._recognised:
            return None
        is_covered = self._pictures >= SCAN_COVERS * area(self._page)
        return not self._seen or (is_covered and self._seen * OCR_PER_SEEN <= self._recognised)

    def before(self, operator: bytes, operands: Any, cm: Matrix, tm: Matrix) -> None:
        """Called before pypdf looks at *operands*: what is emptied here is not read.

        :param cm: how the drawing lies on its sheet, and *tm* how the text lies in the drawing.
        """
        try:
            if operator in SHOWN_AT:
                self._show(operands, SHOWN_AT[operator], times(tm, times(cm, self._sheet.lies)))
            elif operator in self._does:
                self._does[operator](operands, times(cm, self._sheet.lies))
        except MALFORMED:
            return

    def after(self, operator: bytes, *_: object) -> None:
        if operator == b"Do" and self._around:
            self._pen = self._sheet.pens[0]
            self._sheet = self._around.pop()

    def _show(self, operands: Any, place: int, lies: Matrix) -> None:
        letters = _letters(operands[place])
        if not letters:
            return
        height = self._pen.size * math.hypot(lies[2], lies[3])
        if self._pen.mode == NOT_DRAWN:
            self._recognised += letters
        if self._is_unseen(height, lies):
            self.left_out = True
            operands[place] = type(operands[place])() if isinstance(operands[place], list) else ByteStringObject(b"")
        elif self._pen.mode != NOT_DRAWN:
            self._seen += letters

    def _is_unseen(self, height: float, lies: Matrix) -> bool:
        not_drawn = self._pen.mode == NOT_DRAWN and not self.keeps_ocr
        if not_drawn or height < SMALLEST_TEXT or self._is_beside_the_page(lies):
            return True
        if self._pen.mode not in FILLED:
            return False
        return self._pen.clear or (self._pen.white and not self._is_painted(lies[4], lies[5], height * REACH))

    def _is_beside_the_page(self, lies: Matrix) -> bool:
        """Only told of text that runs from left to right: other text could come onto the page from there."""
        _, bottom, right, top = self._page
        x, y = lies[4:]
        runs_right = lies[0] > 0 and lies[1] == 0
        return runs_right and (x > right + BESIDE or not bottom - BESIDE <= y <= top + BESIDE)

    def _is_painted(self, x: float, y: float, reach: float) -> bool:
        return len(self._painted) >= MAX_BOXES or any(
            left - reach <= x <= right + reach and bottom - reach <= y <= top + reach
            for left, bottom, right, top in self._painted
        )

    def _operators(self) -> dict[bytes, Callable[[Any, Matrix], None]]:
        return {
            b"q": lambda *_: self._sheet.pens.append(self._pen),
            b"Q": lambda *_: self._take_back(),
            b"Tf": lambda operands, _: self._take(size=self._size(*operands)),
            b"Tr": lambda operands, _: self._take(mode=int(operands[0])),
            b"w": lambda operands, _: self._take(width=float(operands[0])),
            b"gs": lambda operands, _: self._take_named(operands[0]),
            b"cs": lambda operands, _: self._take(space=self._space(operands[0]), white=False),
            **dict.fromkeys((b"sc", b"scn"), lambda operands, _: self._colour(operands)),
            b"g": lambda operands, _: self._colour(operands, "/DeviceGray"),
            b"rg": lambda operands, _: self._colour(operands, "/DeviceRGB"),
            b"k": lambda operands, _: self._colour(operands, "/DeviceCMYK"),
            **dict.fromkeys((b"m", b"l", b"c", b"v", b"y"), self._draw),
            b"re": self._draw_rectangle,
            b"n": lambda *_: self._end_path(),
            **dict.fromkeys((b"f", b"F", b"f*"), lambda *_: self._fill()),
            **dict.fromkeys((b"S", b"s"), lambda _, lies: self._stroke(lies)),
            **dict.fromkeys((b"B", b"B*", b"b", b"b*"), lambda _, lies: self._fill(lies)),
            b"sh": lambda *_: self._paint(self._page),
            b"INLINE IMAGE": lambda _, lies: self._picture(lies),
            b"Do": lambda operands, lies: self._do(operands[0], lies),
        }

    def _take(self, **changes: Any) -> None:
        self._pen = replace(self._pen, **changes)

    def _take_back(self) -> None:
        # The first pen of a form is the one that its page gave it.
        if len(self._sheet.pens) > bool(self._around):
            self._pen = self._sheet.pens.pop()

    def _take_named(self, name: str) -> None:
        named = self._sheet.resources["/ExtGState"][name]
        if "/ca" in named:
            self._take(clear=float(named["/ca"]) <= 1 - WHITE_FROM)
        if "/LW" in named:
            self._take(width=float(named["/LW"]))

    def _size(self, name: str, size: float) -> float:
        """The height of letters. Fonts of type 3 have their own measure, in which a hundredth may be large."""
        try:
            font = self._sheet.resources["/Font"][name]
            own = abs(float(font["/FontMatrix"][3])) * 1000 if font["/Subtype"] == "/Type3" else 1.0
        except MALFORMED:
            own = 1.0
        return abs(float(size)) * own

    def _space(self, name: str) -> str:
        """The family of the colour space; that of a profile is the one with as many colours."""
        try:
            space = self._sheet.resources["/ColorSpace"][name]
        except MALFORMED:
            return str(name)
        if isinstance(space, str):
            return str(space)
        if space[0] == "/ICCBased":
            return {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}.get(space[1].get_object()["/N"], "")
        return str(space[0])

    def _colour(self, operands: Any, space: str = "") -> None:
        space = space or self._pen.space
        if space in ADDITIVE:
            white = all(float(part) >= WHITE_FROM for part in operands)
        else:
            white = space in SUBTRACTIVE and all(float(part) <= 1 - WHITE_FROM for part in operands)
        self._take(space=space, white=white)

    def _draw(self, operands: Any, lies: Matrix) -> None:
        numbers = [float(number) for number in operands]
        self._reach([at(x, y, lies) for x, y in zip(numbers[::2], numbers[1::2], strict=True)])

    def _draw_rectangle(self, operands: Any, lies: Matrix) -> None:
        x, y, width, height = (float(number) for number in operands)
        self._reach(corners(x, y, x + width, y + height, lies))

    def _reach(self, points: list[tuple[float, float]]) -> None:
        if self._path:
            points += [self._path[:2], self._path[2:]]
        self._path = around(points)

    def _end_path(self) -> None:
        self._path = None

    def _fill(self, stroked: Matrix | None = None) -> None:
        """White on white paper leaves it white, and white on something else does no harm to what is known of it."""
        if self._path and not self._pen.white:
            self._paint(self._path)
        if stroked is not None:
            self._stroke(stroked)
        self._end_path()

    def _stroke(self, lies: Matrix) -> None:
        width = self._pen.width * math.hypot(lies[2], lies[3])
        self.is_drawn_on |= self._path is not None
        if self._path and width >= THINNEST_BACKGROUND:
            left, bottom, right, top = self._path
            self._paint((left - width / 2, bottom - width / 2, right + width / 2, top + width / 2))
        self._end_path()

    def _paint(self, box: Box) -> None:
        self.is_drawn_on = True
        if len(self._painted) < MAX_BOXES:
            self._painted.append(box)

    def _picture(self, lies: Matrix) -> None:
        box = around(corners(0, 0, 1, 1, lies))
        self._pictures += area(box)
        self._paint(box)

    def _do(self, name: str, lies: Matrix) -> None:
        """Draw a picture, or begin a form, which is drawn on a sheet of its own until :meth:`after` ends it."""
        resources = self._sheet.resources
        self._around.append(self._sheet)
        self._sheet = _Sheet(resources, lies, [self._pen])
        drawn = resources["/XObject"][name]
        if drawn["/Subtype"] == "/Image":
            self._picture(lies)
        else:
            matrix = [float(number) for number in _entry(drawn, "/Matrix", AS_IT_IS)]
            self._sheet = _Sheet(_entry(drawn, "/Resources", resources), times(matrix, lies), [self._pen])


def _box_of(page: PageObject) -> Box:
    try:
        left, bottom, right, top = (float(number) for number in page.mediabox)
    except MALFORMED:
        return (0.0, 0.0, 612.0, 792.0)
    return around([(left, bottom), (right, top)])


def _entry(dictionary: Any, key: str, otherwise: Any) -> Any:
    # pypdf's get() gives a reference as it is; an index follows it.
    return dictionary[key] if key in dictionary else otherwise  # noqa: SIM401


def _letters(shown: Any) -> int:
    pieces = shown if isinstance(shown, list) else [shown]
    return sum(len(piece.strip()) for piece in pieces if isinstance(piece, (str, bytes)))
