"""Who listens to the signals: log lines, and whatever counts. Nothing else in the program knows of them."""

from __future__ import annotations

from flask import Flask

from app import queues
from app.config import Settings
from app.metrics import listeners, log_lines, scrape
from app.metrics.counts import Counts
from app.metrics.listeners import Taker


def register(app: Flask) -> None:
    log_lines.listen()
    app.register_blueprint(scrape.bp)
    if wanted := _takers(app):
        app.extensions[listeners.EXTENSION] = wanted
        listeners.listen()


def _takers(app: Flask) -> list[Taker]:
    """What is to be told of what happens, as it is configured: nothing at all unless somebody wants to know."""
    settings: Settings = app.config["SETTINGS"]
    wanted: list[Taker] = []
    if settings.metrics_token.get_secret_value():
        with app.app_context():
            wanted.append(Counts(queues.connection()))
    if settings.statsd_host:
        from app.metrics.packets import Packets

        wanted.append(Packets(settings.statsd_host))
    return wanted
