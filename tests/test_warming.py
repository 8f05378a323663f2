"""Made before anybody asks: of what is worth it, once it has been left alone, and never past the budget."""

import pytest

from app.extensions import db
from app.models import Collaborator, Role, Summary, User
from app.summaries.recovery import sweep
from tests.conftest import Work
from tests.provider import bad_key, says
from tests.support.moments import at_once, pass_quietly
from tests.support.people import TEXT, Person

SECOND = "An altogether different text about a lighthouse and its keeper."
THIRD = "A third text, which tells of the customs house and of its clerks."


@pytest.fixture
def app(make_app):
    """Warms at the first sweep after a change."""
    return make_app(warming_quiet_seconds=0)


@pytest.fixture
def patient(make_app):
    """The work of a site that waits for half a minute of quiet."""
    return Work(make_app(warming_quiet_seconds=30))


def made(work):
    return [(s.document_id, s.purpose, s.queue, s.status) for s in work.summaries()]


# -- when ------------------------------------------------------------------------------------------------


def test_a_pinned_document_has_its_new_summary_before_anybody_asks(ada, provider, work):
    document = ada.add()
    ada.pin(document)
    work.drain()
    ada.edit(document, SECOND)
    work.drain()
    assert [call.document for call in provider.calls] == [TEXT, SECOND]
    assert made(work) == [(document, "warming", "low", "complete")] * 2
    panel = ada.panel(document)
    assert (panel.state, panel.stale) == ("complete", False)


def test_ten_edits_in_a_burst_are_one_summary_of_the_last_text(app, ada, provider, patient):
    document = ada.add()
    ada.pin(document)
    for number in range(10):
        ada.edit(document, f"{SECOND} Draft number {number}.")
        patient.sweep()
    assert patient.summaries() == []
    pass_quietly(app, 31)
    patient.drain()
    assert [call.document for call in provider.calls] == [f"{SECOND} Draft number 9."]
    assert len(patient.summaries()) == 1


def test_an_edit_begins_the_quiet_period_anew(app, ada, patient):
    document = ada.add()
    ada.pin(document)
    for text in (SECOND, THIRD):
        ada.edit(document, text)
        pass_quietly(app, 20)
        patient.sweep()
    assert patient.summaries() == []
    pass_quietly(app, 11)
    patient.sweep()
    assert len(patient.summaries()) == 1


def test_four_sweepers_at_once_ask_once(app, ada, provider, work, redis):
    document = ada.add()
    ada.pin(document)

    def look(_number):
        with app.app_context():
            sweep()

    at_once(4, look)
    assert redis.llen("rq:queue:low") == 1
    work.drain()
    assert len(provider.calls) == len(work.summaries()) == 1


def test_a_text_that_has_its_summary_is_not_paid_again(ada, provider, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    ada.pin(document)
    work.drain()
    ada.edit(document, TEXT, title="Another title")
    work.drain()
    assert len(provider.calls) == 1


def test_what_changed_again_before_a_worker_came_is_dropped_unpaid(ada, provider, work):
    document = ada.add()
    ada.pin(document)
    work.sweep()
    ada.edit(document, SECOND)
    work.once()
    assert made(work) == [(document, "warming", "low", "cancelled")]
    work.drain()
    assert [call.document for call in provider.calls] == [SECOND]


def test_a_text_that_comes_back_gets_what_was_dropped(ada, provider, work):
    document = ada.add()
    ada.pin(document)
    work.sweep()
    ada.edit(document, SECOND)
    work.once()
    ada.edit(document, TEXT)
    work.drain()
    assert [call.document for call in provider.calls] == [TEXT]
    assert made(work) == [(document, "warming", "low", "complete")]


# -- what is worth it ------------------------------------------------------------------------------------


def test_a_document_that_nobody_else_may_read_is_left_until_somebody_asks(ada, work):
    document = ada.add()
    ada.edit(document, SECOND)
    work.sweep()
    assert work.summaries() == []
    assert ada.panel(document).readiness == "Its summary is made when somebody asks."


def test_sharing_a_document_makes_its_summary_worth_it(ada, ben, work):
    document = ada.add()
    ada.share(document, ben)
    work.sweep()
    assert made(work) == [(document, "warming", "low", "pending")]
    assert ada.panel(document).readiness == "Kept ready because it is shared with 1 person."


def test_a_public_link_makes_it_worth_it(ada, work):
    document = ada.add()
    ada.publish(document)
    work.sweep()
    assert made(work) == [(document, "warming", "low", "pending")]
    assert ada.panel(document).readiness == "Kept ready because anyone with its link may read it."


@pytest.mark.parametrize(("times", "warmed"), [(4, False), (5, True)])
def test_a_document_that_is_read_often_is_worth_it(ada, work, times, warmed):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    for _ in range(times):
        ada.panel(document)
    ada.edit(document, SECOND)
    work.sweep()
    assert len(work.summaries()) == 1 + warmed
    assert ("it was read 5 times this week" in ada.panel(document).readiness) is warmed


def test_who_reads_it_by_its_link_alone_spends_nothing(app, ada, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    link, anybody = ada.publish(document), Person(app, "anybody")
    for _ in range(10):
        assert anybody.panel_at(link).state == "complete"
    ada.unpublish(document)
    ada.edit(document, SECOND)
    work.sweep()
    assert len(work.summaries()) == 1


def test_a_document_that_never_changed_is_left_however_many_may_read_it(app, ada, ben, work):
    document = ada.add()
    with app.app_context():  # shared before sharing was a reason to look at it
        Collaborator.share(document, User.by_email(ben.email).id, Role.VIEWER)
        db.session.commit()
    work.sweep()
    assert work.summaries() == []


# -- in which form ---------------------------------------------------------------------------------------


def test_it_is_made_in_the_form_that_is_read(ada, ben, work):
    document = ada.add()
    ada.share(document, ben)
    ben.summarise(document, style="bullets", length="short")
    work.drain()
    ben.panel(document)
    ada.edit(document, SECOND)
    work.drain()
    texts = {(s.style, s.length) for s in work.summaries() if s.revision_id == 2}
    assert texts == {("bullets", "short")}


def test_it_is_made_in_no_more_than_the_two_forms_that_are_read_most(ada, work):
    document = ada.add()
    ada.pin(document)
    for length, times in (("short", 1), ("medium", 2), ("long", 3)):
        ada.summarise(document, length=length)
        work.drain()
        for _ in range(times):
            ada.panel(document)
    ada.edit(document, SECOND)
    work.drain()
    assert sorted(s.length for s in work.summaries() if s.revision_id == 2) == ["long", "medium"]


def test_what_nobody_read_yet_is_made_in_the_form_that_its_owner_chose_last(ada, work):
    ada.summarise(ada.add("Something else."), style="bullets")
    work.drain()
    ada.pin(ada.add())
    work.drain()
    assert [s.style for s in work.summaries()] == ["bullets", "bullets"]


# -- for nobody ------------------------------------------------------------------------------------------


@pytest.fixture
def unread(ada, work, provider):
    """A pinned document whose last three summaries nobody opened, and whose fourth text has none."""
    document = ada.add()
    ada.pin(document)
    for text in (TEXT, SECOND, THIRD, TEXT + " The end."):
        ada.edit(document, text)
        work.drain()
    assert len(provider.calls) == 3
    return document


def test_after_three_that_nobody_opened_it_is_not_kept_ready_and_says_so(ada, unread):
    panel = ada.panel(unread)
    assert panel.readiness == "Not kept ready any more: nobody opened the last 3 summaries made in advance."
    assert panel.one("#readiness form[action$='/pin'] button").text == "Keep it ready all the same"


def test_opening_it_has_the_next_text_made_in_advance_again(ada, work, provider, unread):
    ada.panel(unread)
    ada.edit(unread, "A fifth text.")
    work.drain()
    assert [call.document for call in provider.calls[3:]] == ["A fifth text."]


def test_keep_it_ready_all_the_same_begins_anew(ada, work, provider, unread):
    ada.pin(unread)
    work.drain()
    assert [call.document for call in provider.calls[3:]] == [TEXT + " The end."]
    assert ada.panel(unread).readiness == "Kept ready because somebody asked for that."


# -- what ended badly ------------------------------------------------------------------------------------


def test_a_failure_in_advance_is_nothing_that_a_reader_need_hear_of(ada, provider, work):
    provider.script(bad_key())
    document = ada.add()
    ada.pin(document)
    work.drain()
    assert made(work) == [(document, "warming", "low", "failed")]
    panel = ada.panel(document)
    assert panel.state == "none"
    assert panel.notice.startswith("There is no summary yet.")


def test_what_failed_in_advance_is_made_when_somebody_asks(ada, provider, work):
    provider.script(bad_key(), says("At last."))
    document = ada.add()
    ada.pin(document)
    work.drain()
    assert ada.press(document).state == "pending"
    work.drain()
    assert ada.panel(document).text == "At last."
    assert len(provider.calls) == 2
    assert made(work) == [(document, "request", "high", "complete")]


def test_what_was_dropped_is_made_when_somebody_asks(app, ada, provider, work):
    document = ada.add()
    ada.pin(document)
    work.sweep()
    with app.app_context():
        assert db.session.get(Summary, 1).cancel()
        db.session.commit()
    assert ada.panel(document).state == "none"
    assert ada.press(document).state == "pending"
    work.drain()
    assert len(provider.calls) == 1
    assert made(work) == [(document, "request", "high", "complete")]
