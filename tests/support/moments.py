"""Many at the same moment, and time that passes without being waited for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import Document


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run *act* in so many threads that all begin together; what it returned in each."""
    barrier = Barrier(count)

    def begin(number: int) -> Any:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def pass_quietly(app: Flask, seconds: float) -> None:
    """As if so many seconds had passed in which nobody changed a document."""
    with app.app_context():
        unsettled = select(Document.id, Document.unsettled_since).where(Document.unsettled_since.is_not(None))
        for document_id, since in db.session.execute(unsettled).all():
            earlier = since - timedelta(seconds=seconds)
            db.session.execute(update(Document).where(Document.id == document_id).values(unsettled_since=earlier))
        db.session.commit()


def alter(app: Flask, model: type, /, **values: Any) -> None:
    """Set columns of every row of *model*, as time would have left them."""
    with app.app_context():
        db.session.execute(update(model).values(**values))
        db.session.commit()
