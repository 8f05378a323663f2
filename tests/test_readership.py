"""Who reads what: each page that shows a summary whole is one reading, counted once, and never in anybody's way."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Readership, User
from app.summaries import readership
from tests.conftest import Work
from tests.support.moments import at_once
from tests.support.people import Person
from tests.support.servers import free_port

NOBODY_IN_PARTICULAR = None


@pytest.fixture
def document(ada, work):
    """A document with a summary that nobody has read."""
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document


@pytest.fixture
def counted(work):
    """(reader, readings, of which from the cache) as they are in the database after a sweep."""

    def counted():
        work.sweep()
        return stored(work.app)

    return counted


def stored(app):
    with app.app_context():
        rows = db.session.execute(
            select(User.email, Readership.reads, Readership.cached)
            .select_from(Readership)
            .outerjoin(User, User.id == Readership.reader_id)
            .order_by(User.email)
        )
        return [(email and email.partition("@")[0], reads, cached) for email, reads, cached in rows]


def forget_copies(redis):
    redis.delete(*redis.keys("foreword:summary:*"))


# -- what is a reading -------------------------------------------------------------------------------------


def test_a_page_that_shows_a_summary_is_one_reading_of_its_reader(ada, ben, document, counted):
    ada.share(document, ben)
    ada.panel(document)
    ben.panel(document)
    ben.panel(document)
    assert counted() == [("ada", 1, 1), ("ben", 2, 2)]


def test_what_the_database_answered_is_counted_apart_from_what_the_cache_did(ada, document, counted, redis):
    forget_copies(redis)
    ada.panel(document)
    ada.panel(document)
    assert counted() == [("ada", 2, 1)]


def test_readings_of_one_day_are_added_up(ada, document, counted, redis):
    ada.panel(document)
    assert counted() == [("ada", 1, 1)]
    forget_copies(redis)
    ada.panel(document)
    assert counted() == [("ada", 2, 1)]


def test_whoever_comes_by_the_link_is_nobody_in_particular(app, ada, document, counted):
    link = ada.publish(document)
    for name in ("anybody", "somebody"):
        Person(app, name).panel_at(link)
    assert counted() == [(NOBODY_IN_PARTICULAR, 2, 2)]


def test_a_page_without_a_summary_is_no_reading(ada, work, counted):
    document = ada.add()
    ada.panel(document)
    ada.summarise(document)
    ada.panel(document)
    assert counted() == []


def test_the_page_of_a_stranger_is_no_reading(eve, document, counted):
    eve.get(f"/documents/{document}")
    eve.get(f"/documents/{document}/summary/status", headers={"HX-Request": "true"})
    assert counted() == []


def test_a_poll_that_changes_nothing_is_no_reading(ada, document, counted):
    panel = ada.panel(document)
    for _ in range(3):
        panel = ada.poll(panel)
    ada.poll(panel, "&checked=1")
    assert counted() == [("ada", 1, 1)]


def test_the_poll_that_brings_the_finished_text_is_one_reading(ada, work, counted):
    panel = ada.press(ada.add())
    panel = ada.poll(panel)
    work.drain()
    assert stored(work.app) == []
    panel = ada.poll(panel)
    assert panel.state == "complete"
    ada.poll(panel)
    assert counted() == [("ada", 1, 0)]


def test_pressing_on_what_the_page_shows_already_is_no_reading(ada, document, counted):
    panel = ada.panel(document)
    ada.press(document, seen=panel.poll_url.rpartition("seen=")[2])
    assert counted() == [("ada", 1, 1)]


# -- counting ----------------------------------------------------------------------------------------------


def test_sweepers_at_once_gather_each_reading_once(app, ada, document):
    for _ in range(10):
        ada.panel(document)

    def gather(_number):
        with app.app_context():
            readership.gather()

    at_once(4, gather)
    assert stored(app) == [("ada", 10, 10)]


def test_sweepers_and_readers_at_once_lose_no_reading(app, ada, document):
    tabs = [Person(app, "ada") for _ in range(3)]
    for tab in tabs:
        tab.log_in()

    def act(number):
        for _ in range(5):
            if number < len(tabs):
                tabs[number].panel(document)
            else:
                with app.app_context():
                    readership.gather()

    at_once(6, act)
    with app.app_context():
        readership.gather()
    assert stored(app) == [("ada", 15, 15)]


def test_what_was_read_of_a_document_stays_counted_when_it_is_deleted(ada, document, counted, redis):
    ada.panel(document)
    assert counted() == [("ada", 1, 1)]
    ada.panel(document)
    ada.delete(document)
    assert counted() == [("ada", 2, 2)]
    assert not redis.exists(readership.COUNTS)


def test_with_redis_away_the_page_is_read_and_the_sweep_goes_on(make_app, document):
    away = make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    ada = Person(away, "ada")
    ada.log_in()
    assert ada.panel(document).state == "complete"
    Work(away).sweep()
    assert stored(away) == []


def test_with_redis_emptied_only_the_last_counts_are_lost(ada, document, counted, redis, work):
    ada.panel(document)
    assert counted() == [("ada", 1, 1)]
    ada.panel(document)
    redis.flushall()
    work.forget_pages()
    assert ada.panel(document).state == "complete"
    assert counted() == [("ada", 2, 1)]
