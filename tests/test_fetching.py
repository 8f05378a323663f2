"""What Foreword does with the address of a page, on real sockets."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.addresses import Allowed
from app.documents.fetching import Fetched, FetchError, check_address, fetch
from tests.support.certificates import certificate_for
from tests.support.website import Website, head

HERE = ("127.0.0.1/32",)
LIMIT = 100_000
PAGE = b"<html><h1>Good morning</h1>"
PACKED = gzip.compress(PAGE, mtime=0)  # in the names of tests, which two processes must give alike


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as site:
        yield site


def fetched(address: str, *, allowed: tuple[str, ...] = HERE, max_seconds: float = 20) -> Fetched:
    return fetch(address, max_bytes=LIMIT, max_seconds=max_seconds, allowed=allowed)


def refusal(address: str, *, allowed: tuple[str, ...] = HERE, max_seconds: float = 20) -> FetchError:
    with pytest.raises(FetchError) as refused:
        fetched(address, allowed=allowed, max_seconds=max_seconds)
    assert re.fullmatch(r"[A-Z].*\.", str(refused.value))
    return refused.value


# -- a page that is there --------------------------------------------------------------------------------


def test_a_page_comes_with_its_address_charset_name_and_kind(site: Website) -> None:
    address = site.page("/news/today.html?a=1", PAGE, {"Content-Type": "Text/HTML; charset=koi8-r"})
    assert fetched(address) == Fetched(address, PAGE, "koi8-r", "today.html", "text/html")


def test_the_address_is_the_one_after_redirects(site: Website) -> None:
    site.redirect("/old", "new#part", 301)
    site.redirect("/new", "//127.0.0.1:" + str(site.port) + "/last", 308)
    site.page("/last", PAGE)
    assert fetched(site.address("/old")).address == site.address("/last")


def test_a_site_that_leads_on_for_ever_is_left_after_five_times(site: Website) -> None:
    for number in range(10):
        site.redirect(f"/{number}", f"/{number + 1}")
    assert "leads on" in str(refusal(site.address("/0")))
    assert len(site.requests) == 6


def test_five_redirects_are_followed(site: Website) -> None:
    for number in range(5):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.page("/5", PAGE)
    assert fetched(site.address("/0")).content == PAGE


def test_who_asks_is_said_and_nothing_is_kept_or_lent(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.page("/a", b"", {"Set-Cookie": "a=1", "Location": "/b"}, 302)
    fetched(site.page("/b", PAGE) and site.address("/a"))
    first, second = site.requests
    assert first.headers["user-agent"].startswith("Foreword/")
    assert first.headers["host"] == f"127.0.0.1:{site.port}"
    assert not {"cookie", "authorization", "referer"} & {*first.headers, *second.headers}


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="../../etc/report.pdf"', "report.pdf"),
        (r'attachment; filename="C:\\files\\report.pdf"', "report.pdf"),
        ("attachment; filename*=UTF-8''%C3%9Cber%20uns.pdf", "Über uns.pdf"),
        ("attachment; filename*=bogus''%ff%fe", "%ff%fe"),
        ("attachment", "page one.html"),
        ("attachment; filename=..", ""),
    ],
)
def test_the_name_is_only_a_name(site: Website, disposition: str, name: str) -> None:
    assert fetched(site.page("/a/page%20one.html", PAGE, {"Content-Disposition": disposition})).filename == name


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80))
def test_whatever_a_server_says_of_its_page_the_page_is_had(said: str) -> None:
    said = said.replace("\x7f", "").strip()
    headers = {"Content-Type": said, "Content-Disposition": f"attachment; {said}", "Retry-After": said}
    with Website() as site:
        answer = head(200, headers).decode().encode("latin-1") + PAGE
        found = fetched(site.bytes("/", lambda: [answer]))
    assert found.content == PAGE
    assert "/" not in found.filename


def test_the_root_of_a_site_has_no_name(site: Website) -> None:
    assert fetched(site.page("/", PAGE)).filename == ""


# -- where a page must not lead --------------------------------------------------------------------------

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
        fetch(site.address("/", "site.test"), max_bytes=LIMIT, max_seconds=20, allowed=["site.test"])


def test_a_page_never_reaches_another_port_of_this_machine(site: Website) -> None:
    site.page("/", PAGE)
    assert "not on the public web" in str(refusal(site.address("/"), allowed=()))
    assert site.requests == []


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*address: object) -> None:
        raise AssertionError(f"Connected to {address}")

    monkeypatch.setattr(socket, "create_connection", connect)


class Names:
    """A name server that may lie. It stands where the system's resolver stood; numbers are left as they are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Iterator[list[str]]] = {}
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def says(self, name: str, *answers: list[str]) -> None:
        self.answers[name] = itertools.chain(answers, itertools.repeat(answers[-1]))

    def _look_up(self, name: str, port: int | None, *args: int, **options: int) -> list:
        if name.rstrip(".") not in self.answers:
            return self._real(name, port, *args, **options)
        self.asked.append(name)
        found = next(self.answers[name.rstrip(".")])
        return [(socket.AF_INET6 if ":" in it else socket.AF_INET, 1, 6, "", (it, port or 0)) for it in found]


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names(monkeypatch)
    names.says("site.test", ["127.0.0.1"])
    return names


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


# -- the address, before anything is fetched ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("example.org/page", "https://example.org/page"),
        ("  http://Example.ORG  ", "http://example.org"),
        ("//example.org/a", "https://example.org/a"),
        ("example.org:8080/a", "https://example.org:8080/a"),
        ("HTTPS://example.org:443/a#part", "https://example.org/a"),
        ("https://example.org./", "https://example.org/"),
        ("https://bücher.example/straße?q=ä b", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4%20b"),
        ("https://[2606:2800::1]:8443/", "https://[2606:2800::1]:8443/"),
        ("http://93.184.215.14/", "http://93.184.215.14/"),
        ("https://a_b.example.org/?u=http://x@y", "https://a_b.example.org/?u=http://x@y"),
    ],
)
def test_an_address_is_taken_as_people_write_it(given: str, address: str) -> None:
    assert check_address(given) == address
    assert check_address(address) == address


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "Give the address"),
        (" \n", "Give the address"),
        ("javascript:alert(1)", "begin with https"),
        ("data:text/html,x", "begin with https"),
        ("file:///etc/passwd", "begin with https"),
        ("ftp://example.org/", "begin with https"),
        ("mailto:ada@example.org", "begin with https"),
        ("https://ada:secret@example.org/", "user name"),
        ("ada@example.org", "user name"),
        ("https://example.org/" + "a" * 2000, "too long"),
        ("two words", "not the address"),
        ("https://", "not the address"),
        ("https:///page", "not the address"),
        ("http:example.org", "not the address"),
        ("https://example..org/", "not the address"),
        ("https://example.org:0/", "not the address"),
        ("https://example.org:99999/", "not the address"),
        ("https://example.org:ssh/", "not the address"),
        ("https://example.org\\@127.0.0.1/", "not the address"),
        ("https://ex%61mple.org/", "not the address"),
        ("https://[fe80::1%25eth0]/", "not the address"),
        ("https://[::1/", "not the address"),
        ("http://2130706433/", "not the address"),
        ("http://0x7f.1/", "not the address"),
        ("http://127.1/", "not the address"),
        ("http://0177.0.0.1/", "not the address"),
        ("http://１２７.0.0.1/", "not the address"),
        ("http://127.0.0.1../", "not the address"),
        ("https://example.org/\x00", "not the address"),
    ],
)
def test_what_is_no_address_of_a_page_is_refused_with_a_sentence(given: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_address(given)


@given(st.text() | st.from_regex(r"https?://[\[\]@:.%/\\\\a-zA-Z0-9_ü。-]{0,40}", fullmatch=True))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        address = check_address(text)
    except ValueError as refused:
        assert re.fullmatch(r"[A-Z].*\.", str(refused))  # noqa: PT017 - either is a fine end
    else:
        assert check_address(address) == address


# -- TLS -------------------------------------------------------------------------------------------------


def test_the_certificate_is_held_against_the_name_in_the_address(
    tmp_path: Path, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for("site.test", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    names.says("other.test", ["127.0.0.1"])
    with Website(certificate) as site:
        site.page("/", PAGE)
        assert fetched(site.address("/", "site.test")).content == PAGE
        assert site.requests[0].server_name == "site.test"
        refused = refusal(site.address("/", "other.test"))
    assert "certificate is not valid" in str(refused)
    assert refused.permanent


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with Website(certificate_for("site.test", tmp_path)) as site:
        site.page("/", PAGE)
        assert "certificate is not valid" in str(refusal(site.address("/", "site.test")))


# -- too long, too large, and packed ---------------------------------------------------------------------


def drips(start: bytes, *rest: bytes) -> Iterator[bytes | float]:
    """Comes to its end after ten seconds, so that only a deadline refuses it."""
    yield start
    for _ in range(500):
        yield from (0.02, *rest)


@pytest.mark.parametrize(
    ("start", "rest"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"", b""),
    ],
)
def test_a_page_that_drips_is_given_up(site: Website, start: bytes, rest: bytes) -> None:
    refused = refusal(site.bytes("/", lambda: drips(start, rest)), max_seconds=0.3)
    assert "longer than 0.3 seconds" in str(refused)
    assert not refused.permanent


def test_the_time_is_for_all_redirects_together(site: Website) -> None:
    for number in range(5):
        moved = head(302, {"Location": f"/{number + 1}", "Content-Length": "0"})
        site.bytes(f"/{number}", lambda moved=moved: [0.2, moved])
    site.page("/5", PAGE)
    assert "longer than" in str(refusal(site.address("/0"), max_seconds=0.5))


def test_a_page_as_large_as_the_limit_is_read(site: Website) -> None:
    assert fetched(site.page("/", b"a" * LIMIT)).content == b"a" * LIMIT


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}, {"Transfer-Encoding": "chunked"}])
def test_a_page_without_end_is_refused(site: Website, headers: dict[str, str]) -> None:
    piece = b"ffff\r\n" + b"a" * 0xFFFF + b"\r\n"
    address = site.bytes("/", lambda: itertools.chain([head(200, headers)], itertools.repeat(piece)))
    refused = refusal(address)
    assert "larger than" in str(refused)
    assert refused.permanent


def test_a_page_that_names_too_large_a_size_is_refused_before_it_comes(site: Website) -> None:
    too_large = head(200, {"Content-Length": str(LIMIT + 1)})
    assert "larger than" in str(refusal(site.bytes("/", lambda: [too_large, 20.0])))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", PACKED),
        ("X-GZip", PACKED),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE, wbits=-15)),
        ("identity", PAGE),
    ],
)
def test_a_packed_page_is_unpacked(site: Website, encoding: str, packed: bytes) -> None:
    assert fetched(site.page("/", packed, {"Content-Encoding": encoding})).content == PAGE


def test_a_bomb_is_refused_and_never_unpacked_whole(site: Website) -> None:
    bomb = gzip.compress(b"\x00" * 50_000_000)
    assert len(bomb) < LIMIT
    tracemalloc.start()
    assert "larger than" in str(refusal(site.page("/", bomb, {"Content-Encoding": "gzip"})))
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_what_is_packed_in_another_way_is_refused(site: Website, encoding: str) -> None:
    refused = refusal(site.page("/", gzip.compress(PAGE), {"Content-Encoding": encoding}))
    assert "packed in a way that cannot be read" in str(refused)


@pytest.mark.parametrize(
    "answer",
    [
        head(200, {"Content-Length": "100"}) + PAGE,
        head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nGood \r\n",
        head(200, {"Content-Encoding": "gzip"}) + PACKED[:-4],
        head(200, {"Content-Length": "5", "content-length": "7"}) + PAGE,
        head(200, {"X": "y" * 200_000}) + PAGE,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_half_a_page_is_never_taken_for_a_whole_one(site: Website, answer: bytes) -> None:
    refused = refusal(site.bytes("/", lambda: [answer]))
    assert "broke off" in str(refused)
    assert not refused.permanent


# -- no page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words", "permanent"),
    [
        (401, "needs a login", True),
        (403, "needs a login", True),
        (404, "no page at this address", True),
        (410, "no page at this address", True),
        (418, "(418)", True),
        (451, "legal reasons", True),
        (302, "(302)", True),
        (304, "(304)", True),
        (202, "(202)", True),
        (206, "(206)", True),
        (408, "Try again later", False),
        (429, "fewer visits", False),
        (500, "(500)", False),
        (503, "(503)", False),
    ],
)
def test_each_refusal_of_a_site_is_told_in_its_words(site: Website, status: int, words: str, permanent: bool) -> None:
    refused = refusal(site.page("/", PAGE if status != 304 else b"", status=status))
    assert words in str(refused)
    assert refused.permanent is permanent


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30", 30), ("0", 0), ("9" * 5000, 86_400), ("soon", None), ("-5", None), ("٣٠", None), ("", None)],
)
def test_the_wait_that_a_site_asks_for_is_kept(site: Website, said: str, seconds: float | None) -> None:
    assert refusal(site.page("/", status=429, headers={"Retry-After": said})).retry_after == seconds


def test_the_wait_may_be_given_as_a_moment(site: Website) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    wait = refusal(site.page("/", status=503, headers={"Retry-After": moment})).retry_after
    assert wait is not None
    assert 3000 < wait <= 3600


def test_a_site_that_does_not_answer_may_be_asked_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = refusal(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert "could not be reached" in str(refused)
    assert not refused.permanent


def test_a_name_that_is_not_found_may_be_asked_for_again(names: Names) -> None:
    names.says("gone.test", [])
    refused = refusal("http://gone.test/")
    assert "could not be found" in str(refused)
    assert not refused.permanent


def test_a_site_that_speaks_no_tls_may_be_asked_again(site: Website) -> None:
    refused = refusal(site.page("/", PAGE).replace("http:", "https:"))
    assert "could not be reached" in str(refused)
    assert ssl.SSLError.__name__ not in str(refused)
