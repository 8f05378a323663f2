"""Long texts in parts: nothing is lost, and an edit in one place leaves nearly all other parts as they were."""

import os
import random
import subprocess
import sys
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.summaries.parts import SMALLEST_LIMIT, group, split

LIMIT = 40_000  # bytes, about what a small window holds
PROSE = """
the a this every no river boats council harbour engine winter lamp keeper report figures bread bridge built measured
carried sold remembered slow wide quiet above against never during morning tide ledger ropes
"""
WORDS = PROSE.split()

plain = ["word ", "Sentence one. ", "So it is?\n", "“It is. So", "# Title\n", "2.1 Title\n\n", "TITLE\n\n", "x" * 50]
strange = [
    "\n\n",
    "\n",
    "\r",
    "\r\n",
    " ",
    "漢字、",
    "漢字。",
    "👨‍👩‍👧‍👦",
    "🇩🇪",
    "e\u0301\u0323",
    "\u2028",
    "\x00",
    "\ud800",
]
pieces = st.sampled_from([*plain, *strange])
texts = st.one_of(st.lists(pieces, max_size=80).map("".join), st.text(max_size=300))


def sentence(chance):
    words = " ".join(chance.choice(WORDS) for _ in range(chance.randint(5, 25)))
    return words.capitalize() + chance.choice("...?!")


def section(chance, heading):
    paragraphs = (" ".join(sentence(chance) for _ in range(chance.randint(2, 9))) for _ in range(chance.randint(3, 9)))
    return "\n\n".join([heading, *paragraphs])


@cache
def sections():
    """Of a text of 300 pages, some 600,000 characters."""
    chance, made = random.Random(300), []
    while sum(map(len, made)) < 600_000:
        made.append(section(chance, f"## {len(made) // 10 + 1}.{len(made) % 10} {sentence(chance)[:30]}"))
    return tuple(made)


@cache
def book():
    return "\n\n".join(sections())


def new_parts(edited):
    return set(split("\n\n".join(edited), LIMIT)) - set(split(book(), LIMIT))


@given(texts, st.integers(SMALLEST_LIMIT, 400))
@example("e" + "\u0301" * 400, SMALLEST_LIMIT)
@settings(max_examples=300, deadline=None)
def test_the_parts_joined_are_the_text_and_each_is_within_the_limit(text, limit):
    parts = split(text, limit)
    assert "".join(parts) == text
    assert all(0 < len(part.encode("utf-8", "surrogatepass")) <= limit for part in parts)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "\n" * 1_000_000,
        " \n" * 500_000,
        "The same line again.\n" * 50_000,
        "漢字" * 170_000,
        "漢字仮名交文。" * 50_000,
        "“So it is. " * 90_000,
        "word " * 200_000,
        "# Title\n\n" * 100_000,
    ],
    ids=["one word", "blank lines", "blanks", "one line", "Chinese", "sentences", "open quotes", "words", "headings"],
)
def test_a_text_of_one_kind_is_cut_into_parts_of_some_size(text):
    parts = split(text, LIMIT)
    assert "".join(parts) == text
    assert max(len(part.encode()) for part in parts) <= LIMIT
    assert len(parts) <= 3 * len(text.encode()) / LIMIT


@pytest.mark.parametrize("share", [0, 0.02, 0.25, 0.5, 0.75, 0.98, 1])
def test_a_section_put_in_anywhere_changes_few_parts(share):
    edited = list(sections())
    edited.insert(int(share * len(edited)), section(random.Random(1), "## What was added"))
    assert 1 <= len(new_parts(edited)) <= 3


@pytest.mark.parametrize("share", [0, 0.02, 0.25, 0.5, 0.75, 0.98])
def test_a_section_taken_out_anywhere_changes_few_parts(share):
    edited = list(sections())
    del edited[int(share * len(edited))]
    assert 1 <= len(new_parts(edited)) <= 3


@pytest.mark.parametrize("share", [0, 0.02, 0.25, 0.5, 0.75, 0.98])
def test_an_edited_section_changes_few_parts(share):
    edited = list(sections())
    place = int(share * len(edited))
    edited[place] = edited[place].replace("the", "that", 3) + " And so it was."
    assert 1 <= len(new_parts(edited)) <= 3


@pytest.mark.parametrize(("pattern", "between"), [("{}.", " "), ("{}。", ""), ("{},1,2", "\n"), ("{}", " ")])
def test_without_paragraphs_an_insertion_near_the_top_leaves_the_other_parts(pattern, between):
    chance = random.Random(5)
    units = [pattern.format(chance.randbytes(9).hex()) for _ in range(15_000)]
    before, after = between.join(units), between.join([*units[:40], pattern.format("added"), *units[40:]])
    assert len(set(split(after, LIMIT)) - set(split(before, LIMIT))) <= 2


def test_parts_are_a_third_of_the_limit_or_more_on_average():
    assert len(split(book(), LIMIT)) <= len(book()) / (LIMIT / 3)


def test_another_process_cuts_at_the_same_places():
    program = (
        "import sys; from app.summaries.parts import split; print([len(p) for p in split(sys.stdin.read(), 40000)])"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            input=book(),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert found == [str([len(part) for part in split(book(), LIMIT)])] * 2


def test_parts_begin_with_headings_where_there_are_some():
    assert all(part.startswith("## ") for part in split(book(), LIMIT))


def test_chapters_are_cut_apart_before_their_sections_are():
    chapters = [
        f"{number} Chapter\n\n" + "\n\n".join(sections()[number * 4 : number * 4 + 4]) for number in range(1, 12)
    ]
    assert all(" Chapter\n" in part[:20] for part in split("\n\n".join(chapters), LIMIT))


def test_a_heading_stays_with_what_follows_it():
    chance = random.Random(7)
    chapters = (f"{number} {'Heading ' * 5}\n\n{section(chance, 'It begins.')}" for number in range(1, 60))
    assert not any(part.strip().endswith("Heading") for part in split("\n\n".join(chapters), 350))


def test_a_paragraph_that_is_too_long_is_cut_between_sentences():
    parts = split("Dr. Brown came at nine. " * 1_000, 100)
    assert all(part.endswith("nine. ") for part in parts)


def test_what_a_reader_sees_as_one_character_is_not_cut():
    family, accented = "👨‍👩‍👧‍👦", "e\u0301\u0323"
    assert not any(part.startswith(("\u200d", "\u0301", "\u0323")) for part in split((family + accented) * 100, 512))


def test_an_empty_text_has_no_parts():
    assert split("", LIMIT) == []
    assert group([], LIMIT) == []


def test_a_limit_below_a_few_characters_is_refused():
    with pytest.raises(ValueError, match="at least 64"):
        split("Some words.", SMALLEST_LIMIT - 1)


@given(st.lists(st.text(max_size=60), max_size=30), st.integers(1, 200))
@settings(max_examples=300, deadline=None)
def test_groups_keep_every_text_whole_and_in_order(notes, limit):
    groups = group(notes, limit)
    assert [text for found in groups for text in found] == notes
    assert all(len(found) == 1 or len("".join(found).encode()) <= limit for found in groups)


@given(st.lists(st.text(max_size=60), min_size=2, max_size=30), st.integers(1, 200))
@settings(max_examples=300, deadline=None)
def test_there_are_fewer_groups_than_texts_wherever_two_neighbours_fit(notes, limit):
    sizes = [len(note.encode()) for note in notes]
    fits = any(first + second <= limit for first, second in pairwise(sizes))
    assert (len(group(notes, limit)) < len(notes)) == fits


def test_a_changed_note_changes_few_groups():
    notes = [f"Part {number} says {'so ' * (number % 90 + 40)}" for number in range(400)]
    changed = [*notes[:30], "It says something else.", *notes[31:]]
    before, after = group(notes, 2_000), group(changed, 2_000)
    assert 1 <= len([found for found in after if found not in before]) <= 3
