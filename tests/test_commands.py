"""``flask summarise`` and ``flask add-user``, run as a person runs them."""

import os
import subprocess
import sys
from threading import Event

import pytest

from tests.provider import cut_after, hold_midway, no_quota, says
from tests.support.people import TEXT, Person
from tests.support.servers import ROOT, wait_until

STORY = " ".join(f"Sentence number {n} tells of the harbour and its ships." for n in range(30))
NOWHERE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *map(str, arguments)]


def flask(*arguments: object, **variables: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "OPENAI_API_KEY": "", **variables}
    return subprocess.run(command(*arguments), check=False, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture
def story(tmp_path):
    file = tmp_path / "story.txt"
    file.write_text(STORY)
    return file


@pytest.fixture
def at_provider(provider, tmp_path) -> dict[str, str]:
    about = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": provider.base_url, "OPENAI_MODEL": "test-model"}
    return {**NOWHERE, **about, "INSTANCE_PATH": str(tmp_path)}


def test_a_file_is_summarised_with_nothing_else_running(story, tmp_path):
    done = flask("summarise", story, INSTANCE_PATH=str(tmp_path), **NOWHERE)
    assert done.returncode == 0
    assert done.stdout.startswith("Sentence number")
    assert all(sentence in STORY for sentence in done.stdout.strip().split(". "))
    assert "Read story.txt: 300 words." in done.stderr
    assert "the offline summariser (sentences of the document itself)" in done.stderr
    assert "Done in" in done.stderr


def test_the_form_can_be_chosen(story, tmp_path):
    points = flask("summarise", story, "--style", "bullets", INSTANCE_PATH=str(tmp_path), **NOWHERE)
    assert [line[:2] for line in points.stdout.splitlines()] == ["- "] * 5
    assert flask("summarise", story, "--style", "sonnet").returncode == 2


def test_the_length_can_be_chosen(story, provider, at_provider):
    assert flask("summarise", story, "--length", "short", **at_provider).returncode == 0
    assert "at most 60 words" in provider.calls[0].instructions
    assert flask("summarise", story, "--length", "endless").returncode == 2
    assert len(provider.calls) == 1


def test_the_provider_is_asked_once_and_its_words_come_as_they_are_written(story, provider, at_provider):
    rest = Event()
    provider.script(hold_midway("First words, ", rest, "and the rest."))
    with subprocess.Popen(
        command("summarise", story, "--language", "de"),
        cwd=ROOT,
        env={**os.environ, **at_provider},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.read(13) == "First words, "
        rest.set()
        out, progress = process.communicate()
    assert (process.returncode, out) == (0, "and the rest.\n")
    assert "Summarising with test-model" in progress
    assert "tokens." in progress
    (call,) = provider.calls
    assert call.document == STORY
    assert "Write in German" in call.instructions


@pytest.mark.parametrize(
    ("answer", "printed", "reason"),
    [
        (no_quota(), "\n", "has used up what it may spend"),
        (cut_after("Half a sen"), "Half a sen\n", "sent an answer that was not whole"),
    ],
)
def test_a_failure_is_told_in_plain_words(story, provider, at_provider, answer, printed, reason):
    provider.script(answer)
    failed = flask("summarise", story, **at_provider)
    assert (failed.returncode, failed.stdout) == (1, printed)
    assert reason in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("name", "content", "status", "reason"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0", 1, "This is a picture."),
        ("empty.txt", b"  \n", 1, "There is no text in this file."),
        ("missing.txt", None, 2, "does not exist"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_not_sent(
    tmp_path, provider, at_provider, name, content, status, reason
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused = flask("summarise", tmp_path / name, **at_provider)
    assert (refused.returncode, refused.stdout) == (status, "")
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr
    assert provider.calls == []


def test_who_stops_listening_stops_the_call(story, provider, at_provider):
    provider.default = says("word " * 5_000, between=0.01)
    with subprocess.Popen(
        command("summarise", story),
        cwd=ROOT,
        env={**os.environ, **at_provider},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        process.stdout.read(4)
        process.stdout.close()
        assert process.wait(timeout=20) != 0
    wait_until(lambda: provider.calls[0].client_gone, "the call is hung up")


def test_an_account_is_added_where_sign_up_is_closed(environment, make_app):
    add = ("add-user", "Ada@Example.org", "--password")
    assert "Added Ada@Example.org." in flask(*add, "correct horse", **environment, SIGNUP="closed").stdout
    ada = Person(make_app(signup="closed"), "ada")
    assert ada.log_in("correct horse").status_code == 303
    assert ada.add(TEXT)
    again = flask(*add, "correct horse", **environment)
    assert (again.returncode, "has an account already" in again.stderr) == (1, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("ada@example.org", "short", "A password has 8 to 128 characters."),
        ("ada", "long enough", "is no email address"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_plain_words(environment, email, password, reason):
    refused = flask("add-user", email, "--password", password, **environment)
    assert refused.returncode == 1
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr
