"""A document for whoever has its link: to read what there is, and to cause nothing."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.views.access import public_document_or_404
from app.views.downloads import summary_file
from app.views.panel import page_panel, panel_of_answer, poll_or_check, render_answer
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
    place = _place(token)
    panel = page_panel(place, _seen(), poll_or_check())
    return render_template("documents/public.html", document=place.document, token=token, panel=panel)


@bp.get("/status")
def status(token: str) -> ResponseReturnValue:
    place = _place(token)
    if not request.headers.get("HX-Request"):
        return redirect(f"{place.page_url}#summary", 303)
    return render_answer(panel_of_answer(place, _seen(), poll_or_check()))


@bp.get("/summary.<any(md, txt):suffix>")
def summary(token: str, suffix: str) -> ResponseReturnValue:
    return summary_file(_place(token), suffix)


def _place(token: str) -> Place:
    """Nothing is kept about whoever comes by the link: that updates are paused stands in the address."""
    document, seen = public_document_or_404(token), _seen()
    paused = request.args.get("updates", "paused" if seen.paused else "") == "paused"
    return Place.of_link(document, token, seen.form, paused=paused)


def _seen() -> Seen:
    return Seen.parse(request.args.get("seen"))
