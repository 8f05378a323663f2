"""What StatsD is sent, as a server of its own kind takes it: packets, from whatever process it happened in."""

import math
import re
import socket

import pytest

from app.metrics import catalogue
from app.metrics.packets import Packets
from tests.support.people import Person
from tests.support.servers import free_port, wait_until

DATABASES = ("sqlite",)  # the packets are the same on either


class Listener:
    """A StatsD server, as far as hearing goes."""

    def __init__(self, family=socket.AF_INET, address="127.0.0.1"):
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.packets = []

    def heard(self):
        """Every line that came so far."""
        try:
            while True:
                self.packets.append(self.socket.recv(65536).decode("ascii"))
        except BlockingIOError:
            return [line for packet in self.packets for line in packet.split("\n")]

    def wait_for(self, pattern):
        """The lines that are so, once there is one."""

        def matching():
            return [line for line in self.heard() if re.fullmatch(pattern, line)]

        wait_until(matching, pattern, 60)
        return matching()


@pytest.fixture
def statsd():
    listener = Listener()
    yield listener
    listener.socket.close()


@pytest.fixture
def environment(environment, statsd):
    return {**environment, "STATSD_HOST": f"127.0.0.1:{statsd.port}", "MODEL_PRICES": "test-model=1/4"}


def test_what_a_page_and_a_worker_do_is_sent_from_where_it_happens(ada, work, statsd):
    document = ada.add()
    ada.panel(document)
    ada.summarise(document)
    work.drain()
    ada.panel(document)
    (entry,) = work.ledger()
    for line in (
        *("foreword.summary.lookups.nobody:1|c", "foreword.summary.lookups.cache:1|c"),
        *("foreword.summary.reads.cache:1|c", "foreword.attempts.summary:1|c"),
        "foreword.provider.calls.test-model.whole.complete:1|c",
        f"foreword.tokens.test-model.input:{entry.input_tokens}|c",
        f"foreword.cost.microdollars.test-model:{entry.cost}|c",
    ):
        statsd.wait_for(re.escape(line))


def test_times_are_milliseconds(ada, work, statsd):
    ada.summarise(ada.add())
    work.drain()
    (entry,) = work.ledger()
    (call,) = statsd.wait_for(r"foreword\.provider\.call\.test-model:.*")
    assert re.fullmatch(rf"[^:]*:{entry.milliseconds}\.0+\|ms", call)
    for name in ("generation", "first_text", "asked_to_complete", r"queue\.wait\.high"):
        statsd.wait_for(rf"foreword\.{name}:\d+\.\d+\|ms")


def test_real_processes_send_as_well(ada, start_worker, statsd):
    ada.summarise(ada.add())
    worker = start_worker()
    wait_until(lambda: "summary-completed" in worker.log(), "the summary is written", 60)
    statsd.wait_for(r"foreword\.generation:\d+\.\d+\|ms")


def test_what_would_divide_a_name_is_left_out_of_it(statsd):
    packets = Packets(f"127.0.0.1:{statsd.port}")
    packets.take([catalogue.UNPRICED.seen("some/model:4.1|ü")])
    assert statsd.wait_for(".*") == ["foreword.provider.unpriced.some_model_4_1__:1|c"]


def test_what_is_told_at_once_comes_in_few_packets_that_fit_the_wire(statsd):
    packets = Packets(f"127.0.0.1:{statsd.port}")
    packets.take([catalogue.UNPRICED.seen(f"model{number}") for number in range(50)])
    wait_until(lambda: len(statsd.heard()) == 50, "all came")
    assert 1 < len(statsd.packets) < 10
    assert max(map(len, statsd.packets)) <= 512


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_an_address_of_ipv6_is_taken_in_brackets():
    listener = Listener(socket.AF_INET6, "::1")
    Packets(f"[::1]:{listener.port}").take([catalogue.UNPRICED.seen("model")])
    listener.wait_for(r"foreword\.provider\.unpriced\.model:1\|c")
    listener.socket.close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "nowhere.invalid:8125"])
def test_a_host_that_cannot_be_found_keeps_nothing_from_working(make_app, ada, host):
    away = Person(make_app(statsd_host=host), "ada")
    assert away.log_in().status_code == 303
    assert away.panel(away.add()).state == "none"


def test_a_host_that_is_found_later_is_told_from_then_on(statsd):
    packets = Packets("nowhere.invalid")
    packets._where, packets._looked_at = f"127.0.0.1:{statsd.port}", -math.inf  # as time would have left it

    def told():
        packets.take([catalogue.UNPRICED.seen("model")])
        return statsd.heard()

    wait_until(told, "it is told")


def test_a_server_that_is_not_there_keeps_nothing_from_working(make_app, ada):
    away = Person(make_app(statsd_host=f"127.0.0.1:{free_port()}"), "ada")
    away.log_in()
    panel = away.panel(away.add())
    for _ in range(3):  # a refusal is heard at the next packet
        assert away.poll(panel).state is None


def test_everything_that_is_counted_has_a_name_of_its_own_there_too():
    names = [metric.dotted for metric in catalogue.TABLE if metric.dotted]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", name) for name in names)
