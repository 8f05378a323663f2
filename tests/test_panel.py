"""What a poll gets: the next poller, and only what changed since the page last knew."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from app import moments
from app.database import utcnow
from app.extensions import db
from app.models import Summary
from app.summaries import pace
from app.summaries.pace import Pace, Spread, next_look
from app.summaries.reading import Attempt
from tests.provider import says
from tests.support.moments import alter
from tests.support.writing import Writing

DATABASES = ("sqlite",)  # what is shown here is the same on either


@pytest.fixture
def writing(app, ada):
    """A document, and its summary as it will be written."""
    return Writing(app, ada.add())


def test_the_panel_has_the_ids_and_attributes_that_clients_rely_on(ada):
    document = ada.add()
    panel = ada.panel(document)
    section = panel.one("section#summary[aria-labelledby=summary-heading][tabindex='-1']")
    assert section.cssselect("h2#summary-heading")
    assert section.cssselect("p#summary-status[role=status][aria-live=polite][aria-atomic=true]")
    assert section.cssselect(f"form[method=post][action='/documents/{document}/summary'] button#summary-start")
    assert section.cssselect("form[method=get] button#summary-check")
    assert section.cssselect("#summary-poller[hidden][data-hx-get][data-hx-swap=outerHTML]")
    assert not section.cssselect("[aria-busy]")
    assert not section.cssselect("#summary-body form, #summary-body button, #summary-poller *")


def test_a_press_says_that_it_begins_and_brings_a_poller(ada):
    panel = ada.press(ada.add(title="The harbour"))
    assert panel.announcement == "Summarising The harbour"
    assert panel.state == "pending"
    assert re.fullmatch(r"load delay:\d+ms, every 15s, visibilitychange from:document", panel.trigger)


def test_a_pending_page_states_by_when_it_ends(ada):
    assert re.search(r"here, or the reason why not, by \d\d:\d\d UTC\.", ada.press(ada.add()).notice)


def test_a_poll_that_finds_nothing_new_is_only_a_poller(ada):
    first = ada.press(ada.add())
    again = ada.poll(first)
    assert again.poll_url == first.poll_url
    assert len(again.tree) == 1


def test_text_comes_piece_by_piece_and_is_never_sent_twice(ada, writing):
    panel = ada.press(writing.document)
    writing.begin()
    writing.write("The harbour ")
    panel = ada.poll(panel)
    assert (panel.state, panel.text) == ("processing", "The harbour")
    writing.write("The harbour silted <b>up</b>.")
    panel = ada.poll(panel)
    assert panel.state is None
    assert panel.appended == "silted <b>up</b>."
    assert ada.poll(panel).appended == ""


def test_a_piece_names_the_place_it_belongs_to_so_that_it_cannot_be_added_twice(ada, writing):
    panel = ada.press(writing.document)
    writing.begin()
    writing.write("12345")
    panel = ada.poll(panel)
    assert panel.one("#summary-text > #summary-tail-5") is not None
    writing.write("1234567")
    assert ada.poll(panel).one("[data-hx-swap-oob='outerHTML:#summary-tail-5'] > #summary-tail-7") is not None


def test_the_end_is_said_once_and_ends_the_polling(ada, writing):
    panel = ada.press(writing.document)
    writing.begin()
    panel = ada.poll(panel)
    writing.finish("All of it.")
    panel = ada.poll(panel)
    assert (panel.announcement, panel.state, panel.text) == ("Summary ready", "complete", "All of it.")
    assert panel.trigger == ""
    assert len(ada.poll(panel).tree) == 1


def test_a_page_at_rest_says_nothing_and_looks_once(ada, work):
    document = ada.add()
    assert (ada.panel(document).status, ada.panel(document).trigger) == ("", "load")
    ada.summarise(document)
    work.drain()
    panel = ada.panel(document)
    assert (panel.status, panel.trigger) == ("", "load")
    assert len(ada.poll(panel).tree) == 1


def test_after_a_minute_the_reader_hears_once_that_it_goes_on(app, ada, writing):
    from datetime import timedelta

    from sqlalchemy import update

    from app.database import utcnow
    from app.extensions import db
    from app.models import Summary

    panel = ada.press(writing.document)
    with app.app_context():
        db.session.execute(update(Summary).values(requested_at=utcnow() - timedelta(seconds=61)))
        db.session.commit()
    panel = ada.poll(panel)
    assert panel.announcement == "Still summarising"
    assert ada.poll(panel).announcement == ""


def test_a_check_by_hand_is_answered_each_time(ada, writing):
    panel = ada.press(writing.document)
    for _ in range(2):
        panel = ada.poll(panel, "&checked=1")
        assert re.fullmatch(r"Still summarising\. Checked at \d\d:\d\d:\d\d\.", panel.announcement)


def test_a_check_without_javascript_is_answered_in_the_page(ada, writing):
    ada.summarise(writing.document)
    assert ada.panel(writing.document).status == "Summarising The harbour"
    assert ada.panel(writing.document, "?checked=1").status.startswith("Still summarising. Checked at ")


def test_the_check_form_changes_with_every_page_so_that_a_browser_sends_it_every_time(ada, writing):
    first, second = (ada.panel(writing.document).one("input[name=checked]").get("value") for _ in range(2))
    assert first != second


@pytest.mark.parametrize("seen", ["", "nonsense", "1.2.3", "1.1.flying.0.0", "x.y.pending.z.0", "9" * 5000])
def test_a_page_that_has_seen_nothing_sensible_gets_everything(ada, work, seen):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    response = ada.get(f"/documents/{document}/summary/status?seen={seen}", headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert 'data-state="complete"' in response.text


def test_a_poll_is_never_stored_and_varies_by_who_asks(ada):
    response = ada.get(ada.panel(ada.add()).poll_url, headers={"HX-Request": "true"})
    assert response.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in response.headers["Vary"]


def test_the_status_address_in_a_plain_browser_leads_to_the_document(ada):
    document = ada.add()
    response = ada.get(f"/documents/{document}/summary/status")
    assert (response.status_code, response.location) == (303, f"/documents/{document}#summary")


def test_with_redis_emptied_in_mid_call_no_text_is_taken_back(ada, writing, redis):
    panel = ada.press(writing.document)
    writing.begin()
    writing.write("The harbour silted up")
    panel = ada.poll(panel)
    redis.flushall()
    assert len(ada.poll(panel).tree) == 1
    writing.write("The harbour silted up and was dredged")
    assert ada.poll(panel).appended == "and was dredged"


def test_markdown_from_a_model_can_do_no_harm(ada, provider, work):
    hostile = (
        "# Big\n\n<script>alert(1)</script> <b onclick=x>b</b> ![x](http://evil/x.png) "
        "[a](javascript:alert(1)) [b](https://example.org)\n\n- point"
    )
    provider.script(says(hostile))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    text = ada.panel(document).one("#summary-text")
    assert not text.cssselect("script, img, h1, h2, [onclick]")
    (link,) = text.cssselect("a[href]")
    assert (link.get("href"), "noopener" in link.get("rel")) == ("https://example.org", True)


def test_polls_are_rare_while_nothing_can_be_ready_and_frequent_near_the_end():
    steady = Pace(Spread(8, 7.2), Spread(8, 7.2))
    assert next_look(steady, 0.3, streaming=False) > 2
    assert next_look(steady, 7.5, streaming=False) == pace.SOON_SECONDS
    assert next_look(steady, 60, streaming=False) == pace.LONGEST_SECONDS


@pytest.mark.parametrize(("seconds", "known", "most"), [(8, 1, 12), (8, 20, 8), (20, 1, 14), (20, 20, 8)])
def test_a_call_as_long_as_usual_takes_few_polls(seconds, known, most):
    elapsed, polls = pace.SOON_SECONDS, 1
    while elapsed < seconds:
        elapsed += next_look(Pace(*[Spread.of([seconds] * known)] * 2), elapsed, streaming=False)
        polls += 1
    assert polls <= most
    assert elapsed - seconds <= 0.4


@pytest.mark.parametrize(("seconds", "most"), [(6, 12), (8, 12), (20, 8), (60, 14)])
def test_words_are_shown_often_while_there_is_little_to_read_and_take_few_polls(seconds, most):
    steady = Pace(Spread(1.05, 1.0), Spread(seconds, seconds))
    looks = [pace.SOON_SECONDS]
    while looks[-1] < seconds:
        looks.append(looks[-1] + next_look(steady, looks[-1], streaming=looks[-1] > 1.05))
    assert len(looks) <= most
    assert looks[-1] - seconds <= 0.4
    with_words = [look for look in looks if look > 1.05]
    assert with_words[0] <= 1.05 + 0.3
    for seen, after in pairwise(with_words):
        # What was written by then in ten words a second takes longer to read, at four a second, or it is a second's.
        assert after - seen <= max(1.2, (seen - 1) * 10 / 4, seconds / 8)


def test_where_some_calls_are_much_shorter_than_others_one_looks_from_the_shortest_on():
    times = [4.0, 4.2, 5.0, 5.5, 6.0, 6.0, 6.5, 7.0, 7.5, 8.0]
    assert Spread.of(times) == Spread(typical=6.0, soonest=4.2)
    assert Spread.of(times[-3:]) == Spread(typical=7.5, soonest=6.75)


def test_no_call_begins_and_ends_between_two_looks_however_long_it_waited(app, ada, work):
    """A queue is looked at ever more seldom, but by how soon such calls end."""
    ada.summarise(ada.add())
    work.drain()
    alter(app, Summary, finished_at=utcnow(), started_at=utcnow() - timedelta(seconds=3))
    document = ada.add("Another text.")
    ada.summarise(document)
    an_hour_ago = utcnow() - timedelta(hours=1)
    with app.app_context():
        pace.forget("test-model")
        waiting = db.session.scalar(select(Summary).where(Summary.document_id == document))
        waiting.requested_at = waiting.next_at = an_hour_ago
        app.extensions.pop(moments.EXTENSION, None)
        assert pace.until_next_look(Attempt.of(waiting), "test-model") < 3
