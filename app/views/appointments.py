"""When each of those who wait asks again, so that a crowd does not ask all at once.

Near the end of a call everybody who follows it would ask every third of a second. Of a thousand that is more than a
process can answer: each would wait for its turn behind all the others, and a poll that was answered right before the
end would be followed by one that waits as long again. (Measured on two cores: the last of 1,000 saw the end 4 s late.)
So each answer names a moment for which not too many are expected yet.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

from flask import current_app

EXTENSION = "foreword-appointments"
# Of one process, which answers 700 to 1,000 polls a second where it shares two cores with another one (measured).
EXPECTED_PER_SECOND = 400
STEP_SECONDS = 0.1
EXPECTED_PER_STEP = round(EXPECTED_PER_SECOND * STEP_SECONDS)
LONGEST_DELAY_SECONDS = 5.0  # beyond the moment that was wished for
STEPS = round(LONGEST_DELAY_SECONDS / STEP_SECONDS)


@dataclass
class Appointments:
    """How many people one process expects in which step of time."""

    expected: Counter[int] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def after(self, seconds: float, now: float) -> float:
        """Seconds until the first moment with room, from *seconds* after *now* on; if there is none, the emptiest."""
        wished = int((now + seconds) / STEP_SECONDS)
        with self.lock:
            self._forget_before(int(now / STEP_SECONDS))
            steps = range(wished, wished + STEPS)
            step = next((step for step in steps if self.expected[step] < EXPECTED_PER_STEP), None)
            step = min(steps, key=self.expected.__getitem__) if step is None else step
            place = self.expected[step] % EXPECTED_PER_STEP
            self.expected[step] += 1
        if step == wished:
            return seconds
        return (step + place / EXPECTED_PER_STEP) * STEP_SECONDS - now

    def _forget_before(self, step: int) -> None:
        for past in [known for known in self.expected if known < step]:
            del self.expected[past]


def after(seconds: float) -> float:
    """Seconds until a page that wishes to ask again after so many is to do so."""
    appointments: Appointments = current_app.extensions.setdefault(EXTENSION, Appointments())
    return appointments.after(seconds, time.monotonic())
