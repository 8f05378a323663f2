"""The pages. A view finds, calls one verb, renders."""

from __future__ import annotations

from flask import Flask

from app.views import (
    account,
    admin,
    auth,
    confirming,
    documents,
    downloads,
    errors,
    extractions,
    filters,
    formats,
    headers,
    pages,
    passwords,
    public,
    request_ids,
    selection,
    sharing,
    summaries,
    takes,
    updates,
    usage,
)


def register(app: Flask) -> None:
    # Ids beyond what either database can hold are no ids.
    app.url_map.converters["id"] = pages.IdConverter
    request_ids.register(app)  # before whatever may log
    of_accounts = (auth, confirming, passwords, account)
    of_documents = (documents, extractions, summaries, takes, downloads, updates, sharing, selection)
    for module in (pages, *of_accounts, *of_documents, usage, *admin.PAGES, public):
        app.register_blueprint(module.bp)
    for module in (errors, filters, formats, headers):
        module.register(app)
