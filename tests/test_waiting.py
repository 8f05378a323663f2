"""The poll of a page that waits is answered in the shortest way, with what the panel itself would say."""

import re
from datetime import timedelta

import pytest

from app.database import utcnow
from app.models import Summary
from tests.support.moments import alter
from tests.support.writing import Writing

HTMX = {"HX-Request": "true"}
DELAY = re.compile(r"(?<=load delay:)\d+")


@pytest.fixture
def writing(app, ada):
    """A document whose summary is asked for, and that as it will be written."""
    writing = Writing(app, ada.add())
    ada.summarise(writing.document)
    return writing


def both_ways(person, panel):
    """What a poll gets, in the short way and in the long one, which whoever asks for more is sent."""
    answers = [person.get(url, headers=HTMX) for url in (panel.poll_url, f"{panel.poll_url}&long=1")]
    assert [answer.status_code for answer in answers] == [200, 200]
    short, long = [DELAY.sub("", answer.text) for answer in answers]
    return short, long


def test_while_it_waits_in_the_queue(ada, writing, asked):
    panel = ada.panel(writing.document)
    with asked() as questions:
        short = ada.get(panel.poll_url, headers=HTMX).text
    assert questions == []
    assert short.count("<div") == 1
    assert len(set(both_ways(ada, panel))) == 1


def test_while_it_is_written_only_what_is_new_comes(ada, writing, asked):
    writing.begin()
    panel = ada.panel(writing.document)
    for text in ("", "One & two, <b>", "One & two, <b> and “three”."):
        writing.write(text)
        with asked() as questions:
            ada.get(panel.poll_url, headers=HTMX)
        assert questions == []
        short, long = both_ways(ada, panel)
        assert short == long
        panel = ada.poll(panel)


@pytest.mark.parametrize(
    "what",
    [
        lambda writing, _app, _ada: writing.begin(),
        lambda writing, _app, _ada: (writing.begin(), writing.write("", 1, 3)),
        lambda writing, _app, ada: ada.cancel(writing.document),
        lambda writing, _app, ada: ada.edit(writing.document, "Another text."),
        lambda _writing, app, _ada: alter(app, Summary, requested_at=utcnow() - timedelta(seconds=61)),
        lambda _writing, app, _ada: alter(app, Summary, next_at=utcnow() - timedelta(seconds=9)),
        lambda _writing, app, _ada: alter(app, Summary, give_up_at=utcnow()),
        lambda _writing, app, _ada: alter(app, Summary, key="that of another prompt"),
        lambda writing, _app, ada: ada.post(f"/documents/{writing.document}/updates", paused="1", panel="summary"),
    ],
    ids=["begun", "in parts", "stopped", "edited", "for a minute", "no worker", "given up", "other prompt", "paused"],
)
def test_whatever_else_happens_is_told_by_the_panel(ada, app, writing, what):
    panel = ada.panel(writing.document)
    what(writing, app, ada)
    short, long = both_ways(ada, panel)
    assert short == long
    assert short.count("<") > 2  # more than the next poller


def test_who_follows_it_from_the_same_point_as_somebody_else_is_told_what_is_their_own(ada, ben, writing):
    ada.share(writing.document, ben)
    panel = ada.panel(writing.document)
    ben.post("/account/preferences", "/account", locale="de")
    ben.post(f"/documents/{writing.document}/updates", paused="1", panel="summary")
    (short, long), (short_of_ben, long_of_ben) = (both_ways(person, panel) for person in (ada, ben))
    assert (short, short_of_ben) == (long, long_of_ben)
    assert short != short_of_ben


def test_a_stranger_and_whoever_lost_access_get_404(ada, ben, eve, writing):
    ada.share(writing.document, ben)
    panel = ben.panel(writing.document)
    assert ben.poll(panel).trigger
    ada.unshare(writing.document, ben)
    for person in (ben, eve):
        assert person.get(panel.poll_url, headers=HTMX).status_code == 404


def test_the_row_of_another_document_is_not_followed(ada, eve, writing):
    panel, own = ada.panel(writing.document), eve.add()
    url = panel.poll_url.replace(f"/documents/{writing.document}/", f"/documents/{own}/")
    assert 'data-state="none"' in eve.get(url, headers=HTMX).text


def test_a_session_that_ended_is_told_so(ada, writing):
    panel = ada.panel(writing.document)
    ada.browser.delete_cookie("session")
    assert ada.get(panel.poll_url, headers=HTMX).status_code == 401
