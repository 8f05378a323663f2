"""Every route and method, asked rightly and in hundreds of wrong ways by everybody: no request breaks the site.

``python -m bench.fuzz --requests 10000 --seed 7`` asks for longer.
"""

from __future__ import annotations

import pytest

from tests.fuzz.answers import Fuzz
from tests.fuzz.requests import Request
from tests.fuzz.site import Site

REQUESTS = 1000  # on each database
SEED = "1"
NEEDS_MORE_THAN_IDS = {"token", "job_id"}  # arguments whose right values only some mail, page or queue knows
ANSWERS_NO_BROWSER = {"pages.readyz", "metrics.scrape"}  # well, in this test
BY_CHANCE = {"rq_dashboard.compact_queue"}  # a queue is compacted only while something waits in it


@pytest.fixture
def fuzz(make_app, redis) -> Fuzz:
    return Fuzz(Site(make_app(max_upload_mb=1, summaries_per_minute=100_000), redis), SEED)


def test_no_request_breaks_the_site_shows_its_inside_or_ends_a_session(fuzz):
    result = fuzz.run(REQUESTS)
    assert not result.found, "\n\n".join(map(str, result.found))
    assert not unreached(fuzz, result), f"no right request was made:\n{result.table()}"


@pytest.mark.parametrize("host", [".", "a..b", "a" * 64])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_host_that_is_no_name_is_refused_with_a_page(fuzz, host):
    fuzz.site.prepare()
    request = Request("pages.home", "anonymous", "GET", b"/", headers=(("Host", host),))
    assert fuzz.send(request) == (400, "")


def unreached(fuzz: Fuzz, result) -> set[str]:
    """Rules that none of the requests got well past the door: the fuzz has to learn how to ask them rightly."""
    rules = {rule.endpoint for rule in fuzz.site.rules if not set(rule.arguments) & NEEDS_MORE_THAN_IDS}
    by_chance = rules - result.answered_well - ANSWERS_NO_BROWSER - BY_CHANCE
    return {rule for rule in by_chance if not fuzz.is_answered_well(rule)}
