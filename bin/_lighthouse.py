"""Measures one page of each kind with Lighthouse, and writes a table of what it found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support import stack
from tests.support.gallery import sites
from tests.support.gallery.catalogue import CATALOGUE
from tests.support.gallery.standing import Gallery, standing

LEAST = {"Accessibility": 100, "Best practices": 100, "Performance": 95}
# By the names of the gallery, one of each kind.
PAGES = (
    *("home", "log-in", "library", "new", "summary-complete", "summary-writing", "takes", "receipt"),
    *("sharing-shared", "usage", "account", "admin", "summary-complete-link", "error-404"),
)
DEVICES = ("desktop", "mobile")
TRIES = 3
TOOL = Path(__file__).parent / "lighthouse.d"


def main(path: Path) -> None:
    """Measure, and write the table to *path*."""
    with (
        tempfile.TemporaryDirectory() as instance,
        stack.running(Path(instance), queues=sites.IDLE_WORKER, **sites.VARIABLES) as running,
        standing(running.environment) as gallery,
    ):
        found = list(_measure(_wanted(gallery, running.address)))
    path.write_text(_table(found))
    if any(score < least for one in found for score, least in zip(one["scores"], LEAST.values(), strict=True)):
        sys.exit("Some page falls short.")


def _wanted(gallery: Gallery, address: str) -> list[dict[str, Any]]:
    entries = {entry.name: entry for entry in CATALOGUE}
    return [
        {
            "name": name,
            "address": address + gallery.address(entries[name]),
            "cookie": "; ".join(f"{key}={value}" for key, value in gallery.cookies[entries[name].who].items()),
            "device": device,
            "skipped": ["errors-in-console"] if entries[name].status >= 400 else [],  # the status itself is one
            "least": list(LEAST.values()),
            "tries": TRIES,
        }
        for name in PAGES
        for device in DEVICES
    ]


def _measure(wanted: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What Lighthouse says of each, in one browser, one page after the other."""
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(["node", "run.js"], cwd=TOOL, env=environment, **pipes) as run:
        for one in wanted:
            print(json.dumps(one), file=run.stdin, flush=True)
            told = run.stdout.readline()
            if not told:
                sys.exit("Lighthouse ended before it had measured everything.")
            found = json.loads(told)
            print(found["name"], found["device"], *found["scores"], *found["failings"], sep="  ", flush=True)
            yield found
        run.stdin.close()


def _table(found: list[dict[str, Any]]) -> str:
    lines = [
        "# Lighthouse",
        "",
        f"One page of each kind, as `bin/lighthouse` measured it, the best of up to {TRIES} tries; the names are those "
        "of the gallery. At least "
        + ", ".join(f"{least} for {what.lower()}" for what, least in LEAST.items())
        + " is asked for.",
        "",
        f"| page | device | {' | '.join(LEAST)} |",
        f"|---|---|{'---:|' * len(LEAST)}",
        *(f"| {one['name']} | {one['device']} | {' | '.join(map(str, one['scores']))} |" for one in found),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/lighthouse.md"))
