"""In which state a document stands in a library, in terms of the database, so that it can filter by it.

A page about a document goes by the key of its summary in the form that its reader chose. A library cannot: a key is
a digest, which no database can make of a hundred thousand documents. It goes by what a row says for itself: whether
it is of the present text (a digest that is noted on both sides), by the present model and prompt. And it tells of the
document, not of the form in which one of its readers would have it: whoever looks into a library wants to know
whether there is something to read. So everybody sees the same, and a state is a chain of EXISTS that an index
answers, the same for the badge as for the filter. Nothing is kept that could fall behind the rows.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true

from app.llm import model_name
from app.models import Document, Purpose, Status, Summary
from app.summaries import prompt

UNREAD, NONE, STALE = "unread", "none", "stale"  # the others are called as the status of the row that decides
# By the name of each in an address, the states that it stands for.
STATES = {
    "none": (NONE,),
    "writing": (Status.PENDING, Status.PROCESSING),
    "ready": (Status.COMPLETE,),
    "stale": (STALE,),
    "failed": (Status.FAILED,),
    "stopped": (Status.CANCELLED,),
    "unread": (UNREAD,),
}


def shown() -> ColumnElement[str]:
    """The state of a document, for its badge."""
    return case((_is_unread(), UNREAD), *((_has(row), state) for state, row in _telling()), else_=NONE)


def is_in(name: str) -> ColumnElement[bool]:
    """Whether a document is in the state, or one of the states, of this *name* in an address."""
    wanted = STATES[name]
    if wanted == (UNREAD,):
        return _is_unread()
    stronger: list[ColumnElement[bool]] = []
    meant: list[ColumnElement[bool]] = []
    for state, row in _telling():
        if state in wanted:
            meant.append(row)
        elif not meant:
            stronger.append(row)
    if wanted == (NONE,):
        return and_(~_is_unread(), ~_has(or_(*stronger)))
    return and_(~_is_unread(), _may_be_in(wanted), _has(or_(*meant)), ~_has(or_(false(), *stronger)))


def _may_be_in(wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """What few rows are in is found from these: none need be looked for with every document of a large library."""
    if Status.COMPLETE in wanted or STALE in wanted:
        return true()
    return Document.id.in_(select(Summary.document_id).where(Summary.status.in_(wanted)))


def _telling() -> list[tuple[str, ColumnElement[bool]]]:
    """Which kind of row puts a document into which state: the strongest first, whatever other rows there are.

    What came to nothing beside a good one changes nothing, nor does what was tried in advance to no avail.
    """
    current = and_(
        Summary.text_digest == Document.input_digest,
        Summary.model == model_name(),
        Summary.prompt_version == prompt.PROMPT_VERSION,
    )
    asked_for = Summary.purpose == Purpose.REQUEST
    return [
        (Status.PROCESSING, and_(Summary.status == Status.PROCESSING, current)),
        (Status.PENDING, and_(Summary.status == Status.PENDING, current)),
        (Status.COMPLETE, and_(Summary.status == Status.COMPLETE, current)),
        (Status.FAILED, and_(Summary.status == Status.FAILED, current, asked_for)),
        (Status.CANCELLED, and_(Summary.status == Status.CANCELLED, current, asked_for)),
        (STALE, Summary.status == Status.COMPLETE),
    ]


def _has(row: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(Summary.id).where(Summary.document_id == Document.id, row).correlate(Document).exists()


def _is_unread() -> ColumnElement[bool]:
    return Document.revision_number == 0
