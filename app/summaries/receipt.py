"""What a summary is made from and what it cost: everything that somebody who doubts it would ask."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.models import Document, LedgerEntry, Revision, Step, Summary, User
from app.summaries import readership
from app.summaries.asking import form_of
from app.summaries.prompt import Options
from app.summaries.readership import Served


@dataclass(frozen=True)
class Receipt:
    """One summary, the text it was made from, and every call that was made for it, failed ones too."""

    summary: Summary
    form: Options
    revision: Revision
    carried_over: bool
    requested_by: User | None
    calls: list[LedgerEntry]
    served: Served

    @property
    def input_tokens(self) -> int:
        return sum(call.input_tokens for call in self.calls)

    @property
    def output_tokens(self) -> int:
        return sum(call.output_tokens for call in self.calls)

    @property
    def tokens_estimated(self) -> bool:
        return any(call.tokens_estimated for call in self.calls)

    @property
    def failed(self) -> int:
        return sum(call.outcome != "complete" for call in self.calls)

    @property
    def for_parts(self) -> int:
        return sum(call.step in (Step.PART, Step.MERGE) for call in self.calls)

    @property
    def cost(self) -> int | None:
        """Micro-dollars, at the prices of the day of each call; None where one of them has no known price."""
        costs = [call.cost for call in self.calls]
        return None if None in costs else sum(cost for cost in costs if cost)


def of(summary: Summary, document: Document) -> Receipt:
    calls = select(LedgerEntry).where(LedgerEntry.summary_id == summary.id).order_by(LedgerEntry.id)
    is_current = summary.revision.input_digest == document.revision.input_digest
    return Receipt(
        summary=summary,
        form=form_of(summary),
        revision=summary.revision,
        carried_over=is_current and document.revision.is_carried_over,
        requested_by=db.session.get(User, summary.requested_by_id) if summary.requested_by_id else None,
        calls=list(db.session.scalars(calls)),
        served=readership.served(summary.id),
    )
