"""Fetches a web page for somebody who gave its address, and reaches nothing but the public web for them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import httpcore2
import httpx2
from werkzeug.http import parse_date, parse_options_header

from app.documents.addresses import AddressError, Allowed, check_address
from app.documents.connections import CheckedConnections, Deadline, NotFound, NotPublic, NotTrusted
from app.documents.text import ExtractionError, one_line
from app.messages import N_, Message

__all__ = ["FetchError", "Fetched", "check_address", "fetch"]

MAX_REDIRECTS = 5
LONGEST_WAIT = 86_400.0
LONGEST_NAME = 200
HEADERS: Mapping[bytes | str, bytes | str] = {
    "User-Agent": "Foreword/0.1 (fetches single pages for a person who gave their address)",
    "Accept": "text/html, application/xhtml+xml, text/*;q=0.9, */*;q=0.8",
    "Accept-Encoding": "gzip",
}
REDIRECTS = (301, 302, 303, 307, 308)
# Not the other successes: 202 is what some sites answer to programs, and 206 is a part that nobody asked for.
PAGES = (200, 203)
PASSING = (408, 425, 429)
# What browsers take "deflate" for: with the header that it should have, or without.
WAYS_TO_UNPACK = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}

SAVE_IT = Message(N_("Open it in your browser, save the page, and add the file."))
# One sentence for all of them: a stranger learns nothing about the network around this machine.
NOT_PUBLIC = Message(
    N_("This page cannot be fetched, because it is not on the public web. %(way_out)s"), way_out=SAVE_IT
)
NOT_FOUND = Message(N_("The site of this address could not be found. Check the address, or try again later."))
NO_CONNECTION = Message(N_("The site of this page could not be reached. Check the address, or try again later."))
NOT_TRUSTED = Message(
    N_("The site could not prove that it is the one in the address: its certificate is not valid. %(way_out)s"),
    way_out=SAVE_IT,
)
TOO_SLOW = N_("The site took longer than %(seconds)s seconds to send this page. Try again later.")
BROKEN_OFF = Message(N_("The site broke off before the page was complete. Try again later."))
UNREADABLE = Message(N_("The site sent this page packed in a way that cannot be read. %(way_out)s"), way_out=SAVE_IT)
IN_CIRCLES = Message(
    N_("This address leads on to another one more than %(times)s times. %(way_out)s"),
    times=MAX_REDIRECTS,
    way_out=SAVE_IT,
)
TOO_LARGE = N_("This page is larger than %(most)s MB. Save the part that you need, and add that.")
NOT_NOW = N_("The site could not show the page at the moment (%(status)s). Try again later.")
NO_PAGE = N_("The site does not give a page for this address (%(status)s). %(way_out)s")
NO_SUCH_PAGE = Message(N_("The site says that there is no page at this address. Check the address."))
LOGIN = Message(N_("This page needs a login, or the site does not give it to programs. %(way_out)s"), way_out=SAVE_IT)
LAW = Message(
    N_("The site does not show this page for legal reasons. If you can read it: %(way_out)s"), way_out=SAVE_IT
)
BUSY = Message(N_("The site asks for fewer visits at the moment. Try again later."))
SENTENCES = {401: LOGIN, 402: LOGIN, 403: LOGIN, 404: NO_SUCH_PAGE, 410: NO_SUCH_PAGE, 429: BUSY, 451: LAW}


@dataclass(frozen=True)
class Fetched:
    """A page as it came.

    ``address`` is where it was after redirects, ``content`` is unpacked, ``charset`` and ``media_type`` are as the
    server named them, and ``filename`` is from Content-Disposition or the end of the path. These three may be empty.
    """

    address: str
    content: bytes
    charset: str
    filename: str
    media_type: str = ""


class FetchError(ExtractionError):
    """The page could not be had; the message tells the person what to do.

    ``permanent`` says that asking again is of no use; ``retry_after`` are the seconds that the site asks to wait.
    """

    def __init__(self, message: Message, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


def fetch(address: str, *, max_bytes: int, max_seconds: float, allowed: Sequence[str] = ()) -> Fetched:
    """The page at *address*, or where that leads to. Neither cookies nor proxies nor credentials are used.

    :param max_bytes: how long the content may be, packed and unpacked.
    :param max_seconds: for all of it: names, redirects, and the content however slowly it comes.
    :param allowed: names of hosts, addresses and networks that are let through though they are not public.
    :raises FetchError: with a sentence for the person.
    """
    connections = CheckedConnections(Allowed.of(allowed), Deadline(max_seconds))
    address = _acceptable(address)
    with _told_in_plain_words(max_seconds), httpcore2.ConnectionPool(network_backend=connections) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            with _asked(pool, httpx2.URL(address)) as response:
                headers = {name.decode("latin-1").lower(): _decoded(value) for name, value in response.headers}
                if response.status not in REDIRECTS or "location" not in headers:
                    return _fetched(address, response, headers, max_bytes)
            address = _led_to(headers["location"], address)
    raise FetchError(IN_CIRCLES, permanent=True)


def _asked(pool: httpcore2.ConnectionPool, url: httpx2.URL) -> AbstractContextManager[httpcore2.Response]:
    # In its pieces, so that the address is not taken apart a second time, by another parser.
    place = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return pool.stream("GET", place, headers={"Host": url.netloc, **HEADERS})


def _acceptable(address: str) -> str:
    try:
        return check_address(address)
    except AddressError as refused:
        raise FetchError(refused.message, permanent=True) from None


def _led_to(location: str, address: str) -> str:
    try:
        return check_address(str(httpx2.URL(address).join(location)))
    except (httpx2.InvalidURL, ValueError):
        raise FetchError(NOT_PUBLIC, permanent=True) from None


@contextmanager
def _told_in_plain_words(max_seconds: float) -> Iterator[None]:
    try:
        yield
    except NotPublic:
        raise FetchError(NOT_PUBLIC, permanent=True) from None
    except NotFound:
        raise FetchError(NOT_FOUND, permanent=False) from None
    except httpcore2.TimeoutException as error:
        raise FetchError(Message(TOO_SLOW, seconds=max_seconds), permanent=False) from error
    except NotTrusted as error:
        raise FetchError(NOT_TRUSTED, permanent=True) from error
    except httpcore2.ConnectError as error:
        raise FetchError(NO_CONNECTION, permanent=False) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise FetchError(BROKEN_OFF, permanent=False) from error


def _decoded(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _fetched(address: str, response: httpcore2.Response, headers: Mapping[str, str], max_bytes: int) -> Fetched:
    _refuse_what_is_no_page(response.status, headers)
    content = _unpacked(_body(response, headers, max_bytes), headers.get("content-encoding", ""), max_bytes)
    media_type, options = parse_options_header(headers.get("content-type"))
    return Fetched(address, content, options.get("charset", ""), _filename(headers, address), media_type.lower())


def _refuse_what_is_no_page(status: int, headers: Mapping[str, str]) -> None:
    if status in PAGES:
        return
    passing = status >= 500 or status in PASSING
    otherwise = Message(NOT_NOW if passing else NO_PAGE, status=str(status), way_out=SAVE_IT)
    wait = _wait(headers.get("retry-after", "")) if passing else None
    raise FetchError(SENTENCES.get(status, otherwise), permanent=not passing, retry_after=wait)


def _wait(retry_after: str) -> float | None:
    """Seconds, given as their number or as a moment; never more than a day."""
    if retry_after.isascii() and retry_after.isdigit():
        seconds = float(retry_after[:9])
    elif moment := parse_date(retry_after):
        seconds = (moment - datetime.now(UTC)).total_seconds()
    else:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _body(response: httpcore2.Response, headers: Mapping[str, str], max_bytes: int) -> bytes:
    _refuse_larger_than(max_bytes, int(headers.get("content-length", 0)))
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        _refuse_larger_than(max_bytes, len(body))
    return bytes(body)


def _refuse_larger_than(limit: int, size: int) -> None:
    if size > limit:
        raise FetchError(Message(TOO_LARGE, most=limit / 1024 / 1024), permanent=True)


def _unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    encoding = encoding.strip().lower()
    if not body or encoding in ("", "identity"):
        return body
    for window in WAYS_TO_UNPACK.get(encoding, ()):
        unpacker = zlib.decompressobj(window)
        try:
            content = unpacker.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
        _refuse_larger_than(max_bytes, len(content))
        if not unpacker.eof:
            raise FetchError(BROKEN_OFF, permanent=False)
        return content
    raise FetchError(UNREADABLE, permanent=True)


def _filename(headers: Mapping[str, str], address: str) -> str:
    """Only the name, whatever folders a server puts before it; of a long one the end, which tells the kind of file."""
    _, options = parse_options_header(headers.get("content-disposition"))
    named = options.get("filename") or unquote(urlsplit(address).path)
    name = one_line(PurePosixPath(named.replace("\\", "/")).name)
    return "" if name == ".." else name[-LONGEST_NAME:]
