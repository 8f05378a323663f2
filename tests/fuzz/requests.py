"""One request as it arrives at the application, right or wrong in any way, and how it is made smaller."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote_from_bytes

BOUNDARY = b"----fuzz"
Pairs = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Upload:
    field: bytes
    filename: bytes
    content: bytes


@dataclass(frozen=True)
class Request:
    aim: str  # the rule that it is meant for
    who: str
    method: str
    path: bytes  # not quoted
    query: Pairs = ()
    headers: tuple[tuple[str, str], ...] = ()
    cookies: Pairs = ()
    fields: Pairs = ()
    files: tuple[Upload, ...] = ()
    raw: bytes | None = None  # a body that is none of the two kinds that forms have
    content_type: str | None = None  # None for the one that the body has
    content_length: str | None = None
    damage: int = 0  # bytes that are missing at the end of the body

    def body(self) -> tuple[bytes, str]:
        if self.raw is not None:
            body, kind = self.raw, "application/octet-stream"
        elif self.files:
            body, kind = self._multipart(), f"multipart/form-data; boundary={BOUNDARY.decode()}"
        else:
            body, kind = _form(self.fields), "application/x-www-form-urlencoded"
        return body[: len(body) - self.damage], kind if self.content_type is None else self.content_type

    def _multipart(self) -> bytes:
        parts = [b'Content-Disposition: form-data; name="%b"\r\n\r\n%b' % pair for pair in self.fields]
        parts += [
            b'Content-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: text/plain\r\n\r\n%b'
            % (file.field, file.filename, file.content)
            for file in self.files
        ]
        return b"".join(b"--%b\r\n%b\r\n" % (BOUNDARY, part) for part in parts) + b"--%b--\r\n" % BOUNDARY

    def environ(self) -> dict[str, Any]:
        """As a WSGI server hands it over: bytes beyond ASCII as Latin-1 (PEP 3333)."""
        body, kind = self.body()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.decode("latin-1"),
            "QUERY_STRING": _form(self.query).decode("latin-1"),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": b"; ".join(b"%b=%b" % pair for pair in self.cookies).decode("latin-1"),
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)) if self.content_length is None else self.content_length,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        return environ | {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers}

    def __str__(self) -> str:
        body, kind = self.body()
        address = quote_from_bytes(self.path) + ("?" + _form(self.query).decode() if self.query else "")
        told = dict(self.headers) | {name.decode("latin-1"): _short(value) for name, value in self.cookies}
        length = "" if self.content_length is None else f", Content-Length {self.content_length!r}"
        return f"{self.who}: {self.method} {address[:500]}\n  {told}\n  {kind}{length}: {_short(body, 500)}"

    def smaller(self) -> Iterator[Request]:
        """The same with one thing less."""
        for name in ("query", "headers", "cookies", "fields", "files"):
            there = getattr(self, name)
            for index in range(len(there)):
                yield replace(self, **{name: there[:index] + there[index + 1 :]})
        for name in ("query", "fields"):
            there = getattr(self, name)
            for index, (key, value) in enumerate(there):
                for less in (value[: len(value) // 2], value[len(value) // 2 :]):
                    if less != value:
                        yield replace(self, **{name: (*there[:index], (key, less), *there[index + 1 :])})
        for name, plain in (("raw", None), ("content_type", None), ("content_length", None), ("damage", 0)):
            if getattr(self, name) != plain:
                yield replace(self, **{name: plain})


def shrink(request: Request, fails: Callable[[Request], bool], most: int = 300) -> Request:
    """The smallest request found in so many tries that still *fails*."""
    candidates = request.smaller()
    for _ in range(most):
        smaller = next(candidates, None)
        if smaller is None:
            break
        if fails(smaller):
            request, candidates = smaller, smaller.smaller()
    return request


def _form(pairs: Pairs) -> bytes:
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs).encode()


def _short(value: bytes, most: int = 60) -> str:
    return repr(value) if len(value) <= most else f"{value[:most]!r}… ({len(value)} bytes)"
