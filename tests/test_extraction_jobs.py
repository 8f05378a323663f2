"""The job that reads a document's text: however it goes, it ends, it ends once, and nothing that was given is lost."""

import signal
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from app.database import utcnow
from app.documents import reading
from app.extensions import db
from app.models import Claim, Extraction, Revision
from app.models.work import MAX_ATTEMPTS
from jobs import documents as jobs
from tests.support.databases import on_one_database
from tests.support.moments import alter
from tests.support.people import TEXT, Person
from tests.support.servers import free_port, wait_until
from tests.support.website import Website, head

on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # where two write at the same time
ALLOWED = {"FETCH_ALLOW": "127.0.0.1/32"}
PAGE = head(200, {"Content-Type": "text/plain", "Content-Length": str(len(TEXT))}) + TEXT.encode()
TORN = b"%PDF-1.7\nnonsense"


@pytest.fixture
def app(make_app):
    return make_app(fetch_allow="127.0.0.1/32", warming_quiet_seconds=0)


@pytest.fixture
def row(app):
    """The one row there is, as it stands now."""

    def row() -> Extraction | None:
        with app.app_context():
            return db.session.scalar(select(Extraction))

    return row


@pytest.fixture
def slow():
    """A site that sends /page only once it is let: ``slow.release.set()``."""
    with Website() as site:
        site.release = threading.Event()

        def answer():
            site.release.wait()
            yield PAGE

        site.bytes("/page", answer)
        yield site
        site.release.set()


@pytest.fixture
def fetching(ada, slow, start_worker):
    """A document whose page a worker process is fetching now, and that process."""
    worker = start_worker(**ALLOWED, SUMMARY_LEASE_SECONDS="1", WORKER_GRACE_SECONDS="0.2")
    document = ada.add_page(slow.address("/page"))
    wait_until(lambda: slow.requests, "the page is asked for")
    return document, worker


# -- once ------------------------------------------------------------------------------------------------


def test_any_number_of_jobs_for_one_row_read_it_once(app, ada, row):
    with Website() as site:
        document = ada.add_page(site.bytes("/page", lambda: [PAGE]))
        with app.app_context():
            for _ in range(3):
                reading.extract(1)
                db.session.remove()
        assert len(site.requests) == 1
    assert (row().status, row().attempt, ada.text_of(document)) == ("complete", 1, TEXT)


@on_one_database
def test_a_job_for_a_row_that_is_gone_does_nothing(app):
    with app.app_context():
        reading.extract(999)


@on_one_database
def test_a_click_while_it_is_being_fetched_joins_that(ada, fetching, slow, row):
    document, _ = fetching
    assert ada.reread(document).status_code == 303
    assert (row().status, row().fence) == ("processing", 1)
    slow.release.set()
    wait_until(lambda: row().status == "complete", "the page is read")
    assert len(slow.requests) == 1


# -- workers that die, stop or freeze --------------------------------------------------------------------


def test_a_worker_killed_in_the_midst_is_followed_by_the_next(ada, fetching, slow, start_worker, row):
    document, doomed = fetching
    doomed.signal_tree(signal.SIGKILL)
    slow.release.set()
    start_worker(**ALLOWED, SUMMARY_LEASE_SECONDS="1")
    wait_until(lambda: row().status == "complete", "the second worker reads it")
    assert (row().attempt, ada.text_of(document)) == (2, TEXT)


def test_a_stopped_worker_hands_what_it_reads_back_unburnt(fetching, row):
    _, worker = fetching
    worker.signal_tree(signal.SIGTERM)
    assert worker.popen.wait(timeout=20) == 0
    assert (row().status, row().attempt) == ("pending", 0)


@on_one_database
def test_a_late_result_finds_another_fence_and_is_not_filed(app, ada, work, row):
    document = ada.add_file("notes.txt", TEXT.encode())
    with app.app_context():
        frozen = Claim.take(db.session.get(Extraction, 1), timedelta(seconds=-1))
        db.session.commit()
    work.drain()
    with app.app_context():
        assert not frozen.finish(text_digest="late")
        db.session.commit()
    assert (row().status, row().attempt, ada.text_of(document)) == ("complete", 2, TEXT)


@on_one_database
def test_a_file_whose_workers_always_die_fails_after_the_last_attempt_with_its_words(app, ada, work, row):
    document = ada.add_file("notes.txt", TEXT.encode())
    gone = utcnow() - timedelta(seconds=1)
    alter(app, Extraction, status="processing", attempt=MAX_ATTEMPTS, fence=9, lease_until=gone)
    work.sweep()
    assert ada.source(document).state == "failed"
    assert "stopped 5 times while it was at work on this one" in ada.source(document).said
    ada.reread(document)
    work.drain()
    assert ada.text_of(document) == TEXT


@on_one_database
def test_after_the_first_death_nobody_speaks_of_five(app, ada, work):
    document = ada.add_file("notes.txt", TEXT.encode())
    alter(app, Extraction, status="processing", attempt=1, fence=1, lease_until=utcnow() - timedelta(seconds=1))
    work.sweep()
    assert ada.source(document).said.startswith("The program that was reading it stopped. It is tried again at ")


@on_one_database
def test_what_failed_before_is_not_told_of_a_worker_that_dies_later(app, ada, work, row):
    with Website() as site:
        ada.add_page(site.page("/page", status=503))
        work.once()
    assert "503" in str(row().message)
    with app.app_context():
        alter(app, Extraction, next_at=utcnow())
        assert reading._claim(1, timedelta(seconds=9))[0]
    alter(app, Extraction, attempt=MAX_ATTEMPTS, lease_until=utcnow() - timedelta(seconds=1))
    work.sweep()
    assert "stopped 5 times" in ada.source(1).said


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_what_is_not_read_by_the_promised_time_fails_even_with_no_worker_alive(app, ada, status):
    document = ada.add_file("notes.txt", TEXT.encode())
    alter(app, Extraction, status=status, give_up_at=utcnow() - timedelta(seconds=1))
    assert ada.source(document).state == "failed"
    assert "not read by the promised time" in ada.source(document).said


@on_one_database
def test_a_file_given_while_redis_is_away_is_answered_and_read_later(app, ada, make_app, work):
    away = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ada")
    assert away.log_in().status_code == 303
    document = away.add_file("notes.txt", TEXT.encode())
    assert away.source(document).state == "pending"
    work.drain()
    assert ada.text_of(document) == TEXT


# -- people who change their minds -----------------------------------------------------------------------


def test_what_is_stopped_in_the_midst_stays_stopped(ada, fetching, slow, row):
    document, _ = fetching
    assert ada.post(f"/documents/{document}/extraction/cancel").status_code == 303
    slow.release.set()
    other = ada.add_page(slow.bytes("/other", lambda: [PAGE]))
    wait_until(lambda: ada.text_of(other), "the worker goes on with the next")
    assert (ada.source(document).state, ada.text_of(document)) == ("cancelled", "")


def test_a_document_deleted_in_the_midst_leaves_nothing_and_the_worker_goes_on(app, ada, fetching, slow):
    document, worker = fetching
    assert ada.delete(document).status_code == 303
    slow.release.set()
    other = ada.add_page(slow.bytes("/other", lambda: [PAGE]))
    wait_until(lambda: ada.text_of(other), "the worker goes on with the next")
    with app.app_context():
        assert db.session.scalars(select(Extraction.document_id)).all() == [other]
        assert db.session.scalars(select(Revision.document_id).distinct()).all() == [other]
    assert worker.popen.poll() is None


@on_one_database
def test_a_text_pasted_while_the_file_is_read_stays(ada, fetching, slow, row):
    document, _ = fetching
    ada.edit(document, "Pasted by hand.", title="Mine")
    slow.release.set()
    wait_until(lambda: row().status == "complete", "the page is read")
    page = ada.page(f"/documents/{document}")
    assert (ada.text_of(document), page.findtext(".//h1")) == ("Pasted by hand.", "Mine")


def in_the_moment_of_filing(act) -> list[int]:
    """Do *act* when the job is about to write the document it holds, to its end or until it waits for the job's.

    The list holds what *act* was answered, once it was.
    """
    answers: list[int] = []

    def meanwhile(*_):
        threading.Thread(target=lambda: answers.append(act().status_code)).start()
        wait_until(lambda: answers or _somebody_waits(), "it is done, or waits for its turn")

    event.listen(db.session, "before_flush", meanwhile, once=True)
    return answers


def _somebody_waits() -> int:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with db.engine.connect() as connection:
        return connection.scalar(text(waiting))


def read_here(app) -> None:
    with app.app_context():
        reading.extract(1)
        db.session.remove()


@on_postgres
def test_an_edit_saved_in_the_moment_of_filing_is_not_lost(app, ada, row):
    document = ada.add_file("notes.txt", TEXT.encode())
    in_the_moment_of_filing(lambda: ada.edit(document, "Pasted by hand.", title="Mine"))
    read_here(app)
    assert (row().status, ada.text_of(document)) == ("complete", "Pasted by hand.")


@on_postgres
def test_neither_an_edit_nor_a_changed_page_is_lost_when_they_come_together(app, ada, work):
    with Website() as site:
        document = ada.add_page(site.bytes("/page", lambda: [PAGE]))
        read_here(app)
        site.page("/page", b"Another text.")
        ada.reread(document)
        in_the_moment_of_filing(lambda: ada.edit(document, "Pasted by hand.", title="Mine"))
        read_here(app)
    with app.app_context():
        texts = db.session.scalars(select(Revision.text).order_by(Revision.number)).all()
    assert texts == ["", TEXT, "Pasted by hand.", "Another text."]
    assert ada.page(f"/documents/{document}").findtext(".//h1") == "Mine"


@on_postgres
def test_a_document_deleted_in_the_moment_of_filing_is_gone_without_a_quarrel(app, ada, row):
    document = ada.add_file("notes.txt", TEXT.encode())
    answers = in_the_moment_of_filing(lambda: ada.delete(document))
    read_here(app)
    wait_until(lambda: answers, "it is answered")
    assert (answers, row()) == ([303], None)


# -- files without end -----------------------------------------------------------------------------------


@on_one_database
def test_a_file_that_unfolds_past_the_memory_fails_in_its_own_words_and_the_worker_goes_on(ada, work, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_MEMORY", 24 * 1024 * 1024)
    unfolds = ada.add_file("lines.txt", b"two words\n" * 2_000_000)
    small = ada.add_file("small.txt", TEXT.encode())
    work.drain()
    assert ada.source(unfolds).state == "failed"
    assert ada.source(unfolds).said.startswith("It needs more memory to read than there is.")
    assert ada.text_of(small) == TEXT


@on_one_database
def test_reading_without_end_fails_in_its_own_words_and_the_worker_goes_on(make_app, slow, row):
    from tests.conftest import Work

    app = make_app(fetch_allow="127.0.0.1/32", extraction_timeout_seconds=0.3)
    ada = Person(app, "ada").sign_up()
    endless, other = ada.add_page(slow.address("/page")), ada.add_file("small.txt", TEXT.encode())
    Work(app).drain()
    assert ada.source(endless).said.startswith("It took too long to read.")
    assert ada.text_of(other) == TEXT
