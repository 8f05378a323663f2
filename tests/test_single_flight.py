"""One key, one paid call, whoever asks and however often."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.extensions import db
from app.models import Document, User
from app.summaries import service
from app.summaries.prompt import Options
from tests.support.people import Person


def _at_once(count, act):
    """Run *act* in so many threads that all begin together; what it returned in each."""
    barrier = Barrier(count)

    def begin(number):
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_two_requests_one_after_the_other_are_one_call(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    ada.summarise(document)
    work.drain()
    assert len(provider.calls) == 1


def test_twenty_people_who_press_three_times_at_once_get_one_row_and_one_call(app, ada, provider, work):
    document = ada.add()

    def press(_number):
        with app.app_context():
            for _ in range(3):
                found, asker = db.session.get(Document, document), db.session.get(User, 1)
                service.request(found, asker, Options())

    _at_once(20, press)
    work.drain()
    assert len(provider.calls) == 1
    assert [s.status for s in work.summaries()] == ["complete"]


def test_two_tabs_that_press_at_once_see_the_same_summary(app, ada, provider, work):
    document = ada.add()
    tabs = [Person(app, "ada") for _ in range(2)]
    for tab in tabs:
        tab.log_in()
    _at_once(2, lambda number: tabs[number].summarise(document))
    work.drain()
    assert tabs[0].panel(document).text == tabs[1].panel(document).text != ""
    assert len(provider.calls) == 1


def test_five_clicks_on_regenerate_are_one_take(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    for _ in range(5):
        ada.summarise(document, regenerate="1")
    work.drain()
    assert len(provider.calls) == 2
    assert [s.take for s in work.summaries()] == [1, 2]


def test_a_job_that_comes_twice_does_its_work_once(app, ada, provider, work):
    ada.summarise(ada.add())
    with app.app_context():
        service.generate(1)
        service.generate(1)
    assert len(provider.calls) == 1


def test_jobs_that_run_at_once_on_one_row_pay_once(app, ada, provider, work):
    ada.summarise(ada.add())

    def run(_number):
        with app.app_context():
            service.generate(1)

    _at_once(6, run)
    assert len(provider.calls) == 1
    assert work.summaries()[0].status == "complete"


def test_the_same_text_in_two_documents_is_two_summaries(ada, ben, provider, work):
    ada.summarise(ada.add())
    ben.summarise(ben.add())
    work.drain()
    assert len({s.key for s in work.summaries()}) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where there is one lock for all who write
def test_whoever_joins_waits_for_nobody_who_writes(ada, app):
    document = ada.add()
    ada.press(document)
    with app.app_context(), db.engine.begin():
        assert ada.press(document).state == "pending"
