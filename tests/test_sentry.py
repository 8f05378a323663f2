"""Errors reach Sentry from wherever they happen, under the id of the click, and without a word of what was typed."""

from functools import partial

import pytest
from redis import Redis
from rq import Queue

from app.extensions import db
from tests.provider import fails
from tests.support.collector import Collector
from tests.support.people import PASSWORD, TEXT
from tests.support.servers import free_port, wait_until
from tests.support.texts import SMALL_WINDOW, story
from tests.support.web import Web

DATABASES = ("sqlite",)  # nothing here depends on which

TITLE = "The harbour of Aldwick"
WORDS = "Nobody is to know this of Aldwick"


@pytest.fixture
def environment(environment):
    """A story is read in parts."""
    return {**environment, **SMALL_WINDOW}


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


@pytest.fixture
def told(collector):
    """What the processes are told."""
    return {"SENTRY_DSN": collector.dsn}


@pytest.fixture
def start_worker(start_worker, told):
    return partial(start_worker, **told)


@pytest.fixture
def web(environment, told):
    web = Web(environment | told)
    yield web
    web.process.stop()


@pytest.fixture
def sql(app):
    """Damage the database."""

    def sql(statement):
        with app.app_context():
            db.session.execute(db.text(statement))
            db.session.commit()

    return sql


@pytest.fixture
def ada_pressed(ada):
    """The id of Ada's click on Summarise."""
    return lambda document: ada.summarise(document).headers["X-Request-ID"]


def arrived(collector, logger, count=1):
    """The events of that logger, once there are so many."""
    wait_until(lambda: len(of(collector, logger)) >= count, f"{count} events of {logger}", 60)
    return of(collector, logger)


def of(collector, logger):
    return [event for event in collector.events() if event.get("logger", "") == logger]


def type_of(event):
    return event["exception"]["values"][-1]["type"]


# -- of jobs -----------------------------------------------------------------------------------------------


def test_an_error_in_an_attempt_arrives_with_its_click_and_without_a_word(
    ada, provider, sql, ada_pressed, start_worker, collector
):
    """The notes that the first attempt took have a date that is none, and its words are in the exception's message."""
    provider.script(fails(503))
    sql(f"CREATE TRIGGER t AFTER INSERT ON part BEGIN UPDATE part SET finished_at = '{WORDS}'; END")
    click = ada_pressed(ada.add(story(), TITLE))
    worker = start_worker()
    event = arrived(collector, "foreword.generation")[0]
    assert (type_of(event), event["tags"]) == ("ValueError", {"request_id": click})
    assert event["transaction"] == "jobs.summaries.summarise"
    assert event["logentry"]["message"] == "summary %s attempt %s"
    assert event["logentry"]["params"][0] == 1
    assert WORDS in worker.log()
    assert_nothing_typed_is_in(collector.said(), ada.email)


def test_an_error_that_ends_a_job_arrives_with_its_click(ada, sql, ada_pressed, start_worker, collector):
    sql(
        "CREATE TRIGGER t AFTER UPDATE OF status ON summary WHEN NEW.status = 'complete' "
        f"BEGIN UPDATE summary SET started_at = '{WORDS}'; END"
    )
    click = ada_pressed(ada.add(title=TITLE))
    start_worker()
    (event,) = arrived(collector, "")
    assert (type_of(event), event["tags"]) == ("ValueError", {"request_id": click})
    assert event["transaction"] == "jobs.summaries.summarise"
    assert_nothing_typed_is_in(collector.said(), ada.email)


def test_what_led_to_it_is_told_in_moves(ada, sql, ada_pressed, start_worker, collector):
    sql(
        "CREATE TRIGGER t AFTER UPDATE OF status ON summary WHEN NEW.status = 'complete' "
        f"BEGIN UPDATE summary SET started_at = '{WORDS}'; END"
    )
    ada_pressed(ada.add(title=TITLE))
    start_worker()
    (event,) = arrived(collector, "")
    (claimed,) = event["breadcrumbs"]["values"]
    assert claimed["message"].startswith("summary-claimed summary_id=1 attempt=1")
    assert "data" not in claimed


def test_a_job_that_is_none_of_ours_is_told_of(valkey, start_worker, collector):
    start_worker()
    Queue("high", connection=Redis.from_url(valkey), serializer="json").enqueue("os.getcwd", WORDS, job_id="Aldwick")
    (event,) = arrived(collector, "foreword.worker")
    assert event["logentry"]["message"] == "a job that is none of ours was thrown away: %s"
    assert_nothing_typed_is_in(collector.said())


def test_an_error_of_the_sweeper_arrives(sql, start_worker, collector):
    sql("DROP TABLE extraction")
    start_worker()
    event = arrived(collector, "foreword.recovery")[0]
    assert type_of(event) == "OperationalError"
    assert "tags" not in event


# -- of the web --------------------------------------------------------------------------------------------


@pytest.fixture
def broken_pages(web, sql):
    """Ada over HTTP with a document, the token of its link, and a database that has lost its documents since."""
    ada = web.person("ada")
    document = ada.add(title=TITLE)
    ada.post(f"/documents/{document}/link")
    link = ada.page(f"/documents/{document}/sharing").cssselect("#public-link")[0].get("value")
    form = {"csrf_token": ada.token("/documents/new"), "title": TITLE, "text": TEXT}
    sql("ALTER TABLE document RENAME TO document_gone")
    return ada, form, link.rpartition("/")[2]


def test_a_page_that_broke_is_told_of_once(broken_pages, collector):
    ada, _, _ = broken_pages
    answer = ada.get("/documents")
    assert answer.status_code == 500
    ada.get("/documents?page=2")
    first, second = arrived(collector, "foreword.errors", 2)
    assert first["tags"] == {"request_id": answer.headers["X-Request-ID"]}
    assert second["tags"] != first["tags"]
    assert first["transaction"] == "documents.index"
    assert len(collector.events()) == 2


def test_nothing_that_was_typed_or_asked_for_is_told(broken_pages, collector):
    ada, form, token = broken_pages
    answers = [
        ada.browser.post("/documents", data=form, headers={"Referer": "http://zq.example"}),
        ada.get(f"/shared/{token}?asked=zqzq"),
    ]
    assert [answer.status_code for answer in answers] == [500, 500]
    created, read = arrived(collector, "foreword.errors", 2)
    assert [created["transaction"], read["transaction"]] == ["documents.create", "public.show"]
    assert_nothing_typed_is_in(
        collector.said(), ada.email, token, "zq.example", "zqzq", *ada.browser.client.cookies.values()
    )


def test_what_nobody_broke_is_not_told(web, collector, sql):
    ada = web.person("ada")
    assert ada.get("/documents/99").status_code == 404
    ada.log_in("mistyped")
    sql("ALTER TABLE document RENAME TO document_gone")
    ada.get("/documents")
    arrived(collector, "foreword.errors")
    assert len(collector.events()) == 1


def assert_nothing_typed_is_in(said, *secrets):
    assert "sentry.python" in said  # it is not empty
    for secret in (TITLE, "Aldwick", WORDS, TEXT[:20], PASSWORD, "harbour of", "127.0.0.1", *secrets):
        assert secret not in said


# -- a Sentry that is away ---------------------------------------------------------------------------------


@pytest.fixture(params=["away", "stuck"])
def broken_dsn(request):
    with Collector(stuck=True) as collector:
        yield f"http://public@127.0.0.1:{free_port()}/1" if request.param == "away" else collector.dsn


def test_a_sentry_that_takes_nothing_changes_nothing(broken_dsn, ada, valkey, work, start_worker):
    queue = Queue("high", connection=Redis.from_url(valkey), serializer="json")
    for number in range(6):
        queue.enqueue("os.getcwd", number)
    for number in range(3):
        ada.summarise(ada.add(f"{TEXT} {number}"))
    worker = start_worker(SENTRY_DSN=broken_dsn)
    wait_until(lambda: [one.status for one in work.summaries()] == ["complete"] * 3, "all are written", 60)
    assert worker.log().count("none of ours") == 6
