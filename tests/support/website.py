"""A web site of our own for tests: real HTTP on a free port of this machine, with answers as strange as a test needs.

with Website() as site:
    address = site.page("/news", b"<html>…", {"Content-Type": "text/html"})
    site.redirect("/old", to=address)
    site.bytes("/odd", lambda: [b"HTTP/1.1 200 OK\\r\\n", 0.05, b"\\r\\n"])  # pieces of bytes, and seconds between
    assert site.requests[0].path == "/old"
"""

from __future__ import annotations

import socket
import socketserver
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Self

Pieces = Callable[[], Iterable[bytes | float]]


@dataclass(frozen=True)
class Request:
    """One request as it arrived. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    server_name: str = ""  # what TLS was asked for


def head(status: int, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'Other'}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()


class Website:
    """:param certificate: path of a PEM file with key and certificate; with it the site speaks HTTPS."""

    def __init__(self, certificate: str = "", number: str = "127.0.0.1") -> None:
        self.number = f"[{number}]" if ":" in number else number
        self.requests: list[Request] = []
        self.stopping = Event()
        self.answers: dict[str, Pieces] = {}
        self._server = (_Server6 if ":" in number else _Server)((number, 0), _Visit)
        self._server.site = self
        self._scheme = "http"
        if certificate:
            self._scheme = "https"
            self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server.tls.load_cert_chain(certificate)
            self._server.tls.sni_callback = _remember_name
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def address(self, path: str, host: str = "") -> str:
        return f"{self._scheme}://{host or self.number}:{self.port}{path}"

    def page(self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, status: int = 200) -> str:
        answer = head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body
        return self.bytes(path, lambda: [answer])

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        return self.page(path, b"moved", {"Location": to}, status)

    def bytes(self, path: str, pieces: Pieces) -> str:
        """After the pieces the connection is closed."""
        self.answers[path] = pieces
        return self.address(path)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    site: Website
    tls: ssl.SSLContext | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or does not trust the certificate is what some tests are about."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def _remember_name(connection: Any, name: str | None, _: ssl.SSLContext) -> None:
    connection.asked_name = name or ""


class _Visit(socketserver.StreamRequestHandler):
    server: _Server

    def setup(self) -> None:
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        site = self.server.site
        _, path, _ = self.rfile.readline().decode().split(" ", 2)
        lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), "")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        site.requests.append(Request(path, headers, getattr(self.request, "asked_name", "")))
        for piece in site.answers.get(path, lambda: [head(404)])():
            if site.stopping.is_set():
                return
            if isinstance(piece, float):
                site.stopping.wait(piece)
            else:
                self.wfile.write(piece)
