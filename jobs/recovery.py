"""The sweeper's loop, a small process beside each worker."""

from __future__ import annotations

import logging
import os
import signal
import time

from app.extensions import db
from app.summaries.recovery import sweep

SWEEP_EVERY_SECONDS = 1.0

log = logging.getLogger("foreword.recovery")


def start() -> int:
    """Fork the sweeper of this process and return its id. It ends when its parent does, however that ends."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            _sweep_while_alive(parent)
        finally:
            os._exit(0)
    return pid


def _sweep_while_alive(parent: int) -> None:
    db.engine.dispose(close=False)  # a connection of the parent's must never be used on both sides
    while os.getppid() == parent:
        try:
            sweep()
        except Exception:  # whatever is wrong now may be right in a second; nobody else would look
            log.exception("the sweep failed")
        finally:
            db.session.remove()
        time.sleep(SWEEP_EVERY_SECONDS)
