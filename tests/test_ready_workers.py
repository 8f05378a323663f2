"""Summaries made in advance by workers as the Procfile runs them: nobody waits for them, and nothing is paid twice."""

import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import func, select

from app import signals
from app.database import utcnow
from app.extensions import db
from app.models import Claim, Document, Purpose, Status, Summary, User
from app.models.work import IN_PROGRESS
from tests.provider import Answer, hold, hold_midway, says
from tests.support.moments import pass_quietly
from tests.support.people import TEXT
from tests.support.servers import wait_until

DATABASES = ("sqlite",)  # what is shown here is the same on either

QUIET_SECONDS = 3600
OTHER_TEXT = "A second text, about a lighthouse and its keeper, and quite unlike the first."


@pytest.fixture
def environment(environment):
    """A quiet period that passes only when a test says so."""
    return environment | {"WARMING_QUIET_SECONDS": str(QUIET_SECONDS)}


@pytest.fixture
def release():
    """An event that answers of the provider wait for; set at the end, so that nothing is left hanging."""
    event = Event()
    yield event
    event.set()


class Site:
    """What a test does to many documents at once, and sees of their summaries."""

    def __init__(self, app, work):
        self.app = app
        self.work = work

    def pinned(self, owner, count):
        """So many documents that *owner* pinned, with the warm-up of each in the low queue."""
        with self.app.app_context():
            found = User.by_email(owner.email)
            added = [Document.add(found, f"Number {n}", text_of(n), language="en") for n in range(count)]
            for document in added:
                document.pinned_at = utcnow()
                document.unsettled_since = utcnow() - timedelta(seconds=QUIET_SECONDS)
            db.session.commit()
            ids = [document.id for document in added]
        wait_until(lambda: self.sweep_counting(Status.PENDING) == count, f"{count} warm-ups are queued", 60)
        return ids

    def sweep_counting(self, *states, purpose=Purpose.WARMING):
        self.work.sweep()
        return self.counting(*states, purpose=purpose)

    def counting(self, *states, purpose=Purpose.WARMING):
        counted = select(func.count(Summary.id)).where(Summary.status.in_(states), Summary.purpose == purpose)
        with self.app.app_context():
            return db.session.scalar(counted)

    def summary_of(self, document):
        """The latest one."""
        with self.app.app_context():
            mine = select(Summary).where(Summary.document_id == document).order_by(Summary.id.desc())
            return db.session.scalar(mine.limit(1))

    def write(self, document, text):
        """Do a worker's part for its latest summary, if nobody has done it yet."""
        summary_id = self.summary_of(document).id
        with self.app.app_context():
            claim = Claim.take(db.session.get(Summary, summary_id), timedelta(seconds=10))
            if claim:
                claim.finish(text=text)
            db.session.commit()

    def is_complete(self, document):
        return self.summary_of(document).status == Status.COMPLETE


def text_of(number):
    return f"Document number {number} tells of the harbour of Aldwick and its ships."


def hold_all_but(text, until):
    """Answer at once what is asked about *text*; for the rest, wait."""
    return Answer(lambda call: ("Written at once.",) if call.document == text else (until, *says().steps(call)))


@pytest.fixture
def site(app, work):
    return Site(app, work)


@pytest.fixture
def shared(ada, ben, site):
    """A document of Ada's that Ben may read; its warm-up is in the low queue."""
    document = ada.add(TEXT)
    ada.share(document, ben)
    pass_quietly(site.app, QUIET_SECONDS)
    site.work.sweep()
    assert site.summary_of(document).queue == "low"
    return document


# -- a click and what waits in advance -------------------------------------------------------------------


def test_five_hundred_queued_warm_ups_do_not_delay_a_click(ada, provider, redis, site, start_worker, release):
    provider.default = hold_all_but(TEXT, release)
    site.pinned(ada, 500)
    assert redis.llen("rq:queue:low") == 500
    document = ada.add(TEXT)
    ada.summarise(document)
    start_worker()
    wait_until(lambda: ada.panel(document).state == "complete", "the click is answered")
    assert ada.panel(document).text == "Written at once."
    assert TEXT in [call.document for call in provider.calls[:2]]
    assert site.counting(Status.PENDING) >= 499


def test_a_click_is_answered_though_the_only_worker_has_just_begun_a_warm_up(
    ada, provider, redis, site, start_worker, release
):
    provider.default = hold_all_but(TEXT, release)
    site.pinned(ada, 500)
    start_worker()
    provider.wait_for_calls(1)
    document = ada.add(TEXT)
    ada.summarise(document)
    wait_until(lambda: ada.panel(document).state == "complete", "the click is answered")
    assert [call.document == TEXT for call in provider.calls] == [False, True]
    assert not provider.calls[0].finished
    assert (site.counting(Status.PROCESSING), site.counting(Status.PENDING)) == (1, 499)


def test_ten_clicks_behind_one_warm_up_are_all_answered_before_the_next_one(ada, provider, site, start_worker, release):
    clicked = [f"{TEXT} Number {number}." for number in range(10)]
    provider.default = Answer(lambda call: ("Now.",) if call.document in clicked else (release, "Later."))
    site.pinned(ada, 20)
    start_worker()
    provider.wait_for_calls(1)
    for text in clicked:
        ada.summarise(ada.add(text))
    wait_until(lambda: site.counting(Status.COMPLETE, purpose=Purpose.REQUEST) == 10, "all clicks are answered")
    assert site.counting(Status.PENDING) == 19
    release.set()
    wait_until(lambda: site.counting(Status.COMPLETE) == 20, "the warm-ups are written after them")
    assert len(provider.calls) == 30


# -- who arrives meanwhile -------------------------------------------------------------------------------


def test_who_arrives_while_it_is_warmed_follows_it_and_it_is_paid_once(
    ada, ben, provider, shared, site, start_worker, release
):
    provider.script(hold_midway("The harbour ", release, "silted up."))
    start_worker()
    provider.wait_for_calls(1)
    wait_until(lambda: ben.panel(shared).text == "The harbour", "Ben reads the first words")
    joined = ben.press(shared)
    assert (joined.state, joined.text) == ("processing", "The harbour")
    release.set()
    wait_until(lambda: ben.poll(joined).state == "complete", "Ben's poll brings the end of it")
    assert ada.panel(shared).text == ben.panel(shared).text == "The harbour silted up."
    assert (len(provider.calls), len(site.work.summaries()), len(site.work.ledger())) == (1, 1, 1)


def test_who_opens_what_waits_to_be_warmed_gets_it_before_all_others(ada, provider, site, start_worker, release):
    provider.default = hold(release)
    *_, last = site.pinned(ada, 20)
    start_worker()
    provider.wait_for_calls(1)
    assert ada.panel(last).state in IN_PROGRESS
    provider.wait_for_calls(2)
    assert provider.calls[1].document == text_of(19)
    promoted = site.summary_of(last)
    assert (promoted.queue, promoted.purpose, promoted.status) == ("high", Purpose.JOINED, Status.PROCESSING)
    release.set()
    wait_until(lambda: site.work.in_progress() == 0, "all are written")
    assert sorted(call.document for call in provider.calls) == sorted(map(text_of, range(20)))


def test_however_many_open_it_and_press_it_is_one_call(ada, ben, provider, shared, site, start_worker):
    for reader in (ada, ben) * 3:
        assert reader.panel(shared).state == "pending"
        assert reader.press(shared).state == "pending"
    start_worker()
    wait_until(lambda: site.is_complete(shared), "it is written")
    assert (len(provider.calls), len(site.work.summaries())) == (1, 1)
    assert (site.summary_of(shared).purpose, site.summary_of(shared).requested_by_id) == (Purpose.REQUEST, 1)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite's readers see one moment throughout
def test_a_page_that_is_made_in_the_moment_when_its_summary_ends_shows_it(ada, site):
    document = ada.add(TEXT)
    ada.summarise(document)

    def end_meanwhile(_document, **_about):
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(site.write, document, "Just now.").result()

    with signals.cache_miss.connected_to(end_meanwhile):
        panel = ada.panel(document)
    assert (panel.state, panel.stale, panel.text) == ("complete", False, "Just now.")


# -- what may go wrong meanwhile -------------------------------------------------------------------------


def test_killing_the_worker_while_somebody_follows_a_warm_up_costs_them_time_and_not_the_summary(
    ben, provider, shared, site, start_worker, release
):
    provider.script(hold_midway("Never heard ", release, "to its end."), says("From the second worker."))
    doomed = start_worker(SUMMARY_LEASE_SECONDS="1")
    provider.wait_for_calls(1)
    wait_until(lambda: ben.panel(shared).text == "Never heard", "Ben reads the first words")
    followed = ben.panel(shared)
    doomed.signal_tree(signal.SIGKILL)
    wait_until(lambda: site.sweep_counting(Status.PENDING, purpose=Purpose.JOINED) == 1, "its lease runs out")
    assert ben.poll(followed).state == "pending"
    assert site.summary_of(shared).queue == "high"
    start_worker(SUMMARY_LEASE_SECONDS="1")
    wait_until(lambda: ben.panel(shared).text == "From the second worker.", "Ben reads the summary")
    assert (len(provider.calls), site.summary_of(shared).attempt) == (2, 2)


def test_a_warm_up_whose_worker_is_killed_is_finished_by_the_next(provider, shared, site, start_worker, release):
    provider.script(hold(release, "Never heard."), says("From the second worker."))
    doomed = start_worker(SUMMARY_LEASE_SECONDS="1")
    provider.wait_for_calls(1)
    doomed.signal_tree(signal.SIGKILL)
    start_worker(SUMMARY_LEASE_SECONDS="1")
    wait_until(lambda: site.is_complete(shared), "the second worker completes it")
    assert (len(provider.calls), site.summary_of(shared).purpose) == (2, Purpose.WARMING)


def test_a_text_edited_while_it_is_warmed_is_warmed_again_once_it_is_left_alone(
    ada, provider, shared, site, start_worker, release
):
    provider.script(hold(release, "About the first text."), says("About the second text."))
    start_worker()
    provider.wait_for_calls(1)
    ada.edit(shared, OTHER_TEXT)
    release.set()
    wait_until(lambda: site.is_complete(shared), "the first is written")
    panel = ada.panel(shared)
    assert (panel.text, panel.stale) == ("About the first text.", True)
    site.work.sweep()
    assert len(site.work.summaries()) == 1
    pass_quietly(site.app, QUIET_SECONDS)
    wait_until(lambda: site.counting(Status.COMPLETE) == 2, "the second is written")
    panel = ada.panel(shared)
    assert (panel.text, panel.stale) == ("About the second text.", False)
    assert [call.document for call in provider.calls] == [TEXT, OTHER_TEXT]


def test_valkey_emptied_with_warm_ups_pending_loses_none_and_pays_for_each_once(
    ada, provider, redis, site, start_worker, release
):
    provider.default = hold(release)
    site.pinned(ada, 50)
    start_worker()
    provider.wait_for_calls(1)
    redis.flushall()
    release.set()
    wait_until(lambda: site.counting(Status.COMPLETE) == 50, "all are written", 60)
    assert sorted(call.document for call in provider.calls) == sorted(map(text_of, range(50)))
