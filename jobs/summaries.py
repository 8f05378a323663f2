"""Jobs on summaries."""

from __future__ import annotations

from app.summaries import service


def summarise(summary_id: int) -> None:
    service.generate(summary_id)
