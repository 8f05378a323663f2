"""What a measurement found, and how it is shown: as text for a terminal, as Markdown, and as the numbers themselves."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

Cell = str | float | int


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""


@dataclass(frozen=True)
class Goal:
    """What was to be reached, and what was."""

    what: str
    wanted: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Bars:
    """A bar chart: one group of bars for each label, and in it one bar for each series."""

    title: str
    unit: str
    labels: Sequence[str]
    series: dict[str, Sequence[float]]
    log: bool = False  # whether the length of a bar goes by the logarithm, where figures are far apart


@dataclass(frozen=True)
class Part:
    """One measurement: of what, how it was done, what was found, and whether that is good enough."""

    name: str  # of its module, and of its chart
    title: str
    about: str
    tables: Sequence[Table]
    goals: Sequence[Goal] = ()
    chart: Bars | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def at_most(what: str, limit: float, measured: float, unit: str = "ms") -> Goal:
    return Goal(what, f"≤ {shown(limit)} {unit}", f"{shown(measured)} {unit}", measured <= limit)


def at_least(what: str, limit: float, measured: float, unit: str = "×") -> Goal:
    return Goal(what, f"≥ {shown(limit)} {unit}", f"{shown(measured)} {unit}", measured >= limit)


def exactly(what: str, wanted: Cell, measured: Cell) -> Goal:
    return Goal(what, shown(wanted), shown(measured), measured == wanted)


def p50(times: Sequence[float]) -> float:
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile; of fewer than twenty figures the greatest, since none of them stands for it."""
    return statistics.quantiles(times, n=20, method="inclusive")[18] if len(times) >= 20 else max(times)


def shown(cell: Cell) -> str:
    """A figure with as many digits as mean something."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"


# -- as text -----------------------------------------------------------------------------------------------


def as_text(part: Part) -> str:
    lines = [part.title, "=" * len(part.title), part.about, ""]
    for table in part.tables:
        lines += [table.title] if table.title else []
        lines += [*_aligned([table.columns, *table.rows]), ""]
    lines += [f"  {'met ' if g.met else 'MISSED'} {g.what}: {g.measured} (wanted {g.wanted})" for g in part.goals]
    return "\n".join([*lines, *part.notes, ""])


def _aligned(rows: Sequence[Sequence[Cell]]) -> list[str]:
    cells = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  " + "  ".join(_justified(row, widths)) for row in cells]


def _justified(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]


# -- as Markdown -------------------------------------------------------------------------------------------


def as_markdown(part: Part) -> str:
    lines = [f"## {part.title}", "", part.about, ""]
    if part.chart:
        lines += [f"![{part.chart.title}](bench/{part.name}.svg)", ""]
    for table in part.tables:
        lines += [f"**{table.title}**", ""] if table.title else []
        lines += [*_piped(table.columns, table.rows), ""]
    if part.goals:
        met = [[g.what, g.wanted, g.measured, "yes" if g.met else "**no**"] for g in part.goals]
        lines += [*_piped(["wanted", "at", "measured", "met"], met), ""]
    return "\n".join([*lines, *(f"{note}\n" for note in part.notes)])


def _piped(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    ruler = ["---", *("---:" for _ in columns[1:])]
    return [f"| {' | '.join(map(shown, row))} |" for row in (columns, ruler, *rows)]


# -- the machine -------------------------------------------------------------------------------------------


def machine() -> dict[str, str]:
    """On what it was measured, without what would name the place."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        "revision": _revision(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _revision() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"
