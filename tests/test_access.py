"""Who may do what: a table of every route, and that what is deleted is gone everywhere."""

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Document, Extraction, LedgerEntry, Revision, Summary
from tests.support.people import TEXT, Person

DATABASES = ("sqlite",)  # what is shown here is the same on either

# method and endpoint: what nobody in particular gets, a stranger, a viewer, an editor and the owner of the document,
# and an administrator, who is a stranger to it.
TABLE = {
    "GET static": (200, 200, 200, 200, 200, 200),
    "GET pages.home": (200, 200, 200, 200, 200, 200),
    "GET pages.htmx": (200, 200, 200, 200, 200, 200),
    "GET pages.healthz": (200, 200, 200, 200, 200, 200),
    "GET pages.readyz": (503, 503, 503, 503, 503, 503),  # no worker runs here
    "GET metrics.scrape": (404, 404, 404, 404, 404, 404),  # no token is set here
    "GET pages.choose_locale": (404, 404, 404, 404, 404, 404),  # a language that is not spoken
    "GET auth.signup": (200, 200, 200, 200, 200, 200),
    "POST auth.create_account": (422, 422, 422, 422, 422, 422),  # of an empty form
    "GET auth.login": (200, 303, 303, 303, 303, 303),
    "POST auth.open_session": (422, 422, 422, 422, 422, 422),
    "GET confirming.sent": (200, 200, 200, 200, 200, 200),
    "GET confirming.show": (404, 404, 404, 404, 404, 404),  # whose link is none of ours
    "POST confirming.confirm": (404, 404, 404, 404, 404, 404),
    "GET passwords.forgotten": (200, 200, 200, 200, 200, 200),
    "POST passwords.ask": (422, 422, 422, 422, 422, 422),
    "GET passwords.sent": (200, 200, 200, 200, 200, 200),
    "GET passwords.choose": (404, 404, 404, 404, 404, 404),  # whose link is none of ours
    "POST passwords.reset": (404, 404, 404, 404, 404, 404),
    "GET account.show": (303, 200, 200, 200, 200, 200),
    "POST account.change_password": (303, 422, 422, 422, 422, 422),
    "POST account.prefer": (303, 422, 422, 422, 422, 422),  # of an empty form
    "GET account.download": (303, 200, 200, 200, 200, 200),
    "GET account.ask_to_close": (303, 200, 200, 200, 200, 200),
    "POST account.close": (303, 422, 422, 422, 422, 422),
    "POST account.end_sessions": (303, 303, 303, 303, 303, 303),
    "POST account.end_session": (303, 404, 404, 404, 404, 404),  # that is none of theirs
    "GET usage.show": (303, 200, 200, 200, 200, 200),  # each of their own documents
    "GET usage.ledger": (303, 200, 200, 200, 200, 200),
    "GET usage.reads": (303, 200, 200, 200, 200, 200),
    "GET documents.index": (303, 200, 200, 200, 200, 200),
    "POST selection.act": (303, 303, 303, 303, 303, 303),  # with nothing selected
    "GET documents.new": (303, 200, 200, 200, 200, 200),
    "POST documents.create": (303, 422, 422, 422, 422, 422),
    "GET documents.show": (303, 404, 200, 200, 200, 404),
    "GET documents.edit": (303, 404, 403, 200, 200, 404),
    "POST documents.update": (303, 404, 403, 422, 422, 404),
    "POST documents.delete": (303, 404, 403, 403, 200, 404),  # asks first
    "POST summaries.create": (303, 404, 303, 303, 303, 404),
    "POST summaries.cancel": (303, 404, 303, 303, 303, 404),
    "GET summaries.status": (303, 404, 303, 303, 303, 404),
    "POST extractions.create": (303, 404, 403, 303, 303, 404),
    "POST extractions.cancel": (303, 404, 403, 303, 303, 404),
    "GET extractions.status": (303, 404, 303, 303, 303, 404),
    "GET takes.index": (303, 404, 200, 200, 200, 404),
    "POST takes.choose": (303, 404, 403, 303, 303, 404),
    "GET takes.show_receipt": (303, 404, 200, 200, 200, 404),
    "GET takes.changes": (303, 404, 200, 200, 200, 404),
    "GET downloads.summary": (303, 404, 200, 200, 200, 404),
    "POST updates.update": (303, 404, 303, 303, 303, 404),
    "POST sharing.pin": (303, 404, 403, 303, 303, 404),
    "POST sharing.unpin": (303, 404, 403, 303, 303, 404),
    "GET sharing.show": (303, 404, 403, 403, 200, 404),
    "POST sharing.share": (303, 404, 403, 403, 422, 404),
    "POST sharing.unshare": (303, 404, 403, 403, 303, 404),
    "GET public.show": (200, 200, 200, 200, 200, 200),
    "GET public.status": (303, 303, 303, 303, 303, 303),
    "GET public.summary": (200, 200, 200, 200, 200, 200),
    "POST sharing.publish": (303, 404, 403, 403, 303, 404),
    "POST sharing.unpublish": (303, 404, 403, 403, 303, 404),  # after which the link is gone
    "POST sharing.leave": (303, 404, 303, 303, 303, 404),  # after which the document is
    "GET admin.show": (303, 404, 404, 404, 404, 200),
    "GET admin_people.index": (303, 404, 404, 404, 404, 200),
    "GET admin_people.show": (303, 404, 404, 404, 404, 200),
    "POST admin_people.set_budget": (303, 404, 404, 404, 404, 303),
    "POST admin_people.make_admin": (303, 404, 404, 404, 404, 303),
    "POST admin_people.unmake_admin": (303, 404, 404, 404, 404, 303),
    "POST admin_people.end_sessions": (303, 404, 404, 404, 404, 303),
    "POST admin_people.close": (303, 404, 404, 404, 404, 200),  # asks first
    "GET admin_work.index": (303, 404, 404, 404, 404, 200),
    "POST admin_work.ring_for_all": (303, 404, 404, 404, 404, 303),
    "POST admin_work.ring": (303, 404, 404, 404, 404, 303),
    "GET admin_cache.show": (303, 404, 404, 404, 404, 200),
    "POST admin_cache.forget_document": (303, 404, 404, 404, 404, 422),
    "POST admin_cache.forget_prompt": (303, 404, 404, 404, 404, 422),
    "POST admin_cache.forget_all": (303, 404, 404, 404, 404, 303),
    "GET rq_dashboard.static": (303, 404, 404, 404, 404, 404),  # which has no such file
    "GET rq_dashboard.queues_overview": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.queues": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.workers_overview": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.first_jobs": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.jobs_overview": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.job_view": (303, 404, 404, 404, 404, 404),  # of a job that is not there
    "GET rq_dashboard.list_queues": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.list_workers": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.list_jobs": (303, 404, 404, 404, 404, 200),
    "GET rq_dashboard.job_info": (303, 404, 404, 404, 404, 404),
    "POST rq_dashboard.delete_job_view": (303, 404, 404, 404, 404, 200),
    "POST rq_dashboard.requeue_job_view": (303, 404, 404, 404, 404, 404),
    "POST rq_dashboard.requeue_all": (303, 404, 404, 404, 404, 200),
    "POST rq_dashboard.empty_queue": (303, 404, 404, 404, 404, 200),
    "POST rq_dashboard.compact_queue": (303, 404, 404, 404, 404, 409),  # which is empty
    "POST auth.logout": (303, 303, 303, 303, 303, 303),  # last, as nothing comes after it
}
PEOPLE = ("nobody", "eve", "viewer", "editor", "ada", "admin")
VALUES = {
    "filename": "app.js",
    "tag": "tlh",
    "user_id": 1,
    "session_id": 999,
    "kind": "summary",
    "suffix": "md",
    "work_id": 1,
    "job_id": "none",
    "queue_name": "high",
    "registry_name": "queued",
    "per_page": "8",
    "order": "asc",
    "page": "1",
}
FIELDS = {"POST takes.choose": {"summary": "1"}}
OF_A_DOCUMENT = {route for route, answers in TABLE.items() if answers[1] == 404 != answers[4]}


def address(app, route: str, document: int, token: str = "") -> str:
    method, endpoint = route.split()
    values = {**VALUES, "document_id": document, "token": token or "no-such-link"}
    rule = next(rule for rule in app.url_map.iter_rules(endpoint) if method in rule.methods)
    wanted = {name: values[name] for name in rule.arguments}
    return app.url_map.bind("").build(endpoint, wanted, method=method)


def ask(person: Person, route: str, document: int, token: str = "", *, htmx: bool = False):
    """Ask as a browser would, with the token that the person's own pages carry."""
    url = address(person.app, route, document, token)
    if route.startswith("GET"):
        return person.get(url, headers={"HX-Request": "true"} if htmx else {})
    return person.post(url, "/signup", htmx=htmx, **FIELDS.get(route, {}))


@pytest.fixture
def nobody(app) -> Person:
    return Person(app, "nobody")


@pytest.fixture
def admin(app, person) -> Person:
    administrator = person("dora")
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["make-admin", administrator.email]).exit_code == 0
    return administrator


@pytest.fixture
def viewer(ben) -> Person:
    return ben


@pytest.fixture
def editor(ben) -> Person:
    return ben


def test_the_table_has_every_route(app):
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    routes = {f"{m} {rule.endpoint}" for rule in app.url_map.iter_rules() for m in methods if m in rule.methods}
    assert routes == TABLE.keys()


def test_what_is_of_a_document_is_hidden_from_strangers_and_nothing_else_is(app):
    rules = {f"{m} {rule.endpoint}": rule for rule in app.url_map.iter_rules() for m in rule.methods}
    assert {route for route in TABLE if "document_id" in rules[route].arguments} == OF_A_DOCUMENT


@pytest.mark.parametrize("who", PEOPLE)
def test_each_route_answers_each_person_as_the_table_says(ada, work, request, who):
    document, person = ada.add_file("harbour.txt", TEXT.encode()), request.getfixturevalue(who)
    work.drain()
    ada.summarise(document)
    work.drain()
    if who in ("viewer", "editor"):
        ada.share(document, person, who)
    link = ada.publish(document).removeprefix("/shared/")
    answers = {route: ask(person, route, document, link).status_code for route in TABLE}
    assert answers == {route: expected[PEOPLE.index(who)] for route, expected in TABLE.items()}


def test_a_stranger_is_told_nothing_with_htmx_either(ada, eve, provider):
    document = ada.add(title="Secret plans")
    for route in OF_A_DOCUMENT:
        answer, missing = ask(eve, route, document, htmx=True), ask(eve, route, 999, htmx=True)
        assert (answer.status_code, answer.mimetype) == (404, "text/plain")
        assert answer.text == missing.text
    assert "Secret plans" not in eve.get(f"/documents/{document}").text
    assert ada.panel(document).state == "none"
    assert provider.calls == []


def test_a_stranger_changes_nothing(ada, eve):
    document = ada.add()
    eve.post(f"/documents/{document}/edit", title="Eve's", text="Eve was here", version=ada.version(document))
    eve.delete(document)
    eve.cancel(document)
    eve.share(document, eve, "editor")
    assert TEXT.partition(".")[0] in ada.get(f"/documents/{document}").text
    assert eve.get("/documents").text.count("The harbour") == 0


def test_whoever_is_not_signed_in_is_sent_to_do_so_and_htmx_is_told(ada, nobody):
    document = ada.add()
    assert nobody.get(f"/documents/{document}?a=1").location == f"/login?next=/documents/{document}?a%3D1"
    assert nobody.post(f"/documents/{document}/summary", "/login").location == "/login"
    for route in OF_A_DOCUMENT:
        answer = ask(nobody, route, document, htmx=True)
        assert (answer.status_code, answer.mimetype) == (401, "text/plain")


@pytest.mark.parametrize("number", ["0", "-1", "999", "2147483647", "2147483648", "9" * 40, "1e3", "%31%00", "x"])
def test_a_number_that_no_document_has_is_not_there(ada, number):
    of_a_summary = ("/summary/status", "/summary/takes", "/summary/receipt", "/changes")
    for path in ("", "/edit", "/sharing", "/extraction/status", *of_a_summary):
        assert ada.get(f"/documents/{number}{path}").status_code == 404


# -- deleting --------------------------------------------------------------------------------------------


def rows(app) -> dict[str, int]:
    with app.app_context():
        models = (Document, Extraction, Revision, Summary, LedgerEntry)
        return {m.__tablename__: db.session.scalar(select(func.count()).select_from(m)) for m in models}


def test_deleting_asks_first(ada, app):
    document = ada.add(title="Minutes & <notes>")
    question = ada.post(f"/documents/{document}/delete")
    assert question.status_code == 200
    assert "Delete this document?" in question.text
    assert "Minutes &amp; &lt;notes&gt;" in question.text
    assert ada.get(f"/documents/{document}").status_code == 200
    assert ada.post(f"/documents/{document}/delete", confirm="no").status_code == 200
    assert rows(app)["document"] == 1


def test_what_is_deleted_is_gone_from_every_place_but_the_ledger(ada, app, work, redis):
    document, kept = ada.add_file("harbour.txt", TEXT.encode()), ada.add("Another text, which stays.", "Another")
    work.drain()
    ada.summarise(document)
    ada.summarise(kept)
    work.drain()
    ada.edit(document, "A second text.")
    ada.get(f"/documents/{document}")
    assert redis.keys(f"foreword:summary:{document}:*")
    assert ada.delete(document).location == "/documents"
    assert rows(app) == {"document": 1, "extraction": 0, "revision": 1, "summary": 1, "ledger_entry": 2}
    assert redis.keys(f"foreword:summary:{document}:*") == []
    assert redis.keys("foreword:progress:*") == []
    assert redis.keys(f"foreword:summary:{kept}:*")
    entry = work.ledger()[0]
    assert (entry.document_id, entry.outcome) == (None, "complete")


def test_a_deleted_document_is_not_there_for_its_owner_either(ada):
    document = ada.add(title="Old minutes")
    ada.delete(document)
    assert "Deleted “Old minutes”." in ada.get("/documents").text
    answers = {route: ask(ada, route, document).status_code for route in OF_A_DOCUMENT}
    assert set(answers.values()) == {404}
    assert ada.delete(document).status_code == 404
    assert ada.add() > document


def test_deleting_while_it_waits_to_be_written_pays_nothing(ada, app, provider, work):
    document = ada.add()
    ada.summarise(document)
    ada.delete(document)
    work.once()
    work.drain()
    assert provider.calls == []
    assert set(rows(app).values()) == {0}
