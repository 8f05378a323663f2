"""What the moves have brought to light."""

from __future__ import annotations

from threading import Thread

import pytest

from app.summaries import service
from tests.moves.workers import FATES, answer
from tests.support.databases import on_one_database
from tests.support.moments import pass_quietly


@pytest.fixture
def document(ada, work) -> int:
    """A document with one summary."""
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document


@on_one_database
def test_a_choice_does_not_hide_the_take_that_is_being_written(ada, document):
    ada.summarise(document, regenerate="1")
    assert ada.panel(document).state == "pending"
    ada.choose(document, 1)
    assert ada.panel(document).state == "pending"


@on_one_database
def test_nothing_is_tried_again_only_after_the_time_that_was_promised(app, ada, provider, release, work):
    document = ada.add()
    ada.pin(document)
    pass_quietly(app, 3600)
    work.sweep()
    in_an_hour = next(fate for fate in FATES if fate.wait_minutes == 60)
    provider.script(answer(in_an_hour, 1, release))
    worker = Thread(target=_generate, args=(app, work.summaries()[0].id))
    worker.start()
    provider.wait_for_calls(1)
    ada.panel(document)  # who arrives is promised an end within half an hour
    release.set()
    worker.join()
    (summary,) = work.summaries()
    assert summary.status == "failed" or summary.next_at <= summary.give_up_at


def _generate(app, summary_id: int) -> None:
    with app.app_context():
        service.generate(summary_id)
