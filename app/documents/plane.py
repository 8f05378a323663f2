"""Where things lie on a page: matrices as PDF writes them, and boxes around what is drawn."""

from __future__ import annotations

from collections.abc import Sequence

Matrix = Sequence[float]
Point = tuple[float, float]
# Left, bottom, right, top.
Box = tuple[float, float, float, float]

AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def times(first: Matrix, then: Matrix) -> Matrix:
    if then is AS_IT_IS:
        return first
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def at(x: float, y: float, lies: Matrix) -> Point:
    return x * lies[0] + y * lies[2] + lies[4], x * lies[1] + y * lies[3] + lies[5]


def corners(left: float, bottom: float, right: float, top: float, lies: Matrix) -> list[Point]:
    return [at(x, y, lies) for x in (left, right) for y in (bottom, top)]


def around(points: Sequence[Point]) -> Box:
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)


def area(box: Box) -> float:
    left, bottom, right, top = box
    return abs((right - left) * (top - bottom))
