"""What every answer of every route tells the browser, and that whatever is sent comes back as text.

The routes are taken from the application, so that one that is added tomorrow is covered without being named here.
"""

import re
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from app.config import YEAR_SECONDS
from tests.support import servers
from tests.support.people import TEXT, Person, words

DATABASES = ("sqlite",)  # what browsers are told is the same on either

HTMX = {"HX-Request": "true"}
SAME_ON_ALL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FOR_EVERYBODY = {"static", "pages.htmx"}  # what holds nothing of anybody's, and may be kept
NASTY = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{'xyz'*3}}"
# Every name under which anything is read from an address or a form.
NAMES = (
    *("after", "state", "tag", "tags", "whose", "sort", "action"),
    *("next", "q", "before", "seen", "read", "reread", "checked", "take", "summary", "since", "email", "password"),
    *("current", "remember", "title", "text", "url", "version", "role", "style", "length", "language", "regenerate"),
    *("confirm", "month", "refused", "budget", "locale", "updates_paused", "document", "prompt_version"),
    *("paused", "panel", "updates"),
)

# -- asking every route ------------------------------------------------------------------------------------


@pytest.fixture
def everywhere(app: Flask, ada: Person, ben: Person, work) -> dict:
    """What the parts of addresses stand for: a document with a text from a file, a summary, a reader and a link."""
    document = ada.add_file("harbour.txt", TEXT.encode())
    work.drain()
    ada.summarise(document)
    work.drain()
    ada.share(document, ben)
    link = ada.publish(document).removeprefix("/shared/")
    return {"document_id": document, "token": link, "user_id": 2, "filename": "app.js", "tag": "de", "suffix": "md"}


@pytest.fixture
def somebody(app: Flask, ada: Person, request: pytest.FixtureRequest) -> Person:
    """Each of nobody in particular, the owner of the document, and a stranger to it."""
    return {"nobody": lambda: Person(app, "nobody"), "owner": lambda: ada, "stranger": lambda: Person(app, "eve")}[
        request.param
    ]()


each_of_them = pytest.mark.parametrize("somebody", ["nobody", "owner", "stranger"], indirect=True)


def routes(app: Flask, values: dict) -> Iterator[tuple[str, str, str]]:
    """Method, name and address of every route; logging out comes last, as nothing can come after it."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == "auth.logout"):
        wanted = {name: values.get(name, 999) for name in rule.arguments}
        for method in sorted(rule.methods):
            yield method, rule.endpoint, app.url_map.bind("").build(rule.endpoint, wanted, method=method)


def asked(person: Person, values: dict, **fields: str) -> Iterator[tuple[str, TestResponse]]:
    """What each route answers to each method that it takes, to a plain browser and to htmx."""
    if person.name == "eve":
        person.sign_up()
    for method, endpoint, url in routes(person.app, values):
        for headers in ({}, HTMX):
            if method == "POST":
                form = {"csrf_token": person.token("/signup"), **fields}
                answer = person.browser.post(url, data=form, headers=headers)
            else:
                answer = person.browser.open(url, method=method, query_string=fields, headers=headers)
            yield f"{method} {endpoint}{', htmx' if headers else ''}: {answer.status_code}", answer


def directives(answer: TestResponse) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))


def lets_too_much(answer: TestResponse) -> list[str]:
    """What is wrong with the headers of any answer, whatever it is."""
    policy, headers = directives(answer), answer.headers
    wrong = [f"{name}: {headers.get(name)}" for name, value in SAME_ON_ALL.items() if headers.get(name) != value]
    closed = ("default-src", "base-uri", "frame-ancestors")
    wrong += [f"{name} {policy.get(name)}" for name in closed if policy.get(name) != "'none'"]
    # Nothing inline, nothing evaluated, nothing from elsewhere.
    allowed = {"'none'", "'self'", "data:"}
    wrong += [
        f"{name} {value}" for name, value in policy.items() if name.endswith("-src") and set(value.split()) - allowed
    ]
    if any("data:" in value for name, value in policy.items() if name != "img-src"):
        wrong.append("data: beyond pictures")
    if policy.get("form-action") != "'self'" or policy.get("script-src") != "'self'":
        wrong.append(str(policy))
    if headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        wrong.append(f"Referrer-Policy: {headers.get('Referrer-Policy')}")
    wrong += [name for name, _ in headers if name.lower().startswith("access-control-")]
    return wrong


@each_of_them
def test_every_route_tells_the_browser_to_be_careful_and_to_keep_nothing(everywhere, somebody):
    wrong = {}
    for name, answer in asked(somebody, everywhere):
        found = lets_too_much(answer)
        kept = answer.headers.get("Cache-Control") != "no-store"
        may_be_kept = name.split()[1].rstrip(":,") in FOR_EVERYBODY and answer.status_code < 400
        if kept and not may_be_kept:
            found.append(f"Cache-Control: {answer.headers.get('Cache-Control')}")
        if found:
            wrong[name] = found
    assert wrong == {}


@each_of_them
def test_whatever_cookie_is_set_is_out_of_reach_of_scripts_and_of_other_sites(everywhere, somebody):
    cookies = {cookie for _, answer in asked(somebody, everywhere) for cookie in answer.headers.getlist("Set-Cookie")}
    assert cookies
    for cookie in cookies:
        name, _, rest = cookie.partition("=")
        attributes = {part.strip() for part in rest.split(";")[1:]}
        assert name in ("session", "remember_token", "known", "locale")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= attributes
        assert not any(part.startswith("Domain") for part in attributes)


@each_of_them
def test_every_text_says_in_which_encoding_it_is(everywhere, somebody):
    silent = {
        name: answer.headers["Content-Type"]
        for name, answer in asked(somebody, everywhere)
        if answer.data and answer.mimetype.startswith("text/") and answer.mimetype_params.get("charset") != "utf-8"
    }
    assert silent == {}


@each_of_them
def test_no_redirect_leaves_this_site_whatever_host_the_request_claims(everywhere, somebody):
    somebody.browser.environ_base |= {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_ORIGIN": "https://evil.example"}
    fields = {"next": "https://evil.example/", "before": "//evil.example"}
    went = {name: answer.location for name, answer in asked(somebody, everywhere, **fields) if answer.location}
    assert len(went) > 5
    assert {name: to for name, to in went.items() if not re.match(r"/(?![/\\])", to)} == {}


# -- errors, files and HTTPS -------------------------------------------------------------------------------


def failing(make_app: Callable[..., Flask], ada: Person) -> TestResponse:
    """The answer of a site that has lost its database to somebody who is signed in."""
    broken = make_app(database_url="postgres://nobody@127.0.0.1:1/none").test_client()
    broken.set_cookie("session", ada.browser.get_cookie("session").value)
    return broken.get("/documents")


def test_errors_are_as_careful_as_pages(make_app, ada):
    small = Person(make_app(max_upload_mb=1, summaries_per_minute=1), "ada")
    small.log_in()
    document = small.add()
    small.summarise(document)
    answers = {
        400: small.browser.post("/documents"),
        401: Person(small.app, "nobody").get(f"/documents/{document}/summary/status", headers=HTMX),
        404: small.get("/nowhere"),
        405: small.get("/logout"),
        409: small.edit(document, "Another text.", version=99),
        413: small.upload("large.txt", b"x" * 2_000_000),
        422: small.post("/documents", title="", text=""),
        429: small.summarise(document),
        503: failing(make_app, ada),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    assert {status: wrong for status, answer in answers.items() if (wrong := lets_too_much(answer))} == {}
    assert {answer.headers["Cache-Control"] for answer in answers.values()} == {"no-store"}


def test_an_error_says_nothing_of_how_the_site_is_built(make_app, ada):
    said = failing(make_app, ada).text
    assert not re.search(
        r"Traceback|psycopg|sqlalchemy|werkzeug|127\.0\.0\.1|File &#34;|/site-packages/", said, re.IGNORECASE
    )


def test_a_file_that_has_not_changed_is_answered_with_the_same_care(app):
    browser = app.test_client()
    known = browser.get("/static/app.js").headers["ETag"]
    again = browser.get("/static/app.js", headers={"If-None-Match": known})
    assert again.status_code == 304
    assert lets_too_much(again) == []


def test_every_kind_of_answer_asks_to_stay_with_https_and_only_over_https(make_app):
    browser = make_app(trusted_proxies=1).test_client()
    for url in ("/", "/static/app.js", "/htmx.js", "/nowhere", "/documents", "/static/none.js"):
        secure = browser.get(url, headers={"X-Forwarded-Proto": "https"}).headers
        longest = re.fullmatch(r"max-age=(\d+); includeSubDomains", secure["Strict-Transport-Security"])
        assert int(longest[1]) >= YEAR_SECONDS
        assert "Strict-Transport-Security" not in browser.get(url).headers


def test_in_production_a_browser_takes_each_cookie_from_this_very_host_alone(make_app):
    browser = make_app(app_env="production", secret_key="s" * 32).test_client()
    cookies = browser.get("/login", base_url="https://localhost").headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-session"]
    assert "; Secure" in cookies[0]


# -- a real server -----------------------------------------------------------------------------------------


@pytest.fixture
def port(environment: dict, app: Flask) -> Iterator[int]:
    number = servers.free_port()
    process = servers.web(environment, number)
    yield number
    process.stop()


def test_the_server_names_no_version_lists_no_folder_and_gives_nothing_but_its_files(port):
    def answer(method: str, path: str) -> tuple[int, dict, bytes]:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    for method, path in (("GET", "/"), ("GET", "/static/app.js"), ("GET", "/nowhere"), ("HEAD", "/"), ("OPTIONS", "/")):
        _, headers, _ = answer(method, path)
        assert not re.search(r"\d", headers.get("server", ""))
        assert headers.keys().isdisjoint({"x-powered-by", "via", "x-aspnet-version"})
        assert "default-src 'none'" in headers["content-security-policy"]
    assert answer("TRACE", "/")[0] == 405
    for path in ("/static/", "/static", "/.git/config", "/wsgi.py", "/static/../wsgi.py", "/static/..%2fwsgi.py"):
        assert answer("GET", path)[0] == 404, path


def test_a_request_that_is_none_ends_the_connection_and_harms_nobody(port):
    with servers.socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        refused = b"".join(iter(lambda: connection.recv(4096), b""))  # until it is closed
    assert refused.startswith(b"HTTP/1.1 400")
    assert b"granian" not in refused.lower()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as alive:
        assert alive.status == 200


# -- whatever is sent comes back as text -------------------------------------------------------------------


def is_harmless(answer: TestResponse) -> bool:
    """Whether a browser that takes it for HTML, whatever it is said to be, would run nothing of what was sent."""
    if not answer.data or answer.mimetype not in ("text/html", "text/plain"):
        return True
    if answer.mimetype == "text/plain":
        return "<" not in answer.text
    page = html.fromstring(f"<div>{answer.text}</div>")
    scripts = [
        script for script in page.iter("script") if not (script.get("src") or "").startswith(("/static/", "/htmx"))
    ]
    handlers = [name for element in page.iter("*") for name in element.attrib if name.startswith("on")]
    return (
        not (scripts or handlers or list(page.iter("img", "iframe", "object", "embed"))) and "xyzxyz" not in answer.text
    )


@each_of_them
def test_whatever_is_sent_to_any_route_runs_nowhere(everywhere, somebody):
    somebody.browser.set_cookie("tz", NASTY.replace('"', "").replace(";", ""))
    sent = asked(somebody, everywhere, **dict.fromkeys(NAMES, NASTY))
    assert [name for name, answer in sent if not is_harmless(answer)] == []


def test_the_judge_of_that_knows_a_script_when_it_sees_one(app):
    @app.get("/careless")
    def careless() -> str:
        return f"<p>{NASTY}</p>"

    assert not is_harmless(app.test_client().get("/careless"))


TYPED = {  # where something that is typed is shown again, and in which field
    "/login": {"email": NASTY, "password": "wrong", "next": NASTY},
    "/signup": {"email": NASTY, "password": "short", "next": NASTY},
    "/documents": {"title": NASTY * 5, "text": "", "url": NASTY},
}


@pytest.mark.parametrize("url", TYPED)
def test_what_was_typed_is_shown_again_letter_by_letter(ada, url):
    ada = ada if url == "/documents" else Person(ada.app, "visitor")
    answer = ada.post(url, "/documents/new" if url == "/documents" else url, **TYPED[url])
    page = html.fromstring(answer.text)
    shown = {field.get("name"): field.get("value") for field in page.cssselect("main input[name]")}
    expected = {name: value for name, value in TYPED[url].items() if NASTY in value}
    assert {name: shown[name] for name in expected} == expected
    assert is_harmless(answer)


def test_an_address_with_marks_in_it_is_shown_letter_by_letter_wherever_it_stands(ada, app):
    odd = Person(app, "o'neill&{sons}=/x`y")
    odd.sign_up()
    document = odd.add()
    assert odd.email in words(odd.page("/documents").cssselect("header .who")[0])
    ada_s = ada.add()
    assert ada.share(ada_s, odd).status_code == 303
    page = ada.page(f"/documents/{ada_s}/sharing")
    assert [person.text for person in page.cssselect(".people .person")] == [odd.email]
    assert f"{odd.email} may now read" in page.cssselect(".flash")[0].text
    assert is_harmless(odd.get(f"/documents/{document}"))
