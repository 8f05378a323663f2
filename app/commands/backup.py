"""``flask backup FILE`` and ``flask restore FILE``, on SQLite and Postgres."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click
from redis import RedisError
from sqlalchemy import inspect, text

from app import queues
from app.extensions import cache, db

MAGIC = {b"SQLite format 3\x00": "sqlite", b"PGDMP": "postgresql"}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything in the database to FILE, while the site goes on.

    Redis need not be kept: it holds only copies and doorbells.
    """
    if file.exists():
        raise click.ClickException(f"{file} is there already. Choose another name, or remove it.")
    draft = file.with_name(f"{file.name}.part")  # a backup that was cut off must not look like one
    try:
        draft.touch(mode=0o600)  # it holds every document, and the digests of passwords
        if db.engine.dialect.name == "sqlite":
            _copy_sqlite(_sqlite_path(), draft)
        else:
            _dump_postgres(draft)
        draft.rename(file)
    except OSError as error:
        raise click.ClickException(f"{file} could not be written: {error}") from None
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"Wrote {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="This replaces everything that is in the database now. Go on?")
def restore(file: Path) -> None:
    """Put what FILE holds in the place of everything in the database.

    Stop the web and worker processes first. A backup of an earlier release is migrated afterwards.
    """
    with file.open("rb") as opened:
        beginning = opened.read(16)
    kind = next((kind for magic, kind in MAGIC.items() if beginning.startswith(magic)), None)
    here = db.engine.dialect.name
    if kind is None:
        raise click.ClickException(f"{file} is no backup that flask backup made.")
    if kind != here:
        raise click.ClickException(f"{file} is a backup of {kind}, and DATABASE_URL names {here}.")
    db.session.remove()
    if kind == "sqlite":
        _check_sqlite(file)
        _copy_sqlite(file, _sqlite_path())
    else:
        _restore_postgres(file)
    db.engine.dispose()
    _migrate()
    _forget_copies()
    click.echo(f"Restored {file}.")


# -- SQLite ------------------------------------------------------------------------------------------------


def _sqlite_path() -> Path:
    return Path(db.engine.url.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online copy: one moment of the source, also while it is written to."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{source.resolve()}?mode=ro", uri=True)) as read,
        contextlib.closing(sqlite3.connect(target, timeout=10)) as written,
    ):
        read.backup(written)


def _check_sqlite(file: Path) -> None:
    """Refuse what is damaged, before anything is replaced by it."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file.resolve()}?mode=ro", uri=True)) as database:
            found = database.execute("PRAGMA integrity_check").fetchone()[0]
            database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise click.ClickException(f"{file} is damaged, and nothing was changed: {found}")


# -- Postgres ----------------------------------------------------------------------------------------------


def _dump_postgres(target: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", _address())


def _restore_postgres(file: Path) -> None:
    """In one transaction, so that what cannot be restored whole changes nothing.

    ``pg_restore --clean`` drops only what is in the dump, and fails where a later release added what refers to it.
    """
    emptied = _dropped("TABLE", inspect(db.engine).get_table_names()) + _dropped("FUNCTION", _our_functions())
    script = _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file))
    db.engine.dispose()
    _run(
        *("psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", _address()),
        given=emptied.encode() + script,
    )


def _dropped(what: str, names: Sequence[str]) -> str:
    quoted = ", ".join(map(db.engine.dialect.identifier_preparer.quote, names))
    return f"DROP {what} IF EXISTS {quoted} CASCADE;\n" if names else ""


def _our_functions() -> Sequence[str]:
    """Those of our triggers; others may be there, of what the operator has added to Postgres."""
    ours = (
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'mark_usage%'"
    )
    return db.session.scalars(text(ours)).all()


def _address() -> str:
    """Without the password, which every user of the machine could read among the arguments."""
    return db.engine.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(program: str, *arguments: str, given: bytes = b"") -> bytes:
    """What one of Postgres' own programs prints."""
    password = db.engine.url.password
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    done = subprocess.run(  # noqa: S603 - Postgres' own programs, with arguments of ours and files of the operator's
        [_binary(program), *arguments], input=given, env=environment, capture_output=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"{program} failed, and nothing was changed:\n{done.stderr.decode().strip()}")
    return done.stdout


def _binary(program: str) -> str:
    found = shutil.which(program)
    if found is None:  # where Debian keeps them
        newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: path.parts[4])
        found = str(newest[-1]) if newest else None
    if found is None:
        raise click.ClickException(f"{program} is not installed. On Debian or Ubuntu: apt install postgresql-client.")
    return found


# -- afterwards --------------------------------------------------------------------------------------------


def _migrate() -> None:
    from flask_migrate import upgrade

    upgrade()


def _forget_copies() -> None:
    """Copies of what is no longer there must not be read; doorbells are rung anew by the sweeper."""
    try:
        cache.clear()
        for name in queues.ALL:
            queues.empty(name)
    except RedisError as error:
        raise click.ClickException(
            f"The database is restored, but Redis does not answer. Empty it before you start: {error}"
        ) from None
