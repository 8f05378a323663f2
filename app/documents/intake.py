"""Bringing in documents whose text is in a file or on a page. It is fetched and read by a job, never in a request.

Order matters everywhere: the rows are committed first, then the doorbell rings and the signals go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from flask_babel import gettext as _

from app import queues, signals
from app.documents.extraction import ExtractionError, refuse_at_once
from app.endings import failed_if_overdue
from app.extensions import db
from app.models import Document, Extraction, Source, Status, User
from app.models.document import TITLE_MAX
from app.models.extraction import NAME_MAX
from app.models.work import asked_now

NAMED = 60  # characters of a file's name, where it is only mentioned


@dataclass(frozen=True)
class Upload:
    """A file as it was given."""

    name: str
    content: bytes


def sorted_out(uploads: Sequence[Upload]) -> tuple[list[Upload], list[str]]:
    """The files that a job should try to read, and why each of the others is not one of them."""
    good, refusals = [], []
    for upload in uploads:
        try:
            refuse_at_once(upload.content)
            good.append(upload)
        except ExtractionError as error:
            refusals.append(_refused(upload, error) if len(uploads) > 1 else str(error))
    return good, refusals


def _refused(upload: Upload, error: ExtractionError) -> str:
    return _("%(file)s: %(why)s", file=upload.name[-NAMED:], why=error)


def add_files(owner: User, title: str, uploads: Sequence[Upload]) -> list[int]:
    """A document for each file, to be read soon; their ids. Commits.

    :param title: for the document; of several files, each gets it with its number.
    """
    titles = [_title(title, number, len(uploads)) for number in range(1, len(uploads) + 1)]
    return _add(
        [
            (_awaited(owner, given, upload.name), _row(Source.FILE, upload.name, bool(given), owner, upload.content))
            for given, upload in zip(titles, uploads, strict=True)
        ]
    )


def add_page(owner: User, title: str, address: str) -> int:
    """A document whose text is on a page, to be fetched soon; its id. Commits.

    :param address: as ``fetching.check_address`` returned it.
    """
    document = Document.await_text(
        owner, title or address.partition("://")[2], urlsplit(address).hostname or "", address
    )
    return _add([(document, _row(Source.ADDRESS, address, bool(title), owner))])[0]


def again(document: Document, by: User) -> Extraction | None:
    """Fetch the page again, or try the file again; None for a document that was typed in. Commits."""
    extraction = Extraction.of(document.id)
    asked = extraction is not None and extraction.again(by.id)
    db.session.commit()
    if extraction and asked:
        signals.extraction_requested.send(None, extraction_id=extraction.id)
        queues.ring(extraction)
    return extraction


def stop(document: Document) -> None:
    """Leave it unread for now. Commits."""
    extraction = Extraction.of(document.id)
    stopped = extraction is not None and extraction.in_progress and extraction.cancel()
    db.session.commit()
    if extraction and stopped:
        signals.extraction_cancelled.send(None, extraction_id=extraction.id)


def state_of(document: Document) -> Extraction | None:
    """Where it stands; None for a document that was typed in."""
    extraction = Extraction.of(document.id)
    if extraction and extraction.status == Status.COMPLETE and not document.has_text:
        db.session.refresh(document)  # it ended between the look at the document and the one at this row
    return failed_if_overdue(extraction)


def _add(pairs: Sequence[tuple[Document, Extraction]]) -> list[int]:
    for document, extraction in pairs:
        extraction.document = document
        db.session.add(extraction)
    db.session.flush()
    ids, extractions = [document.id for document, _ in pairs], [extraction for _, extraction in pairs]
    db.session.expunge_all()  # whoever rings must hold no transaction, and looking at an expired row begins one
    db.session.commit()
    rings = True
    for extraction in extractions:
        signals.extraction_requested.send(None, extraction_id=extraction.id)
        rings = rings and queues.ring(extraction)  # where Redis is away, the sweeper rings for all of them
    return ids


def _row(source: Source, name: str, title_given: bool, by: User, content: bytes | None = None) -> Extraction:
    return Extraction(
        source=source,
        name=name[-NAME_MAX:],  # of a long one the end, which tells the kind of file
        content=content,
        title_given=title_given,
        queue=queues.HIGH,
        requested_by_id=by.id,
        **asked_now(),
    )


def _awaited(owner: User, title: str, filename: str) -> Document:
    return Document.await_text(owner, title or PurePath(filename).stem, filename)


def _title(title: str, number: int, of: int) -> str:
    """*title*, and of several documents which one this is, however long the title."""
    if not title or of == 1:
        return title
    which = _("(%(number)s of %(all)s)", number=number, all=of)
    return f"{title[: TITLE_MAX - len(which) - 1]} {which}"
