"""What a call leaves in the ledger: one line, whoever its row belongs to by now, and whether or not anybody was there.

The offline summariser costs nothing, and leaves no line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app import signals
from app.extensions import db
from app.llm import OFFLINE_MODEL, Completion, prices
from app.llm.base import BYTES_PER_TOKEN, estimated_tokens
from app.models import LedgerEntry, Part, Step, Summary
from app.summaries import progress, prompt, window
from app.summaries.calls import Call, Ended
from app.summaries.prompt import Options

WORKER_LOST = "worker_lost"
_TOLD = ("summary_id", "model", "step", "outcome", "input_tokens", "output_tokens", "cost", "milliseconds")


@dataclass(frozen=True)
class Account:
    """To what the calls of one attempt are charged."""

    summary_id: int
    fence: int
    attempt: int
    model: str
    prompt_version: str
    purpose: str

    @classmethod
    def of(cls, summary: Summary, fence: int) -> Account:
        """That of the attempt which works on the row under this *fence*."""
        return cls(
            summary_id=summary.id,
            fence=fence,
            attempt=summary.attempt,
            model=summary.model,
            prompt_version=summary.prompt_version,
            purpose=summary.purpose,
        )

    def enter(self, calls: Iterable[Ended], *, theirs: bool) -> list[LedgerEntry]:
        """Add a line for each of *calls*, which have ended.

        :param theirs: whether the row is somebody else's by now, so that the calls came to nothing. Where the sweeper
            has entered them already, since their worker had fallen silent, they are not entered twice.
        """
        if self.model == OFFLINE_MODEL or (theirs and self._was_given_up()):
            return []
        kept = Summary.whole(self.summary_id)
        lines = [
            self._line(
                kept,
                ended.call.step,
                "lost" if theirs else ended.outcome,
                ended.completion or _estimate(ended.call),
                ended.seconds,
            )
            for ended in calls
        ]
        db.session.add_all(lines)
        return lines

    def _was_given_up(self) -> bool:
        lines = select(LedgerEntry.id).where(
            LedgerEntry.summary_id == self.summary_id,
            LedgerEntry.fence == self.fence,
            LedgerEntry.outcome == WORKER_LOST,
        )
        return db.session.scalar(lines.limit(1)) is not None

    def _line(
        self, kept: Summary | None, step: str, outcome: str, spent: Completion, seconds: float | None
    ) -> LedgerEntry:
        """:param kept: the row as it is now; None when it was deleted meanwhile."""
        price = prices.price_of(self.model)
        return LedgerEntry(
            summary_id=self.summary_id,
            document_id=kept.document_id if kept else None,
            owner_id=kept.document.owner_id if kept else None,
            user_id=kept.requested_by_id if kept else None,
            purpose=self.purpose,
            model=self.model,
            prompt_version=self.prompt_version,
            step=step,
            attempt=self.attempt,
            fence=self.fence,
            outcome=outcome,
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            tokens_estimated=spent.tokens_estimated,
            milliseconds=None if seconds is None else round(seconds * 1000),
            input_price=price and price.input,
            output_price=price and price.output,
            cost=price and price.cost(spent.input_tokens, spent.output_tokens),
        )

    def enter_lost(self, summary: Summary) -> list[LedgerEntry]:
        """Add a line for each call that a worker was making when it fell silent, by the best estimate there is."""
        if self.model == OFFLINE_MODEL:
            return []
        lines = [
            self._line(summary, step, WORKER_LOST, _estimate_of(sent, written), None)
            for step, sent, written in _under_way(summary, self.fence)
        ]
        db.session.add_all(lines)
        return lines


def telling_of(lines: Sequence[LedgerEntry]) -> Callable[[], None]:
    """Tells of each of *lines*; to be called once they are committed, when they could not be read any more."""
    told = [{name: getattr(line, name) for name in _TOLD} for line in lines]

    def tell() -> None:
        for about in told:
            signals.provider_called.send(None, **about)

    return tell


def _under_way(summary: Summary, fence: int) -> list[tuple[Step, int, int]]:
    """What each call was for, and bytes sent and written, as far as that can be known from outside."""
    form, size = Options(summary.style, summary.language, summary.length), summary.revision.size
    written = len(progress.read(summary.id, fence).text.encode())
    if not window.is_long(size, summary.model):
        return [(Step.WHOLE, len(prompt.instructions(form).encode()) + size, written)]
    held = select(func.count(Part.id)).where(
        Part.holder_id == summary.id, Part.holder_fence == fence, Part.finished_at.is_(None)
    )
    parts = db.session.scalar(held) or 0
    if parts:
        return [(Step.PART, window.part_bytes(summary.model), 0)] * parts
    notes = prompt.NOTES_TOKENS * window.likely_parts(size, summary.model) * BYTES_PER_TOKEN
    return [(Step.COMBINE, len(prompt.instructions(form, in_parts=True).encode()) + notes, written)]


def _estimate(call: Call) -> Completion:
    """What a call that brought no count may have cost: nothing if it was refused before the first word."""
    if not call.text:
        return Completion("", 0, 0, tokens_estimated=True)
    return _estimate_of(len((call.prompt.instructions + call.prompt.document).encode()), len(call.text.encode()))


def _estimate_of(sent: int, written: int) -> Completion:
    """:param sent: bytes of UTF-8, as *written*."""
    return Completion("", estimated_tokens(sent), estimated_tokens(written), tokens_estimated=True)
