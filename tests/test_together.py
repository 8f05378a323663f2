"""What many threads count in the same moment is written by one for all, and everything is written."""

from collections import Counter
from threading import Event

import pytest

from app.summaries.together import Together
from tests.support.moments import at_once
from tests.support.servers import wait_until

DATABASES = ("sqlite",)  # none of this is in it


class Kept:
    """Where counts are kept, and where writing can be held up."""

    def __init__(self) -> None:
        self.batches: list[dict[str, int]] = []
        self.may_write = Event()
        self.may_write.set()
        self.asked = Event()

    def write(self, counts) -> None:
        self.asked.set()
        self.may_write.wait(60)
        self.batches.append(dict(counts))

    @property
    def total(self) -> Counter:
        return sum(map(Counter, self.batches), Counter())


def test_who_comes_alone_is_written_at_once():
    kept = Kept()
    together = Together(kept.write)
    for name in "aab":
        together.add(name)
    assert kept.batches == [{"a": 1}, {"a": 1}, {"b": 1}]


def test_those_who_come_while_one_is_written_are_written_together():
    kept = Kept()
    together = Together(kept.write)
    kept.may_write.clear()

    def come(number: int) -> None:
        if number == 0:
            together.add("first")
        elif number == 6:
            wait_until(lambda: together._next and together._next.counts.total() == 5, "all others have come")
            kept.may_write.set()
        else:
            kept.asked.wait(60)
            together.add(f"later {number % 2}")

    at_once(7, come)
    assert kept.batches == [{"first": 1}, {"later 0": 2, "later 1": 3}]


def test_of_thousands_by_many_threads_none_is_lost():
    kept = Kept()
    together = Together(kept.write)

    def count(number: int) -> None:
        for _ in range(500):
            together.add(f"reader {number % 3}")

    at_once(8, count)
    assert kept.total == {"reader 0": 1500, "reader 1": 1500, "reader 2": 1000}


def test_what_could_not_be_written_keeps_nobody_waiting():
    def refuse(_counts) -> None:
        raise OSError

    together = Together(refuse)
    for _ in range(2):
        with pytest.raises(OSError):
            together.add("a")
