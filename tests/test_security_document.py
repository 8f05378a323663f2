"""The security document speaks of what is there."""

import re

from tests.support.servers import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text()
PLACES = r"(?:app|jobs|templates|static|tests|bin|docs|migrations)/"
VERDICTS = {"met", "n/a", "duty", "open"}


def rows() -> list[list[str]]:
    return [re.split(r" \| ", line.strip("| ")) for line in DOCUMENT.splitlines() if re.match(r"\| \d", line)]


def test_every_file_that_it_names_exists():
    named = set(re.findall(rf"`({PLACES}[\w/.-]*|[\w-]+\.txt|Procfile)`", DOCUMENT))
    assert len(named) > 50
    assert {path for path in named if not (ROOT / path).exists()} - {"instance/"} == set()


def test_every_variable_that_it_names_is_one():
    settings = (ROOT / "app" / "config.py").read_text() + (ROOT / "app" / "logs.py").read_text()
    named = set(re.findall(r"`([A-Z]{3,}(?:_[A-Z]+)+)", DOCUMENT))
    assert {name for name in named if f"    {name.lower()}:" not in settings} == set()


def test_every_item_stands_once_with_a_verdict_and_a_reason():
    numbers = [number for row in rows() for number in row[0].split(", ")]
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])
    assert [row for row in rows() if len(row) != 4 or row[2] not in VERDICTS or not row[3]] == []


def test_what_is_met_is_shown_by_something():
    """By a file, by a paragraph above, or in words; a verdict alone is worth nothing."""
    assert [row[0] for row in rows() if row[2] == "met" and len(row[3]) < 3] == []
