"""What an attempt asks of the database has been asked before, of no row, by the process that its own is forked from."""

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine.interfaces import CacheStats

from app.extensions import db
from app.models import LedgerEntry, UsageMark
from app.summaries import service
from tests.provider import says
from tests.support.people import TEXT


def test_an_attempt_compiles_no_statement_anew(ada, provider, make_app, work):
    provider.script(says(before=0.5, between=0.05))  # so that its lease is renewed
    document = ada.add(TEXT)
    ada.summarise(document)
    asked = []
    with make_app(summary_lease_seconds=1).app_context():
        service.rehearse()
        event.listen(db.engine, "before_cursor_execute", lambda *about: asked.append((about[4].cache_hit, about[2])))
        service.generate(work.summaries()[0].id)
    assert ada.panel(document).state == "complete"
    assert {said.split()[0] for _, said in asked} >= {"SELECT", "UPDATE", "INSERT"}
    assert [said for hit, said in asked if hit == CacheStats.CACHE_MISS] == []


def test_a_rehearsal_leaves_nothing_behind(ada, provider, app, work):
    ada.summarise(ada.add(TEXT))
    before = work.summaries()[0]
    with app.app_context():
        service.rehearse()
        assert [db.session.scalar(select(func.count(kind.id))) for kind in (LedgerEntry, UsageMark)] == [0, 0]
        assert not db.session.new
    after = work.summaries()[0]
    assert (after.status, after.fence, after.attempt) == (before.status, before.fence, before.attempt)
    assert provider.calls == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where there is one lock for all who write
def test_a_process_that_gets_ready_for_a_job_waits_for_nobody_who_writes(ada, app):
    ada.summarise(ada.add(TEXT))
    with app.app_context(), db.engine.begin():
        service.get_ready()
