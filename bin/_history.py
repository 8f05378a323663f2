"""A month of calls and reads, as a small team leaves them, for the picture of the usage page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

CALL = """
    INSERT INTO ledger_entry (created_at, summary_id, document_id, owner_id, user_id, purpose, model, prompt_version,
        step, attempt, fence, outcome, input_tokens, output_tokens, tokens_estimated, milliseconds, input_price,
        output_price, cost)
    VALUES (?, ?, ?, 1, ?, ?, 'gpt-4o-mini', 'v1', 'whole', 1, 1, ?, ?, ?, ?, 6000, 150000, 600000, ?)
"""
READ = """
    INSERT INTO readership (summary_id, reader_id, day, document_id, owner_id, reads, cached)
    VALUES (?, 1, ?, ?, 1, ?, ?) ON CONFLICT DO NOTHING
"""
FIRST_SUMMARY = 10_000  # beyond those that there are


def write_history(database: Path) -> str:
    """Write last month's history of the documents there, and return that month as the page's address has it."""
    chance, last = Random(7), datetime.now(UTC).replace(day=1, hour=10, minute=0) - timedelta(days=1)
    with closing(sqlite3.connect(database)) as connection, connection:
        documents = [row[0] for row in connection.execute("SELECT id FROM document")]
        for number in range(last.day * 3):
            at = last.replace(day=1 + number // 3)
            if at.weekday() < 5 or chance.random() < 0.3:
                _write(connection, chance, at, FIRST_SUMMARY + number, chance.choice(documents))
    return f"{last:%Y-%m}"


def _write(connection: sqlite3.Connection, chance: Random, at: datetime, summary: int, document: int) -> None:
    """A call, and who read what it brought on the days after it."""
    in_advance, fails = chance.random() < 0.3, chance.random() < 0.06
    read, written = chance.randint(2_000, 60_000), 0 if fails else chance.randint(200, 500)
    purpose, outcome = "warming" if in_advance else "request", "unavailable" if fails else "complete"
    cost = round((read * 150_000 + written * 600_000) / 1_000_000)
    asked_by = None if in_advance else 1
    moment = f"{at:%Y-%m-%d %H:%M:%S}.000000"
    connection.execute(CALL, [moment, summary, document, asked_by, purpose, outcome, read, written, fails, cost])
    if not fails and chance.random() < 0.9:
        for day in range(chance.randint(1, 5)):
            reads = chance.randint(1, 40)
            connection.execute(
                READ, [summary, f"{at + timedelta(days=day):%Y-%m-%d}", document, reads, max(0, reads - 2)]
            )
