"""Jobs on documents."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

import trafilatura as _trafilatura  # noqa: F401 - with the next line: so that no horse has to import them, which takes a second

from app.documents import docx, epub, html, pdf, reading, webpage  # noqa: F401

MOST_MEMORY = 768 * 1024 * 1024  # beyond what the worker has already; a file of 20 MB needs a fifth of it


def extract(extraction_id: int) -> None:
    _confine_memory()
    reading.extract(extraction_id)


def _confine_memory() -> None:
    """Let a file that unfolds without end fail by itself, before it takes the machine with it.

    The process of one job ends with the job, and this limit with it.
    """
    statm = Path("/proc/self/statm")
    if not statm.exists():  # not Linux, which alone keeps the promise
        return
    used = int(statm.read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (used + MOST_MEMORY, hard))
