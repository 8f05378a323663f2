"""Bar charts of a month, as SVG that the server draws. Each is for the eye alone: its table stands beside it.

Bars are placed by attributes and coloured by the style sheet: the content security policy lets no inline style by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

WIDTH, HEIGHT = 720, 180  # of what is drawn in; the page scales it
LEFT, BOTTOM = 64, 24  # room for the scale and for the days
GAP = 0.25  # of a bar's room is left free


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str  # which of the stacked ones it is, for its colour
    says: str


@dataclass(frozen=True)
class Tick:
    """A line of the scale, or the label of a bar."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    scale: list[Tick]
    labels: list[Tick]

    width, height, left, bottom = WIDTH, HEIGHT, LEFT, BOTTOM


@dataclass(frozen=True)
class Column:
    """One day: its name, and the values that are stacked, the lowest first, each with its kind and its words."""

    label: str
    stack: Sequence[tuple[str, float, str]]

    @property
    def value(self) -> float:
        return sum(value for _kind, value, _says in self.stack)


def chart(columns: Sequence[Column], scale_label: Callable[[float], str]) -> Chart | None:
    """The columns side by side, on a scale from zero; None where there is nothing to see."""
    top = _round_up(max((column.value for column in columns), default=0))
    if not top:
        return None
    room = (WIDTH - LEFT) / len(columns)
    return Chart(
        bars=[bar for number, column in enumerate(columns) for bar in _bars(column, LEFT + number * room, room, top)],
        scale=[Tick(_height_of(share * top, top), scale_label(share * top)) for share in (0, 0.5, 1)],
        labels=[
            Tick(LEFT + (number + 0.5) * room, column.label)
            for number, column in enumerate(columns)
            if number % _every(len(columns)) == 0
        ],
    )


def _bars(column: Column, left: float, room: float, top: float) -> list[Bar]:
    found, below = [], 0.0
    for kind, value, says in column.stack:
        if value:
            upper, lower = _height_of(below + value, top), _height_of(below, top)
            found.append(
                Bar(
                    x=round(left + room * GAP / 2, 2),
                    y=round(upper, 2),
                    width=round(room * (1 - GAP), 2),
                    height=round(max(lower - upper, 1), 2),  # what is there is seen
                    kind=kind,
                    says=_("%(label)s: %(value)s", label=column.label, value=says),
                )
            )
            below += value
    return found


def _height_of(value: float, top: float) -> float:
    return (HEIGHT - BOTTOM) * (1 - value / top) + 8 * value / top


def _every(columns: int) -> int:
    """Each how manyeth column is labelled, so that labels have room."""
    return max(1, math.ceil(columns / 11))


def _round_up(value: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    if value <= 0:
        return 0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
