"""What nobody waits for to be answered arrives all the same: from many threads, over a restart, and past a refusal."""

import os
import signal

import pytest
from redis import ConnectionError as RedisConnectionError
from redis import Redis

from app.config import redis_options
from app.unanswered import Unanswered
from tests.support.moments import at_once
from tests.support.servers import wait_until

DATABASES = ("sqlite",)  # none of this is in it


@pytest.fixture
def unanswered(valkey_of_its_own):
    return to(valkey_of_its_own)


def to(valkey):
    return Unanswered(Redis.from_url(valkey.url, **redis_options(valkey.url)))


def counted(valkey, name="read"):
    return int(valkey.client.hget("counts", name) or 0)


def count(unanswered, name="read"):
    unanswered.send("HINCRBY", "counts", name, 1)


def test_it_has_arrived_a_moment_later(valkey_of_its_own, unanswered):
    count(unanswered)
    wait_until(lambda: counted(valkey_of_its_own) == 1, "it has arrived")


def test_of_thousands_by_many_threads_none_is_lost(valkey_of_its_own, unanswered):
    at_once(8, lambda number: [count(unanswered, f"reader {number % 3}") for _ in range(500)])
    wait_until(
        lambda: [counted(valkey_of_its_own, f"reader {number}") for number in range(3)] == [1500, 1500, 1000],
        "all are there",
    )


def test_its_connection_is_none_of_those_that_the_pool_may_make(valkey_of_its_own):
    with Redis.from_url(valkey_of_its_own.url, max_connections=1) as redis:
        for _ in range(3):
            count(Unanswered(redis))
        wait_until(lambda: redis.hget("counts", "read") == b"3", "all have arrived")


def test_it_arrives_when_whoever_sent_it_is_killed_at_once(valkey_of_its_own):
    child = os.fork()
    if child == 0:
        try:
            count(to(valkey_of_its_own))
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    wait_until(lambda: counted(valkey_of_its_own) == 1, "it has arrived")


def test_nobody_waits_for_a_server_that_stands_still_and_it_arrives_when_that_goes_on(valkey_of_its_own, unanswered):
    count(unanswered)
    with valkey_of_its_own.frozen():
        for _ in range(100):
            count(unanswered)
    wait_until(lambda: counted(valkey_of_its_own) == 101, "all are there")


def test_after_a_restart_the_first_is_counted_too(valkey_of_its_own, unanswered):
    for _ in range(3):
        count(unanswered)
        wait_until(lambda: counted(valkey_of_its_own) == 1, "it has arrived")
        valkey_of_its_own.restart()


def test_while_the_server_is_away_that_is_said_and_afterwards_it_goes_on(valkey_of_its_own, unanswered):
    count(unanswered)
    with valkey_of_its_own.down():
        for _ in range(2):
            with pytest.raises(RedisConnectionError):
                count(unanswered)
    count(unanswered)
    wait_until(lambda: counted(valkey_of_its_own) == 1, "it has arrived")


def test_a_command_that_is_refused_keeps_none_that_follows_from_arriving(valkey_of_its_own, unanswered):
    valkey_of_its_own.client.set("a word", "no number")
    for _ in range(3):
        unanswered.send("INCR", "a word")
        count(unanswered)
    wait_until(lambda: counted(valkey_of_its_own) == 3, "those that were in order have arrived")
    assert valkey_of_its_own.client.get("a word") == b"no number"
