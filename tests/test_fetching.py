"""What Foreword does with the address of a page, on real sockets: what comes of it, and what is refused."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.fetching import Fetched
from tests.support.certificates import certificate_for
from tests.support.fetching import LIMIT, PAGE, Names, fetched, refusal
from tests.support.website import Website, head

PACKED = gzip.compress(PAGE, mtime=0)  # in the names of tests, which two processes must give alike


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


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
