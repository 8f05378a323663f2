"""The pages. A view finds, calls one verb, renders."""

from __future__ import annotations

from flask import Flask

from app.views import auth, documents, errors, extractions, filters, headers, pages, public, sharing, summaries, takes


def register(app: Flask) -> None:
    # Ids beyond what either database can hold are no ids.
    app.url_map.converters["id"] = pages.IdConverter
    for module in (pages, auth, documents, extractions, summaries, takes, sharing, public):
        app.register_blueprint(module.bp)
    for module in (errors, filters, headers):
        module.register(app)
