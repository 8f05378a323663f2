"""What differs between two texts: nothing lost, nothing invented, and marked as a reader would."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.differences import MOST_LINES, MOST_WORDS, Passage, compare, places

# Few words and much repetition, so that texts have much in common; and anything at all.
few_words = st.lists(st.sampled_from(["ship", "quay", "the", " ", "  ", "\n", "\n\n", "."]), max_size=30).map("".join)
texts = st.one_of(few_words, st.text(max_size=60), st.text("ab \n\r\x0b\x85\u2028", max_size=40))


def of(passages, *kinds):
    return "".join(passage.text for passage in passages if passage.kind in kinds)


def marked(before, after):
    """The passages in short: ``[-taken out-]`` and ``{+put in+}``."""
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[passage.kind].format(passage.text) for passage in compare(before, after))


def edited(text, *changes):
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


# -- always ----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(texts, texts)
@example("a", "")
@example("", "a")
@example("a b\n", "a b")
@example("x\ny", "y\nx")
def test_the_passages_make_up_both_texts(before, after):
    passages = compare(before, after)
    assert of(passages, "removed", "same") == before
    assert of(passages, "added", "same") == after


@settings(deadline=None)
@given(texts, texts)
def test_neighbours_differ_in_kind_and_none_is_empty(before, after):
    passages = compare(before, after)
    assert all(passage.text for passage in passages)
    assert all(one.kind != next_one.kind for one, next_one in pairwise(passages))


@settings(deadline=None)
@given(texts, texts)
def test_what_was_taken_out_stands_before_what_was_put_in(before, after):
    kinds = [passage.kind for passage in compare(before, after)]
    assert ("added", "removed") not in list(pairwise(kinds))


@settings(deadline=None)
@given(texts, texts)
def test_there_is_no_place_exactly_when_the_texts_are_the_same(before, after):
    assert (places(compare(before, after)) == 0) == (before == after)


@settings(deadline=None)
@given(texts, texts)
def test_there_are_as_many_places_as_runs_of_change(before, after):
    kinds = "".join(" " if passage.kind == "same" else "x" for passage in compare(before, after))
    assert places(compare(before, after)) == len(kinds.split())


@settings(deadline=None)
@given(texts)
def test_a_text_is_the_same_as_itself(text):
    assert compare(text, text) == ([Passage("same", text)] if text else [])


# -- as a reader would mark it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("The quay of 1703.", "The quay of 1704.", "The quay of [-1703.-]{+1704.+}"),
        ("The quay.", "The old quay.", "The {+old +}quay."),
        ("The old quay.", "The quay.", "The [-old -]quay."),
        ("", "New.", "{+New.+}"),
        ("Old.", "", "[-Old.-]"),
        ("One.\n\nTwo.", "One.\n\nTwo.\n\nThree.", "One.\n\nTwo.{+\n\nThree.+}"),
        ("One.\nTwo.\nThree.\n", "One.\nThree.\n", "One.\n[-Two.\n-]Three.\n"),
        ("One.\nThree.\n", "One.\nTwo.\nThree.\n", "One.\n{+Two.\n+}Three.\n"),
        ("a red old ship", "a blue new ship", "a [-red old-]{+blue new+} ship"),
        ("a red and old ship", "a blue and new ship", "a [-red-]{+blue+} and [-old-]{+new+} ship"),
    ],
)
def test_a_change_is_marked_where_a_reader_would_mark_it(before, after, expected):
    assert marked(before, after) == expected


def test_a_word_is_never_cut_in_two():
    assert marked("harbours", "harbour") == "[-harbours-]{+harbour+}"


PARAGRAPHS = "\n\n".join(
    [
        "The harbour of Aldwick silted up in 1703.",
        "Ships could no longer reach the quay at low water.",
        "The town council dredged the channel in 1710.",
        "Trade came back within two years.",
    ]
)


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ([("1703", "1704")], 1),
        ([("two years", "a decade")], 1),
        ([("1703", "1704"), ("two", "three")], 2),
        ([("1703", "1704"), ("low", "high"), ("two", "three")], 3),
        ([("The harbour of Aldwick", "The port"), ("1703", "1704")], 2),
        ([("Ships could no longer reach the quay at low water.\n\n", "")], 1),
        ([("Ships could", "Nobody came.\n\nShips could")], 1),
    ],
)
def test_places_are_counted_as_a_reader_would(changes, count):
    assert places(compare(PARAGRAPHS, edited(PARAGRAPHS, *changes))) == count


def test_a_paragraph_put_at_the_end_is_one_place_and_takes_nothing_out():
    passages = compare(PARAGRAPHS, PARAGRAPHS + "\n\nThe quay was lengthened in 1715.")
    assert places(passages) == 1
    assert of(passages, "removed") == ""


def test_two_paragraphs_far_apart_are_two_places():
    long = "\n\n".join(f"Paragraph {number} is as it was." for number in range(1000))
    changed = edited(long, ("Paragraph 10 is", "Paragraph 10 was"), ("Paragraph 990 is", "Paragraph 990 was"))
    assert places(compare(long, changed)) == 2


# -- long texts ------------------------------------------------------------------------------------------


def lines(count, word="line"):
    return "".join(f"{word} number {number} of this text\n" for number in range(count))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lines(MOST_LINES), lines(MOST_LINES, "row")),
        (lines(MOST_LINES // 2 - 1), lines(MOST_LINES // 2 - 1, "row")),
        ("\n" * 500_000, "\n" * 499_999 + "x"),
        ("same line\n" * 50_000, "same line\n" * 49_000 + "other line\n" * 1_000),
        ("word " * 200_000, "word " * 100_000 + "other " * 100_000),
        ("a" * 1_000_000, "b" * 1_000_000),
        ("word " * (MOST_WORDS // 4), "other " + "word " * (MOST_WORDS // 4)),
        (lines(9_000), "".join(sorted(lines(9_000).splitlines(keepends=True)))),
    ],
    ids=[
        "more lines",
        "the most lines",
        "blank lines",
        "one line often",
        "one word often",
        "letters",
        "words",
        "sorted",
    ],
)
def test_a_long_text_is_compared_to_the_end_and_nothing_of_it_is_lost(before, after):
    passages = compare(before, after)
    assert of(passages, "removed", "same") == before
    assert of(passages, "added", "same") == after
    assert places(passages) >= 1


def test_one_word_in_a_text_of_a_megabyte_is_one_small_place():
    long = lines(30_000)
    passages = compare(long, edited(long, ("number 15000 of", "number 15000 in")))
    assert of(passages, "removed") == "of"
    assert of(passages, "added") == "in"
