"""Where a person goes on after something came between, such as signing in."""

from __future__ import annotations

from flask import request, url_for


def wanted() -> str:
    """The address that this request says to go on to, whatever it is."""
    return request.form.get("next") or request.args.get("next", "")


def next_url(otherwise: str = "documents.index") -> str:
    """The address asked for if it is one of ours, else that of the endpoint *otherwise*."""
    address = wanted()
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if ours else url_for(otherwise)
