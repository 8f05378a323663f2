"""The log: one line for each move, with the id of the click that it came of, and nothing that was typed."""

import json
import logging
import re

import pytest

from app.logs import JSONLines, Lines, told
from tests.provider import fails
from tests.support.databases import on_one_database
from tests.support.people import TEXT, Person
from tests.support.servers import wait_until

CLICK = "click-00000001"


def lines(log: str, event: str) -> list[dict[str, str]]:
    """What the log says of each *event*, by name."""
    return [
        dict(pair.partition("=")[::2] for pair in line.split() if "=" in pair)
        for line in log.splitlines()
        if f": {event} " in line
    ]


def moves(log: str) -> list[str]:
    return re.findall(r"foreword\.moves: ([a-z-]+)", log)


def press(person: Person, document: int, request_id: str) -> None:
    form = {"csrf_token": person.token(f"/documents/{document}")}
    person.browser.post(f"/documents/{document}/summary", data=form, headers={"X-Request-ID": request_id})


@pytest.fixture
def behind_a_proxy(make_app) -> Person:
    """Dora, at a site whose proxy gives each request an id."""
    return Person(make_app(trusted_proxies=1), "dora").sign_up()


def test_the_id_of_a_click_follows_the_work_to_its_end(behind_a_proxy, environment, start_worker, provider):
    provider.script(fails(503))
    document = behind_a_proxy.add()
    press(behind_a_proxy, document, CLICK)
    worker = start_worker()
    wait_until(lambda: "summary-completed" in worker.log(), "the summary is written", 60)
    wanted = ["summary-claimed", "summary-retried", "summary-claimed", "summary-completed"]
    assert moves(worker.log()) == wanted
    for event in wanted:
        assert {line["request_id"] for line in lines(worker.log(), event)} == {CLICK}
    assert [line["attempt"] for line in lines(worker.log(), "summary-claimed")] == ["1", "2"]


def test_it_follows_the_reading_of_a_file_as_well(ada, environment, start_worker):
    asked = ada.upload("harbour.txt", TEXT.encode()).headers["X-Request-ID"]
    worker = start_worker()
    wait_until(lambda: "extraction-completed" in worker.log(), "the file is read", 60)
    assert moves(worker.log()) == ["extraction-claimed", "extraction-completed"]
    assert {line["request_id"] for line in lines(worker.log(), "extraction-completed")} == {asked}


@on_one_database
def test_each_request_has_an_id_of_its_own_and_says_it(ada):
    ids = {ada.get("/documents").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


@on_one_database
@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space in it", "a=b&c=d&e=f"])
def test_an_id_that_could_mislead_whoever_reads_the_log_is_replaced(behind_a_proxy, given):
    answer = behind_a_proxy.get("/documents", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


@on_one_database
def test_an_id_is_taken_from_a_proxy_that_is_trusted_and_from_nobody_else(ada, behind_a_proxy):
    assert ada.get("/", headers={"X-Request-ID": CLICK}).headers["X-Request-ID"] != CLICK
    assert behind_a_proxy.get("/", headers={"X-Request-ID": CLICK}).headers["X-Request-ID"] == CLICK


@on_one_database
def test_what_touches_accounts_is_logged_without_what_was_typed(ada, eve, caplog):
    document = ada.add()
    caplog.clear()
    ada.share(document, eve)
    ada.publish(document)
    ada.unshare(document, eve)
    eve.get(f"/documents/{document}")
    ada.log_out()
    ada.log_in("mistyped")
    ada.log_in()
    ada.post("/account/sessions/end", "/account")
    ada.get("/account/export")
    ada.delete(document)
    said = [record.event for record in caplog.records if record.name == "foreword.accounts"]
    assert said == [
        *("shared", "published", "unshared", "access-refused", "signed-out", "sign-in-failed", "signed-in"),
        *("sessions-ended", "account-exported", "document-deleted"),
    ]
    assert "mistyped" not in caplog.text
    assert ada.email not in caplog.text


@on_one_database
def test_a_refused_form_is_logged_by_its_endpoint(ada, caplog):
    ada.browser.post("/documents", data={"text": TEXT})
    (record,) = [record for record in caplog.records if record.event == "request-refused"]
    assert record.fields == {"status": 400, "endpoint": "documents.create", "address": "127.0.0.1"}


# -- how it is written -----------------------------------------------------------------------------------


def record_of(event: str, **fields) -> logging.LogRecord:
    kept = []
    logger = logging.getLogger("foreword.moves")
    listener = logging.Handler()
    listener.emit = kept.append
    logger.addHandler(listener)
    told(logger, event, **fields)
    logger.removeHandler(listener)
    return kept[0]


def test_a_line_is_a_line_whatever_is_in_it():
    line = Lines().format(record_of("summary-failed", reason='a "b"\n2026-01-01 INFO forged', summary_id=7))
    assert line.endswith(r'foreword.moves: summary-failed reason="a \"b\"\n2026-01-01 INFO forged" summary_id=7')
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO ", line)
    forged = logging.LogRecord("x", logging.INFO, "", 0, "one\ntwo\x1b[31m", None, None)
    assert "\n" not in Lines().format(forged)
    assert "\x1b" not in Lines().format(forged)


def test_as_json_each_line_is_one_object():
    line = json.loads(JSONLines().format(record_of("summary-completed", summary_id=7, seconds=0.5)))
    assert line.items() >= {"message": "summary-completed", "summary_id": 7, "seconds": 0.5, "level": "INFO"}.items()
    failed = logging.LogRecord("x", logging.ERROR, "", 0, "it failed", None, (ValueError, ValueError("why"), None))
    assert "ValueError: why" in json.loads(JSONLines().format(failed))["exception"]


@on_one_database
def test_a_worker_writes_json_when_asked_to(ada, environment, start_worker):
    ada.summarise(ada.add())
    worker = start_worker(LOG_FORMAT="json")
    wait_until(lambda: "summary-completed" in worker.log(), "the summary is written", 60)
    written = [json.loads(line) for line in worker.log().splitlines() if line.startswith("{")]
    assert {"summary-claimed", "summary-completed"} <= {line["message"] for line in written}
