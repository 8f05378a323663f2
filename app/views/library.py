"""The library: what somebody may read, searched as they type, filtered and sorted."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.library import listing
from app.library.listing import Page
from app.library.states import STATES
from app.library.wanted import Wanted
from app.models.revision import without_nul
from app.views.access import me
from app.views.documents import bp


@bp.get("")
@login_required
def index() -> ResponseReturnValue:
    wanted = Wanted.parse(request.args)
    places = {name: without_nul(request.args.get(name, "")) for name in ("after", "before")}
    page = listing.page(me(), wanted, **places)
    # What htmx asks for when somebody goes back is a whole page.
    if request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request"):
        return _part(page)
    return render_template("documents/index.html", page=page, tags=_offered_tags(wanted), states=STATES)


def _part(page: Page) -> ResponseReturnValue:
    """What of the page changes while somebody types, and the address that it has then.

    Who presses Enter when the answer is there already asks for the same again, and has been told.
    """
    shown = Wanted.parse(dict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query)))
    is_new = shown != page.wanted
    answer = make_response(render_template("library/_answer.html", page=page, is_new=is_new))
    if is_new:
        answer.headers["HX-Push-Url"] = library_url(page.wanted)
    return answer


def _offered_tags(wanted: Wanted) -> list[str]:
    tags = listing.tags_of(me())
    return tags if wanted.tag in ("", *tags) else [wanted.tag, *tags]


def library_url(wanted: Wanted) -> str:
    query: dict[str, Any] = dict(wanted.query)
    return url_for("documents.index", **query)
