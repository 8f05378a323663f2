"""Who listens to the signals: log lines, and whatever counts. Nothing else in the program knows of them."""

from __future__ import annotations

from flask import Flask

from app.metrics import log_lines


def register(app: Flask) -> None:
    log_lines.listen()
