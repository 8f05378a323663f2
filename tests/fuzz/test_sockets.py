"""What is no HTTP, or only half of it, sent to a real Granian: the next request is answered all the same."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from random import Random

import pytest

from tests.support import servers

DATABASES = ("sqlite",)  # nothing here gets as far as one
BLOCKING_THREADS = 4  # of tests/support/servers.py
HOST = b"Host: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
GET, POST = b"GET /login HTTP/1.1\r\n" + HOST, b"POST /login HTTP/1.1\r\n" + HOST + FORM
END = b"\r\n\r\n"

# Whether the server answers these or hangs up is its own affair.
STRANGE = {
    "nothing": b"",
    "line ends": b"\r\n" * 2000,
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\xff\x04\x00\x00\x00\x00\x00" * 20,
    "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": GET + HOST + END,
    "a method without end": b"A" * 100_000,
    "an address without end": b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + END,
    "NUL in the address": b"GET /\x00 HTTP/1.1\r\n" + HOST + END,
    "bytes in the address": b"GET /\xff\xfe?\x80 HTTP/1.1\r\n" + HOST + END,
    "blanks in the address": b"GET / a b c HTTP/1.1\r\n" + HOST + END,
    "another's address": b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + END,
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + END,
    "a header without a colon": GET + b"nonsense" + END,
    "a header without a name": GET + b": x" + END,
    "NUL in a header": GET + b"X-A: \x00" + END,
    "a folded header": GET + b"X-A: a\r\n b" + END,
    "a header without end": GET + b"X-A: " + b"a" * 1_000_000 + END,
    "headers without end": GET + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + END,
    "a cookie of 60 kB": GET + b"Cookie: session=" + b"a" * 60_000 + END,
    "a length below nothing": POST + b"Content-Length: -1" + END,
    "a length that is none": POST + b"Content-Length: many" + END,
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 5" + END + b"a=1&b",
    "a length that nobody has": POST + b"Content-Length: 999999999999999999" + END + b"a=1",
    "a length beyond all numbers": POST + b"Content-Length: " + b"9" * 60 + END + b"a=1",
    "both lengths": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked" + END + b"0\r\n\r\nGET / HTTP/1.1\r\n",
    "an unknown encoding": POST + b"Transfer-Encoding: gzip, x" + END + b"abc",
    "chunks that are none": POST + b"Transfer-Encoding: chunked" + END + b"zz\r\nabc\r\n",
    "a chunk below nothing": POST + b"Transfer-Encoding: chunked" + END + b"-1\r\nabc\r\n",
    "a chunk beyond all numbers": POST + b"Transfer-Encoding: chunked" + END + b"f" * 40 + b"\r\nabc\r\n",
    "a chunk that is longer than it says": POST + b"Transfer-Encoding: chunked" + END + b"1\r\nabcdef\r\n0\r\n\r\n",
    "chunks that stop": POST + b"Transfer-Encoding: chunked" + END + b"3\r\na=1\r\n",
    "trailers": POST + b"Transfer-Encoding: chunked" + END + b"3\r\na=1\r\n0\r\nX-A: b\r\n\r\n",
    "a socket of the web": GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x" + END,
    "an expectation": POST + b"Expect: 100-continue\r\nContent-Length: 3" + END,
    "many at once": (GET + b"\r\n") * 50,
    "a multipart form that stops": b"POST /login HTTP/1.1\r\n"
    + HOST
    + b"Content-Type: multipart/form-data; boundary=a\r\nContent-Length: 30"
    + END
    + b"--a\r\nContent-Disposition: fo",
}


@pytest.fixture
def server(environment) -> Iterator[tuple[servers.Process, int]]:
    port = servers.free_port()
    process = servers.web(environment, port)
    yield process, port
    process.stop()


def test_nothing_that_is_sent_to_the_server_ends_it(server):
    process, port = server
    for name, sent in STRANGE.items():
        talk(port, sent)
        assert answers(port) == b"HTTP/1.1 200 OK", f"after {name}"
    assert process.popen.poll() is None
    assert "Traceback" not in process.log()
    assert "panicked" not in process.log()


def test_requests_with_bytes_changed_lost_or_added_end_nothing(server):
    process, port = server
    for number in range(300):
        chance = Random(f"1:{number}")
        sent = bytearray(chance.choice([sent for sent in STRANGE.values() if 0 < len(sent) < 2000]))
        for _ in range(chance.randint(1, 8)):
            where = chance.randrange(len(sent) + 1)
            sent[where : where + chance.choice((0, 0, 1, 5))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
        talk(port, bytes(sent), hang_up=True)
    assert answers(port) == b"HTTP/1.1 200 OK"
    assert process.popen.poll() is None
    assert "panicked" not in process.log()


def test_forms_that_are_never_sent_whole_end_nothing_once_they_are_left(server):
    """More of them than the server has threads, each of which may wait for the rest of a form."""
    process, port = server
    with contextlib.ExitStack() as leaving:
        for _ in range(2 * BLOCKING_THREADS):
            slow = leaving.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            slow.sendall(POST + b"Content-Length: 1000" + END + b"csrf_token=")
    servers.wait_until(lambda: answers(port) == b"HTTP/1.1 200 OK", "the server answers")
    assert process.popen.poll() is None


@pytest.mark.xfail(
    strict=True,
    raises=TimeoutError,
    reason="Procfile: each form that is sent slowly keeps one of Granian's blocking threads for as long as its sender "
    "likes, so as many as there are threads keep everybody out; Granian has no time limit for bodies",
)
def test_forms_that_are_sent_slowly_keep_nobody_out(server):
    _, port = server
    with contextlib.ExitStack() as leaving:
        slow = [leaving.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(BLOCKING_THREADS)]
        for connection in slow:
            connection.sendall(POST + b"Content-Length: 1000" + END + b"csrf_token=")
        # One that came before the others' first bytes is answered, so it is asked until one waits.
        assert {answers(port, seconds=10) for _ in range(50)} == {b"HTTP/1.1 200 OK"}


def talk(port: int, sent: bytes, *, hang_up: bool = False) -> bytes:
    """What comes back until the server hangs up or says nothing more.

    :param hang_up: leave at once, whatever the server would say.
    """
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    with connection, contextlib.suppress(OSError):  # it may have hung up before all was sent
        connection.sendall(sent)
        if hang_up:
            return b""
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
    return b""


def answers(port: int, seconds: float = 20) -> bytes:
    """The first line of the answer to an ordinary request."""
    asked = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(asked)
        return connection.recv(65_536).partition(b"\r\n")[0]
