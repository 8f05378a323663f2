"""A crowd is asked to come back one after the other, and few people exactly when they wish."""

import re
from collections import Counter

import pytest

from app.views import appointments
from app.views.appointments import EXPECTED_PER_SECOND, EXPECTED_PER_STEP, Appointments

DATABASES = ("sqlite",)  # none of this is in it
DELAY = re.compile(r"load delay:(\d+)ms")
NOW = 1000.0
SOON = 0.35


@pytest.fixture
def book():
    return Appointments()


def test_few_come_back_when_they_wish(book):
    assert [book.after(SOON, NOW) for _ in range(EXPECTED_PER_STEP)] == [SOON] * EXPECTED_PER_STEP


def test_of_a_crowd_no_more_come_in_any_second_than_can_be_answered(book):
    moments = sorted(NOW + book.after(SOON, NOW) for _ in range(1000))
    busiest = max(sum(begin <= moment < begin + 1 for moment in moments) for begin in moments)
    assert busiest <= EXPECTED_PER_SECOND * 1.2
    assert moments[0] == NOW + SOON
    assert moments[-1] <= NOW + SOON + 1000 / EXPECTED_PER_SECOND + 0.2


def test_who_wishes_to_come_later_has_room_there(book):
    for _ in range(1000):
        book.after(SOON, NOW)
    assert book.after(8.0, NOW) == 8.0


def test_more_than_there_is_room_for_are_spread_evenly(book):
    moments = [book.after(SOON, NOW) for _ in range(10_000)]
    each = Counter(int(moment * 2) for moment in moments)
    full = [number for half_second, number in each.items() if 1 <= half_second < 10]
    assert max(full) < 1.2 * min(full)


def test_the_past_takes_no_room(book):
    for second in range(100):
        book.after(SOON, NOW + second)
    assert len(book.expected) == 1


def test_pages_and_polls_are_told_to_come_when_there_is_room(app, ada):
    document = ada.add()
    ada.summarise(document)
    before = ada.panel(document)
    with app.app_context():
        for _ in range(1400):
            appointments.after(SOON)
    assert int(DELAY.search(before.trigger)[1]) < 1000
    assert int(DELAY.search(ada.panel(document).trigger)[1]) > 2000
    polled = ada.get(before.poll_url, headers={"HX-Request": "true"}).text
    assert int(DELAY.search(polled)[1]) > 2000
