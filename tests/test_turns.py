"""Many who press in the same moment are answered one after the other, in the order in which they came."""

from threading import Thread

import pytest

from app.views.turns import Turns
from tests.support.servers import wait_until

DATABASES = ("sqlite",)  # none of this is in it


class Queue:
    """People who wait for a turn of one and the same kind, each in a thread."""

    def __init__(self, at_once: int) -> None:
        self.turns = Turns(at_once)
        self.served: list[str] = []
        self.threads: list[Thread] = []

    def come(self, name: str) -> None:
        thread = Thread(target=self._be_served, args=[name])
        thread.start()
        self.threads.append(thread)
        wait_until(lambda: len(self.turns._waiting) == len(self.threads) - len(self.served), f"{name} waits")

    def _be_served(self, name: str) -> None:
        with self.turns.turn():
            self.served.append(name)

    def wait_until_served(self) -> list[str]:
        for thread in self.threads:
            thread.join(60)
        return self.served


def test_whoever_comes_first_is_served_first():
    queue = Queue(1)
    with queue.turns.turn():
        for name in "abcdef":
            queue.come(name)
        assert queue.served == []
    assert queue.wait_until_served() == list("abcdef")


def test_as_many_as_there_are_turns_are_served_at_once():
    queue = Queue(2)
    with queue.turns.turn():
        with queue.turns.turn():
            queue.come("a")
            assert queue.served == []
        queue.wait_until_served()
        assert queue.served == ["a"]  # though one turn is still taken


def test_a_request_that_broke_frees_its_turn():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(LookupError), turns.turn():
            raise LookupError
    with turns.turn():
        pass


def test_a_turn_that_nobody_waits_for_is_there_for_the_next():
    turns = Turns(1)
    for _ in range(3):
        with turns.turn():
            assert turns._free == 0
        assert turns._free == 1
