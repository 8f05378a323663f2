"""Leaving: everything that belongs to a person goes, and what it cost stays without a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app import signals
from app.database import begin_to_write
from app.extensions import db
from app.models import Collaborator, Document, User
from app.summaries import service


@dataclass(frozen=True)
class AtStake:
    """What would go with an account: how many documents, and how many of them others read too."""

    documents: int
    shared: int


def at_stake(user: User) -> AtStake:
    owned = select(func.count(Document.id.distinct())).where(Document.owner_id == user.id)
    shared = owned.join(Collaborator, Collaborator.document_id == Document.id)
    return AtStake(db.session.scalar(owned) or 0, db.session.scalar(shared) or 0)


def close(user: User) -> None:
    """Delete the account with every document, text and summary of it. Commits, several times.

    Where it is cut off in the middle, whoever asks again goes on from there.
    """
    user_id = user.id
    begin_to_write()
    while ids := Document.some_of(user_id):
        service.delete_all(ids)
    if found := db.session.get(User, user_id):
        db.session.delete(found)
    db.session.commit()
    signals.account_closed.send(None, user_id=user_id)
