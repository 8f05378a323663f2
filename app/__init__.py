"""Foreword: a trustworthy AI summary in front of every document."""

from __future__ import annotations

import logging

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import commands, metrics, views
from app.config import ROOT, Settings, load_settings
from app.database import engine_options, open_sqlite_safely
from app.extensions import cache, csrf, db, limiter, login_manager, migrate


def create_app(settings: Settings | None = None) -> Flask:
    """The application, configured by *settings* or else by the environment.

    :raises app.config.ConfigError: when the environment cannot run it.
    """
    settings = settings or load_settings()
    app = Flask(
        "app",
        instance_path=str(settings.instance_path.resolve()),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(settings.flask())
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("foreword").setLevel(settings.log_level)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    _bind_extensions(app)
    _register(app)
    return app


def _bind_extensions(app: Flask) -> None:
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    db.init_app(app)
    with app.app_context():
        open_sqlite_safely(db.engine)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    for extension in (cache, login_manager, csrf, limiter):
        extension.init_app(app)


def _register(app: Flask) -> None:
    views.register(app)
    commands.register(app)
    metrics.listen()
