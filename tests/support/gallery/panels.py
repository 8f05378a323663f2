"""The page of a document: each state of the panel of its summary and of that of its source, for each who may see it."""

from __future__ import annotations

from collections.abc import Iterator

from app.models import Source, Status
from app.summaries.reading import NONE
from tests.support.gallery.entry import ADA, BEN, CAT, GRETA, NOBODY, Entry

# The name of a document, and the state that its panel says it is in. Several are in the same, with something besides.
OF_ITS_SUMMARY = {
    "none": NONE,
    "pending": Status.PENDING,
    "retried": Status.PENDING,
    "processing": Status.PROCESSING,
    "writing": Status.PROCESSING,
    "in_parts": Status.PROCESSING,
    "parts_read": Status.PROCESSING,
    "regenerating": Status.PROCESSING,
    "updating": Status.PENDING,
    "complete": Status.COMPLETE,
    "takes": Status.COMPLETE,
    "failed_beside": Status.COMPLETE,
    "other_form": Status.COMPLETE,
    "stale": Status.COMPLETE,
    "carried_over": Status.COMPLETE,
    "pinned": Status.COMPLETE,
    "gaps": Status.COMPLETE,
    "german": Status.COMPLETE,
    "arabic": Status.COMPLETE,
    "failed": Status.FAILED,
    "failed_older": Status.FAILED,
    "cancelled": Status.CANCELLED,
    "cancelled_older": Status.CANCELLED,
}
OPEN_TO_OTHERS = (
    *("none", "updating", "writing", "in_parts", "complete"),
    *("stale", "failed", "failed_older", "cancelled", "cancelled_older"),
)
OF_ITS_SOURCE = {
    **{f"{source}_{status}": status for source in Source for status in Status},
    "file_retried": Status.PENDING,
    "page_again": Status.PROCESSING,
    "page_changed": Status.COMPLETE,
    "page_typed": Status.COMPLETE,
    "page_failed_older": Status.FAILED,
}
READ_FROM_A_FILE = f"{Source.FILE}_{Status.COMPLETE}"  # of which there is nothing to say any more


def panels() -> Iterator[Entry]:
    for name, state in OF_ITS_SUMMARY.items():
        yield _summary(name, state)
    for name in OPEN_TO_OTHERS:
        state = OF_ITS_SUMMARY[name]
        yield _summary(name, state, BEN, "-viewer")
        yield _summary(name, state, NOBODY, "-link", f"/shared/{{{name}_link}}")
    yield _summary("complete", Status.COMPLETE, CAT, "-editor")
    yield _summary("refused", NONE, GRETA)
    yield _summary("refused_stale", Status.COMPLETE, GRETA)
    yield _summary("offline", Status.COMPLETE, site="closed")
    yield _summary("none", NONE, suffix="-checked", address="/documents/{none}?checked=1")
    for site, suffix in (("without workers", "-no-worker"), ("without redis", "-no-queue")):
        yield _summary("due", Status.PENDING, suffix=suffix, site=site)
        warned = f"{_shown('extraction', Status.PENDING)} .notice-warning"
        yield Entry(f"source-due{suffix}", "/documents/{file_due}", ADA, shows=warned, site=site)
    for name, state in OF_ITS_SOURCE.items():
        shows = "article" if name == READ_FROM_A_FILE else _shown("extraction", state)
        yield Entry(f"source-{name}", f"/documents/{{{name}}}", ADA, shows=shows)


def _summary(name: str, state: str, who: str = ADA, suffix: str = "", address: str = "", site: str = "usual") -> Entry:
    where = address or f"/documents/{{{name}}}"
    return Entry(f"summary-{name}{suffix}", where, who, shows=_shown("summary", state), site=site)


def _shown(panel: str, state: str) -> str:
    return f"#{panel}-body[data-state={state}]"
