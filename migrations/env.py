"""Runs the migrations on the application's own engine, SQLite or Postgres."""

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db


def run_migrations() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # SQLite alters a table by copying and dropping it; enforced foreign keys would cascade the drop.
            # The pragma works outside a transaction only, so it goes past SQLAlchemy.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    context.configure(url=db.engine.url.render_as_string(hide_password=False), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    run_migrations()
