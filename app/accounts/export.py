"""Everything that Foreword keeps of a person, in one ZIP."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Collaborator, Document, LedgerEntry, Revision, Status, Summary, Tag, User

IN_MEMORY = 8 * 1024 * 1024  # bytes, beyond which it is put together in a file
AT_ONCE = 50  # documents


def export(user: User) -> IO[bytes]:
    """The ZIP, open and at its beginning. Whoever asked for it closes it."""
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme())
        archive.writestr("account.json", _json(_account(user)))
        archive.writestr("shared-with-you.json", _json(_shared_with(user)))
        archive.writestr("calls.csv", _csv(_calls(user)))
        for document in _documents(user):
            for name, content in _files_of(document):
                # Numbers only: a title may be anything, and would be a path on somebody's disk.
                archive.writestr(f"documents/{document.id}/{name}", content)
    file.seek(0)
    return file


def _readme() -> str:
    """What is in which file, in the reader's language; the names of the files and in them are those of programs."""
    told = {
        "account.json": _("your account"),
        "documents/N/": _("each of your documents: what is known of it, each text it had, each summary of them"),
        "shared-with-you.json": _("documents of others that you may read"),
        "calls.csv": _("the calls to the model that were made for you, and what they cost, in millionths of a dollar"),
    }
    heading = _("Everything that Foreword keeps of you.")
    return "\n".join([heading, "", *(f"{name:<23}{what}" for name, what in told.items()), ""])


def _account(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "created_at": user.created_at,
        "is_admin": user.is_admin,
        "summary_options": user.summary_options,
        "language": user.locale,
        "updates_paused": user.updates_paused,
    }


def _shared_with(user: User) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(Document.id, Document.title, Collaborator.role)
        .join(Collaborator, Collaborator.document_id == Document.id)
        .where(Collaborator.user_id == user.id)
        .order_by(Document.id)
    )
    return [{"document": document_id, "title": title, "role": role} for document_id, title, role in rows]


def _calls(user: User) -> Iterator[list[Any]]:
    columns = [column for column in LedgerEntry.__table__.columns if column.name != "user_id"]
    yield [column.name for column in columns]
    yield from map(list, db.session.execute(select(*columns).where(LedgerEntry.user_id == user.id).order_by("id")))


def _documents(user: User) -> Iterator[Document]:
    after = 0
    while found := db.session.scalars(
        select(Document).where(Document.owner_id == user.id, Document.id > after).order_by(Document.id).limit(AT_ONCE)
    ).all():
        after = found[-1].id
        yield from found
        db.session.expunge_all()  # or all of it would be in memory at the end


def _files_of(document: Document) -> Iterator[tuple[str, str]]:
    revisions = db.session.scalars(
        select(Revision).where(Revision.document_id == document.id, Revision.number > 0).order_by(Revision.number)
    ).all()
    summaries = db.session.scalars(
        select(Summary)
        .where(Summary.document_id == document.id, Summary.status == Status.COMPLETE)
        .options(joinedload(Summary.revision))
        .order_by(Summary.id)
    ).all()
    yield "document.json", _json(_about(document, revisions, summaries))
    for revision in revisions:
        yield f"text-{revision.number}.txt", revision.text
    for summary in summaries:
        yield f"summary-{summary.id}.md", summary.text or ""


def _about(document: Document, revisions: Iterable[Revision], summaries: Iterable[Summary]) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "address": document.address,
        "created_at": document.created_at,
        "updated_at": document.updated_at,
        "tags": Tag.names_of(document.id),
        "kept_ready_since": document.pinned_at,
        "link": document.public_token,
        "text": f"text-{document.revision_number}.txt" if document.has_text else None,
        "shared_with": [{"email": one.user.email, "role": one.role} for one in Collaborator.of(document.id)],
        "texts": [
            {"file": f"text-{one.number}.txt", "created_at": one.created_at, "language": one.language}
            for one in revisions
        ],
        "summaries": [
            {
                "file": f"summary-{one.id}.md",
                "of": f"text-{one.revision.number}.txt",
                "model": one.model,
                "prompt_version": one.prompt_version,
                "length": one.length,
                "style": one.style,
                "language": one.language,
                "finished_at": one.finished_at,
            }
            for one in summaries
        ],
    }


def _json(content: Any) -> str:
    return json.dumps(content, default=str, ensure_ascii=False, indent=2)


def _csv(rows: Iterable[list[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
