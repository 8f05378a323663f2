"""Errors for Sentry and traces for OpenTelemetry, where an address for them is configured.

Nothing else in the program knows of either, and where they are off, neither library is loaded.
"""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    if dsn := settings.sentry_dsn.get_secret_value():
        from app.telemetry import sentry

        sentry.start(dsn, settings.app_env)
    if endpoint := settings.otel_exporter_otlp_endpoint:
        from app.telemetry import tracing

        tracing.start(app, endpoint)
