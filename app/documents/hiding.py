"""What of an HTML page nobody sees, though a program that reads it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

NEVER_SHOWN = ("script", "style", "template", "noscript", "svg", "iframe", "noframes", "object", "datalist")
# No pattern here goes back over what it has passed: a style may be as long as the page. An unclosed comment reaches to
# the end, as it does in browsers.
COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)")
ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?")
LENGTH = re.compile(r"([+-]?(?:\d++(?:\.\d*)?|\.\d+))(px|pt|em|rem|ex|ch|vw|vh|%)?")
# Roughly, in pixels: enough to tell far outside from near, and nothing from little.
UNITS = {"px": 1, "pt": 1.3, "em": 16, "rem": 16, "ex": 8, "ch": 8, "vw": 10, "vh": 10}
FAR_OUTSIDE = -999
PLACES = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
MOVED_OR_SHRUNK = re.compile(r"scale[xy]?\(\s*+0*+\.?0*+\s*[,)]|translate[xy]?\((?:[^,()]*,)?\s*+-(?:999|\d{4,})")
CUT_AWAY = re.compile(r"inset\(\s*(?:[5-9]\d|\d{3,})(?:\.\d+)?%|(?:circle|ellipse)\(\s*0")
RECTANGLE = re.compile(r"rect\(([^()]*)\)")
NO_COLOR = re.compile(
    r"transparent|#[0-9a-f]{3}0|#[0-9a-f]{6}00|\w+\((?:[^,/]*,[^,/]*,[^,/]*,|[^,/]*/)\s*+0*+\.?0*+%?\s*\)"
)
SMALL_FONT = re.compile(r"(?:^|\s)[01](?:px|pt)?(?:/|\s)")

# Why a text is not seen. From what is gone nothing inside can be seen; the causes that are named like properties are
# inherited, until an element inside declares the property anew.
NOT_TEXT = "not text"
GONE = "gone"
Causes = frozenset[str]
SEEN: Causes = frozenset()


class Sight:
    """Follows a parser through a page, and knows at each point whether text there is seen."""

    def __init__(self) -> None:
        self.unseen_words = 0
        self._causes = [SEEN]

    def enter(self, tag: str, attributes: Mapping[str, str]) -> None:
        around = self._causes[-1]
        self._causes.append(around if self.is_gone else _causes(tag, attributes, around))

    def leave(self) -> None:
        self._causes.pop()

    @property
    def is_gone(self) -> bool:
        """Whether nothing can be seen from here on, whatever the elements inside say of themselves."""
        return bool(self._causes[-1] & {NOT_TEXT, GONE})

    @property
    def is_clear(self) -> bool:
        return not self._causes[-1]

    def sees(self, text: str) -> bool:
        """Whether *text*, which stands here, is seen; if not, its words are counted."""
        if not self.is_clear and NOT_TEXT not in self._causes[-1]:
            self.unseen_words += len(text.split())
        return self.is_clear


def _causes(tag: str, attributes: Mapping[str, str], around: Causes) -> Causes:
    if tag in NEVER_SHOWN:
        return frozenset({NOT_TEXT})
    # A page may hide itself as a whole until its scripts have run.
    if tag in ("html", "body"):
        return around
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return frozenset({GONE})
    style = attributes.get("style", "")
    return _styled(_declared(style), around) if style else around


def _declared(style: str) -> dict[str, str]:
    plain = ESCAPE.sub(_escaped, COMMENT.sub(" ", style.lower()))
    pairs = (declaration.partition(":") for declaration in plain.split(";"))
    return {name.strip(): value.partition("!")[0].strip() for name, _, value in pairs}


def _escaped(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code).lower() if code < 0x110000 else ""


def _styled(style: Mapping[str, str], around: Causes) -> Causes:
    if any(is_gone(style) for is_gone in (_is_off, _is_outside, _is_cut_away, _is_folded)):
        return frozenset({GONE})
    for cause, hides in INHERITED.items():
        hidden = hides(style)
        if hidden is not None:
            around = around | {cause} if hidden else around - {cause}
    return around


def _is_off(style: Mapping[str, str]) -> bool:
    return (
        style.get("display") == "none"
        or style.get("content-visibility") == "hidden"
        or _pixels(style.get("opacity", "1")) < 0.05
    )


def _is_outside(style: Mapping[str, str]) -> bool:
    moved = MOVED_OR_SHRUNK.search(style.get("transform", "")) is not None
    return moved or any(_pixels(style.get(place, "0")) <= FAR_OUTSIDE for place in PLACES)


def _is_cut_away(style: Mapping[str, str]) -> bool:
    rectangle = RECTANGLE.search(style.get("clip", ""))
    if rectangle:
        sides = [_pixels(side) for side in rectangle[1].replace(",", " ").split()]
        return len(sides) == 4 and (sides[1] - sides[3] <= 1 or sides[2] - sides[0] <= 1)
    return CUT_AWAY.search(style.get("clip-path", "")) is not None


def _is_folded(style: Mapping[str, str]) -> bool:
    """Whether the element has no size, and what does not fit into it is hidden."""
    closed = any(
        style.get(overflow, "").startswith(("hidden", "clip")) for overflow in ("overflow", "overflow-x", "overflow-y")
    )
    # Not max-width: in a table it cuts a text off at the width of its column.
    return closed and any(_pixels(style.get(size, "")) <= 1 for size in ("width", "height", "max-height"))


def _pixels(length: str, percent: float = 5) -> float:
    """About how many these are; very many where the value is none or not a plain length."""
    found = LENGTH.fullmatch(length)
    if not found:
        return float("inf")
    return float(found[1]) * (percent if found[2] == "%" else UNITS[found[2] or "px"])


def _hides_by_visibility(style: Mapping[str, str]) -> bool | None:
    return style["visibility"] in ("hidden", "collapse") if "visibility" in style else None


def _hides_by_size(style: Mapping[str, str]) -> bool | None:
    if "font-size" in style:
        return _pixels(style["font-size"], percent=0.16) <= 1
    return SMALL_FONT.search(style["font"]) is not None if "font" in style else None


def _hides_by_color(style: Mapping[str, str]) -> bool | None:
    # Letters that are cut out of a colourful background have no colour of their own.
    if any(style.get(name, "").startswith("text") for name in ("background-clip", "-webkit-background-clip")):
        return False
    color = style.get("-webkit-text-fill-color", style.get("color"))
    return NO_COLOR.fullmatch(color) is not None if color is not None else None


INHERITED: dict[str, Callable[[Mapping[str, str]], bool | None]] = {
    "visibility": _hides_by_visibility,
    "font-size": _hides_by_size,
    "color": _hides_by_color,
}
