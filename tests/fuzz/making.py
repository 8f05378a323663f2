"""Making requests: a right one for the rule, which is then spoiled in none, one or several ways."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from urllib.parse import unquote_to_bytes

from werkzeug.routing import Rule

from tests.fuzz.requests import Request, Upload
from tests.fuzz.site import NAMES, OF_QUEUES, Known, Site
from tests.support.people import PASSWORD

RIGHT_ROUNDS = 3  # at the beginning, so that every route is shown to be asked rightly
SPOILED = (0, 0, 1, 1, 1, 2, 3, 5)  # how often a request is, as likely as it stands here
WHO = ("anonymous", *NAMES, "ada", "ada", "cat")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "")
NASTY = (
    *(b"", b" ", b"0", b"1", b"-1", b"2147483647", b"2147483648", b"9" * 40, b"1e400", b"nan", b"1.5", b"0x1f"),
    *("٣٤".encode(), "²".encode(), "１２".encode(), b"None", b"true", b"[]", b"{}", b"null", b"\x00", b"a\x00b"),
    *(b"\xed\xa0\x80", b"\xff\xfe", b"\xc3\x28", b"\xf0\x9f", "\u202egnp.exe".encode(), "👩‍👩‍👧‍👦 é ﷽ 𝕏".encode()),
    *(b"<script>alert(1)</script>", b"'\"--;", b"%00%0d%0a", b"\r\nX-Evil: 1", b"../../etc/passwd", b"{{7*7}}"),
    *(
        b"a" * 300,
        b"a" * 5000,
        b"\xf0\x9f\x98\x80" * 400,
        b"javascript:alert(1)",
        b"//evil.example",
        b"/\\evil.example",
    ),
    *(b"https://evil.example/", b"http://[::1", b"http://a:99999/", b"http://\xff/", b"ftp://a/", b"https://a b/"),
    *(b"99999999999999999999-5", b"-inf-1", b"1e18-1", b"1784060000.123456--5", b"1784060000.123456-" + b"9" * 30),
    *(b"1.1.complete.0.0.0.0.prose-medium-", b"1.1.x.0.0.0.0.a-b-c", b"." * 40, b"%s%n%d", b"\x1b[31m", b"\x7f\x80"),
    *(b"a@b", b"@", b"ada@example.org\x00", b"a" * 250 + b"@example.org", "ada@exämple.org".encode(), b"a@[127.0.0.1]"),
)
HUGE = 70_000  # more than the memory that is kept for headers, less than what may be uploaded
TYPES = (
    *("", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "x", "/", ";;;"),
    *("application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=\xff"),
    *(
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=" + "b" * 300,
        "multipart/mixed; boundary=a",
    ),
)
HEADERS = {
    "HX-Request": ("true", "false", ""),
    "X-Forwarded-For": ("1.2.3.4", "unknown", "a, b", "\xff", "::1%eth0"),
    "X-Forwarded-Proto": ("https", "javascript", ""),
    "X-Forwarded-Host": ("evil.example", "a b", "\xff"),
    "X-Forwarded-Prefix": ("/evil", "//evil.example"),
    "Host": (".", "a..b", "a" * 300, "evil.example", "a b", "", "[::1", "localhost:99999", "\xff", "xn--a", "[", "a@b"),
    "Accept-Language": ("de", "x" * 500, "*;q=9", ";;q=,", "\xff"),
    "Accept": ("application/json", "*/*;q=x", "\xff/\xfe", ""),
    "Accept-Encoding": ("gzip", "\xff", "identity;q=0"),
    "Range": ("bytes=0-1", "bytes=9-1", "bytes=-", "bytes=" + "0-1," * 200, "lines=1-2"),
    "If-None-Match": ("*", '"x"', "W/", "\xff"),
    "If-Modified-Since": ("Thu, 01 Jan 1970 00:00:00 GMT", "x", "Thu, 99 Zzz 9999 99:99:99 GMT"),
    "If-Range": ('"x"', "x"),
    "Authorization": ("Basic !!!", "Basic YTpi", "Bearer \xff", "Digest x", "Basic"),
    "Origin": ("null", "https://evil.example", "\xff"),
    "Referer": ("https://evil.example/", "\xff", "//"),
    "Transfer-Encoding": ("chunked", "x"),
    "Cookie2": ("$Version=1",),
    "User-Agent": ("", "\xff", "a" * 2000),
}
COOKIES = (
    *((b"tz", b"Europe/Berlin"), (b"tz", b"../../etc/passwd"), (b"tz", b"\x00"), (b"tz", b"A" * 3000), (b"tz", b"/")),
    *((b"session", b"x"), (b"session", b".eJw.x.y"), (b"remember_token", b"1|x"), (b"remember_token", b"\xff|")),
    *((b"remember_token", b"x"), (b"", b""), (b"a", b'"'), (b"\xff", b"\xff"), (b"a b", b"\\"), (b"__proto__", b"{}")),
)
KNOWN_ARGUMENTS = {"document_id", "filename", "token", "user_id", "suffix", "tag", *OF_QUEUES}
RAW = (b"", b"null", b"[" * 5000, b'{"csrf_token": {}}', b"\xff" * 50, b"a=1&" * 2000, b"&=&=&", b"%", b"%zz=%", b"--x")


class Maker:
    """Requests for one rule after the other; each follows from its number and the seed alone."""

    def __init__(self, site: Site, seed: str) -> None:
        self.site = site
        self.seed = seed
        self.goals = [
            (rule, method) for rule in site.rules for method in sorted((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"})
        ]

    def make(self, number: int) -> Request:
        chance = Random(f"{self.seed}:{number}")
        rule, method = self.goals[number % len(self.goals)]
        request = self._right(chance, rule, method)
        for _ in range(chance.choice(SPOILED if number >= RIGHT_ROUNDS * len(self.goals) else (0,))):
            request = chance.choice(self._ways())(chance, request)
        return request

    def make_right(self, endpoint: str, number: int) -> Request:
        """One that is meant to be answered well."""
        chance = Random(f"{self.seed}:{endpoint}:{number}")
        rule, method = chance.choice([goal for goal in self.goals if goal[0].endpoint == endpoint])
        return self._right(chance, rule, method)

    # -- a right one -------------------------------------------------------------------------------

    def _right(self, chance: Random, rule: Rule, method: str) -> Request:
        known = self.site.known.get(rule.endpoint, Known())
        who = "dora" if rule.rule.startswith("/admin") and chance.random() < 0.7 else chance.choice(WHO)
        request = Request(
            aim=rule.endpoint,
            who=who,
            method=method,
            path=self._path(chance, rule, who),
            query=chance.choice(known.queries) if known.queries and method == "GET" and chance.random() < 0.7 else (),
            headers=(("HX-Request", "true"),) if chance.random() < 0.3 else (),
            cookies=self.site.cookies[who],
        )
        return self._filled(chance, request, known) if method != "GET" else request

    def _path(self, chance: Random, rule: Rule, who: str) -> bytes:
        known = self.site.known.get(rule.endpoint, Known())
        if known.paths and (chance.random() < 0.6 or not rule.arguments.issubset(KNOWN_ARGUMENTS)):
            return unquote_to_bytes(chance.choice(known.paths))
        theirs = "eve" if who == "eve" else "ada"
        whose = chance.choice((theirs, theirs, theirs, "ada", "eve", "public"))
        document = chance.choice(self.site.documents[whose])
        values = self.site.arguments(rule, document)
        built = self.site.app.url_map.bind("localhost").build(rule.endpoint, values, method=None)
        return unquote_to_bytes(built.partition("?")[0])

    def _filled(self, chance: Random, request: Request, known: Known) -> Request:
        fields, files = [(b"csrf_token", self.site.tokens[request.who])], []
        for name, found in known.fields.items():
            if name == "csrf_token":
                continue
            if found.kind == "file":
                if chance.random() < 0.3:
                    files.append(Upload(name.encode(), b"words.txt", b"Some words in a file."))
                continue
            if found.kind == "checkbox" and chance.random() < 0.5:
                continue
            fields.append((name.encode(), self._value(chance, name, found.kind, found.values)))
        return replace(request, fields=tuple(fields), files=tuple(files))

    def _value(self, chance: Random, name: str, kind: str, values: list[bytes]) -> bytes:
        if name == "email":
            nobodys = b"%d@x.org" % chance.getrandbits(30)
            return chance.choice((b"ada@example.org", b"ben@example.org", b"cat@example.org", nobodys, nobodys))
        if name == "document":
            return b"%d" % chance.choice(self.site.documents["ada"])
        if kind == "password":
            return PASSWORD.encode()
        good = [value for value in values if value]
        if name == "url" or (name == "text" and chance.random() < 0.2):
            return b"" if chance.random() < 0.7 else b"https://example.org/page"
        return chance.choice(good) if good else b"Some words."

    # -- and how it is spoiled ---------------------------------------------------------------------

    def _ways(self) -> tuple[Callable[[Random, Request], Request], ...]:
        return (
            *(self._spoil_a_value, self._spoil_a_value, self._spoil_a_value, self._add_a_value, self._add_a_value),
            *(self._lose_a_value, self._repeat_a_value, self._other_token, self._odd_header, self._odd_header),
            *(self._odd_cookie, self._odd_path, self._other_method, self._odd_body, self._odd_upload, self._odd_length),
        )

    @staticmethod
    def _kind(chance: Random, request: Request) -> str:
        """Which of the two kinds of values is spoiled."""
        if request.fields and request.query:
            return chance.choice(("fields", "query"))
        return "fields" if request.fields else "query"

    def _spoil_a_value(self, chance: Random, request: Request) -> Request:
        kind = self._kind(chance, request)
        pairs = list(getattr(request, kind))
        if not pairs:
            return self._add_a_value(chance, request)
        index = chance.randrange(len(pairs))
        pairs[index] = (pairs[index][0], spoiled(chance, pairs[index][1]))
        return replace(request, **{kind: tuple(pairs)})

    def _add_a_value(self, chance: Random, request: Request) -> Request:
        kind = "query" if request.method in ("GET", "HEAD") or chance.random() < 0.2 else "fields"
        pair = (chance.choice(self.site.names).encode(), spoiled(chance, b"1"))
        return replace(request, **{kind: (*getattr(request, kind), pair)})

    def _lose_a_value(self, chance: Random, request: Request) -> Request:
        kind = self._kind(chance, request)
        pairs = list(getattr(request, kind))
        if pairs:
            pairs.pop(chance.randrange(len(pairs)))
        return replace(request, **{kind: tuple(pairs)})

    def _repeat_a_value(self, chance: Random, request: Request) -> Request:
        kind = self._kind(chance, request)
        pairs = getattr(request, kind)
        again = [(name, spoiled(chance, value)) for name, value in chance.choices(pairs, k=3)] if pairs else []
        return replace(request, **{kind: (*again, *pairs) if chance.random() < 0.5 else (*pairs, *again)})

    def _other_token(self, chance: Random, request: Request) -> Request:
        others = (b"", b"x", b"\xff", b"a" * 4000, *self.site.tokens.values())
        fields = [pair for pair in request.fields if pair[0] != b"csrf_token"]
        return replace(request, fields=((b"csrf_token", chance.choice(others)), *fields))

    def _odd_header(self, chance: Random, request: Request) -> Request:
        name = chance.choice([*HEADERS, *self.site.headers])
        plain = ("", "x", "\xff\x00", "a" * 3000, "1.1.x", "\u00e9")
        return replace(request, headers=(*request.headers, (name, chance.choice(HEADERS.get(name, plain)))))

    def _odd_cookie(self, chance: Random, request: Request) -> Request:
        if request.cookies and chance.random() < 0.3:
            (name, value), *more = request.cookies
            return replace(request, cookies=((name, spoiled(chance, value)), *more))
        return replace(request, cookies=(*request.cookies, chance.choice(COOKIES)))

    def _odd_path(self, chance: Random, request: Request) -> Request:
        ids = (b"0", b"-1", b"01", b"2147483648", b"9" * 40, b"x", b"", b"\xd9\xa3", b"1.0", b"%31", b"\x00", b"1 ")
        some_id = re.compile(rb"(?<=/)\d+(?=/|$)")
        odd = [
            some_id.sub(lambda _: chance.choice(ids), request.path),
            *(
                request.path + end
                for end in (b"/", b"//", b"/..", b"\x00", b"\xff", b".php", b"a" * 3000, b"?x", b"/1")
            ),
            *(b"/" + request.path, request.path.upper(), request.path.replace(b"/", b"\\"), b"", b"*", b"http://evil/"),
            request.path[: chance.randrange(len(request.path) + 1)],
            re.sub(rb"(?<=/)[\w-]{20,}", lambda _: spoiled(chance, b"token"), request.path),
        ]
        return replace(request, path=chance.choice(odd))

    @staticmethod
    def _other_method(chance: Random, request: Request) -> Request:
        return replace(request, method=chance.choice(METHODS))

    @staticmethod
    def _odd_body(chance: Random, request: Request) -> Request:
        if chance.random() < 0.4:
            return replace(request, raw=chance.choice((*RAW, json.dumps({"a": ["\ud800"]}).encode(), b"x" * HUGE)))
        if chance.random() < 0.5:
            return replace(request, content_type=chance.choice(TYPES))
        return replace(request, damage=chance.randint(1, 60))

    def _odd_upload(self, chance: Random, request: Request) -> Request:
        contents = (
            b"",
            b" ",
            b"%PDF-1.4\n",
            b"PK\x03\x04",
            b"\x00" * 100,
            b"<html>" * 50,
            b"words",
            b"\xd0\xcf\x11\xe0",
        )
        many = chance.choice((1, 1, 2, 25))
        uploads = [
            Upload(
                chance.choice((b"file", b"file", b"", chance.choice(self.site.names).encode())),
                spoiled(chance, b"words.txt"),
                chance.choice(contents),
            )
            for _ in range(many)
        ]
        return replace(request, files=(*request.files, *uploads))

    @staticmethod
    def _odd_length(chance: Random, request: Request) -> Request:
        return replace(
            request, content_length=chance.choice(("", "-1", "0", "x", "5", "999999", "9" * 30, "1e3", "\xb2"))
        )


def spoiled(chance: Random, value: bytes) -> bytes:
    """Another value: a nasty one, or this one changed a little."""
    if chance.random() < 0.6 or not value:
        return chance.choice(NASTY) if chance.random() < 0.97 else chance.choice((b"a", b"\xe2\x80\xae")) * HUGE
    where = chance.randrange(len(value))
    return chance.choice(
        (
            value[:where],
            value[where:],
            value * 2,
            value[:where] + bytes([value[where] ^ (1 << chance.randrange(8))]) + value[where + 1 :],
            value[:where] + chance.choice(NASTY) + value[where:],
        )
    )
