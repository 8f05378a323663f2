"""A backup is restored, on either database: everything is as it was, and goes on."""

import stat
import subprocess

import pytest
from sqlalchemy import inspect, select, text

from app.extensions import db
from app.models import LedgerEntry, Summary
from tests.support.people import TEXT, Person
from tests.test_commands import flask


def counts(app) -> dict[str, int]:
    with app.app_context():
        tables = inspect(db.engine).get_table_names()
        return {name: db.session.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in tables}


@pytest.fixture
def kept(tmp_path, environment):
    """Write a backup, and say where it is."""

    def keep(name: str = "kept.backup"):
        done = flask("backup", str(tmp_path / name), **environment)
        assert done.returncode == 0, done.stderr
        return tmp_path / name

    return keep


def restore(file, environment) -> subprocess.CompletedProcess:
    return flask("restore", "--yes", str(file), **environment)


def test_everything_is_as_it_was_when_it_was_written(ada, ben, app, work, kept, environment):
    document, waiting = ada.add(), ada.add("Another text, whose summary is still to be written.", "Another")
    ada.share(document, ben)
    ada.summarise(document)
    work.drain()
    text_then = ada.panel(document).text
    ada.summarise(waiting)
    before, file = counts(app), kept()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    ada.edit(document, "Overwritten.")
    ada.delete(waiting)
    Person(app, "eve").sign_up().add()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    done = restore(file, environment)
    assert done.returncode == 0, done.stderr

    assert counts(app) == before
    assert ada.get("/documents").status_code == 200, "whoever was signed in still is"
    assert TEXT in ada.get(f"/documents/{document}/edit").text
    assert ada.panel(document).text == text_then
    assert ben.panel(document).text == text_then
    assert Person(app, "eve").log_in().status_code == 422
    work.drain()  # what was waiting then is done now
    assert ada.panel(waiting).state == "complete"
    with app.app_context():
        assert len(db.session.scalars(select(LedgerEntry)).all()) == 2
        assert ada.add() > waiting, "no id is given twice"


def test_no_copy_of_what_came_later_is_read_after_a_restore(ada, work, kept, environment, redis, app):
    document = ada.add()
    file = kept()
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).state == "complete"
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    assert restore(file, environment).returncode == 0
    assert ada.panel(document).state == "none"
    with app.app_context():
        assert db.session.scalars(select(Summary)).all() == []


def test_a_damaged_backup_is_refused_and_nothing_is_changed(ada, app, kept, environment):
    document, file = ada.add(), kept()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    before = counts(app)
    refused = restore(file, environment)
    assert (refused.returncode, "nothing was changed" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.stderr
    assert counts(app) == before
    assert ada.get(f"/documents/{document}").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_backup_is_refused(ada, tmp_path, environment):
    (tmp_path / "notes.txt").write_text("These are notes.")
    refused = restore(tmp_path / "notes.txt", environment)
    assert (refused.returncode, "is no backup that flask backup made" in refused.stderr) == (1, True)
    (tmp_path / "dump").write_bytes(b"PGDMP" + bytes(100))
    refused = restore(tmp_path / "dump", environment)
    assert (refused.returncode, "is a backup of postgresql, and DATABASE_URL names sqlite" in refused.stderr) == (
        1,
        True,
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_never_takes_the_place_of_another_file(ada, kept, environment):
    file = kept()
    before = file.read_bytes()
    again = flask("backup", str(file), **environment)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert file.read_bytes() == before
    nowhere = flask("backup", str(file.parent / "no such folder" / "x"), **environment)
    assert (nowhere.returncode, "could not be written" in nowhere.stderr) == (1, True)


def test_a_backup_of_an_earlier_release_is_migrated(ada, app, kept, environment):
    from flask_migrate import downgrade, upgrade

    document = ada.add()
    with app.app_context():
        downgrade(revision="0003")
        db.session.remove()
        db.engine.dispose()
    file = kept()
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    done = restore(file, environment)
    assert done.returncode == 0, done.stderr
    ada.log_in()
    assert ada.get(f"/documents/{document}").status_code == 200
