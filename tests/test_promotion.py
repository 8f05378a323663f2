"""Arriving where a summary is being made in advance: one joins it, it is hurried, and it is paid once."""

import re
from datetime import timedelta

import pytest

from app import signals
from app.database import utcnow
from app.extensions import db
from app.models import Claim, Summary, User
from app.summaries import prompt
from tests.provider import hold_midway, rate_limited
from tests.support.moments import alter, at_once
from tests.support.people import Person
from tests.support.servers import wait_until


@pytest.fixture
def app(make_app):
    return make_app(warming_quiet_seconds=0)


@pytest.fixture
def document(ada, ben, work):
    """Shared with Ben, and its summary waits to be made in advance."""
    document = ada.add()
    ada.share(document, ben)
    work.sweep()
    assert standing(work) == ("pending", "warming", "low", None, 0)
    return document


@pytest.fixture
def underway(ada, ben, provider, release, environment, start_worker):
    """A document of which a worker has written the first words in advance."""
    provider.script(hold_midway("The channel ", release, "was dredged."))
    document = ada.add()
    ada.share(document, ben)
    start_worker(WARMING_QUIET_SECONDS="0")
    provider.wait_for_calls(1)
    wait_until(lambda: ben.panel(document).text == "The channel", "the first words are there")
    return document


def standing(work):
    (summary,) = work.summaries()
    return summary.status, summary.purpose, summary.queue, asker(work.app, summary), summary.fence


def asker(app, summary):
    with app.app_context():
        user = db.session.get(User, summary.requested_by_id) if summary.requested_by_id else None
        return user and user.email


def begin(app):
    """A worker's claim to the summary."""
    with app.app_context():
        claim = Claim.take(db.session.get(Summary, 1), timedelta(minutes=1))
        db.session.commit()
    assert claim
    return claim


JOINED = ("pending", "joined", "high", None, 1)


def asked_for(by, fence):
    return "pending", "request", "high", by.email, fence


# -- while it waits --------------------------------------------------------------------------------------


def test_whoever_opens_the_page_joins_what_waits_and_it_is_hurried(ben, provider, work, document):
    panel = ben.panel(document)
    assert panel.state == "pending"
    assert panel.polls
    assert standing(work) == JOINED
    work.drain()
    assert ben.panel(document).state == "complete"
    assert len(provider.calls) == 1


def test_it_is_rung_for_where_people_wait(ben, work, document, redis):
    assert redis.llen("rq:queue:high") == 0
    ben.panel(document)
    assert redis.llen("rq:queue:high") == 1


def test_opening_it_again_hurries_nothing_twice(ada, ben, work, document, redis):
    ben.poll(ben.panel(document))
    ada.panel(document)
    assert standing(work) == JOINED
    assert redis.llen("rq:queue:high") == 1


def test_pressing_summarise_hurries_it_just_so(ben, provider, work, document):
    assert ben.press(document).state == "pending"
    assert standing(work) == asked_for(ben, 1)
    work.drain()
    assert len(provider.calls) == 1


def test_whoever_joined_it_and_then_presses_asks_by_name(ada, ben, provider, work, document):
    ben.panel(document)
    assert ben.press(document).state == "pending"
    ada.press(document)
    assert standing(work) == asked_for(ben, 2)
    work.drain()
    assert len(provider.calls) == 1


def test_checking_for_updates_joins_what_began_to_wait_after_the_page_was_opened(ada, ben, provider, work, document):
    work.drain()
    page = ben.panel(document)
    ada.edit(document, "A second text, about the lighthouse.")
    work.sweep()
    panel = ben.poll(page, "&checked=1")
    assert (panel.state, panel.polls) == ("pending", True)
    assert [s.purpose for s in work.summaries()] == ["warming", "joined"]
    work.drain()
    assert len(provider.calls) == 2


def tabs_of(reader, count):
    """So many windows of one person's browser."""
    tabs = [Person(reader.app, reader.name) for _ in range(count)]
    for tab in tabs:
        tab.browser.set_cookie("session", reader.browser.get_cookie("session").value)
    return tabs


def test_twenty_who_arrive_at_once_hurry_it_once_and_pay_once(ada, ben, provider, work, document):
    tabs = tabs_of(ada, 10) + tabs_of(ben, 10)
    asked = []
    with signals.summary_requested.connected_to(lambda _sender, **told: asked.append(told["queue"])):
        states = at_once(20, lambda number: tabs[number].panel(document).state)
    assert states == ["pending"] * 20
    assert asked == ["high"]
    assert standing(work)[4] == 1
    work.drain()
    assert len(provider.calls) == 1
    assert {reader.panel(document).state for reader in (ada, ben)} == {"complete"}


def test_arriving_and_pressing_at_once_is_one_call(app, ada, ben, provider, work, document):
    at_once(2, lambda number: ben.panel(document) if number else ada.press(document))
    assert (standing(work)[0], standing(work)[2]) == ("pending", "high")
    work.drain()
    assert len(provider.calls) == 1


def test_whoever_has_only_the_link_hurries_nothing(app, ada, provider, work):
    document = ada.add()
    link, anybody = ada.publish(document), Person(app, "anybody")
    work.sweep()
    panel = anybody.panel_at(link)
    assert (panel.state, panel.polls) == ("pending", True)
    anybody.poll(panel, "&checked=1")
    assert standing(work) == ("pending", "warming", "low", None, 0)
    work.drain()
    assert anybody.poll(panel).state == "complete"
    assert len(provider.calls) == 1


def test_a_stranger_hurries_nothing(eve, work, document):
    assert eve.get(f"/documents/{document}").status_code == 404
    assert eve.summarise(document).status_code == 404
    assert standing(work) == ("pending", "warming", "low", None, 0)


def test_a_wait_that_the_provider_asked_for_is_not_cut_short(ben, provider, work, document):
    provider.script(rate_limited(600))
    work.once()
    (before,) = work.summaries()
    assert before.next_at > utcnow() + timedelta(seconds=500)
    panel = ben.panel(document)
    work.sweep()
    work.once()
    (after,) = work.summaries()
    assert (after.purpose, after.next_at) == ("joined", before.next_at)
    assert re.search(r"service is busy\. It is tried again at \d\d:\d\d", panel.notice)
    assert len(provider.calls) == 1


def test_who_joins_what_waited_for_an_hour_is_promised_the_time_of_a_request(app, ben, work, document):
    alter(app, Summary, requested_at=utcnow() - timedelta(hours=1), next_at=utcnow() - timedelta(hours=1))
    ben.panel(document)
    (summary,) = work.summaries()
    assert summary.give_up_at < utcnow() + timedelta(hours=1)
    assert summary.requested_at > utcnow() - timedelta(minutes=1)


def test_who_joins_what_waited_for_an_hour_hears_still_summarising_a_minute_later_and_not_before(app, ben, document):
    alter(app, Summary, requested_at=utcnow() - timedelta(hours=1))
    panel = ben.panel(document)
    assert panel.status == "Summarising The harbour"
    panel = ben.poll(panel)
    assert panel.announcement == ""
    alter(app, Summary, requested_at=utcnow() - timedelta(seconds=61))
    assert ben.poll(panel).announcement == "Still summarising"


# -- while it is written ---------------------------------------------------------------------------------


def test_arriving_while_it_is_written_joins_it_and_leaves_it_to_its_worker(ben, provider, work, release, underway):
    panel = ben.panel(underway)
    assert (panel.state, panel.text) == ("processing", "The channel")
    assert standing(work) == ("processing", "joined", "high", None, 1)
    assert ben.press(underway).state == "processing"
    assert standing(work) == ("processing", "request", "high", ben.email, 1)
    release.set()
    wait_until(lambda: ben.panel(underway).text == "The channel was dredged.", "all words are there")
    assert len(provider.calls) == 1


def test_whoever_has_only_the_link_follows_what_is_written_and_changes_nothing(app, ada, work, document):
    link, anybody = ada.publish(document), Person(app, "anybody")
    begin(app)
    panel = anybody.panel_at(link)
    assert (panel.state, panel.polls) == ("processing", True)
    anybody.poll(panel)
    assert standing(work) == ("processing", "warming", "low", None, 1)


def test_while_it_is_written_still_summarising_is_said_a_minute_after_one_came(app, ben, document):
    begin(app)
    alter(app, Summary, **dict.fromkeys(("requested_at", "started_at"), utcnow() - timedelta(hours=1)))
    panel = ben.panel(document)
    assert panel.state == "processing"
    panel = ben.poll(panel)
    assert panel.announcement == ""
    alter(app, Summary, requested_at=utcnow() - timedelta(seconds=61))
    assert ben.poll(panel).announcement == "Still summarising"


def test_an_attempt_that_must_be_made_again_is_made_where_people_wait(app, ben, provider, work, document):
    claim = begin(app)
    panel = ben.panel(document)
    with app.app_context():
        assert claim.retry("unavailable", timedelta())
        db.session.commit()
    assert ben.poll(panel).state == "pending"
    assert standing(work) == JOINED
    work.drain()
    assert ben.poll(panel).state == "complete"
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("ended", "said"), [("failed", "Summary failed. You can try again."), ("cancelled", "Summary stopped")]
)
def test_who_followed_it_to_a_bad_end_is_told_so(app, ben, document, ended, said):
    claim = begin(app)
    panel = ben.panel(document)
    assert panel.state == "processing"
    with app.app_context():
        assert claim.fail("refused") if ended == "failed" else db.session.get(Summary, 1).cancel()
        db.session.commit()
    panel = ben.poll(panel)
    assert panel.state == ended
    assert panel.announcement == said


# -- when the prompt changes between -----------------------------------------------------------------------


def test_what_is_asked_for_under_another_prompt_waits_for_a_worker_that_has_it(ada, provider, work, app, monkeypatch):
    document = ada.add()
    ada.summarise(document)
    with monkeypatch.context() as another_release:
        another_release.setattr(prompt, "PROMPT_VERSION", "v99.0")
        work.once()
    (summary,) = work.summaries()
    assert (summary.status, summary.attempt) == ("pending", 0)
    assert summary.next_at > utcnow()
    assert provider.calls == []
    alter(app, Summary, next_at=utcnow())
    work.drain()
    assert ada.panel(document).state == "complete"
    assert len(provider.calls) == 1


def test_what_was_to_be_made_in_advance_under_an_earlier_prompt_is_dropped(provider, work, document, monkeypatch):
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    work.drain()
    assert [s.status for s in work.summaries()] == ["cancelled"]
    assert provider.calls == []
