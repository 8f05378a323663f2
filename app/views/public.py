"""A document for whoever has its link: to read what there is, and to cause nothing."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.views.access import public_document_or_404
from app.views.panel import page_panel, poll_or_check, render_answer
from app.views.place import Place
from app.views.seen import Seen

bp = Blueprint("public", __name__, url_prefix="/shared/<string:token>")


@bp.after_request
def _keep_the_address_private(response: Response) -> Response:
    """Whoever has the address may read, so it goes into no index and to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("")
def show(token: str) -> ResponseReturnValue:
    document = public_document_or_404(token)
    return render_template(
        "documents/public.html",
        document=document,
        token=token,
        panel=page_panel(Place.of_link(document, token, _seen().form), _seen(), poll_or_check()),
    )


@bp.get("/status")
def status(token: str) -> ResponseReturnValue:
    place = Place.of_link(public_document_or_404(token), token, _seen().form)
    if not request.headers.get("HX-Request"):
        return redirect(f"{place.page_url}#summary", 303)
    return render_answer(place, _seen(), poll_or_check())


def _seen() -> Seen:
    return Seen.parse(request.args.get("seen"))
