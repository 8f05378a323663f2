"""Faults 5, 12 and 13: many who press at once, edits in mid-call, and arrivals while a summary is made in advance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from app.database import utcnow
from app.extensions import db
from app.models import Document, Purpose, Status, Summary, User
from tests.provider import hold, hold_midway, says
from tests.support.moments import at_once, pass_quietly
from tests.support.people import words
from tests.support.servers import wait_until

PEOPLE, CLICKS = 20, 3
WARM_UPS = 500
QUIET_SECONDS = 3600


@pytest.mark.both_databases
def test_twenty_people_who_press_three_times_each_are_one_row_and_one_call(deployment, ada, text, release):
    people = [deployment.person(f"reader{number}") for number in range(PEOPLE)]
    deployment.provider.answer(text, hold(release, "For all of them."))
    document = ada.add(text)
    for reader in people:
        assert ada.share(document, reader).status_code == 303
    tokens = [reader.token("/documents/new") for reader in people]

    def press(number):
        form = {"csrf_token": tokens[number % PEOPLE]}
        return people[number % PEOPLE].browser.post(f"/documents/{document}/summary", form).status_code

    assert at_once(PEOPLE * CLICKS, press) == [303] * PEOPLE * CLICKS
    deployment.provider.wait_for(text)
    assert {reader.panel(document).state for reader in people} == {"processing"}
    release.set()
    deployment.wait_for(document, "complete")
    assert {reader.panel(document).text for reader in people} == {"For all of them."}
    assert deployment.standing(document) == ("complete", 1)
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1


@pytest.mark.both_databases
def test_an_edit_in_mid_call_leaves_the_summary_with_the_text_it_was_made_from(deployment, ada, a_text, text, release):
    deployment.provider.answer(text, hold(release, "About the first text."))
    document, second = ada.add(text), a_text()
    ada.press(document)
    deployment.provider.wait_for(text)
    assert ada.edit(document, second).status_code == 303
    release.set()
    deployment.wait_for(document, "complete")
    panel = ada.panel(document)
    assert (panel.state, panel.text, panel.stale) == ("complete", "About the first text.", True)
    deployment.provider.answer(second, says("About the second text."))
    ada.press(document)
    wait_until(lambda: len(deployment.outcomes(document)) == 2, "the second is written")
    panel = ada.panel(document)
    assert (panel.text, panel.stale) == ("About the second text.", False)
    about_first, about_second = deployment.summaries(document)
    assert (about_first.text, about_second.text) == ("About the first text.", "About the second text.")
    assert about_first.key != about_second.key
    assert [len(deployment.provider.about(each)) for each in (text, second)] == [1, 1]


@pytest.mark.both_databases
def test_of_two_who_save_at_once_one_is_told_and_neither_loses_a_word(deployment, ada, ben, a_text, text):
    document, theirs = ada.add(text), [a_text(), a_text()]
    ada.share(document, ben, role="editor")
    version = ada.version(document)
    editors = (ada, ben)
    answers = at_once(2, lambda number: editors[number].edit(document, theirs[number], version=version))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (told,) = (answer for answer in answers if answer.status_code == 409)
    saved = " ".join(words(p) for p in ada.page(f"/documents/{document}").cssselect(".document-text .prose p"))
    assert saved in theirs
    assert all(each in told.text for each in theirs)


def test_a_click_while_the_same_summary_is_made_in_advance_is_one_call(deployment, ada, text, release):
    deployment.provider.answer(text, hold_midway("The harbour ", release, "silted up."))
    document = ada.add(text)
    ada.pin(document)
    pass_quietly(deployment.app, QUIET_SECONDS)
    deployment.provider.wait_for(text)
    assert deployment.summaries(document)[0].purpose == Purpose.WARMING
    assert ada.press(document).state == "processing"
    release.set()
    deployment.wait_for(document, "complete")
    (summary,) = deployment.summaries(document)
    assert (summary.purpose, summary.queue, summary.attempt) == (Purpose.REQUEST, "high", 1)
    assert ada.panel(document).text == "The harbour silted up."
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1


@pytest.fixture
def warm_ups(deployment, ada, a_text, release):
    """Five hundred documents of Ada's that wait to be summarised in advance, but for one that is being written."""
    deployment.provider.default = hold(release)
    with deployment.app.app_context():
        owner = User.by_email(ada.email)
        added = [Document.add(owner, "To be warmed", a_text(), language="en") for _ in range(WARM_UPS)]
        for document in added:
            document.pinned_at = utcnow()
            document.unsettled_since = utcnow() - timedelta(seconds=QUIET_SECONDS)
        db.session.commit()
        ids = [document.id for document in added]
    redis = deployment.valkey.client
    wait_until(lambda: redis.llen("rq:queue:low") == WARM_UPS - 1, "all but one wait in the queue", 120)
    yield ids
    with deployment.app.app_context():
        db.session.execute(delete(Document).where(Document.id.in_(ids)))
        db.session.commit()
    redis.delete("rq:queue:low")


def test_a_click_behind_five_hundred_summaries_in_advance_is_answered_before_them(
    deployment, ada, a_text, text, warm_ups
):
    deployment.provider.answer(text, says("At once."))
    calls, document = len(deployment.provider.calls), ada.add(text)
    ada.press(document)
    deployment.wait_for(document, "complete")
    assert ada.panel(document).text == "At once."
    assert [call.document for call in deployment.provider.calls[calls:]] == [text]
    with deployment.app.app_context():
        waiting = select(func.count(Summary.id)).where(Summary.status == Status.PENDING)
        assert db.session.scalar(waiting) == WARM_UPS - 1
    assert ada.panel(warm_ups[-1]).state in ("pending", "processing")  # whoever opens one of them is let before
    wait_until(lambda: len(deployment.provider.calls) - calls == 2, "its call is made")
    assert deployment.summaries(warm_ups[-1])[0].status == Status.PROCESSING
