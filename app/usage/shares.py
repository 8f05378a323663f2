"""What a summary adds to the sums: each call, read and wait in one place of every kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from app.extensions import db
from app.models import Document
from app.models.usage_sum import EVERYBODY, GONE, NAME_MAX, Kind
from app.usage.reads import Read, reads_of
from app.usage.spending import Spent, spent_on
from app.usage.sums import Sum
from app.usage.waits import Wait, waits_for

NOBODY = "nobody"  # in the place of who asked: it was made in advance
UNKNOWN = ""  # somebody who arrived meanwhile, or who has left
UNTIL_BEGUN, UNTIL_FIRST_WORDS, WRITING = "begun", "first words", "writing"


class Key(NamedTuple):
    """Which sum."""

    month: date
    owner_id: int
    kind: str
    name: str


Share = defaultdict[Key, Sum]


def shares_of(summary_ids: Collection[int]) -> dict[int, Share]:
    """By the summary's id; with 0 among them, what calls add whose summary is not known any more."""
    found: dict[int, Share] = {summary_id: _nothing() for summary_id in summary_ids}
    spent, reads, waits = list(spent_on(summary_ids)), list(reads_of(summary_ids)), list(waits_for(summary_ids))
    there = _still_there({one.document_id for some in (spent, reads, waits) for one in some})
    for call in spent:
        for key in _places(call, there, (Kind.USE, call.use), (Kind.PERSON, _asker(call))):
            found[call.summary_id][key].spend(call)
    for read in reads:
        for key in _places(read, there):
            found[read.summary_id][key].read(read)
    for wait in waits:
        for key in _places(wait, there, (Kind.PERSON, str(wait.user_id or UNKNOWN))):
            found[wait.summary_id][key].wait(wait.whole)
        for name, seconds in _of_it(wait).items():
            found[wait.summary_id][_key(wait, Kind.WAIT, name)].wait(seconds)
    return found


def _nothing() -> Share:
    return defaultdict(Sum)


def _still_there(document_ids: Collection[int | None]) -> set[int]:
    return set(db.session.scalars(select(Document.id).where(Document.id.in_([one for one in document_ids if one]))))


def _places(one: Spent | Read | Wait, there: set[int], *others: tuple[Kind, str]) -> Iterator[Key]:
    yield _key(one, Kind.DAY, one.day.isoformat())
    yield _key(one, Kind.DOCUMENT, str(one.document_id) if one.document_id in there else GONE)
    yield _key(one, Kind.MODEL, one.model)
    yield _key(one, Kind.PROMPT, one.prompt_version)
    for kind, name in others:
        yield _key(one, kind, name)


def _key(one: Spent | Read | Wait, kind: Kind, name: str) -> Key:
    return Key(one.day.replace(day=1), one.owner_id or EVERYBODY, kind, name[:NAME_MAX])


def _asker(call: Spent) -> str:
    return NOBODY if call.in_advance and not call.user_id else str(call.user_id or UNKNOWN)


def _of_it(wait: Wait) -> dict[str, float]:
    return {UNTIL_BEGUN: wait.begun, UNTIL_FIRST_WORDS: wait.first_words, WRITING: wait.writing}


# -- as they are kept --------------------------------------------------------------------------------------


def kept(share: Share) -> list[Any]:
    return [[key.month.isoformat(), *key[1:], one.kept()] for key, one in sorted(share.items())]


def share_of(kept: list[Any]) -> Share:
    found = _nothing()
    for month, owner_id, kind, name, figures in kept:
        found[Key(date.fromisoformat(month), owner_id, kind, name)] = Sum.of(figures)
    return found
