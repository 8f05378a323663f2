"""A quotation that is not in the document is never shown as one, not even while the summary is being written."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from app.summaries.quotations import MOST_QUOTED, MOST_TRIED, Passage, Source
from app.views.filters import markdown

DOCUMENT = """\
The council said that the bridge “will be closed for two years” and that no-one was asked. “Not once,” said Ada.

The *engine* was measured at 12" wide — a record — by Dr. Müller’s team in the cafe\u0301, a ﬁnal result.
Wind and   rain,
all night. 漢字仮名交文を読む、それから書く。 The don\xadkeys stayed... and then went home.
"""
MARKS = '"“”„‟«»‹›「」『』＂〝〞〟'

# What models write, and what hostile documents might have them write.
marks = [
    '"',
    "“",
    "”",
    "„",
    "«",
    "»",
    "‹",
    "「",
    "」",
    '\\"',
    "&quot;",
    "&ldquo;",
    "ldquo;",
    "&#",
    "#34;",
    "x22;",
    "\\",
]
code = ["`", "``", "```", "~~~", "`“z”`", "\n```\n", "<", "http://", "[", "](", ")"]
blocks = [
    "\n",
    "\n\n",
    "> ",
    ">",
    "\n> ",
    "- ",
    "1. ",
    "\n- ",
    "\n  ",
    "    ",
    "|",
    " | ",
    "\n|-|-|\n",
    "# ",
    "---",
    "*",
]
tokens = st.sampled_from([*marks, *code, *blocks, " ", "rain", "the bridge", "no such words"])
summaries = st.lists(tokens, max_size=25).map("".join)


@pytest.fixture(scope="module")
def source():
    return Source(DOCUMENT)


def shown(source, summary):
    return source.checked(summary)[0]


def found(source, summary):
    """What of the document the passages are."""
    return [DOCUMENT[passage.start : passage.end] for passage in source.checked(summary)[1]]


def test_a_quotation_that_is_found_stays_and_tells_its_place(source):
    summary = "It says that the bridge “will be closed for two years”."
    start = DOCUMENT.index("will be closed")
    assert source.checked(summary) == (summary, [Passage("will be closed for two years", start, start + 28)])


def test_a_quotation_that_is_not_found_loses_its_marks_and_keeps_its_words(source):
    assert source.checked("It says “the bridge is open” now.") == ("It says the bridge is open now.", [])


straight = ['"{}"', "＂{}＂", '\\"{}\\"', "&quot;{}&quot;", "&#34;{}&#x22;"]
curly = [
    "“{}”",
    "„{}“",
    "„{}”",
    "”{}”",
    "〝{}〞",
    "&ldquo;{}&rdquo;",
    "&OpenCurlyDoubleQuote;{}&CloseCurlyDoubleQuote;",
]
angled = ["«{}»", "« {} »", "»{}«", "‹{}›", "›{}‹", "「{}」", "『{}』"]


@pytest.mark.parametrize("quotation", [*straight, *curly, *angled])
def test_every_kind_of_marks_is_known(source, quotation):
    real, unreal = quotation.format("Wind and rain"), quotation.format("Sun and rain")
    assert shown(source, f"So {real}, it says.") == f"So {real}, it says."
    assert shown(source, f"So {unreal}, it says.").replace(" ", "") == "SoSunandrain,itsays."


@pytest.mark.parametrize(
    ("quoted", "passage"),
    [
        ("Wind and rain, all night", "Wind and   rain,\nall night"),
        ("wind and rain", "Wind and   rain"),
        ("will be closed for two years.", "will be closed for two years"),
        ("no‑one was asked", "no-one was asked"),
        ("by Dr. Müller's team in the café", "by Dr. Müller’s team in the cafe\u0301"),
        ("a final result", "a ﬁnal result"),
        ("The **engine** was measured", "The *engine* was measured"),
        ("the bridge 'will be closed", "the bridge “will be closed"),
        ("12” wide - a record", '12" wide — a record'),
        ("The donkeys stayed… and then", "The don\xadkeys stayed... and then"),
        ("The council said … no-one was asked", DOCUMENT[: DOCUMENT.index(" asked") + 6]),
        ("The council said [...] was asked", DOCUMENT[: DOCUMENT.index(" asked") + 6]),
        ("…closed for two years…", "closed for two years"),
    ],
)
def test_words_are_found_however_they_are_set(source, quoted, passage):
    assert found(source, f"It says: «{quoted}».") == [passage]


within_a_word, wrong_order, one_word_alone = "he council said", "was asked … the council", "The council … record"


@pytest.mark.parametrize(
    "quoted",
    [
        within_a_word,
        wrong_order,
        one_word_alone,
        "the bridge will BE closed",
        "Wind rain",
        "Wind and rain!",
        "…",
        " ",
        "",
    ],
)
def test_words_that_are_not_quite_there_are_not_found(source, quoted):
    assert source.checked(f"It says «{quoted}».") == (f"It says {quoted}.", [])


def test_an_ellipsis_stands_for_a_few_lines_only():
    far = Source(f"The bridge is {'very ' * 1_000}old, said Ada.")
    assert shown(far, "“The bridge is … old, said Ada”") == "The bridge is … old, said Ada"


def test_one_or_two_words_stay_quoted_and_are_not_worth_a_link(source):
    assert source.checked("The “bridge” and the “two years”.") == ("The “bridge” and the “two years”.", [])


def test_words_without_blanks_are_found_and_counted(source):
    assert found(source, "他说“漢字仮名交文を読む”。") == ["漢字仮名交文を読む"]
    assert shown(source, "他说“漢字仮名交文を食べる”。") == "他说漢字仮名交文を食べる。"


def test_straight_marks_pair_by_their_place(source):
    summary = 'The "bridge" is "quite open" for "two years".'
    assert shown(source, summary) == 'The "bridge" is quite open for "two years".'


def test_a_mark_that_closes_one_quotation_does_not_open_another(source):
    assert shown(source, '"嘘です"を"漢字仮名"') == '嘘ですを"漢字仮名"'


def test_a_quotation_is_no_longer_than_600_characters():
    source = Source("so " * 300)
    assert shown(source, f"“{'so ' * 199}so”") == f"“{'so ' * 199}so”"
    assert shown(source, f"“{'so ' * 200}so”") == f"{'so ' * 200}so"


def test_a_quotation_within_one_that_is_not_found_is_looked_up_too(source):
    assert shown(source, "“He said “Wind and rain” then”") == "He said “Wind and rain” then"
    assert shown(source, 'So "he said «Wind and rain» then".') == "So he said «Wind and rain» then."


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("An unclosed “Wind and rain", "An unclosed Wind and rain"),
        ("“Wind\n\nand rain”", "Wind\n\nand rain"),
        ("- “Wind\n- and rain”", "- Wind\n- and rain"),
        ("Wind and rain” it says", "Wind and rain it says"),
        ("“Wind and rain\n> “two years”", "Wind and rain\n> “two years”"),
    ],
)
def test_a_mark_without_its_like_in_its_paragraph_is_left_out(source, summary, expected):
    assert shown(source, summary) == expected


def test_inches_apostrophes_and_single_quotes_stay(source):
    summary = "A 12\" pipe, 5'10\" tall; Ada's 'very own' words, the 1990s' end, 30″."
    assert shown(source, summary) == summary


@pytest.mark.parametrize("code", ["`say “no”`", "``say `“no”` ``", "```\nsay “no”\n```\n", "~~~ py\n“no”\n~~~"])
def test_marks_in_code_are_left_alone(source, code):
    assert shown(source, f"{code}\n\nand “no such words”") == f"{code}\n\nand no such words"


@pytest.mark.parametrize(
    "before",
    ["  ```\nso\n```\n", "- ```\n  so\n```\n```\n", "`so\nso` and `", "| ` | ", "~~~ so | ", "```so`\n", "<http://`"],
)
def test_what_may_be_rendered_otherwise_is_not_taken_for_code(before):
    summary = f"{before}“no such words”` |\n|-|-|\n"
    assert "“" not in shown(Source("Nothing."), summary)


def test_a_block_quotation_stays_only_if_it_is_found(source):
    real, unreal = "> Wind and rain,\n> all night.\n", "> Wind and sun,\n> all day.\n"
    assert source.checked(f"{real}\nSo it was.") == (
        f"{real}\nSo it was.",
        [Passage("Wind and rain,\nall night.", DOCUMENT.index("Wind"), DOCUMENT.index(" 漢"))],
    )
    assert source.checked(f"{unreal}\nSo it was.") == ("Wind and sun,\nall day.\n\nSo it was.", [])


def test_what_follows_a_block_quotation_is_kept_out_of_it(source):
    assert shown(source, "> Wind and rain\nand much more") == "> Wind and rain\n\nand much more"


@pytest.mark.parametrize("summary", ["“> so", "- “> so", "1“. > so", "*“ > so"])
def test_leaving_out_a_mark_makes_no_block_quotation(source, summary):
    assert "blockquote" not in markdown(shown(source, summary))


@pytest.mark.parametrize("summary", ["&“ldquo;no such words&rdquo;", "&ld“quo;no such words", "&#“8220;no such words"])
def test_leaving_out_a_mark_makes_no_other(source, summary):
    assert "“" not in markdown(shown(source, summary))


@given(summaries)
@example("`„``\n1. &ldquo;\n | `“z”`«\n")
@example("<http://“&`“z”`>")
@settings(max_examples=500, deadline=None)
def test_nothing_is_rendered_as_quoted_that_the_document_does_not_say(summary):
    page = html.fragment_fromstring(markdown(Source("Nothing.").checked(summary)[0]), create_parent="div")
    for code in page.xpath("//code"):
        code.text = ""
    assert not page.xpath("//blockquote")
    assert not set(re.sub(r"\d\"", "", page.text_content())) & set(MARKS)


@given(summaries)
@example("“" + "Wind and rain " * 50 + "”, “Wind and rain”")
@example("~~~ “no such words”\n“so”\n~~~\n")
@example("> " + "Wind and rain " * 50 + "\n> Wind and rain\n\n“Wind and rain” ")
@settings(max_examples=250, deadline=None)
def test_what_is_shown_of_a_summary_only_ever_grows(summary):
    source = Source(DOCUMENT)
    so_far = [source.so_far(summary[:end]) for end in range(len(summary) + 1)]
    assert all(after.startswith(before) for before, after in pairwise([*so_far, shown(source, summary)]))


@given(st.lists(tokens.filter(lambda token: "#" not in token and "quo" not in token), max_size=25).map("".join))
@settings(max_examples=250, deadline=None)
def test_no_word_is_lost_or_added(summary):
    assert re.sub(r"\W", "", shown(Source(DOCUMENT), summary)) == re.sub(r"\W", "", summary)


def test_an_open_quotation_is_held_back_until_it_closes(source):
    assert source.so_far("It says “Wind and") == "It says "
    assert source.so_far("It says “Wind and rain” ") == "It says “Wind and rain” "
    assert source.so_far("It says “Wind and sun” ") == "It says Wind and sun "


def test_an_open_quotation_is_held_back_no_longer_than_its_paragraph_or_600_characters(source):
    assert source.so_far("It says “Wind and\n\nrain") == "It says Wind and\n\nrain"
    assert source.so_far(f"It says “{'so ' * MOST_QUOTED}") == f"It says {'so ' * MOST_QUOTED}"


def test_a_summary_that_is_all_quotations_is_looked_up_to_a_limit(source):
    summary = "“Wind and rain” " * (MOST_TRIED + 1)
    assert shown(source, summary) == "“Wind and rain” " * MOST_TRIED + "Wind and rain "


@pytest.mark.parametrize("mark", ['"', "“", "““”", "“„«「『‹", "` `` ", "> a\n", "&", "\n"])
def test_a_summary_of_nothing_but_marks_is_read(source, mark):
    summary = mark * (50_000 // len(mark))
    assert not set(shown(source, summary)) & set(MARKS)
    assert shown(source, summary).startswith(source.so_far(summary))


def test_places_are_those_of_the_document_however_much_is_folded():
    for piece in ["e\u0301\u0323 ", "ﬃ", "…", "\u200b", "  \n", "漢", "＂ｘ＂", "①", "…\u200b\u200bx"]:
        document = piece * 30_000 + " The words that matter, in the end."
        _, (passage,) = Source(document).checked("“the words that matter”")
        assert document[passage.start : passage.end] == "The words that matter"
