"""Why a summary is out of date, in words, and in how many places the text has changed since."""

from __future__ import annotations

from contextlib import suppress

from flask_babel import gettext as _
from flask_babel import ngettext
from redis import RedisError

from app.differences import Passage, compare, places
from app.extensions import cache
from app.llm import model_name
from app.models import Document, Revision
from app.summaries import prompt
from app.summaries.cache import DAY_SECONDS, Stored, changes_key

KEEP_SECONDS = 7 * DAY_SECONDS
MOST_COUNTS = 10  # of one document


def reasons(document: Document, stored: Stored) -> list[str]:
    """In what the summary differs from one that would be made now."""
    found = []
    if changed := changed_places(document, stored.revision_number):
        found.append(
            ngettext(
                "the text changed in %(num)s place since this summary",
                "the text changed in %(num)s places since this summary",
                changed,
            )
        )
    then, now = stored.model, model_name()
    if then != now:
        found.append(_("it was made with another model (%(then)s, now %(now)s)", then=then, now=now))
    then, now = stored.prompt_version, prompt.PROMPT_VERSION
    if then != now:
        found.append(_("it was made with an earlier prompt (%(then)s, now %(now)s)", then=then, now=now))
    return found or [_("it was made with earlier instructions")]


def changed_places(document: Document, since: int) -> int:
    """In how many places the text is another one than that of revision *since*; white space counts for nothing."""
    until = document.revision_number
    if since == until:
        return 0
    counted = _counted(document.id)
    pair = f"{since}-{until}"  # revisions never change, so what was counted between two of them stays true
    if pair in counted:
        return counted[pair]
    earlier = Revision.numbered(document.id, since)
    if earlier is None or earlier.input_digest == document.revision.input_digest:
        return 0
    counted[pair] = places(changes(earlier, document.revision))
    with suppress(RedisError):
        latest = dict(list(counted.items())[-MOST_COUNTS:])
        cache.set(changes_key(document.id), latest, timeout=KEEP_SECONDS)
    return counted[pair]


def _counted(document_id: int) -> dict[str, int]:
    with suppress(RedisError):
        found = cache.get(changes_key(document_id))
        if isinstance(found, dict) and all(isinstance(count, int) for count in found.values()):
            return found
    return {}


def changes(earlier: Revision, later: Revision) -> list[Passage]:
    """What differs between the two texts, other than white space alone."""
    return [_unless_blank(passage) for passage in compare(earlier.text, later.text)]


def _unless_blank(passage: Passage) -> Passage:
    return passage if passage.text.strip() else Passage("same", passage.text)
