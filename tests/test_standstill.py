"""A page that waits says so in words when nobody is at work on what it waits for."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.database import utcnow
from app.extensions import db
from app.models import Extraction, Status, Summary
from app.views.seen import Seen
from tests.support.people import TEXT, Person
from tests.support.servers import free_port, wait_until

DATABASES = ("sqlite",)  # what is shown here is the same on either
NO_WORKER = "No worker is running at the moment. This goes on as soon as one is, and nothing is lost."
NO_QUEUE = "The queue cannot be reached at the moment. This goes on as soon as it can be, and nothing is lost."


def a_while_ago(app, kind: type[Summary | Extraction], **values) -> None:
    """Have it become due earlier than it did."""
    with app.app_context():
        db.session.execute(update(kind).values(next_at=utcnow() - timedelta(seconds=6), **values))
        db.session.commit()


@pytest.fixture
def document(ada) -> int:
    """Of which a summary was asked for."""
    document = ada.add()
    ada.summarise(document)
    return document


def test_in_the_first_moments_nothing_is_said_of_workers(ada, document):
    assert ada.panel(document).notice.startswith("Waiting to be written.")


def test_a_page_that_waits_with_no_worker_says_so_and_until_when_it_does(ada, document, app):
    a_while_ago(app, Summary)
    page = ada.panel(document)
    assert page.notice.startswith(f"{NO_WORKER} It will be here, or the reason why not, by ")
    assert page.polls


def test_a_page_that_is_open_is_told_by_its_next_poll_and_only_once(ada, document, app):
    page = ada.panel(document)
    a_while_ago(app, Summary)
    told = ada.poll(page)
    assert told.notice.startswith(NO_WORKER)
    assert told.announcement == ""
    again = ada.poll(told)
    assert again.one("#summary-body") is None, "what did not change is not painted again"


def test_whoever_checks_by_hand_hears_it(ada, document, app):
    page = ada.panel(document)
    a_while_ago(app, Summary)
    checked = ada.poll(page, "&checked=1")
    assert checked.announcement.startswith("Still waiting: no worker is running. Checked at ")


def test_what_was_being_written_when_the_last_worker_died_is_told_of_too(ada, document, app):
    late = utcnow() - timedelta(seconds=6)
    a_while_ago(app, Summary, status=Status.PROCESSING, lease_until=late, started_at=late)
    assert ada.panel(document).notice.startswith(NO_WORKER)
    a_while_ago(app, Summary, lease_until=utcnow() + timedelta(seconds=6))
    assert ada.panel(document).notice == ""


def test_with_a_worker_alive_a_long_queue_is_only_a_long_queue(ada, document, app, start_worker):
    start_worker("low")  # which never takes this
    wait_until(lambda: app.test_client().get("/readyz").status_code == 200, "the worker is there", 60)
    a_while_ago(app, Summary)
    assert ada.panel(document).notice.startswith("Waiting to be written.")


def test_with_redis_away_it_is_the_queue_that_cannot_be_reached(ada, make_app):
    away = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ada")
    away.log_in()
    document = away.add()
    away.summarise(document)
    assert away.panel(document).notice.startswith("Waiting to be written.")
    a_while_ago(away.app, Summary)
    assert away.panel(document).notice.startswith(NO_QUEUE)


def test_the_reading_of_a_file_says_it_as_well(ada, app):
    document = ada.add_file("harbour.txt", TEXT.encode())
    page = ada.source(document)
    assert page.said.startswith("Reading the file.")
    a_while_ago(app, Extraction)
    told = ada.poll(page)
    assert told.said.startswith(f"{NO_WORKER} The text will be here, or the reason why not, by ")
    assert ada.poll(told).one("#extraction-body") is None
    assert ada.poll(told, "&reread=1").announcement.startswith("Still waiting: no worker is running. Checked at ")


def test_it_goes_on_when_a_worker_comes(ada, document, app, work):
    a_while_ago(app, Summary)
    stopped = ada.panel(document)
    work.drain()
    ended = ada.poll(stopped)
    assert (ended.state, ended.announcement) == ("complete", "Summary ready")


@pytest.mark.parametrize(
    "token",
    [
        "7.2.processing.12.0.0.prose-medium-",
        "7.2.processing.12.0.0.3.prose-medium-",
        "7.2.processing.12.0.0.3..prose-medium-",
    ],
)
def test_what_pages_of_earlier_releases_have_seen_is_still_understood(token):
    seen = Seen.parse(token)
    assert (seen.summary_id, seen.fence, seen.state, seen.characters) == (7, 2, "processing", 12)
