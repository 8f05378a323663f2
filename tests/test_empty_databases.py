"""Each test is given a database that shows nothing of the test before it, although on Postgres it is the same one."""

import psycopg
import pytest


@pytest.fixture
def used(postgres_databases):
    """The address of a database with one row, and a connection to it that is never closed by the test."""
    address = postgres_databases.empty()
    left_over = psycopg.connect(address, autocommit=True)
    left_over.execute(
        """INSERT INTO "user" (email, password_hash, created_at, summary_options) VALUES ('a', 'b', now(), '{}')"""
    )
    yield address, left_over
    left_over.close()


def users(address):
    with psycopg.connect(address) as connection:
        return connection.execute("""SELECT count(*), nextval('user_id_seq') FROM "user" """).fetchone()


def test_neither_rows_nor_their_numbers_are_left(postgres_databases, used):
    assert users(used[0])[0] == 1
    assert users(postgres_databases.empty()) == (0, 1)


def test_whoever_is_left_of_the_last_test_cannot_reach_the_next_ones_database(postgres_databases, used):
    address, left_over = used
    left_over.execute("""BEGIN; LOCK TABLE "user" """)
    assert users(postgres_databases.empty()) == (0, 1)
    with pytest.raises(psycopg.OperationalError):
        left_over.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(address)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE document RENAME TO gone",
        "ALTER TABLE document DROP COLUMN title",
        'ALTER TABLE "user" DROP CONSTRAINT uq_user_email',
        "DROP TABLE readership",
        "CREATE TABLE another (id integer)",
        "CREATE TRIGGER one BEFORE UPDATE ON part FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
)
def test_tables_that_were_changed_are_as_they_were(postgres_databases, used, change):
    address, left_over = used
    before = shape(address)
    left_over.execute(change)
    assert shape(address) != before
    assert shape(postgres_databases.empty()) == before


def shape(address):
    """What the tables are like, as far as anyone could tell who only looks at them."""
    with psycopg.connect(address) as connection:
        return connection.execute(
            """
            SELECT (SELECT array_agg(concat(table_name, '.', column_name) ORDER BY table_name, ordinal_position)
                    FROM information_schema.columns WHERE table_schema = 'public'),
                   (SELECT array_agg(conname::text ORDER BY conname) FROM pg_constraint),
                   (SELECT array_agg(tgname::text ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal)
            """
        ).fetchone()
