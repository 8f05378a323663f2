"""Whatever happened: what the usage page says of it follows from the ledger, line by line."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.database import utcnow
from app.extensions import db
from app.models import Document, LedgerEntry, Purpose, Readership, Status, Summary
from app.summaries.prompt import Options
from app.usage import lines
from app.usage.period import Month
from app.usage.reads import each_read_in
from app.usage.report import report
from app.usage.spending import Use

DATABASES = ("sqlite",)
MONTH = Month(2026, 9)
SUMMARIES, GONE = (1, 2, 3, 4), (3, 4)  # the last two are deleted, with their document

calls = st.builds(
    dict,
    summary_id=st.sampled_from(SUMMARIES),
    day=st.integers(1, 30),
    month=st.sampled_from((8, 9)),
    purpose=st.sampled_from(list(Purpose)),
    outcome=st.sampled_from(("complete", "complete", "unavailable", "worker_lost", "handed_back")),
    cost=st.one_of(st.none(), st.integers(0, 10**9)),
    model=st.sampled_from(("one", "another")),
    input_tokens=st.integers(0, 10**6),
)
reads = st.builds(
    dict,
    summary_id=st.sampled_from(SUMMARIES),
    reader_id=st.integers(0, 2),
    day=st.integers(1, 30),
    month=st.sampled_from((8, 9)),
    reads=st.integers(1, 1000),
    uncached=st.integers(0, 3),
)
statuses = st.fixed_dictionaries({1: st.sampled_from(list(Status)), 2: st.sampled_from(list(Status))})


@pytest.fixture
def history(app, ada):
    """Put a history into the database, in the place of the one before."""
    document, owner = ada.add(), 1

    def write(statuses, calls, reads):
        for model in (LedgerEntry, Readership, Summary):
            db.session.execute(delete(model))
        revision = db.session.get(Document, document).revision
        for summary_id, status in statuses.items():
            form = vars(Options()) | {"model": "one", "prompt_version": "v1"}
            row = {"document_id": document, "revision_id": revision.id, "key": str(summary_id), "queue": "high"} | form
            db.session.add(Summary(id=summary_id, status=status, purpose="request", give_up_at=utcnow(), **row))
        for call in calls:
            at = datetime(2026, call.pop("month"), call.pop("day"), 23, 59, 59, tzinfo=UTC)
            there = None if call["summary_id"] in GONE else document
            rest = {
                "document_id": there,
                "owner_id": owner,
                "attempt": 1,
                "output_tokens": 1,
                "tokens_estimated": False,
            }
            db.session.add(LedgerEntry(created_at=at, **call, **rest))
        for read in reads:
            day = datetime(2026, read.pop("month"), read.pop("day"), tzinfo=UTC).date()
            cached = max(0, read["reads"] - read.pop("uncached"))
            Readership.add(day=day, document_id=document, owner_id=owner, cached=cached, **read)
        db.session.commit()

    with app.app_context():
        yield write


def every(ranked):
    return [*ranked.first.values(), ranked.others, ranked.gone]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statuses=statuses, calls=st.lists(calls, max_size=12), reads=st.lists(reads, max_size=12))
def test_every_line_of_the_ledger_is_in_one_place_and_savings_follow_from_them(history, statuses, calls, reads):
    history(statuses, [dict(call) for call in calls], [dict(read) for read in reads])
    found, paid = report(MONTH), [call for call in calls if call["month"] == MONTH.month]
    spent = sum(call["cost"] or 0 for call in paid)
    assert (found.total.calls, found.total.cost) == (len(paid), spent)
    assert found.total.unpriced == sum(call["cost"] is None for call in paid)
    assert found.total.reads == sum(read["reads"] for read in reads if read["month"] == MONTH.month)
    for parts in (
        found.by_use.values(),
        found.by_day.values(),
        every(found.by_document),
        every(found.by_person),
        found.by_model.values(),
        found.by_prompt_version.values(),
    ):
        assert sum(part.cost for part in parts) == spent
        assert sum(part.calls for part in parts) == len(paid)
    besides = spent - found.by_use[Use.FIRST].cost
    assert found.saved == found.total.worth - besides
    assert found.without - found.saved == spent


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statuses=statuses, calls=st.lists(calls, max_size=12), reads=st.lists(reads, max_size=12))
def test_hits_and_misses_are_all_reads_and_a_hit_is_worth_what_the_ledger_says(history, statuses, calls, reads):
    history(statuses, [dict(call) for call in calls], [dict(read) for read in reads])
    rows = list(each_read_in(MONTH, None))
    assert all(0 <= row.misses <= 1 and row.cached >= 0 and row.stored >= 0 for row in rows)
    assert all(row.cached + row.stored + row.misses == row.reads for row in rows)
    assert max(Counter(row.summary_id for row in rows if row.misses).values(), default=0) <= 1
    for row in rows:
        made = [c["cost"] for c in calls if c["summary_id"] == row.summary_id and c["outcome"] == "complete"]
        assert row.worth == (None if not made or None in made else sum(made))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statuses=statuses, calls=st.lists(calls, max_size=12), reads=st.lists(reads, max_size=12))
def test_the_files_add_up_to_what_the_page_says(history, statuses, calls, reads):
    history(statuses, [dict(call) for call in calls], [dict(read) for read in reads])
    found = report(MONTH)
    head, *paid = lines.of_the_ledger(MONTH, None)
    cost = head.index("cost_micro_dollars")
    assert sum(line[cost] or 0 for line in paid) == found.total.cost
    head, *days = lines.of_reads(MONTH, None)
    hits = sum(line[head.index("hits_cache")] + line[head.index("hits_database")] for line in days)
    assert hits == found.total.hits
    worth = head.index("hit_worth_micro_dollars")
    saved = sum((line[4] + line[5]) * (line[worth] or 0) for line in days)
    assert saved == found.total.worth
