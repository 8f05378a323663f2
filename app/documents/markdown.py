"""The title of a Markdown text. The text itself stays as it was written."""

from __future__ import annotations

import re

HEADING = re.compile(r" {0,3}#[ \t]+(.+)")
CLOSING_MARKS = re.compile(r"[ \t]+#+[ \t]*$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def title_of(text: str) -> str:
    """The first heading of the first level; a "#" inside a fenced block of code is a comment of that code."""
    fence = ""
    for line in text.splitlines():
        opened = FENCE.match(line)
        if opened and not fence:
            fence = opened[1]
        elif fence and line.strip().startswith(fence):
            fence = ""
        elif not fence and (heading := HEADING.match(line)):
            return CLOSING_MARKS.sub("", heading[1].rstrip())
    return ""
