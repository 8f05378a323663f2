"""The sums that the usage page shows are those of the ledger and the reads at every moment, however they came about."""

import pytest
from sqlalchemy import delete, func, select

from app.database import utcnow
from app.extensions import db
from app.models import LedgerEntry, Purpose, Readership, Summary, UsageMark, UsageShare, UsageSum, User
from app.summaries import budget
from app.usage.period import Month
from app.usage.report import MOST_RANKED, report
from app.usage.settling import settle_all, settle_some
from tests.provider import streams
from tests.support.moments import alter, at_once

A_CENT = streams("A summary.", {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 10}}, usage=False)
CENT = 10_000


@pytest.fixture
def app(make_app, provider):
    provider.default = A_CENT
    return make_app(model_prices="test-model=0/1000", monthly_budget=1, warming_quiet_seconds=0)


@pytest.fixture
def read(ada, ben, work):
    """Ada's document, whose summary Ben asked for, waited for and read."""
    document = ada.add()
    ada.share(document, ben)
    panel = ben.press(document)
    work.drain()
    ben.poll(panel)
    work.sweep()
    return document


def sums(app) -> dict[tuple, dict]:
    """Every sum that is kept, after whatever is marked was settled."""
    with app.app_context():
        settle_all()
        rows = db.session.execute(select(UsageSum.__table__)).mappings().all()
        db.session.rollback()
        return {(row["month"], row["owner_id"], row["kind"], row["name"]): dict(row) for row in rows}


def afresh(app) -> dict[tuple, dict]:
    """The same, added up from nothing."""
    with app.app_context():
        for model in (UsageMark, UsageShare, UsageSum):
            db.session.execute(delete(model))
        for entry in db.session.scalars(select(LedgerEntry)):
            paid = {"moment": entry.created_at, "purpose": entry.purpose, "user_id": entry.user_id, "cost": entry.cost}
            db.session.add(UsageMark(summary_id=entry.summary_id, **paid))
        for model in (Readership.summary_id, Summary.id):
            db.session.add_all(UsageMark(summary_id=one) for one in db.session.scalars(select(model)))
        db.session.commit()
    return sums(app)


def test_whatever_happens_the_sums_are_those_of_what_there_is(app, ada, ben, work, read):
    other = ada.add("Another text.")
    steps = {
        "read again": lambda: (ada.panel(read), work.sweep()),
        "made in advance": lambda: (ada.pin(other), work.drain()),
        "told earlier": lambda: alter(app, LedgerEntry, created_at=utcnow().replace(year=2025, month=2, day=28)),
        "deleted": lambda: ada.delete(read),
        "left": lambda: _leave(app, ben),
    }
    for what, step in steps.items():
        before = sums(app)
        step()
        assert (after := sums(app)) != before, what
        assert after == afresh(app), what


def _leave(app, person):
    with app.app_context():
        db.session.delete(User.by_email(person.email))
        db.session.commit()


def test_whatever_was_taken_back_leaves_no_sum_behind(app, read):
    assert sums(app)
    with app.app_context():
        for model in (LedgerEntry, Readership, Summary):
            db.session.execute(delete(model))
        db.session.commit()
    assert sums(app) == {}


def test_a_lease_that_is_renewed_marks_nothing(app, read):
    sums(app)
    alter(app, Summary, lease_until=utcnow(), status="complete")
    with app.app_context():
        assert db.session.scalar(select(func.count(UsageMark.id))) == 0


def test_what_there_was_no_time_for_is_left_for_the_next_time(app, read):
    with app.app_context():
        marks = select(func.count(UsageMark.id))
        assert settle_some(seconds=-1)
        assert db.session.scalar(marks) > 0
        assert not settle_some()
        assert db.session.scalar(marks) == 0
    assert sums(app) == afresh(app)


def test_any_number_may_settle_at_once_and_each_mark_counts_once(app, ada, work, read):
    def settle(number: int) -> None:
        with app.app_context():
            (settle_all if number % 2 else settle_some)()

    for _ in range(3):
        ada.panel(read)
        work.sweep()
        at_once(6, settle)
    assert sums(app) == afresh(app)


@pytest.mark.parametrize("is_settled", [False, True])
def test_what_was_spent_is_on_every_budget_whether_it_is_settled_or_not(app, ben, read, is_settled):
    if is_settled:
        sums(app)
    with app.app_context():
        of_ben = budget.applying(Purpose.REQUEST, User.by_email(ben.email))
        of_warming = budget.applying(Purpose.WARMING, None)
        assert [one.committed for one in of_ben + of_warming] == [CENT, CENT]
    alter(app, LedgerEntry, cost=3 * CENT)
    with app.app_context():
        assert [one.committed for one in budget.applying(Purpose.WARMING, None)] == [3 * CENT]


def test_only_the_largest_have_a_line_and_the_others_are_added_up_in_one(app, ada):
    documents, month = MOST_RANKED + 5, Month.present()
    with app.app_context():
        for number in range(documents):
            Readership.add(
                summary_id=number + 1,
                reader_id=1,
                day=month.first_day,
                document_id=ada.add() if number else 999,  # one that is gone
                owner_id=1,
                reads=number + 1,
                cached=0,
            )
            db.session.commit()
        found = report(month, 1).by_document
        assert [one.reads for one in found.first.values()] == list(range(documents, documents - MOST_RANKED, -1))
        assert (found.left, found.others.reads, found.gone.reads) == (4, 2 + 3 + 4 + 5, 1)
    page = ada.get("/usage").text
    assert "4 others" in page
    assert "Documents since deleted" in page
