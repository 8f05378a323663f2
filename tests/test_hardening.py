"""What outsiders try: guessing from many places, plain HTTP, other hosts' names, jobs of their own in Redis."""

import inspect

import pytest
from argon2 import PasswordHasher
from redis import Redis
from rq import Callback, Queue
from sqlalchemy import update

from app.extensions import db
from app.models import User
from jobs import accounts, documents, summaries
from jobs.worker import OURS
from tests.support.people import PASSWORD, Person
from tests.support.servers import wait_until
from tests.test_accounts import said

DATABASES = ("sqlite",)  # what is shown here is the same on either
HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture
def proxied(make_app):
    """The site behind one proxy, which says from where a request comes."""
    return make_app(trusted_proxies=1)


def guess(person: Person, origin: str, password: str = "a guess") -> int:
    token = person.token("/login")
    form = {"csrf_token": token, "email": person.email, "password": password}
    return person.browser.post("/login", data=form, headers={"X-Forwarded-For": origin}).status_code


def guesses_until_refused(person: Person) -> int:
    """Each from a few of very many places."""
    # Where Redis is slow for a moment, what was counted in it does not count for that moment.
    for number in range(300):
        answer = guess(person, f"203.0.113.{number // 5}")
        if answer == 429:
            return number
        assert answer == 422
    raise AssertionError("never refused")


# -- guessing --------------------------------------------------------------------------------------------


def test_guesses_at_one_account_from_very_many_places_are_stopped_but_its_owner_comes_in(proxied):
    ada = Person(proxied, "ada").sign_up()
    ada.log_out()
    guessers = Person(proxied, "ada")
    assert guesses_until_refused(guessers) >= 100
    assert guess(guessers, "198.51.100.7", PASSWORD) == 429, "not even rightly, from a browser that nobody knows"
    assert guess(ada, "198.51.100.8", PASSWORD) == 303, "hers has opened the account before"


def test_a_browser_that_opened_one_account_is_not_known_to_another(proxied, make_app):
    Person(proxied, "ada").sign_up().log_out()
    eve = Person(proxied, "eve").sign_up()
    eve.log_out()
    eve.email = "ada@example.org"
    assert guesses_until_refused(eve) >= 100


def test_where_no_proxy_is_trusted_nobody_chooses_their_address(ada):
    ada.log_out()
    assert [guess(ada, f"203.0.113.{n}") for n in range(11)] == [422] * 10 + [429]


def test_finding_out_who_has_an_account_by_signing_up_is_stopped(ada, app):
    visitor = Person(app, "ada")
    token = visitor.token("/signup")
    form = {"csrf_token": token, "email": ada.email, "password": PASSWORD}
    answers = [visitor.browser.post("/signup", data=form).status_code for _ in range(101)]
    assert answers == [422] * 100 + [429]


def test_a_hash_with_parameters_of_the_past_is_renewed_when_its_owner_logs_in(ada, app):
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=2).hash(PASSWORD)
    with app.app_context():
        db.session.execute(update(User).values(password_hash=old))
        db.session.commit()
    assert ada.log_in("wrong").status_code == 422
    with app.app_context():
        assert User.by_email(ada.email).password_hash == old
    assert ada.log_in().status_code == 303
    with app.app_context():
        assert User.by_email(ada.email).password_hash != old
    assert ada.log_in().status_code == 303


# -- the way here ----------------------------------------------------------------------------------------


@pytest.fixture
def deployed(make_app):
    return make_app(app_env="production", secret_key="s" * 32, trusted_proxies=1, site_url="https://foreword.example")


def test_in_production_a_page_is_sent_on_to_https_and_no_form_is_taken_without_it(deployed):
    browser = deployed.test_client()
    sent_on = browser.get("/login?next=/documents/7")
    assert (sent_on.status_code, sent_on.location) == (308, "https://localhost/login?next=/documents/7")
    refused = browser.post("/login", data={"email": "ada@example.org", "password": PASSWORD})
    assert (refused.status_code, "This site is read over HTTPS only." in said(refused)) == (403, True)
    assert browser.get("/login", headers=HTTPS).status_code == 200
    assert browser.get("/healthz").status_code == 200, "whoever looks after it comes by another way"


def test_a_link_names_this_site_whatever_the_request_claims(deployed):
    ada = Person(deployed, "ada")
    ada.browser.environ_base |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "evil.example"}
    ada.browser.environ_base |= {"HTTP_REFERER": "https://localhost/"}
    ada.post = lambda url, form_at="/documents/new", **fields: ada.browser.post(
        url, base_url="https://localhost", data={"csrf_token": token_at(ada, form_at), **fields}
    )
    ada.post("/signup", "/signup", email=ada.email, password=PASSWORD)
    document = int(ada.post("/documents", title="Minutes", text="A text.").location.rpartition("/")[2])
    ada.post(f"/documents/{document}/link")
    page = ada.get(f"/documents/{document}/sharing", base_url="https://localhost").text
    assert 'value="https://foreword.example/shared/' in page
    assert "evil.example" not in page


def token_at(person: Person, url: str) -> str:
    page = person.get(url, base_url="https://localhost").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


# -- Redis -----------------------------------------------------------------------------------------------


def test_a_worker_runs_our_own_jobs_and_no_other_s(ada, environment, start_worker, tmp_path):
    queue = Queue("high", connection=Redis.from_url(environment["REDIS_URL"]), serializer="json")
    queue.enqueue("os.mkdir", str(tmp_path / "planted"))
    queue.enqueue("jobs.summaries.summarise", 999, on_success=Callback("os.getpid"))
    document = ada.add()
    ada.summarise(document)
    worker = start_worker()
    wait_until(lambda: ada.panel(document).state == "complete", "our own is done", 60)
    refused = "a job that is none of ours was thrown away"
    wait_until(lambda: worker.log().count(refused) >= 2, "the other process of the worker has looked at its own too")
    assert worker.log().count(refused) == 2
    assert not (tmp_path / "planted").exists()


def test_every_job_that_is_asked_for_is_one_of_ours():
    """So that a job which is added tomorrow is not thrown away."""
    modules = (accounts, documents, summaries)
    defined = {
        f"{module.__name__}.{name}"
        for module in modules
        for name, one in vars(module).items()
        if inspect.isfunction(one) and one.__module__ == module.__name__ and not name.startswith("_")
    }
    assert defined == OURS
