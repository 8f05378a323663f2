"""A page never leads to what is not on the public web: by its number, its name, or where it redirects to."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from app.documents.addresses import Allowed
from app.documents.fetching import FetchError
from tests.support.fetching import PAGE, Names, fetched, refusal
from tests.support.website import Website

INSIDE = [
    "http://127.0.0.1/", "http://127.8.8.8/", "http://localhost/", "http://localhost./", "http://ada.localhost/",
    "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/", "http://100.100.100.200/", "http://168.63.129.16/", "http://192.0.0.192/",
    "http://0.0.0.0/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/", "http://198.18.0.1/",
    "http://192.88.99.1/", "http://127.0.0.1./", "http://[::1]/", "http://[::]/", "http://[fe80::1]/",
    "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[fec0::1]/", "http://[ff02::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:a00:1]/", "http://[::127.0.0.1]/", "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::7f00:1]/", "http://[2001:0:1::1]/", "http://[2001:db8::1]/",
    "http://[3fff::1]/", "http://[100::1]/", "http://redis/", "http://db.internal/", "http://a.svc.cluster.local/",
    "http://127。0。0。1/", "http://93.184.215.14:22/", "http://93.184.215.14:6379/", "http://[2606:2800::1]:25/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*address: object) -> None:
        raise AssertionError(f"Connected to {address}")

    monkeypatch.setattr(socket, "create_connection", connect)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_on_the_public_web_is_refused_in_the_same_words(address: str, no_connection: None) -> None:
    refused = refusal(address, allowed=())
    assert str(refused).startswith("This page cannot be fetched, because it is not on the public web.")
    assert refused.permanent


@pytest.mark.parametrize(
    "target",
    [
        *INSIDE,
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://ada:secret@example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "//10.0.0.1/",
        "http:\\\\10.0.0.1",
        "http://[::1",
    ],
)
def test_a_redirect_does_not_lead_there_either(site: Website, target: str) -> None:
    site.redirect("/", target)
    # The site is let through by its name, so that not even its own number is a way in.
    with pytest.raises(FetchError, match="not on the public web"):
        fetched(site.address("/", "site.test"), allowed=("site.test",))


def test_a_page_never_reaches_another_port_of_this_machine(site: Website) -> None:
    site.page("/", PAGE)
    assert "not on the public web" in str(refusal(site.address("/"), allowed=()))
    assert site.requests == []


@pytest.mark.parametrize("found", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%lo", "::ffff:10.0.0.1"])
def test_a_name_of_an_inner_address_is_refused(names: Names, found: str, no_connection: None) -> None:
    names.says("evil.test", [found])
    assert "not on the public web" in str(refusal("http://evil.test/", allowed=()))


def test_one_inner_address_among_public_ones_is_enough(names: Names, no_connection: None) -> None:
    names.says("evil.test", ["93.184.215.14", "2606:2800:21f::1", "10.0.0.1"])
    assert "not on the public web" in str(refusal("http://evil.test/", allowed=()))


def test_a_name_that_changes_its_mind_leads_to_the_address_that_was_checked(site: Website, names: Names) -> None:
    site.page("/", PAGE)
    names.says("rebinds.test", ["127.0.0.1"], ["10.0.0.1"])
    assert fetched(site.address("/", "rebinds.test")).content == PAGE
    assert names.asked == ["rebinds.test."]
    assert site.requests[0].headers["host"] == f"rebinds.test:{site.port}"


def test_a_name_is_asked_for_once_although_redirects_come_back_to_it(site: Website, names: Names) -> None:
    names.says("rebinds.test", ["127.0.0.1"], ["10.0.0.1"])
    site.redirect("/a", site.address("/b"))
    site.redirect("/b", site.address("/c", "rebinds.test"))
    site.page("/c", PAGE)
    assert fetched(site.address("/a", "rebinds.test")).content == PAGE
    assert names.asked == ["rebinds.test."]


def test_the_next_address_is_tried_when_the_first_does_not_answer(site: Website, names: Names) -> None:
    site.page("/", PAGE)
    names.says("two.test", ["127.0.0.2", "127.0.0.1"])
    assert fetched(site.address("/", "two.test"), allowed=("127.0.0.0/30",)).content == PAGE


def test_a_host_that_the_operator_allows_is_reached_by_its_name_only(site: Website) -> None:
    site.page("/", PAGE)
    assert fetched(site.address("/", "site.test"), allowed=("Site.test",)).content == PAGE
    assert "not on the public web" in str(refusal(site.address("/"), allowed=("site.test",)))


def test_a_public_site_reached_through_a_gateway_is_public() -> None:
    assert Allowed.of([]).may_connect("example.org", 443, ip_address("64:ff9b::5db8:d70e"))
    assert Allowed.of(["10.0.0.0/8"]).may_connect("example.org", 443, ip_address("::ffff:10.1.2.3"))


@pytest.mark.parametrize("number", ["93.184.215.14", "2606:2800:21f::1", "1.1.1.1", "8.8.8.8", "2a00:1450::1"])
@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
def test_the_public_web_is_not_refused(number: str, port: int) -> None:
    assert Allowed.of([]).may_connect(number, port, ip_address(number))


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6 here")
def test_a_site_is_told_its_own_number_as_it_is_written(names: Names) -> None:
    with Website(number="::1") as site:
        site.page("/", PAGE)
        assert fetched(site.address("/"), allowed=("::1",)).content == PAGE
        assert site.requests[0].headers["host"] == f"[::1]:{site.port}"
