"""A summary as a worker writes it, step by step, with no worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Claim, Summary
from app.summaries import progress
from app.summaries.progress import Progress


class Writing:
    """The only summary that there is. Nothing is asked for yet when this is made."""

    claim: Claim

    def __init__(self, app: Flask, document: int = 0) -> None:
        self.app = app
        self.document = document

    def begin(self) -> None:
        with self.app.app_context():
            self.claim = Claim.take(db.session.scalars(select(Summary)).one(), timedelta(minutes=1))
            db.session.commit()

    def write(self, text: str, read: int = 0, parts: int = 0) -> None:
        """Have come so far: with the text, and with so many of the parts."""
        with self.app.app_context():
            progress.write(self.claim.work_id, self.claim.fence, Progress(text, read, parts))

    def finish(self, text: str, **values: Any) -> None:
        with self.app.app_context():
            self.claim.finish(text=text, **values)
            db.session.commit()
