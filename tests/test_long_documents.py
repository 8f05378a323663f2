"""Texts that are longer than the model reads at once: read in parts, several at a time, and no part twice."""

import os
import subprocess
import sys

import pytest

from app.models import Step
from app.summaries import window
from app.summaries.prompt import Options, instructions
from app.visible import visible
from tests import provider as answers
from tests.conftest import Work
from tests.provider import Answer, says
from tests.support.people import Person
from tests.support.servers import ROOT
from tests.support.texts import FITS, SMALL_WINDOW, asked_for, chapter, notes_on, parts_read, story

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STORY = story()
PARTS = 8
TEXTS = {
    "chapters": STORY,
    "no blank at all": "x" * 7_000,
    "Japanese": "港は一七〇三年に泥で埋まった。船は岸に着けなくなった。" * 60,
    "what nobody sees": "\u200b".join(STORY) + "\U000e0041" * 400,
    "the same words again": f"{chapter(1)}\n\n{STORY}\n\n{chapter(1)}",
}


@pytest.fixture
def environment(environment):
    return {**environment, **SMALL_WINDOW}


@pytest.fixture
def document(ada):
    added = ada.add(STORY)
    ada.summarise(added)
    return added


def put_together(pieces, text):
    """What is left of *text* when *pieces* are taken off its front one after the other, until none fits."""
    while piece := max((piece for piece in pieces if text.startswith(piece)), key=len, default=""):
        text = text.removeprefix(piece)
    return text


# -- what is sent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_the_parts_together_are_the_text_to_the_last_character(ada, provider, work, name):
    ada.summarise(ada.add(TEXTS[name]))
    work.drain()
    sent = parts_read(provider, TEXTS[name])
    assert len(sent) == len(set(sent)) > 1
    assert put_together(sent, visible(TEXTS[name])) == ""
    assert max(len(part.encode()) for part in sent) <= FITS


def test_the_summary_is_written_from_the_notes_in_the_order_of_the_text(document, provider, work):
    provider.default = Answer(lambda call: [0.2 if "Chapter 1:" in call.document else 0.0, *says().steps(call)])
    work.drain()
    (call,) = asked_for(provider, Step.COMBINE)
    assert call is provider.calls[-1]
    assert call.document == notes_on(parts_read(provider, STORY))
    assert call.instructions == instructions(Options(), "en", in_parts=True)


def test_the_text_stands_alone_in_its_message(document, provider, work):
    work.drain()
    assert len(provider.calls) == PARTS + 1
    for call in provider.calls:
        assert [message["role"] for message in call.messages] == ["system", "user"]
        assert call.document not in call.instructions


def test_the_form_that_is_asked_for_is_that_of_the_summary_alone(ada, provider, work):
    ada.summarise(ada.add(STORY), style="bullets", length="short", language="de")
    work.drain()
    assert ["German" in call.instructions for call in provider.calls] == [False] * PARTS + [True]


# -- several at a time -----------------------------------------------------------------------------------


def once(true):
    """The default answer, as soon as something is true."""

    def steps(call):
        while not true():
            yield 0.02
        yield from says().steps(call)

    return Answer(steps)


def test_so_many_calls_at_a_time_as_are_allowed_and_no_more(make_app, provider):
    app = make_app(summary_parts_at_once=3)
    ada = Person(app, "ada").sign_up()
    provider.default = once(lambda: provider.peak_open_calls >= 3)
    document = ada.add(STORY)
    ada.summarise(document)
    Work(app).drain()
    assert ada.panel(document).state == "complete"
    assert (provider.peak_open_calls, len(provider.calls)) == (3, PARTS + 1)


def test_a_call_that_takes_too_long_is_hung_up_on_while_others_go_on(in_order, make_app, provider):
    app = make_app(summary_timeout_seconds=2)
    ada = Person(app, "ada").sign_up()
    provider.script(answers.drips(0.05), once(lambda: provider.calls[0].client_gone))
    document = ada.add(STORY)
    ada.summarise(document)
    Work(app).drain()
    assert ada.panel(document).state == "complete"
    assert len(provider.calls) == PARTS + 2
    assert [entry.outcome for entry in Work(app).ledger()].count("timeout") == 1


# -- notes that are too many -----------------------------------------------------------------------------


def long_notes(call, words=160):
    return f"Of {len(call.document)} characters: {' '.join(call.document.split()[:9])} {'word ' * words}".strip()


def in_place(calls, text):
    """Those whose document stands in *text*, in the order in which they stand there."""
    return sorted((call for call in calls if call.document in text), key=lambda call: text.index(call.document))


def test_notes_that_are_too_long_together_are_noted_again_until_they_fit(ada, document, provider, work):
    provider.default = Answer(lambda call: [long_notes(call)])
    work.drain()
    notes, levels = "\n\n".join(map(long_notes, in_place(asked_for(provider, Step.PART), STORY))), 0
    while some := in_place(asked_for(provider, Step.MERGE), notes):
        assert "\n\n".join(call.document for call in some) == notes
        notes, levels = "\n\n".join(map(long_notes, some)), levels + 1
    (last,) = asked_for(provider, Step.COMBINE)
    assert last.document == notes
    assert levels > 1
    assert len(notes) <= FITS


@pytest.mark.parametrize(
    "answer",
    [
        Answer(lambda call: [call.document]),
        Answer(lambda call: [call.document * 2]),
    ],
    ids=["an echo", "longer and longer"],
)
def test_notes_that_never_get_shorter_end_in_words_and_not_in_a_loop(ada, document, provider, work, answer):
    provider.default = answer
    work.drain()
    assert ada.panel(document).state == "failed"
    assert "too long for the model" in ada.panel(document).notice
    assert PARTS <= len(provider.calls) <= 2 * PARTS


def test_notes_of_which_no_two_fit_into_the_cautious_limit_are_merged_in_pairs(ada, document, provider, work):
    provider.default = Answer(lambda call: [long_notes(call, 350)])
    work.drain()
    assert ada.panel(document).state == "complete"
    assert FITS < max(len(call.document.encode()) for call in asked_for(provider, Step.MERGE)) <= 2 * FITS


# -- what is long ----------------------------------------------------------------------------------------


def test_a_text_that_fits_is_sent_whole_and_one_byte_more_is_not(ada, provider, work):
    fits = "é" * 1_250
    ada.summarise(ada.add(fits))
    work.drain()
    assert [call.document for call in provider.calls] == [fits]
    assert asked_for(provider, Step.PART) == []
    ada.summarise(ada.add(fits + "e"))
    work.drain()
    assert len(asked_for(provider, Step.PART)) > 1


@pytest.mark.parametrize(
    ("model", "tokens", "most"),
    [
        ("gpt-4o-mini", None, 312_500),
        ("test-model", None, 74_420),
        ("gpt-4o-mini", 16_000, 32_500),
        ("test-model", 4_000, 2_500),
    ],
)
def test_what_the_model_reads_at_once_decides_what_is_long(make_app, model, tokens, most):
    with make_app(openai_model=model, openai_context_tokens=tokens).app_context():
        assert window.most_bytes(model) == most
        assert (window.scheme(most, model), window.is_long(most, model)) == ("whole", False)
        assert window.scheme(most + 1, model) == f"parts-{window.PARTS_SCHEME}-{min(most, 48_000)}"


def test_a_larger_window_makes_it_out_of_date_and_reads_it_whole(ada, make_app, document, provider, work):
    work.drain()
    ada.summarise(short := ada.add("A short text."))
    large = make_app(openai_context_tokens=128_000)
    Work(large).drain()
    ada = Person(large, "ada")
    ada.log_in()
    assert (ada.panel(document).stale, ada.panel(short).stale) == (True, False)
    provider.reset()
    ada.summarise(document)
    Work(large).drain()
    assert [call.document for call in provider.calls] == [STORY]
    assert ada.receipt(document)["Read"] == "Read 100 % of the text, in one piece."


def test_without_a_model_every_text_is_read_in_one_piece(make_app):
    app = make_app(openai_api_key="")
    ada = Person(app, "ada").sign_up()
    document = ada.add(STORY)
    ada.summarise(document)
    Work(app).drain()
    assert ada.receipt(document)["Read"] == "Read 100 % of the text, in one piece."


# -- in the terminal -------------------------------------------------------------------------------------


@pytest.fixture
def in_the_terminal(environment, tmp_path):
    """Run ``flask summarise`` on the story, with neither database nor Redis."""
    (tmp_path / "story.txt").write_text(STORY)
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "summarise", tmp_path / "story.txt", "--length", "short"]
    about = {"cwd": ROOT, "env": {**os.environ, **environment, **nowhere}, "capture_output": True, "text": True}
    return lambda: subprocess.run(command, check=False, **about)


def test_the_command_reads_a_long_file_in_parts_with_nothing_else_running(provider, in_the_terminal):
    done = in_the_terminal()
    assert [call.document for call in asked_for(provider, Step.PART)] == (parts := parts_read(provider, STORY))
    assert "".join(parts) == STORY
    assert provider.calls[-1].document == notes_on(parts)
    assert provider.calls[-1].instructions == instructions(Options(length="short"), "en", in_parts=True)
    assert f"Reading part 1 of {PARTS} …" in done.stderr
    assert f"Reading part {PARTS} of {PARTS} …" in done.stderr
    assert done.stdout.endswith("- It has a point.\n- It ends.\n")


def test_the_command_says_why_a_part_could_not_be_read(provider, in_the_terminal):
    provider.script(says(), answers.refuses())
    done = in_the_terminal()
    assert (done.returncode, done.stdout, len(provider.calls)) == (1, "", 2)
    assert "declined to summarise this text" in done.stderr
    assert "Traceback" not in done.stderr
