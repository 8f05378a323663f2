"""Foreword: a trustworthy AI summary in front of every document."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import commands, locales, logs, metrics, telemetry, views
from app.config import ROOT, Settings, load_settings
from app.database import engine_options, open_safely
from app.extensions import cache, csrf, db, limiter, login_manager
from app.views.before_flask import BeforeFlask


class Foreword(Flask):
    """Flask, for a program without coroutines."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Leave it as it is. To ask each hook, view and teardown whether it is one took 3 % of a poll (measured)."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The application, configured by *settings* or else by the environment.

    :raises app.config.ConfigError: when the environment cannot run it.
    """
    settings = settings or load_settings()
    app = Foreword(
        "app",
        instance_path=str(settings.instance_path.resolve()),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(settings.flask())
    logs.set_up(settings.log_level, as_json=settings.log_format == "json")
    _bind_extensions(app)
    _register(app)
    _come_before_flask(app)
    return app


def _bind_extensions(app: Flask) -> None:
    address, settings = app.config["SQLALCHEMY_DATABASE_URI"], app.config["SETTINGS"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(address, settings.database_pool_size)
    db.init_app(app)
    with app.app_context():
        open_safely(db.engine)
    _bind_migrations(app)
    for extension in (cache, login_manager, csrf, limiter):
        extension.init_app(app)


def _bind_migrations(app: Flask) -> None:
    """Add ``flask db``, for the ``flask`` command and for whoever has imported Flask-Migrate to use it.

    It loads Alembic, a sixth of the start of a process, which web and workers are spared.
    """
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true" or "flask_migrate" in sys.modules:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(ROOT / "migrations"))


def _register(app: Flask) -> None:
    locales.register(app)
    views.register(app)
    commands.register(app)
    metrics.register(app)
    telemetry.register(app)


def _come_before_flask(app: Flask) -> None:
    """Put the short ways before it, and before these whatever reads what a proxy says."""
    app.wsgi_app = BeforeFlask(app)  # type: ignore[method-assign]
    if n := app.config["SETTINGS"].trusted_proxies:
        # Never X-Forwarded-Host: routers that do not set it, as Heroku's, hand on what the client claims.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n)  # type: ignore[method-assign]
