"""The sweeper's loop, a small process beside the workers."""

from __future__ import annotations

import logging
import os
import time

from app.extensions import db
from app.summaries.recovery import sweep
from app.usage import settling

SWEEP_EVERY_SECONDS = 1.0
# A settlement keeps others from writing to SQLite for 50 ms, however few the marks (measured). Nobody waits for it:
# whoever looks at usage settles first.
SETTLE_EVERY_SECONDS = 10.0

log = logging.getLogger("foreword.recovery")


def sweep_while_alive(parent: int) -> None:
    """Sweep every second until this process is ended, or *parent* is."""
    db.engine.dispose(close=False)  # a connection of the parent's must never be used on both sides
    settle_at = time.monotonic()
    while os.getppid() == parent:
        try:
            sweep()
            if time.monotonic() >= settle_at:
                more = settling.settle_some()
                settle_at = time.monotonic() + (0 if more else SETTLE_EVERY_SECONDS)
        except Exception:  # whatever is wrong now may be right in a second; nobody else would look
            log.exception("the sweep failed")
        finally:
            db.session.remove()
        time.sleep(SWEEP_EVERY_SECONDS)
