"""Questions that polls and pages ask of the database each time, and so have to be asked in the shortest way."""

from __future__ import annotations

import logging
from collections import namedtuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select
from sqlalchemy.exc import SQLAlchemyError

from app.database import looking
from app.extensions import db

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection
    from sqlalchemy.sql.compiler import SQLCompiler

log = logging.getLogger("foreword.looks")


class Broken(SQLAlchemyError):
    """The connection to the database has ended."""


class Look:
    """A query that only reads, asked past the session and in no transaction of its own, for its first row.

    For what is asked with every poll and every page: through the session such a query takes 600 µs, this way 40
    (measured, SQLite). What comes is what the driver makes of it: dates, for one, are text on SQLite.
    """

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._row = namedtuple("Row", query.selected_columns.keys())  # type: ignore[misc] # noqa: PYI024
        self._said: dict[str, SQLCompiler] = {}  # by dialect

    def first(self, **values: str | int) -> Any | None:
        """The row, with a name for each column; None where there is none, or the database does not answer now.

        :param values: of each parameter in the query.
        """
        said = self._compiled()
        every = {**said.params, **values}
        given = [every[name] for name in said.positiontup] if said.positiontup else every
        try:
            found = self._ask(said.string, given)
        except (SQLAlchemyError, db.engine.dialect.loaded_dbapi.Error) as error:  # the driver's own comes as it is
            log.warning("no look at the database: %s", error)
            return None
        return self._row(*found) if found else None

    def _compiled(self) -> SQLCompiler:
        dialect = db.engine.dialect
        if dialect.name not in self._said:
            whole = {"render_postcompile": True}  # there is nothing that would complete it later
            self._said[dialect.name] = self._query.compile(dialect=dialect, compile_kwargs=whole)
        return self._said[dialect.name]

    def _ask(self, said: str, values: Any) -> Any:
        """Ask on a connection that was not asked whether it is alive; if it was not, on one that is."""
        before = looking.set(True)
        try:
            connection = db.engine.raw_connection()
        finally:
            looking.reset(before)
        try:
            return self._ask_on(connection, said, values)
        except Broken:
            return self._ask_on(db.engine.raw_connection(), said, values)

    @classmethod
    def _ask_on(cls, connection: PoolProxiedConnection, said: str, values: Any) -> Any:
        """:raises Broken: when the connection is."""
        dialect, driver = db.engine.dialect, connection.dbapi_connection
        try:
            return cls._ask_driver(driver, said, values)
        except dialect.loaded_dbapi.Error as error:
            is_broken = dialect.is_disconnect(error, driver, None)
            connection.invalidate()
            if is_broken:
                raise Broken from error
            raise
        finally:
            connection.close()

    @staticmethod
    def _ask_driver(driver: Any, said: str, values: Any) -> Any:
        if db.engine.dialect.name != "postgresql":
            return driver.cursor().execute(said, values).fetchone()
        driver.autocommit = True  # or BEGIN and ROLLBACK would each be a way to the server and back
        found = driver.cursor().execute(said, values).fetchone()
        driver.autocommit = False
        return found


def moment(stored: datetime | str) -> datetime:
    """A time that a :class:`Look` found."""
    if isinstance(stored, datetime):
        return stored
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
