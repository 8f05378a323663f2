"""The least that Flask can do, and the least with one question to a database, for whatever decides who may see it."""

from __future__ import annotations

import os
import sqlite3
from collections import deque

import psycopg
from flask import Flask

QUESTION = "SELECT id FROM document LIMIT 1"

app = Flask(__name__)
_at_rest: deque[psycopg.Connection | sqlite3.Connection] = deque()


@app.get("/")
def hello() -> str:
    return "hello"


@app.get("/asking")
def asking() -> str:
    """Asks through the driver alone, over a connection that is kept, where nothing is looked after."""
    connection = _at_rest.pop() if _at_rest else _connection(os.environ["BENCH_DATABASE"])
    connection.execute(QUESTION).fetchone()
    _at_rest.append(connection)
    return "hello"


def _connection(address: str) -> psycopg.Connection | sqlite3.Connection:
    if address.startswith("sqlite:///"):
        return sqlite3.connect(address.removeprefix("sqlite:///"), check_same_thread=False)
    return psycopg.connect(address, autocommit=True)
