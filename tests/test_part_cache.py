"""Notes of parts are kept: an edit, another form, a new take and another reader pay only for what nobody has read."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.database import utcnow
from app.extensions import db
from app.llm import prices
from app.llm.prices import DOLLAR
from app.models import Claim, Document, Part, Step, Summary
from app.summaries import asking
from app.summaries.key import part_key
from app.summaries.parts import split
from app.summaries.prompt import Options
from tests.conftest import Work
from tests.provider import Answer, hold
from tests.support.databases import on_one_database
from tests.support.moments import alter
from tests.support.people import Person
from tests.support.servers import wait_until
from tests.support.texts import FITS, SMALL_WINDOW, asked_for, book, chapter, parts_read, story

STORY = story()
PARTS = 8
EDITED = STORY.replace(chapter(5), chapter(5, seed="rewritten"))


@pytest.fixture
def environment(environment):
    return {**environment, **SMALL_WINDOW}


@pytest.fixture
def document(ada, work):
    """A long document that has been summarised."""
    added = ada.add(STORY)
    ada.summarise(added)
    work.drain()
    return added


@pytest.fixture
def paid(provider, work):
    """Do what is asked for, and tell for how many parts and how many summaries that paid."""

    def paid(act):
        provider.reset()
        act()
        work.drain()
        return len(asked_for(provider, Step.PART)), len(asked_for(provider, Step.COMBINE))

    return paid


@pytest.fixture
def kept(app):
    """How many parts there are in the database, with notes or without."""

    def kept():
        with app.app_context():
            return db.session.scalar(select(func.count(Part.id)))

    return kept


# -- what is paid once -----------------------------------------------------------------------------------


@on_one_database
def test_an_edit_of_one_chapter_of_a_book_pays_for_a_few_parts(make_app, provider):
    app = make_app(openai_context_tokens=None)
    ada, work = Person(app, "ada").sign_up(), Work(app)
    document = ada.add(book())
    ada.summarise(document)
    work.drain(60)
    parts = len(asked_for(provider, Step.PART))
    assert "".join(parts_read(provider, book())) == book()
    edited = book().replace(chapter(30, paragraphs=28), chapter(30, paragraphs=28, seed="rewritten"))
    ada.edit(document, edited)
    ada.summarise(document)
    work.drain(60)
    read_again = len(asked_for(provider, Step.PART)) - parts
    assert len(asked_for(provider, Step.COMBINE)) == 2
    assert 15 <= parts <= 30
    assert 1 <= read_again <= 3


@on_one_database
def test_after_an_edit_the_summary_and_its_receipt_say_what_was_read_before(ada, document, provider, work, paid):
    assert ada.panel(document).one(".coverage").text_content().strip() == "Read 100 % of the text, in 8 parts."
    assert paid(lambda: ada.edit(document, EDITED) and ada.summarise(document)) == (1, 1)
    assert asked_for(provider, Step.PART)[0].document.strip() == chapter(5, seed="rewritten")
    said = "Read 100 % of the text, in 8 parts, 7 of them read before."
    assert ada.panel(document).one(".coverage").text_content().strip() == ada.receipt(document)["Read"] == said
    assert ada.receipt(document)["Calls"] == "2; 1 for parts of the text"


@on_one_database
@pytest.mark.parametrize(
    "how",
    [{"style": "bullets"}, {"length": "long"}, {"language": "fr"}, {"regenerate": "1"}],
    ids=["style", "length", "language", "take"],
)
def test_another_form_and_another_take_pay_for_no_part(ada, document, paid, how):
    assert paid(lambda: ada.summarise(document, **how)) == (0, 1)
    assert ada.receipt(document)["Read"].endswith("in 8 parts, 8 of them read before.")


@on_one_database
def test_an_edit_that_is_taken_back_pays_for_nothing(ada, document, paid):
    paid(lambda: ada.edit(document, EDITED) and ada.summarise(document))
    assert paid(lambda: ada.edit(document, STORY) and ada.summarise(document)) == (0, 0)


@on_one_database
def test_a_chapter_that_is_moved_is_not_read_again(ada, document, paid):
    first, second, *rest = (chapter(number) for number in range(1, 9))
    moved = "\n\n".join([second, first, *rest])
    assert paid(lambda: ada.edit(document, moved) and ada.summarise(document)) == (0, 1)


@on_one_database
def test_an_edit_of_spacing_alone_pays_for_nothing(ada, document, paid):
    cosmetic = STORY.replace(". The", ".  The")
    assert paid(lambda: ada.edit(document, cosmetic) and ada.summarise(document)) == (0, 0)
    assert "only spacing or encoding changed" in ada.panel(document).notice


@on_one_database
def test_two_documents_never_share_notes(ada, ben, document, paid):
    assert paid(lambda: ada.summarise(ada.add(STORY))) == (PARTS, 1)
    assert paid(lambda: ben.summarise(ben.add(STORY))) == (PARTS, 1)


@on_one_database
def test_another_model_reads_for_itself(make_app, document, provider):
    other = make_app(openai_model="other-model")
    ada, provider.calls[:] = Person(other, "ada"), []
    ada.log_in()
    ada.summarise(document)
    Work(other).drain()
    assert (len(asked_for(provider, Step.PART)), len(provider.calls)) == (PARTS, PARTS + 1)


# -- deleting --------------------------------------------------------------------------------------------


def test_what_is_deleted_leaves_no_part(ada, document, kept):
    other = ada.add(STORY)
    assert kept() == PARTS
    ada.delete(other)
    assert kept() == PARTS
    ada.delete(document)
    assert kept() == 0


@on_one_database
def test_deleting_in_the_midst_of_reading_leaves_nothing_and_is_no_fault(ada, provider, start_worker, work, kept):
    deleted = threading.Event()
    provider.default = hold(deleted)
    worker = start_worker(SUMMARY_PARTS_AT_ONCE="1")
    document = ada.add(STORY)
    ada.summarise(document)
    provider.wait_for_calls(1, 60)
    ada.delete(document)
    deleted.set()
    wait_until(work.ledger, "the call is in the ledger")
    worker.stop()
    assert [entry.outcome for entry in work.ledger()] == ["lost"]
    assert (work.summaries(), kept()) == ([], 0)
    assert "Traceback" not in worker.log()


# -- two at once -----------------------------------------------------------------------------------------


@pytest.fixture
def claims(app, ada):
    """The claims of two summaries of one document that are being made at once."""
    document = ada.add(STORY)
    ada.summarise(document)
    ada.summarise(document, length="long")
    with app.app_context():
        rows = db.session.scalars(select(Summary).order_by(Summary.id)).all()
        taken = [Claim.take(row, timedelta(minutes=1)) for row in rows]
        db.session.commit()
        yield taken


def test_a_part_is_held_by_one_until_it_is_read(claims):
    one, other = claims
    assert Part.hold("key", 1, one)
    assert Part.hold("key", 1, one)
    assert not Part.hold("key", 1, other)
    assert not Part.finish("key", other, "Not mine.")
    assert Part.finish("key", one, "Mine.")
    assert not Part.hold("key", 1, other)
    assert Part.find(["key"])["key"].notes == "Mine."


@pytest.mark.parametrize(
    "left",
    [
        lambda claim: claim.retry("unavailable", timedelta(0)),
        lambda claim: claim.fail("bad_key"),
        lambda claim: claim.renew(timedelta(seconds=-1)),
        lambda claim: Part.fail("key", claim, "refused"),
    ],
    ids=["failed and will try again", "failed", "died", "could not have it read"],
)
def test_what_nobody_holds_any_more_is_taken_over_and_a_late_answer_is_not_kept(claims, left):
    one, other = claims
    assert Part.hold("key", 1, one)
    assert left(one)
    assert Part.hold("another key", 1, other)
    assert Part.hold("key", 1, other)
    assert not Part.finish("key", one, "Late.")
    assert Part.finish("key", other, "In time.")
    assert Part.find(["key"])["key"].notes == "In time."


def test_two_summaries_at_once_pay_for_each_part_once(ada, provider, start_worker, work):
    both = threading.Event()
    provider.default = hold(both)
    for _ in range(2):  # of a worker's two, one takes no long text
        start_worker(SUMMARY_PARTS_AT_ONCE="2")
    document = ada.add(STORY)
    ada.summarise(document)
    ada.summarise(document, length="long")
    wait_until(lambda: [s.status for s in work.summaries()] == ["processing"] * 2, "both are being made", 60)
    provider.wait_until(lambda: provider.open_calls == 4, what="two calls of each")
    both.set()
    wait_until(lambda: [s.status for s in work.summaries()] == ["complete"] * 2, "both are complete", 60)
    assert "".join(parts_read(provider, STORY)) == STORY
    assert len(asked_for(provider, Step.COMBINE)) == 2
    assert sum(s.coverage["reused"] for s in work.summaries()) == PARTS


@on_one_database
def test_whoever_waits_for_a_worker_that_died_reads_what_it_was_reading(app, ada, provider, work):
    document = ada.add(STORY)
    ada.summarise(document)
    with app.app_context():
        dead = Claim.take(db.session.get(Summary, 1), timedelta(seconds=1))
        held = [part_key(document, Step.PART, text, "test-model") for text in split(STORY, FITS)]
        assert all(Part.hold(key, document, dead) for key in held)
        db.session.commit()
    ada.summarise(document, length="long")
    work.drain()
    assert [summary.status for summary in work.summaries()] == ["complete"] * 2
    assert "".join(parts_read(provider, STORY)) == STORY
    assert len(provider.calls) == PARTS + 2


# -- what it may cost ------------------------------------------------------------------------------------


def as_long_as_allowed(call):
    """Notes or a summary, and an honest count: real models have some four bytes a token."""
    text = " ".join(STORY.split()[: 300 if "notes" in call.instructions[:20] else 180])
    read, written = len((call.instructions + call.document).encode()) // 4, len(text) // 4
    return [text, {"choices": [], "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read}}]


@on_one_database
def test_what_it_may_cost_is_told_of_all_parts_and_no_less_than_what_is_paid(make_app, provider):
    app = make_app(openai_model="gpt-4o-mini", openai_context_tokens=16_000)
    ada, work = Person(app, "ada").sign_up(), Work(app)
    provider.default = Answer(as_long_as_allowed, usage=False)
    text = story(60)
    document = ada.add(text)
    ada.summarise(document)
    work.drain()
    told, spent = work.summaries()[0].estimate, sum(entry.cost for entry in work.ledger())
    assert len(asked_for(provider, Step.PART)) > 3
    assert 0.9 * spent <= told <= 1.5 * spent
    with app.app_context():
        assert told > 1.2 * prices.estimate("gpt-4o-mini", len(text), 240)
    assert ada.panel(document).one("#summary-cost").text_content() == f" for about {prices.money(told)}"


@on_one_database
def test_keeping_a_long_text_ready_needs_a_budget_for_all_its_parts(make_app, provider):
    priced = {"openai_model": "gpt-4o-mini", "warming_quiet_seconds": 0}
    app = make_app(**priced, warming="off")
    ada = Person(app, "ada").sign_up()
    document = ada.add(STORY)
    with app.app_context():
        told = asking.estimate(db.session.get(Document, document).revision, Options())
    ada.pin(document)
    for budget, calls in ((told - 1, 0), (told, PARTS + 1)):
        Work(make_app(**priced, warming_budget=Decimal(budget) / DOLLAR)).drain()
        assert len(provider.calls) == calls
        alter(app, Document, unsettled_since=utcnow())
