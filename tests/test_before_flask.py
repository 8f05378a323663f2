"""What is answered before Flask says what Flask would say, in its body and in its headers, to the same people."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, request_started

from tests.support.people import Person
from tests.support.work import Work

DATABASES = ("sqlite",)  # what is asked of a database is told in test_at_once and test_waiting

HTMX = {"HX-Request": "true"}
OVER_HTTPS = {"X-Forwarded-Proto": "https"}
CLICK = "of-the-router-0123456789"
# What is another for each answer.
OWN = re.compile(r'(?<=name="csrf_token" value=")[^"]+|(?<=name="checked" value=")[\d.]+|(?<=load delay:)\d+')


@contextmanager
def requests_of_flask(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_app: Flask, **_about: object) -> None:
        seen.append("a request")

    with request_started.connected_to(note, app):
        yield seen


def summarised(person: Person) -> int:
    document = person.add(title="Grüße aus 青島")
    person.summarise(document)
    Work(person.app).drain()
    return document


def page(person: Person) -> str:
    document = summarised(person)
    person.panel(document)  # and so it is kept
    return f"/documents/{document}"


def poll_at_rest(person: Person) -> str:
    panel = person.panel(summarised(person))
    person.poll(panel)
    return panel.poll_url


def poll_that_waits(person: Person) -> str:
    document = person.add()
    person.summarise(document)
    return person.panel(document).poll_url


each_of_them = pytest.mark.parametrize("address_of", [page, poll_at_rest, poll_that_waits])
AddressOf = Callable[[Person], str]


def headers_of(url: str) -> dict[str, str]:
    return HTMX if "/status" in url else {}


@pytest.fixture
def behind_a_proxy(make_app) -> Person:
    return Person(make_app(trusted_proxies=1), "dora").sign_up()


def both_ways(person: Person, url: str, **headers: str) -> list[tuple[str, dict[str, str]]]:
    """The answer before Flask, and that of Flask, which is asked for more; without what differs from time to time."""
    answers = []
    for address, by_flask in ((url, 0), (f"{url}{'&' if '?' in url else '?'}long=1", 1)):
        with requests_of_flask(person.app) as requests:
            answer = person.get(address, headers=headers_of(url) | headers)
        assert len(requests) == by_flask, address
        said = {name: value for name, value in answer.headers if name not in ("X-Request-ID", "Content-Length")}
        assert len(said) == len(answer.headers) - 2, "a header that is said twice"
        answers.append((OWN.sub("", answer.text), {"status": answer.status, **said}))
    return answers


@each_of_them
def test_it_says_what_flask_would_say_and_nothing_less(ada, work, address_of: AddressOf):
    before, by_flask = both_ways(ada, address_of(ada))
    assert before == by_flask
    assert "Strict-Transport-Security" not in before[1]


@each_of_them
def test_over_https_it_asks_to_stay_there(behind_a_proxy, work, address_of: AddressOf):
    before, by_flask = both_ways(behind_a_proxy, address_of(behind_a_proxy), **OVER_HTTPS)
    assert before == by_flask
    assert "Strict-Transport-Security" in before[1]


@each_of_them
def test_it_is_said_in_the_language_of_whoever_asks(ada, work, address_of: AddressOf):
    ada.post("/account/preferences", "/account", locale="de")
    before, by_flask = both_ways(ada, address_of(ada))
    assert before == by_flask
    assert 'lang="de"' in before[0] or address_of is not page


@each_of_them
def test_how_long_the_answer_is_is_told_in_bytes(ada, work, address_of: AddressOf):
    url = address_of(ada)
    answer = ada.get(url, headers=headers_of(url))
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@each_of_them
def test_it_has_an_id_of_its_own_or_that_of_a_proxy_that_is_trusted(ada, behind_a_proxy, work, address_of: AddressOf):
    ids = []
    for person in (ada, behind_a_proxy):
        url = address_of(person)
        answers = [person.get(url, headers=headers_of(url) | {"X-Request-ID": CLICK}) for _ in range(2)]
        ids += [answer.headers["X-Request-ID"] for answer in answers]
    assert re.fullmatch("[0-9a-f]{32}", ids[0])
    assert CLICK not in ids[:2]
    assert ids[0] != ids[1]
    assert ids[2:] == [CLICK, CLICK]


@each_of_them
def test_a_cookie_that_we_did_not_sign_is_nobodys(ada, work, address_of: AddressOf):
    url = address_of(ada)
    signed = ada.browser.get_cookie("session").value
    for forged in (signed[:-2], f"{signed}x", signed.partition(".")[2], "", "x"):
        ada.browser.set_cookie("session", forged)
        assert ada.get(url, headers=headers_of(url)).status_code == (401 if "/status" in url else 303)
    ada.browser.set_cookie("session", signed)
    assert ada.get(url, headers=headers_of(url)).status_code == 200


@each_of_them
def test_in_production_it_is_answered_over_https_alone(make_app, work, address_of: AddressOf):
    settings = {"app_env": "production", "secret_key": "s" * 32, "site_url": "https://foreword.example"}
    dora = Person(make_app(trusted_proxies=1, **settings), "dora")
    dora.browser.environ_base |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_REFERER": "https://localhost/"}
    dora.get = lambda url, **options: dora.browser.get(url, base_url="https://localhost", **options)
    dora.sign_up()
    url = address_of(dora)
    assert dora.get(url, headers=headers_of(url)).status_code == 200
    # The cookie is not sent without it, by any browser: this is somebody who has it and reads along.
    session = f"__Host-session={dora.browser.get_cookie('__Host-session').value}"
    plainly = {"Cookie": session, "X-Forwarded-Proto": "http"}
    answer = dora.app.test_client().get(url, headers=headers_of(url) | plainly)
    assert (answer.status_code, answer.location) == (308, f"https://localhost{url}")


def test_whatever_is_written_in_another_way_goes_to_flask(app, ada, work):
    url = page(ada)
    number = url.rpartition("/")[2]
    ways = [f"/documents/0{number}", f"{url}?seen=%31", f"{url}?", f"{url}?seen=", f"{url}?anew=1", f"{url}?seen=1&x=1"]
    for way in ways:
        with requests_of_flask(app) as requests:
            assert ada.get(way).status_code == 200, way
        assert len(requests) == (0 if way == f"{url}?" else 1), way
    assert ada.browser.head(url).status_code == 200
    assert ada.browser.put(url).status_code == 405
    assert ada.get("/documents/9999999999").status_code == 404


def test_below_a_path_its_addresses_are_those_below_it(ada, work):
    url = poll_that_waits(ada)
    answer = ada.get(url, headers=HTMX, environ_overrides={"SCRIPT_NAME": "/foreword"})
    assert 'data-hx-get="/foreword/documents/' in answer.text
