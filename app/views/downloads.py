"""A summary as a file of its own, with what must not be lost on the way: what it is of, when, by what and how complete.

Fetching it counts as no reading, although its words are read: whoever presses Download has the page that shows them,
and that is counted. Otherwise one reader would be two, and the site would seem to have saved what it did not.
"""

from __future__ import annotations

import io
import re

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from markupsafe import Markup

from app.summaries import service
from app.views import wording
from app.views.access import readable_document_or_404
from app.views.filters import markdown
from app.views.formats import local_time
from app.views.place import Place
from app.views.shown import Shown
from app.visible import visible

TITLE_IN_NAME = 60  # characters, so that no file system finds the name too long
NO_PART_OF_A_NAME = re.compile(r'[\\/:*?"<>|\s]+')
MEANT_BY_MARKDOWN = re.compile(r"([\\`*_\[\]<>#&|~])")
TAG = re.compile("<(?!https?:|mailto:)")
TYPES = {"md": "text/markdown", "txt": "text/plain"}

bp = Blueprint("downloads", __name__, url_prefix="/documents/<id:document_id>")


@bp.get("/summary.<any(md, txt):suffix>")
@login_required
def summary(document_id: int, suffix: str) -> ResponseReturnValue:
    return summary_file(Place.of_document(readable_document_or_404(document_id)), suffix)


def summary_file(place: Place, suffix: str) -> Response:
    """The summary that the panel at this *place* shows; 404 while there is none."""
    # Looking for it joins nothing.
    reading = service.read(place.document, place.options, None) if place.document.has_text else None
    if reading is None or reading.good is None:
        abort(404)
    shown, title = Shown.of(reading.good, place.document), place.document.title
    outdated = [wording.out_of_date(place.document, reading)] if reading.stale else []
    below = [f"{shown.byline} {_('Made %(time)s.', time=local_time(shown.made_at))}", *shown.coverage]
    if suffix == "md":
        text = _in_markdown(title, outdated, reading.good.text, below)
    else:
        text = _in_plain_text(title, outdated, markdown(reading.good.text), below)
    return send_file(io.BytesIO(text.encode()), TYPES[suffix], as_attachment=True, download_name=_name(title, suffix))


def _in_markdown(title: str, above: list[str], text: str, below: list[str]) -> str:
    # The first blocks and the last are ours, and no marks in them are meant; two blanks at its end break a line.
    ours = [f"# {_literally(title)}", *map(_literally, above)]
    text = TAG.sub("&lt;", text.strip())  # the page shows no HTML of a model either, and other programs may run it
    return "\n\n".join([*ours, text, "---", "  \n".join(map(_literally, below))]) + "\n"


def _literally(text: str) -> str:
    return MEANT_BY_MARKDOWN.sub(r"\\\1", text)


def _in_plain_text(title: str, above: list[str], html: Markup, below: list[str]) -> str:
    from inscriptis import get_text
    from inscriptis.model.config import ParserConfig

    text = get_text(str(html), ParserConfig(display_links=True)).strip("\n")
    return "\n\n".join([title, *above, text, "--", "\n".join(below)]) + "\n"


def _name(title: str, suffix: str) -> str:
    """A name that every file system takes; what is not ASCII in it goes along as RFC 5987 says."""
    named = NO_PART_OF_A_NAME.sub(" ", visible(title))[:TITLE_IN_NAME].strip(" .")
    return f"{_('Summary of %(title)s', title=named) if named else _('Summary')}.{suffix}"
