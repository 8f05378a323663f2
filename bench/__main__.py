"""Measures everything, or the parts that are named, and writes ``docs/bench.md``: ``bin/bench [part …]``.

What was measured before stays for the parts that are not named, each with the machine and the day that it is from.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench.charts import svg
from bench.report import Part, as_markdown, as_text, machine

PARTS = ("patterns", "ratios", "visible", "crowd", "queueing", "growth", "size", "scale")
DOCS = Path(__file__).resolve().parent.parent / "docs"
KEPT = DOCS / "bench" / "parts.json"
INTRODUCTION = """# Measured

What `bin/bench` found: the three ways in which nobody waits for the model, against the blocking call that they take
the place of, and what bounds them. The provider is an OpenAI-compatible server of our own. Client, provider, Postgres,
Valkey and the program share the cores that are named, so the figures say how one part stands to another rather than
what a server would do by itself. `python -m bench.<part>` measures one part and prints it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure, and write docs/bench.md.")
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; all of them if none is named"
    )
    wanted = parser.parse_args().parts or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
    for name in wanted:
        measure: Callable[[], Part] = import_module(f"bench.{name}").measure
        part = measure()
        print(as_text(part), flush=True)
        _keep(part)
    _write()


def _keep(part: Part) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    if part.chart:
        (KEPT.parent / f"{part.name}.svg").write_text(svg(part.chart))
    goals = [[goal.what, goal.wanted, goal.measured, goal.met] for goal in part.goals]
    day = datetime.now(UTC).date().isoformat()
    kept = {"day": day, "machine": machine(), "markdown": as_markdown(part), "goals": goals}
    KEPT.write_text(json.dumps({**_kept(), part.name: kept}, indent=1, ensure_ascii=False) + "\n")


def _kept() -> dict[str, dict]:
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def _write() -> None:
    kept = _kept()
    pieces = [INTRODUCTION]
    for name in [name for name in PARTS if name in kept]:
        where = ", ".join(f"{what} {is_}" for what, is_ in kept[name]["machine"].items())
        pieces.append(f"{kept[name]['markdown'].rstrip()}\n\n<sub>{kept[name]['day']}: {where}</sub>\n")
    (DOCS / "bench.md").write_text("\n".join(pieces))


if __name__ == "__main__":
    main()
