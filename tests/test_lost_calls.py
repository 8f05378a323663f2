"""A call whose worker fell silent may have been paid for: it is in the ledger, once, and said to be estimated."""

from datetime import timedelta

import pytest

from app.extensions import db
from app.models import Claim, Part, Status, Summary
from app.summaries import progress, window
from app.summaries.progress import Progress
from tests.support.people import TEXT
from tests.support.texts import SMALL_WINDOW, story

LONG_AGO = timedelta(seconds=-1)


@pytest.fixture
def fall_silent(app):
    """Claim the document's summary as a worker would that dies right after; what it holds and showed is up to it."""

    def fall_silent(document, *parts, written=""):
        with app.app_context():
            summary = db.session.query(Summary).filter_by(document_id=document).one()
            claim = Claim.take(summary, LONG_AGO)
            for part in parts:
                assert Part.hold(part, document, claim)
            db.session.commit()
            progress.write(summary.id, claim.fence, Progress(written))

    return fall_silent


@pytest.fixture
def asked(ada):
    document = ada.add()
    ada.summarise(document)
    return document


def test_it_is_entered_when_the_sweeper_takes_the_row_back(asked, fall_silent, work, provider):
    fall_silent(asked, written="Four words came back. " * 10)
    work.sweep()
    (entry,) = work.ledger()
    assert (entry.outcome, entry.step, entry.attempt, entry.tokens_estimated) == ("worker_lost", "whole", 1, True)
    assert entry.input_tokens > len(TEXT) // 4
    assert entry.output_tokens == 55
    assert (entry.milliseconds, entry.document_id) == (None, asked)


def test_it_is_entered_once_however_often_one_sweeps(asked, fall_silent, work):
    fall_silent(asked)
    for _ in range(3):
        work.sweep()
    assert len(work.ledger()) == 1


def test_the_next_attempt_has_a_line_of_its_own(asked, fall_silent, work):
    fall_silent(asked)
    work.drain()
    assert [(entry.outcome, entry.attempt) for entry in work.ledger()] == [("worker_lost", 1), ("complete", 2)]


def test_it_is_entered_as_well_when_it_was_the_last_attempt(app, asked, fall_silent, work):
    for _ in range(5):
        fall_silent(asked)
        work.sweep()
    assert [summary.status for summary in work.summaries()] == [Status.FAILED]
    assert [entry.attempt for entry in work.ledger()] == [1, 2, 3, 4, 5]


def test_of_a_long_text_each_part_that_was_being_read_is_a_call(make_app, ada, work, fall_silent, environment):
    small = make_app(**{name.lower(): value for name, value in SMALL_WINDOW.items()})
    document = ada.add(story())
    ada.summarise(document)
    fall_silent(document, "one", "another")
    type(work)(small).sweep()
    lines = [(entry.step, entry.input_tokens) for entry in work.ledger()]
    with small.app_context():
        assert lines == [("part", window.part_bytes("test-model") // 4)] * 2


def test_what_the_offline_summariser_lost_costs_nothing(make_app, ada, fall_silent, work):
    offline = type(ada)(make_app(openai_api_key=""), "ada")
    offline.log_in()
    document = offline.add()
    offline.summarise(document)
    fall_silent(document)
    work.sweep()
    assert work.ledger() == []
