"""What was heard, as a document to be read."""

from __future__ import annotations

import re
from pathlib import Path

from bin._listener import Scene, Step

HEAD = """\
# What a screen reader says

The main job of Foreword, done with the keyboard and heard through {versions}. `bin/listen` writes
this file anew; it fails where an announcement is missing or is said twice, or where something is said that should not
be. Each quoted line is one that Orca spoke, with its settings as they come except that it does not name the keys.
"""
MARKS = re.compile(r"([\\`*_#<>\[\]])")  # what would be a mark of Markdown's
MOST_LINES = 60  # of a page that is read out


def write(path: Path, scenes: list[Scene], versions: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [HEAD.format(versions=" in ".join(versions)), *(_of_scene(scene) for scene in scenes)]
    path.write_text("\n".join(parts))


def _of_scene(scene: Scene) -> str:
    return "\n".join([f"## {scene.title}\n", *(_of_step(step) for step in scene.steps)])


def _of_step(step: Step) -> str:
    """What was done, and below it what was heard: one line each, so that it reads as it sounded."""
    lines = [MARKS.sub(r"\\\1", line) for line in step.heard[:MOST_LINES]] or ["*(nothing)*"]
    if (more := len(step.heard) - MOST_LINES) > 0:
        lines.append(f"*(and {more} more lines of the page)*")
    heard = "\\\n".join(f"> {line}" for line in lines)
    wrong = "".join(f"\n**Wrong:** {problem}\n" for problem in step.problems)
    return f"{step.done}:\n\n{heard}\n{wrong}"


def problems(scenes: list[Scene]) -> list[str]:
    """All that is wrong, each with the place where it was heard."""
    return [
        f"{scene.title}: {step.done}: {problem}"
        for scene in scenes
        for step in scene.steps
        for problem in step.problems
    ]
