"""Counts of many threads and processes add up to what happened, neither more nor less."""

import os
import sys
import threading

import pytest
from redis import Redis

from app.config import redis_options
from app.metrics import catalogue
from app.metrics.counts import KEPT_AT, REMEMBERED_SECONDS, Counts
from tests.support import servers
from tests.support.moments import at_once
from tests.support.people import Person
from tests.support.scraping import TOKEN, scrape, scrape_at
from tests.support.servers import wait_until

DATABASES = ("sqlite",)  # the counts are in Redis

POLL = catalogue.POLLS.seen("summary", "pending")
POLLS = catalogue.POLLS.slot("summary", "pending")


@pytest.fixture
def environment(environment):
    return {**environment, "METRICS_TOKEN": TOKEN}


@pytest.fixture
def counts(redis):
    return Counts(redis)


def counting():
    return [thread for thread in threading.enumerate() if thread.name == "metrics"]


# -- threads -----------------------------------------------------------------------------------------------


@pytest.fixture
def restless():
    """Threads that take turns after each step, or they would seldom meet in the middle of one."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_many_threads_count_exactly(counts, restless):
    def count(number):
        for _ in range(500):
            counts.take([POLL, catalogue.GENERATION.seen(value=0.25)])
            if number == 0:
                counts.write()

    at_once(8, count)
    counts.write()
    found = counts.read()
    assert found[POLLS] == found[catalogue.GENERATION.slot("0.25")] == 4000
    assert found[catalogue.GENERATION.slot(catalogue.SUM)] == 1000


def test_what_was_counted_is_written_without_anybody_asking(counts):
    counts.take([POLL])
    assert counts.read() == {}
    wait_until(lambda: counts.read() == {POLLS: 1}, "it is written")


def test_no_thread_lives_on_when_there_is_nothing_to_write(counts):
    wait_until(lambda: not counting(), "those of other tests have ended")
    counts.take([POLL])
    counts.take([POLL])
    assert len(counting()) == 1
    wait_until(lambda: not counting(), "the thread has ended")
    assert counts.read() == {POLLS: 2}


def test_each_value_is_counted_in_the_bucket_that_it_fits_into(counts):
    for seconds in (0.0, 0.1, 0.11, 8.0, 8.01, 999.0):
        counts.take([catalogue.GENERATION.seen(value=seconds)])
    counts.write()
    buckets = {slot[1]: count for slot, count in counts.read().items() if slot[1] != catalogue.SUM}
    assert buckets == {"0.1": 2, "0.25": 1, "8.0": 1, "10.0": 1, "+Inf": 1}


# -- forks -------------------------------------------------------------------------------------------------


def in_a_fork(act):
    """What *act* returned in a child of this process, as its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(act())
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_fork_counts_what_is_its_own_and_leaves_its_parent_s_to_it(counts):
    counts.take([POLL] * 3)

    def child():
        counts.take([POLL])
        return 0 if counts.write() else 1

    assert in_a_fork(child) == 0
    assert counts.read() == {POLLS: 1}
    counts.write()
    assert counts.read() == {POLLS: 4}


def test_a_fork_has_a_thread_of_its_own(counts, redis):
    counts.take([POLL])

    def child():
        counts.take([POLL])
        return len(counting())

    assert in_a_fork(child) == 1


def test_a_fork_that_is_made_while_a_thread_counts_can_count(counts):
    with counts._counting, counts._writing:
        assert in_a_fork(lambda: counts.take([POLL]) or 0 if counts.write() else 1) == 0


# -- a Redis that does not answer --------------------------------------------------------------------------


@pytest.fixture
def impatient(valkey_of_its_own):
    url = valkey_of_its_own.url
    return Counts(Redis.from_url(url, **redis_options(url)))


def test_what_a_frozen_redis_took_without_a_word_is_not_added_twice(impatient, valkey_of_its_own):
    impatient.take([POLL])
    assert impatient.write()  # from here on Redis knows the script, and runs it when it thaws
    impatient.take([POLL] * 3)
    with valkey_of_its_own.frozen():
        assert not impatient.write()
        impatient.take([POLL])
    wait_until(impatient.write, "it is written")
    assert impatient.read() == {POLLS: 5}


def test_what_cannot_be_written_is_tried_again_without_anybody_asking(impatient, valkey_of_its_own):
    wait_until(lambda: not counting(), "the threads of other tests have ended")
    with valkey_of_its_own.down():
        impatient.take([POLL])
        first = counting()
        wait_until(lambda: counting() not in ([], first), "it was tried, and will be again")
    wait_until(lambda: impatient.read() == {POLLS: 1}, "it is written")


def test_nothing_but_the_counts_is_kept_for_long(counts, redis):
    counts.take([POLL])
    counts.write()
    left = {key: redis.ttl(key) for key in redis.keys(f"{KEPT_AT}*")}
    assert left.pop(KEPT_AT.encode()) == -1
    assert [0 < seconds <= REMEMBERED_SECONDS for seconds in left.values()] == [True]


# -- processes ---------------------------------------------------------------------------------------------


@pytest.fixture
def two_webs(environment, app):
    """The addresses of two web processes, as on two machines."""
    ports = servers.free_port(), servers.free_port()
    processes = [servers.web(environment, port) for port in ports]
    yield [f"http://127.0.0.1:{port}" for port in ports]
    for process in processes:
        process.stop()


def test_web_processes_and_workers_add_up_whichever_is_asked(app, ada, two_webs, start_worker, provider):
    worker = start_worker()
    documents = [ada.add(f"Text number {number}, about the harbour.") for number in range(4)]
    for document in documents:
        ada.summarise(document)
    wait_until(lambda: worker.log().count("summary-completed") == 4, "all are written", 60)
    for number, address in enumerate(two_webs):
        for _ in range(3 + number):
            failing_to_sign_in(app, address)
    for address in two_webs:
        wait_until(lambda address=address: scrape_at(address)("sign_in_failures_total") == 7, "all are told")
        told = scrape_at(address)
        assert told("attempts_total", kind="summary") == told("generation_seconds_count") == 4
        assert told("queue_wait_seconds_count", queue="high") == 4
        assert told("provider_calls_total", model="test-model", step="whole", outcome="complete") == 4
        assert told("workers") == 2
    assert len(provider.calls) == 4


def failing_to_sign_in(app, address):
    """As somebody with a browser of their own at that web process."""
    from tests.support.deployment import Browser

    stranger = Person(app, "nobody")
    stranger.browser = Browser(address)
    assert stranger.log_in("mistyped").status_code == 422


def test_a_process_that_is_told_to_end_writes_what_it_counted(environment, app):
    address = f"http://127.0.0.1:{(port := servers.free_port())}"
    process = servers.web(environment, port)
    failing_to_sign_in(app, address)
    process.stop()
    assert scrape(app)("sign_in_failures_total") == 1
