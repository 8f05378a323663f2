"""What a call leaves in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from app.llm import OFFLINE_MODEL, Completion, prices
from app.llm.base import estimated_tokens
from app.models import LedgerEntry, Summary
from app.summaries.calls import Call, Ended


@dataclass(frozen=True)
class Account:
    """To what the calls of one attempt are charged."""

    model: str
    purpose: str
    attempt: int

    def line(self, ended: Ended, outcome: str, kept: Summary | None) -> LedgerEntry | None:
        """One line for a call, whoever the row belongs to by now. The offline summariser costs nothing.

        :param kept: the row as it is now; None when it was deleted meanwhile.
        """
        if self.model == OFFLINE_MODEL:
            return None
        spent = ended.completion or _estimate(ended.call)
        price = prices.price_of(self.model)
        return LedgerEntry(
            summary_id=kept.id if kept else None,
            document_id=kept.document_id if kept else None,
            user_id=kept.requested_by_id if kept else None,
            purpose=self.purpose,
            model=self.model,
            step=ended.call.step,
            attempt=self.attempt,
            outcome=outcome,
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            tokens_estimated=spent.tokens_estimated,
            input_price=price and price.input,
            output_price=price and price.output,
            cost=price and price.cost(spent.input_tokens, spent.output_tokens),
        )


def _estimate(call: Call) -> Completion:
    """What a call that brought no count may have cost: nothing if it was refused before the first word."""
    if not call.text:
        return Completion("", 0, 0, tokens_estimated=True)
    sent = len((call.prompt.instructions + call.prompt.document).encode())
    written = estimated_tokens(len(call.text.encode()))
    return Completion(call.text, estimated_tokens(sent), written, tokens_estimated=True)
