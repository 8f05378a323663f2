"""Bar charts as SVG: they stand in the documentation, in light and in dark, and say in words what they show."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from bench.report import Bars, shown

WIDTH = 760
LABELS = 190  # of the groups, on the left
FIGURES = 90  # at the right of the longest bar
BAR, GAP, GROUP = 16, 3, 14
TOP = 54
COLOURS = (("#2f6f4f", "#7fc8a0"), ("#b3541e", "#f0a26b"), ("#3b5b92", "#93b4ec"), ("#7a4a86", "#cfa2da"))
FONT = "font-family='system-ui, sans-serif' font-size='13'"


def svg(chart: Bars) -> str:
    height = TOP + len(chart.labels) * (len(chart.series) * (BAR + GAP) + GROUP)
    size = f"viewBox='0 0 {WIDTH} {height}' width='{WIDTH}'"
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' aria-labelledby='title desc' {FONT}>",
        f"<title id='title'>{escape(chart.title)}</title>",
        f"<desc id='desc'>{escape(_in_words(chart))}</desc>",
        f"<style>{_style(len(chart.series))}</style>",
        f"<text class='ink' x='0' y='16' font-weight='600'>{escape(chart.title)}</text>",
        *_legend(chart),
        *_groups(chart),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _in_words(chart: Bars) -> str:
    said = [
        f"{label}, {name}: {shown(values[number])} {chart.unit}"
        for number, label in enumerate(chart.labels)
        for name, values in chart.series.items()
    ]
    return "; ".join(said)


def _style(count: int) -> str:
    light = "".join(f".s{n}{{fill:{COLOURS[n][0]}}}" for n in range(count))
    dark = "".join(f".s{n}{{fill:{COLOURS[n][1]}}}" for n in range(count))
    return f".ink{{fill:#1d1d1b}}{light}@media(prefers-color-scheme:dark){{.ink{{fill:#eceae4}}{dark}}}"


def _legend(chart: Bars) -> Iterator[str]:
    x = 0
    for number, name in enumerate(chart.series):
        yield f"<rect class='s{number}' x='{x}' y='28' width='12' height='12'/>"
        yield f"<text class='ink' x='{x + 18}' y='39'>{escape(name)}</text>"
        x += 40 + 8 * len(name)


def _groups(chart: Bars) -> Iterator[str]:
    y = TOP
    for number, label in enumerate(chart.labels):
        middle = y + len(chart.series) * (BAR + GAP) / 2 + 3
        yield f"<text class='ink' x='{LABELS - 10}' y='{middle:.0f}' text-anchor='end'>{escape(label)}</text>"
        for series, values in enumerate(chart.series.values()):
            yield from _bar(chart, series, values[number], y)
            y += BAR + GAP
        y += GROUP


def _bar(chart: Bars, series: int, value: float, y: float) -> Iterator[str]:
    length = (WIDTH - LABELS - FIGURES) * _share(chart, value)
    yield f"<rect class='s{series}' x='{LABELS}' y='{y:.0f}' width='{max(length, 1):.1f}' height='{BAR}'/>"
    yield f"<text class='ink' x='{LABELS + length + 6:.1f}' y='{y + 13:.0f}'>{shown(value)} {escape(chart.unit)}</text>"


def _share(chart: Bars, value: float) -> float:
    """How long a bar is, of the longest."""
    every = [one for values in chart.series.values() for one in values]
    if not chart.log:
        return value / (max(every) or 1)
    lowest = min(one for one in every if one > 0) / 2
    return math.log(max(value, lowest) / lowest) / math.log(max(every) / lowest)
