"""How the database is opened, and the column types that make both databases agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, TypeVar

from flask import g, has_request_context, request
from sqlalchemy import ColumnElement, Date, DateTime, Dialect, Engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from app.extensions import Model, db

Answer = TypeVar("Answer")

LONGEST_IDLE_SECONDS = 15  # in a transaction; none of ours waits for anything but the database
LONGEST_TURN_SECONDS = 5
MOMENT_SECONDS = 0.1  # after its last use, in which a connection is taken to be alive
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

looking: ContextVar[bool] = ContextVar("looking", default=False)  # for a :class:`~app.looks.Look`
_only_reading: ContextVar[bool] = ContextVar("only_reading", default=False)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def utcnow() -> datetime:
    return datetime.now(UTC)


def engine_options(database_url: str, pool_size: int) -> dict[str, Any]:
    """What ``create_engine`` gets for *database_url*.

    :param pool_size: connections that one process may hold at most. Heroku's smallest Postgres allows 20 in all.
    """
    if database_url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 10}}
    return {
        "hide_parameters": True,  # or an error would put a whole text, or the digest of a password, into the log
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 5},
    }


def open_safely(engine: Engine) -> None:
    """Set each connection up for what may go wrong beside it."""
    if engine.dialect.name == "sqlite":
        _open_sqlite_safely(engine)
    elif engine.dialect.name == "postgresql":
        _end_what_froze(engine)
        _find_out_whether_it_is_alive(engine)


def _end_what_froze(engine: Engine) -> None:
    """A process that is frozen in a transaction holds its locks, and nobody could free its row, for as long as it is.

    Said after connecting, since a pooler between refuses it among the parameters of the connection.
    """

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET idle_in_transaction_session_timeout = '{LONGEST_IDLE_SECONDS}s'")
        connection.autocommit = False


def _find_out_whether_it_is_alive(engine: Engine) -> None:
    """Ask a connection whether it is still there before it is used, for the server may have been restarted since.

    As ``pool_pre_ping`` does, but not for a :class:`~app.looks.Look`, which asks again where it was not: of what polls
    ask of the server every second question would be this one. Nor for what was in use a moment ago, as between two
    transactions of the same press.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: Any, _proxy: Any) -> None:
        if looking.get() or time.monotonic() < record.info.get("used_at", -MOMENT_SECONDS) + MOMENT_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # whereupon the pool connects anew


def _open_sqlite_safely(engine: Engine) -> None:
    """Make SQLite keep every concurrent update.

    With Python's default transactions SQLite lost 480 of 600 concurrent updates without an error; with
    write-ahead logging, ``BEGIN IMMEDIATE`` and a busy timeout it kept 600 of 600 (measured).
    """

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # no implicit BEGIN from the driver: ours is below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A page that is only read must not queue behind the writers: readers and a writer coexist under WAL.
        in_request = has_request_context()
        reading = in_request and (request.method in SAFE_METHODS or g.get("reads_first")) and not g.get("writes")
        connection.exec_driver_sql("BEGIN" if reading or _only_reading.get() else "BEGIN IMMEDIATE")


@contextmanager
def only_reading() -> Iterator[None]:
    """What is asked within, where there is no request, waits for no write lock, and keeps none from others."""
    before = _only_reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        _only_reading.reset(before)


@contextmanager
def reading_before_moving() -> Iterator[None]:
    """The same, and what was read is kept, for moves that compare it with the row."""
    if not writers_wait_for_each_other():
        yield
        return
    with only_reading():
        yield
        commit_and_keep()  # which leaves nothing to roll back


def writers_wait_for_each_other() -> bool:
    """Whether whoever writes keeps everybody else from it, and not only from the same rows."""
    return db.engine.dialect.name == "sqlite"


def begin_to_write() -> None:
    """End what was only read, and let the next transaction of this request write.

    SQLite refuses to write in a transaction that read before somebody else wrote.
    """
    db.session.rollback()
    g.writes = True


def go_on_to_write() -> None:
    """The same, with what was read kept as it was: for moves that compare what they were told with the row.

    Who asked for it anew would do so under SQLite's one write lock, for which everybody else waits.
    """
    commit_and_keep()
    g.writes = True


def commit_and_keep() -> None:
    """Commit, and go on with what was read before as it was read, instead of asking for it again."""
    session = db.session()
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


def read_first(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """A view of a form that most often changes nothing, and must say so before it does: by :func:`begin_to_write`
    or :func:`go_on_to_write`.

    Other forms wait for SQLite's one write lock from their first query on.
    """

    @wraps(view)
    def reading(*arguments: Any, **named: Any) -> Answer:
        g.reads_first = True
        return view(*arguments, **named)

    return reading


def only_read_on() -> None:
    """Let what this request does after its commit wait for no write lock."""
    g.writes = False


def answers() -> bool:
    """Whether the database is there, and was migrated."""
    try:
        db.session.execute(text("SELECT 1 FROM document LIMIT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def one_at_a_time(name: str) -> bool:
    """Whether this transaction is the only one that says this *name*, to its end. SQLite's writers always are.

    Nobody waits: whoever holds the name may be frozen.
    """
    if db.engine.dialect.name != "postgresql":
        return True
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext(name)))))


def in_turn(name: str) -> None:
    """Wait until no other transaction has said this *name*, and keep it until this one ends.

    For what takes moments: whoever froze with it is ended by the database, and who waits for long gets an error that
    means "not now". SQLite's writers wait for each other anyway.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_TURN_SECONDS}s'"))
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))
        db.session.execute(text("SET LOCAL lock_timeout = DEFAULT"))


def day_of(moment: Any) -> ColumnElement[date]:
    """The day (UTC) of a column of :class:`UTCDateTime`; Postgres would take that of the session's zone."""
    utc = func.timezone("UTC", moment) if db.engine.dialect.name == "postgresql" else moment
    return func.date(utc, type_=Date)


def insert_into(model: type[Model]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT: both databases spell it alike, and SQLAlchemy keeps it in each dialect."""
    return postgresql.insert(model) if db.engine.dialect.name == "postgresql" else sqlite.insert(model)
