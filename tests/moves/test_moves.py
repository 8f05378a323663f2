"""Any interleaving of what people, workers, sweepers and time do to summaries, held against a model of it.

``MOVES_COURSES=2000 MOVES_STEPS=100 MOVES_SEED=7 bin/test tests/moves`` looks longer, and elsewhere.
"""

from __future__ import annotations

import os
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from app.llm import provider as provider_of_the_site
from app.models import work
from app.summaries import calls, generation
from tests.moves.machine import Moves
from tests.moves.workers import Watched
from tests.moves.world import QUIET_SECONDS, World

COURSES = int(os.environ.get("MOVES_COURSES", "12"))
SEED = os.environ.get("MOVES_SEED", "1")
# Of one run, Hypothesis' first example is the shortest there is, the second is drawn anew, and most of those after it
# are the second with some steps put in the place of others. Many runs of two find much more than one run of many.
BOUNDS = settings(
    max_examples=2,
    stateful_step_count=int(os.environ.get("MOVES_STEPS", "40")),
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def world(make_app, redis, provider, monkeypatch) -> World:
    """Leases, waits and quiet periods are so long that none ends by itself while a test looks at it."""
    monkeypatch.setattr(generation, "Watch", Watched)
    monkeypatch.setattr(generation, "provider", cache(provider_of_the_site))  # it takes long to make
    monkeypatch.setattr(calls, "LOOK_EVERY_SECONDS", 0.02)
    monkeypatch.setattr(work, "LONGEST_BACKOFF_SECONDS", 1000.0)
    app = make_app(summary_lease_seconds=3600, summary_retry_seconds=3600, warming_quiet_seconds=QUIET_SECONDS)
    return World(app, redis, provider)


def test_no_interleaving_breaks_a_promise(world):
    for number in range(COURSES):
        run_state_machine_as_test(seed(f"{SEED}:{number}")(lambda: Moves(world)), settings=BOUNDS)
