"""The sites that the pages are seen on: the usual one, and others in which something is different."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.config import Settings
from app.extensions import db
from tests.support import servers, thrift

USUAL = "usual"
# How the usual one is configured, beside what every test has. Nothing is made in advance while somebody looks.
VARIABLES = {
    "OPENAI_MODEL": "gpt-4o-mini",
    "WARMING_QUIET_SECONDS": "3600",
    "MAX_UPLOAD_MB": "1",
    "MAIL_URL": "smtp://127.0.0.1:9",
    "SITE_URL": "http://127.0.0.1",
    "MONTHLY_BUDGET": "50",
    "WARMING_BUDGET": "5",
}
# A worker that takes nothing of what is waiting, so that it goes on waiting.
IDLE_WORKER = ("low",)


def others(environment: dict[str, str]) -> dict[str, dict[str, str]]:
    """What is different on each other site."""
    empty = Path(environment["INSTANCE_PATH"]) / "empty.sqlite3"
    nowhere = f"127.0.0.1:{servers.free_port()}"
    return {
        "closed": {"SIGNUP": "closed", "OPENAI_API_KEY": ""},  # to newcomers; and without a provider
        "without mail": {"APP_ENV": "production", "SECRET_KEY": "k" * 32, "MAIL_URL": ""},
        "without workers": {"REDIS_URL": f"{environment['REDIS_URL'].rpartition('/')[0]}/1"},
        "without redis": {"REDIS_URL": f"redis://{nowhere}/0"},
        "without database": {"DATABASE_URL": f"postgres://{nowhere}/foreword"},
        "broken": {"DATABASE_URL": f"sqlite:///{empty}"},  # which has no tables
    }


@contextmanager
def applications(environment: dict[str, str]) -> Iterator[dict[str, Flask]]:
    """Every site, by its name, within this process."""
    changes = {USUAL: {}, **others(environment)}
    made = {name: _application({**environment, **change}) for name, change in changes.items()}
    yield made
    for app in made.values():
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _application(environment: dict[str, str]) -> Flask:
    settings = Settings(**{name.lower(): value for name, value in environment.items()})
    return thrift.share_templates(create_app(settings))


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: object) -> None:
        """Say nothing: what is asked for is the test's business."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address at which a browser finds the site."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
