"""How much of a text was read: shown while it is read, stated with the summary, and never more than is true."""

import threading

import pytest

from app.models import Step
from app.summaries.coverage import Coverage, Unread
from app.summaries.prompt import NOT_READ
from app.views import wording
from tests import provider as answers
from tests.provider import Answer, fails, hold, says
from tests.support.people import Person, words
from tests.support.servers import wait_until
from tests.support.texts import SMALL_WINDOW, asked_for, story
from tests.support.writing import Writing

pytestmark = [
    pytest.mark.usefixtures("database_url"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
STORY = story(9)
PARTS = 9
CUT_OFF = answers.stops_for_length("Half of the no")


@pytest.fixture
def environment(environment):
    return {**environment, **SMALL_WINDOW, "SUMMARY_PARTS_AT_ONCE": "1"}


@pytest.fixture
def document(ada):
    added = ada.add(STORY)
    ada.summarise(added)
    return added


def coverage(person, document):
    """What is said under the summary, sentence by sentence."""
    return [words(sentence) for sentence in person.panel(document).tree.cssselect("#summary-body .coverage p")]


# -- parts that cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (answers.refuses(), "the summary service declined it."),
        (answers.filtered(), "the summary service declined it."),
        (CUT_OFF, "the notes on it were cut off."),
    ],
    ids=["refused", "filtered", "cut off"],
)
def test_the_summary_is_made_from_the_rest_and_says_which_part_is_missing_and_why(
    ada, document, provider, work, answer, why
):
    provider.script(says(), says(), answer)
    work.drain()
    missing = len(asked_for(provider, Step.PART)[2].document)
    share = (len(STORY) - missing) * 100 // len(STORY)
    said = [f"Read {share} % of the text, in 8 of 9 parts.", f"Part 3 of 9 could not be read: {why}"]
    assert coverage(ada, document) == said
    assert ada.receipt(document)["Read"] == " ".join(said)
    assert 85 <= share <= 91
    assert len(provider.calls) == PARTS + 1


def test_the_model_is_told_where_a_part_is_missing(document, provider, work):
    provider.script(says(), says(), answers.refuses())
    work.drain()
    notes = asked_for(provider, Step.COMBINE)[0].document.split(NOT_READ)
    assert len(notes) == 2
    assert "Chapter 2" in notes[0]
    assert "Chapter 4" in notes[1]


def test_a_part_that_cannot_be_read_is_not_asked_for_again_by_the_next_attempt(ada, document, provider, work):
    provider.script(answers.refuses(), says(), fails(503), fails(503))
    work.drain()
    first = asked_for(provider, Step.PART)[0].document
    assert [call.document for call in provider.calls].count(first) == 1
    assert coverage(ada, document)[1] == "Part 1 of 9 could not be read: the summary service declined it."


@pytest.mark.parametrize("how", [{"regenerate": "1"}, {"length": "long"}], ids=["take", "form"])
def test_whoever_asks_later_has_it_tried_anew(ada, document, provider, work, how):
    provider.script(says(), says(), answers.refuses())
    work.drain()
    third = asked_for(provider, Step.PART)[2].document
    provider.reset()
    ada.summarise(document, **how)
    work.drain()
    assert [call.document for call in asked_for(provider, Step.PART)] == [third]
    assert coverage(ada, document) == ["Read 100 % of the text, in 9 parts, 8 of them read before."]


def test_if_no_part_can_be_read_there_is_no_summary(ada, document, provider, work):
    provider.default = answers.refuses()
    work.drain()
    assert (ada.panel(document).state, len(provider.calls)) == ("failed", PARTS)
    assert ada.panel(document).notice == "The summary service declined to summarise this text."


def test_a_summary_that_is_declined_fails_and_a_later_press_pays_for_no_part(ada, document, provider, work):
    provider.script(*[says()] * PARTS, answers.refuses())
    work.drain()
    assert ada.panel(document).state == "failed"
    ada.summarise(document)
    work.drain()
    assert coverage(ada, document) == ["Read 100 % of the text, in 9 parts."]
    assert len(provider.calls) == PARTS + 2


def test_everyone_who_reads_the_summary_is_told_what_is_missing(app, ada, ben, document, provider, work, redis):
    provider.script(answers.refuses())
    work.drain()
    said, link = coverage(ada, document), ada.publish(document)
    ada.share(document, ben)
    assert said[0].endswith("in 8 of 9 parts.")
    assert coverage(ben, document) == said
    assert [words(p) for p in Person(app, "nobody").page(link).cssselect(".coverage p")] == said
    redis.flushall()
    assert coverage(ada, document) == said


def test_a_text_that_is_sent_whole_was_read_in_one_piece(ada, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    assert coverage(ada, document) == ["Read 100 % of the text, in one piece."]


def test_only_all_of_it_is_a_hundred_per_cent():
    nearly = Coverage(1_000_000, 20, 0, (Unread(20, 1, "refused"),))
    assert nearly.percent == 99
    assert Coverage(1_000_000, 20).percent == 100
    assert Coverage(100, 2, 0, (Unread(1, 99, "refused"),)).percent == 1


def test_what_was_made_before_this_was_kept_is_taken_for_read_in_one_piece():
    assert wording.coverage(Coverage.parse({}), []) == ["Read 100 % of the text, in one piece."]
    kept = Coverage(10, 3, 1, (Unread(2, 4, "cut_short"),))
    assert Coverage.parse(kept.kept()) == kept


# -- while it is read ------------------------------------------------------------------------------------


class InParts(Writing):
    def come_to(self, read, text=""):
        self.write(text, read, PARTS)

    def end(self):
        self.finish("All of it.", coverage=Coverage(len(STORY), PARTS).kept())


@pytest.fixture
def writing(app):
    return InParts(app)


def bar(panel):
    """What the progress bar says, its value and its maximum; None where the answer brings none."""
    shown, label = panel.one("#summary-progress progress#summary-parts"), panel.one("label[for=summary-parts]")
    return None if shown is None else (words(label), shown.get("value"), shown.get("max"))


def test_it_says_which_part_is_being_read(ada, document, writing):
    panel = ada.poll(ada.panel(document))
    writing.begin()
    writing.come_to(0)
    panel = ada.poll(panel)
    assert bar(panel) == ("Reading part 1 of 9", "0", "9")
    writing.come_to(3)
    assert bar(ada.poll(panel)) == ("Reading part 4 of 9", "3", "9")
    writing.come_to(9)
    assert bar(ada.poll(panel)) == ("All 9 parts read; writing the summary", "9", "9")


def test_the_bar_comes_also_if_the_page_saw_it_begin_before_the_first_part(ada, document, writing):
    writing.begin()
    panel = ada.poll(ada.panel(document))
    assert bar(panel) is None
    writing.come_to(0)
    assert bar(ada.poll(panel)) == ("Reading part 1 of 9", "0", "9")


def test_the_bar_is_swapped_only_when_it_changed_and_is_never_announced(ada, document, writing):
    writing.begin()
    writing.come_to(3)
    panel = ada.poll(ada.panel(document))
    again = ada.poll(panel)
    assert [element.get("id") for element in again.tree] == ["summary-poller"]
    writing.come_to(4)
    assert [element.get("id") for element in ada.poll(again).tree] == ["summary-poller", "summary-progress"]
    page = ada.panel(document)
    assert page.one("[aria-live] progress, [role=status] progress, #summary-body progress") is None
    assert len(page.tree.cssselect("#summary [aria-live], #summary [role=status]")) == 1


def test_a_reader_hears_of_the_beginning_and_of_the_end_and_of_nothing_between(ada, writing):
    document = ada.add(STORY, title="A story")
    panel = ada.press(document)
    heard = [panel.announcement]
    writing.begin()
    for read in range(PARTS + 1):
        writing.come_to(read)
        panel = ada.poll(panel)
        heard.append(panel.announcement)
    writing.come_to(PARTS, "First words")
    panel = ada.poll(panel)
    writing.end()
    ended = ada.poll(panel)
    assert [one for one in [*heard, panel.announcement, ended.announcement] if one] == [
        "Summarising A story",
        "Summary ready",
    ]
    assert ended.one("#summary-progress") is not None
    assert bar(ended) is None


def test_words_come_under_the_bar_as_they_are_written(ada, document, writing):
    writing.begin()
    writing.come_to(PARTS)
    panel = ada.poll(ada.panel(document))
    writing.come_to(PARTS, "First words")
    panel = ada.poll(panel)
    assert panel.appended == "First words"
    assert panel.one("#summary-progress") is None
    assert bar(ada.panel(document))[0] == "All 9 parts read; writing the summary"


def test_redis_emptied_in_the_midst_takes_the_bar_and_no_words(ada, document, writing, redis):
    writing.begin()
    writing.come_to(PARTS, "First words")
    panel = ada.poll(ada.panel(document))
    redis.flushall()
    wait_until(lambda: bar(ada.panel(document)) is None, "no process remembers it")
    panel = ada.poll(panel)
    assert (panel.state, bar(panel)) == (None, None)
    writing.come_to(PARTS, "First words and more")
    panel = ada.poll(panel)
    assert panel.appended == "and more"
    assert bar(panel)[0] == "All 9 parts read; writing the summary"


def test_a_text_that_is_sent_whole_has_no_bar(ada, writing):
    document = ada.add()
    ada.summarise(document)
    writing.begin()
    writing.write("Words")
    assert ada.panel(document).text == "Words"
    assert bar(ada.panel(document)) is None


def test_a_page_loaded_in_the_midst_shows_how_far_a_real_worker_is(ada, document, provider, start_worker, redis):
    rest, end = threading.Event(), threading.Event()
    provider.script(says(), says(), says())
    provider.default = hold(rest)
    start_worker()
    wait_until(lambda: bar(ada.panel(document)) == ("Reading part 4 of 9", "3", "9"), "three parts are read", 60)
    redis.delete(*redis.keys("foreword:*"))
    wait_until(lambda: bar(ada.panel(document)) is None, "the bar is gone")
    assert ada.panel(document).state == "processing"
    summary = ["First words ", end, "and last."]
    provider.default = Answer(lambda call: summary if len(provider.calls) > PARTS else says().steps(call))
    rest.set()
    wait_until(lambda: ada.panel(document).text == "First words", "the first words are there")
    assert bar(ada.panel(document)) == ("All 9 parts read; writing the summary", "9", "9")
    end.set()
    wait_until(lambda: ada.panel(document).state == "complete", "it is complete")
    assert (bar(ada.panel(document)), ada.panel(document).text) == (None, "First words and last.")
