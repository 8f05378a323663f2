"""Traces: what a click led to is one trace, from the web through the worker to the provider."""

import hashlib
import os
import signal
import subprocess
import sys

import pytest

from tests.provider import fails, hold
from tests.support.collector import Collector
from tests.support.people import PASSWORD, TEXT
from tests.support.servers import ROOT, free_port, horses, wait_until
from tests.support.web import Web

DATABASES = ("sqlite",)  # nothing here depends on which

TITLE = "The harbour of Aldwick"
PRESS = "POST /documents/<id:document_id>/summary"
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
SERVER, CLIENT, CONSUMER = 2, 3, 5  # kinds of span


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


@pytest.fixture
def traced(collector):
    """What the processes are told; of themselves, they would send their spans after minutes."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "OTEL_BSP_SCHEDULE_DELAY": "600000"}


@pytest.fixture
def start_worker(start_worker, traced):
    return lambda **changes: start_worker(**{**traced, **changes})


@pytest.fixture
def web(environment, traced):
    web = Web(environment | traced | SOON)
    yield web
    web.process.stop()


@pytest.fixture
def visitor(web):
    """Ada, over HTTP."""
    return web.person("ada")


@pytest.fixture
def pressed(visitor):
    """The id of a click on Summarise."""
    return visitor.summarise(visitor.add(title=TITLE)).headers["X-Request-ID"]


# -- one trace ---------------------------------------------------------------------------------------------


def test_a_click_its_attempt_and_its_call_are_one_trace(pressed, collector, start_worker):
    start_worker()
    (call,), (press,), (attempt,) = map(collector.wait_for, ("chat test-model", PRESS, "summarise high"))
    assert [press.parent, attempt.parent, call.parent] == ["", press.id, attempt.id]
    assert press.trace == attempt.trace == call.trace == hashlib.blake2b(pressed.encode(), digest_size=16).hexdigest()
    assert [press.kind, attempt.kind, call.kind] == [SERVER, CONSUMER, CLIENT]
    assert press.begin < attempt.begin <= call.begin < call.end <= attempt.end
    assert {press.service, attempt.service} == {"foreword"}


def test_each_says_what_the_conventions_want(pressed, collector, start_worker, work):
    start_worker()
    (call,), (press,), (attempt,) = map(collector.wait_for, ("chat test-model", PRESS, "summarise high"))
    (entry,) = work.ledger()
    assert press.attributes["http.request.method"] == "POST"
    assert press.attributes["http.route"] == "/documents/<id:document_id>/summary"
    assert press.attributes["http.response.status_code"] == 303
    assert attempt.attributes["messaging.operation.type"] == "process"
    assert attempt.attributes["foreword.outcome"] == "complete"
    assert call.attributes["gen_ai.request.model"] == "test-model"
    assert call.attributes["gen_ai.usage.input_tokens"] == entry.input_tokens
    assert call.attributes["gen_ai.usage.output_tokens"] == entry.output_tokens
    assert (call.end - call.begin) // 1_000_000 == entry.milliseconds


def test_every_attempt_is_a_child_of_the_click(provider, pressed, collector, start_worker):
    provider.script(fails(503))
    start_worker()
    first, second = collector.wait_for("summarise high", 2)
    refused, answered = collector.wait_for("chat test-model", 2)
    assert [first.parent, second.parent] == [collector.named(PRESS)[0].id] * 2
    assert [refused.parent, answered.parent] == [first.id, second.id]
    assert [refused.attributes["error.type"], first.attributes["error.type"]] == ["unavailable"] * 2
    assert [first.failed, refused.failed, second.failed, answered.failed] == [True, True, False, False]
    assert [one.attributes["foreword.attempt"] for one in (first, second)] == [1, 2]


def test_the_call_of_a_worker_that_was_killed_is_in_the_trace_of_the_click(
    provider, pressed, collector, start_worker, release
):
    provider.script(hold(release))
    worker = start_worker(SUMMARY_LEASE_SECONDS="1", **SOON)
    provider.wait_for_calls(1)
    wait_until(lambda: len(horses(worker.popen.pid)) == 1, "the one horse that is at work is left")
    os.kill(*horses(worker.popen.pid), signal.SIGKILL)
    lost, answered = collector.wait_for("chat test-model", 2)
    assert lost.attributes["error.type"] == "worker_lost"
    assert lost.trace == answered.trace
    assert lost.parent == collector.wait_for(PRESS)[0].id


def test_the_reading_of_a_file_is_traced_as_well(visitor, collector, start_worker):
    visitor.upload("harbour.txt", TEXT.encode())
    start_worker()
    (attempt,) = collector.wait_for("extract")
    (added,) = collector.wait_for("POST /documents")
    assert (attempt.trace, attempt.parent) == (added.trace, added.id)
    assert attempt.attributes["foreword.outcome"] == "complete"


def test_each_look_at_a_page_that_is_kept_is_traced(visitor, collector, start_worker):
    document = visitor.add()
    visitor.summarise(document)
    start_worker()
    wait_until(lambda: visitor.panel(document).state == "complete", "there is a summary")
    looks = {visitor.get(f"/documents/{document}").headers["X-Request-ID"] for _ in range(3)}

    def traced_looks() -> set[str]:
        spans = collector.named("GET /documents/<id:document_id>")
        return {span.attributes["foreword.request_id"] for span in spans}

    wait_until(lambda: looks <= traced_looks(), "each of them is traced")


def test_what_nobody_asked_for_is_a_trace_of_its_own(visitor, collector, start_worker):
    document = visitor.add()
    visitor.pin(document)
    start_worker(WARMING_QUIET_SECONDS="0")
    (call,), (attempt,) = collector.wait_for("chat test-model"), collector.wait_for("summarise low")
    assert attempt.parent == ""
    assert call.parent == attempt.id


def test_a_request_that_broke_says_so(web, visitor, collector, app):
    with app.app_context():
        from app.extensions import db

        db.session.execute(db.text("DROP TABLE part"))
        db.session.execute(db.text("ALTER TABLE document RENAME TO document_gone"))
        db.session.commit()
    assert visitor.get("/documents").status_code == 500
    (broken,) = collector.wait_for("GET /documents")
    assert (broken.failed, broken.attributes["error.type"]) == (True, "500")


# -- and nothing else --------------------------------------------------------------------------------------


def test_polls_health_checks_and_static_files_leave_no_trace(visitor, collector):
    document = visitor.add()
    visitor.summarise(document)
    before = {span.id for span in collector.wait_for(PRESS)}
    visitor.poll(visitor.panel(document))
    for address in ("/healthz", "/readyz", "/static/style.css", "/htmx.js"):
        visitor.get(address)
    visitor.get("/account")
    collector.wait_for("GET /account")
    routes = {span.attributes["http.route"] for span in collector.spans() if span.id not in before}
    assert "/documents/<id:document_id>" in routes
    assert not [route for route in routes if any(word in route for word in ("status", "static", "htmx", "z"))]


def test_nothing_that_was_typed_is_in_a_trace(web, visitor, collector, start_worker):
    document = visitor.add(title=TITLE)
    visitor.post(f"/documents/{document}/link")
    link = visitor.page(f"/documents/{document}/sharing").cssselect("#public-link")[0].get("value")
    visitor.get(f"{link.removeprefix(web.address)}?q=asked")
    visitor.summarise(document)
    start_worker()
    collector.wait_for("chat test-model")
    collector.wait_for("GET /shared/<string:token>")
    for secret in (TITLE, "Aldwick", visitor.email, PASSWORD, link.rpartition("/")[2], "asked", "127.0.0.1"):
        assert secret not in collector.said()


def test_the_last_spans_of_a_web_process_are_sent_before_it_ends(environment, traced, collector):
    web = Web(environment | traced)
    web.person("ada")
    assert not collector.spans()
    web.process.stop()
    assert collector.named("POST /signup")


# -- a collector that is away, and none --------------------------------------------------------------------


@pytest.fixture(params=["away", "stuck"])
def broken_collector(request):
    with Collector(stuck=True) as collector:
        yield f"http://127.0.0.1:{free_port()}" if request.param == "away" else collector.address


def test_a_collector_that_takes_nothing_changes_nothing(broken_collector, environment, traced, start_worker, work):
    changed = {"OTEL_EXPORTER_OTLP_ENDPOINT": broken_collector, **SOON}
    web = Web(environment | traced | changed)
    start_worker(**changed)
    ada = web.person("ada")
    for number in range(3):
        assert ada.summarise(ada.add(f"{TEXT} {number}")).status_code == 303
    wait_until(lambda: [one.status for one in work.summaries()] == ["complete"] * 3, "all are written", 60)
    web.process.popen.terminate()
    assert web.process.popen.wait(timeout=30) is not None


def test_where_both_are_off_neither_is_loaded(environment):
    look = "import sys, wsgi; print(*sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", look],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = run.stdout.split()
    assert "app.telemetry" in loaded
    # redis-py looks for OpenTelemetry's metrics by itself.
    ours = ("sentry_sdk", "opentelemetry.sdk.trace", "opentelemetry.exporter", "app.telemetry.")
    assert not [name for name in loaded if name.startswith(ours)]
