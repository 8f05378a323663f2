"""The migrations and the models say the same, and neither way loses what was there."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.extensions import db
from tests.support.people import TEXT, Person


def differences(app) -> list:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, db.metadata)


def tables(app) -> set[str]:
    with app.app_context():
        return set(inspect(db.engine).get_table_names())


def migrate(app, *steps) -> None:
    with app.app_context():
        for step in steps:
            step()


def test_upgrading_from_nothing_makes_what_the_models_say(app):
    assert differences(app) == []
    assert tables(app) == {*db.metadata.tables, "alembic_version"}


def test_downgrading_to_nothing_leaves_nothing_and_upgrading_works_again(app, ada):
    ada.add()
    migrate(app, lambda: downgrade(revision="base"))
    assert tables(app) == {"alembic_version"}
    migrate(app, upgrade)
    assert differences(app) == []
    assert Person(app, "ada").sign_up().add()


def test_upgrading_from_the_first_release_keeps_every_row(app, ada, work):
    document = ada.add()
    ada.summarise(document)
    work.drain()
    migrate(app, lambda: downgrade(revision="0001"), upgrade, upgrade)  # a release phase may run twice
    ada.log_in()  # that release knew nothing of sessions that can be ended
    assert ada.panel(document).state == "complete"
    assert TEXT in ada.get(f"/documents/{document}/edit").text
    assert len(work.ledger()) == 1


def test_the_history_is_one_line(app):
    script = ScriptDirectory(app.extensions["migrate"].directory)
    assert len(script.get_heads()) == len(script.get_bases()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_reads_from_sqlite_does_not_wait_for_who_writes(app, ada):
    document = ada.add()
    with app.app_context(), db.engine.connect() as writer:
        writer.execute(text("UPDATE document SET title = 'held'"))
        page = app.test_client()
        page.set_cookie("session", ada.browser.get_cookie("session").value)
        assert "The harbour" in page.get(f"/documents/{document}").text
        writer.rollback()
