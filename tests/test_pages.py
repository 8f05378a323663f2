"""What holds for every page: safe headers, nothing inline, labels and headings in order, errors in the same design."""

import base64
import hashlib
import io
import json
from collections import Counter
from pathlib import Path

import js_lib_htmx
import pytest
from lxml import html
from sqlalchemy import text, update

from app.database import utcnow
from app.extensions import db
from app.models import Status, Summary
from tests.support.databases import on_one_database
from tests.support.people import Person
from tests.support.servers import wait_until

HTMX = {"HX-Request": "true"}
STATES = ("pending", "processing", "failed", "cancelled", "complete")  # the last is cached once it is seen


@pytest.fixture
def answers(make_app) -> dict:
    """One answer of every kind there is, by name."""
    app = make_app(summaries_per_minute=1, max_upload_mb=1)
    visitor, ada = Person(app, "visitor"), Person(app, "ada")
    found = {
        "home": visitor.get("/"),
        "sign up": visitor.get("/signup"),
        "sign up refused": visitor.post("/signup", "/signup", email="x", password="y"),
        "sign up closed": make_app(signup="closed").test_client().get("/signup"),
        "log in": visitor.get("/login"),
        "log in refused": visitor.post("/login", "/login", email="x@example.org", password="y"),
        "sent to log in": visitor.get("/documents"),
        "empty library": ada.sign_up().get("/documents"),
        "new": ada.get("/documents/new"),
        "new refused": ada.post("/documents", title="t" * 300, text="", file=(io.BytesIO(b"\0"), "a.bin")),
        "file refused": ada.upload("a.bin", b"\0"),
    }
    waiting = f"/documents/{ada.add_file('notes.txt', b'A text.')}"
    document = ada.add(title="A title with <i>marks</i>")
    url = f"/documents/{document}"
    found |= {
        "library": ada.get("/documents"),
        "nothing found": ada.get("/documents?q=zzz"),
        "end of library": ada.get("/documents?after=0.0-1"),
        "no text yet": ada.get(waiting),
        "no text yet, poll": ada.get(f"{waiting}/extraction/status", headers=HTMX),
        "no text yet, press": ada.post(f"{waiting}/extraction", htmx=True),
        "no summary": ada.get(url),
        "asked": ada.summarise(document),
        "too often": ada.summarise(document),
        "too often, htmx": ada.post(f"{url}/summary", htmx=True),
        **states_of(ada, document),
        "edit": ada.get(f"{url}/edit"),
        "edit refused": ada.edit(document, "", version=1),
        "saved": ada.edit(document, "Another text.\n\nOf two lines.", version=1),
        "page after saving": ada.get(url),
        "conflict": ada.edit(document, "A third text.", version=1),
        "delete": ada.post(f"{url}/delete"),
        "no token": ada.browser.post("/documents"),
        "not found": ada.get("/nowhere"),
        "not found, signed out": visitor.get("/nowhere"),
        "no such file": ada.get("/static/none.js"),
        "wrong method": ada.get("/logout"),
        "too large": ada.upload("a.txt", b"x" * 2_000_000),
        "closed": make_app(signup="closed").test_client().get("/nowhere"),
        "not found, htmx": ada.get("/documents/999/summary/status", headers=HTMX),
        "signed out, htmx": visitor.get(f"{url}/summary/status", headers=HTMX),
        "style": ada.get("/static/style.css"),
        "htmx": ada.get("/htmx.js"),
        "alive": ada.get("/healthz"),
        "ready": ada.get("/readyz"),
    }
    return found


def states_of(ada: Person, document: int) -> dict:
    """The page and the poll in each state of the summary."""
    found = {}
    for state in STATES:
        with ada.app.app_context():
            about = {"status": Status(state), "text": "Some **words**.", "reason": "timeout", "finished_at": utcnow()}
            db.session.execute(update(Summary).where(Summary.document_id == document).values(about))
            db.session.commit()
        found[state] = ada.get(f"/documents/{document}")
        assert f'data-state="{state}"' in found[state].text
        found[f"{state}, poll"] = ada.get(f"/documents/{document}/summary/status", headers=HTMX)
    return found


def whole_pages(answers: dict) -> dict[str, html.HtmlElement]:
    pages = {name: html.fromstring(r.text) for name, r in answers.items() if "<!doctype html>" in r.text}
    assert len(pages) >= 30
    return {name: page for name, page in pages.items() if page.cssselect("main")}  # werkzeug's redirects have none


# -- headers ---------------------------------------------------------------------------------------------


@on_one_database
def test_every_answer_tells_the_browser_to_be_careful(answers):
    for name, response in answers.items():
        policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'", name
        assert "unsafe" not in str(policy), name
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        assert response.headers["X-Frame-Options"] == "DENY", name
        assert response.headers["Referrer-Policy"] == "same-origin", name
        kept = response.headers["Cache-Control"] != "no-store"
        assert kept == (name in ("style", "htmx")), name
        assert "Strict-Transport-Security" not in response.headers, name


@on_one_database
def test_over_https_the_browser_is_told_to_stay_there(make_app):
    browser = make_app(trusted_proxies=1).test_client()
    secure = browser.get("/", headers={"X-Forwarded-Proto": "https"})
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


# -- markup ----------------------------------------------------------------------------------------------


@on_one_database
def test_nothing_is_inline_on_any_page(answers):
    for name, response in answers.items():
        if response.mimetype != "text/html":
            continue
        page = html.fromstring(f"<div>{response.text}</div>")
        assert page.xpath("//style | //script[not(@src)] | //base | //iframe | //object") == [], name
        assert page.xpath("//@style | //@*[starts-with(name(), 'on')]") == [], name
        assert page.xpath("//@*[starts-with(name(), 'hx-') or starts-with(name(), 'data-hx-on')]") == [], name
        assert page.xpath("//*[starts-with(@href, 'javascript:')] | //meta[@http-equiv]") == [], name
        assert page.xpath("//form[@method='post'][not(.//input[@name='csrf_token'])]") == [], name


@on_one_database
def test_every_page_is_well_formed_and_named(answers):
    for name, page in whole_pages(answers).items():
        ids = Counter(page.xpath("//@id"))
        assert [i for i, count in ids.items() if count > 1] == [], name
        assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1, name
        assert page.get("lang") == "en", name
        assert page.findtext(".//title").endswith(" – Foreword"), name
        assert page.findtext(".//title").startswith("Error: ") == bool(page.cssselect("#error-summary")), name
        assert unlabelled(page) == [], name
        assert references(page) - ids.keys() == set(), name
        assert page.xpath("//form//form | //a//a | //button//a | //a//button | //p//div | //img[not(@alt)]") == [], name


def unlabelled(page: html.HtmlElement) -> list[str]:
    """Controls and buttons without a name that can be read out."""
    labels = {label.get("for"): label.text_content().strip() for label in page.cssselect("label")}
    controls = page.xpath("//input[not(@type='hidden')] | //textarea | //select")
    nameless = [
        control.get("name")
        for control in controls
        if not (labels.get(control.get("id")) or control.get("aria-label", "").strip())
    ]
    return nameless + [b.get("id") for b in page.xpath("//button | //a") if not b.text_content().strip()]


def references(page: html.HtmlElement) -> set[str]:
    """The ids that something on the page refers to."""
    lists = page.xpath("//@for | //@aria-describedby | //@aria-labelledby")
    links = [href[1:] for href in page.xpath("//a/@href") if href.startswith("#")]
    targets = [target[1:] for target in page.xpath("//@data-hx-target")]
    return {name for value in lists for name in value.split()} | set(links) | set(targets)


# -- files -----------------------------------------------------------------------------------------------


@on_one_database
def test_the_address_of_each_file_changes_with_what_is_in_it(ada):
    page = html.fromstring(ada.get("/").text)
    addresses = page.xpath("//link/@href | //script/@src[starts-with(., '/static/')]")
    assert len(addresses) >= 3
    for address in addresses:
        served = ada.get(address)
        assert served.status_code == 200
        assert address.endswith("?v=" + hashlib.sha256(served.data).hexdigest()[:10])


@on_one_database
def test_htmx_is_the_one_of_the_package_and_the_page_checks_it(ada):
    (script,) = html.fromstring(ada.get(f"/documents/{ada.add()}").text).xpath("//script[@integrity]")
    served = ada.get(script.get("src"))
    assert served.mimetype == "text/javascript"
    assert served.data == (Path(js_lib_htmx.__file__).parent / "static/htmx/htmx.min.js").read_bytes()
    assert script.get("integrity") == "sha384-" + base64.b64encode(hashlib.sha384(served.data).digest()).decode()
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    config = json.loads(html.fromstring(ada.get("/documents/1").text).xpath("//meta[@name='htmx-config']/@content")[0])
    assert (config["includeIndicatorStyles"], config["allowEval"], config["selfRequestsOnly"]) == (False, False, True)


# -- what machines ask -----------------------------------------------------------------------------------


def away(app, there: bool = False) -> None:
    """Take the table of documents away, or put it back."""
    names = ("away", "document") if there else ("document", "away")
    with app.app_context():
        db.session.execute(text("ALTER TABLE {} RENAME TO {}".format(*names)))
        db.session.commit()


NO_WORKER = "No worker is alive: run python -m jobs.worker high default low. Until one is, what is asked for waits."


def test_it_is_ready_when_the_database_redis_and_a_worker_are(app, make_app, start_worker):
    browser = app.test_client()
    first = browser.get("/readyz")
    assert first.status_code == 503
    assert first.json == {
        "status": "not ready",
        "database": "ok",
        "redis": "ok",
        "worker": "missing",
        "missing": ["worker"],
        "advice": [NO_WORKER],
    }
    start_worker()
    wait_until(lambda: browser.get("/readyz").status_code == 200, "a worker is seen")
    assert browser.get("/readyz").json["status"] == "ready"
    away(app)
    assert (browser.get("/readyz").status_code, browser.get("/readyz").json["database"]) == (503, "missing")
    alone = make_app(redis_url="redis://127.0.0.1:1/0").test_client()
    assert alone.get("/readyz").json["missing"] == ["database", "redis", "worker"]
    assert len(alone.get("/readyz").json["advice"]) == 3
    assert (alone.get("/healthz").status_code, alone.get("/healthz").text) == (200, "ok\n")


# -- errors ----------------------------------------------------------------------------------------------


@on_one_database
@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("no token", 400, "Reload it and try again"),
        ("not found", 404, "The address may be mistyped"),
        ("wrong method", 405, "use the buttons of the page"),
        ("too large", 413, "The limit is 1 MB."),
        ("too often", 429, "Wait a minute"),
    ],
)
def test_errors_say_in_the_same_design_what_to_do(answers, name, status, says):
    response, page = answers[name], html.fromstring(answers[name].text)
    assert response.status_code == status
    assert says in page.cssselect("main")[0].text_content()
    assert page.cssselect(".code")[0].text == f"Error {status}"
    assert page.cssselect("header .who")[0].text_content() == "Your account: ada@example.org"
    assert ("Allow" in response.headers) == (status == 405)
    assert ("Retry-After" in response.headers) == (status == 429)


@on_one_database
def test_htmx_is_told_errors_in_one_plain_line(answers):
    expected = {"too often, htmx": 429, "not found, htmx": 404, "signed out, htmx": 401}
    for name, status in expected.items():
        response = answers[name]
        assert (response.status_code, response.mimetype) == (status, "text/plain")
        assert "\n" not in response.text
        assert "<" not in response.text


def test_a_broken_database_is_told_in_the_same_design_and_passes(ada, app):
    document = ada.add()
    away(app)
    response = ada.get(f"/documents/{document}")
    page = html.fromstring(response.text)
    assert response.status_code == 500
    assert page.findtext(".//h1") == "Something went wrong here"
    assert "sqlalchemy" not in response.text.lower()
    assert response.headers["Content-Security-Policy"]
    assert ada.get(f"/documents/{document}", headers=HTMX).mimetype == "text/plain"
    assert ada.get("/nowhere").status_code == 404
    away(app, there=True)
    assert ada.get(f"/documents/{document}").status_code == 200


def test_with_no_database_at_all_every_page_still_answers(ada, make_app):
    broken = make_app(database_url="postgres://nobody@127.0.0.1:1/none").test_client()
    assert (broken.get("/").status_code, broken.get("/healthz").status_code) == (200, 200)
    broken.set_cookie("session", ada.browser.get_cookie("session").value)
    for url in ("/", "/documents", "/nowhere"):
        response = broken.get(url)
        assert response.status_code == 503
        assert html.fromstring(response.text).findtext(".//h1") == "Not available just now"
