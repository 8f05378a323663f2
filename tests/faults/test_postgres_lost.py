"""Postgres restarted, crashed or away while work is under way, and how many connections the program takes."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import request_finished

from tests.provider import hold
from tests.support.servers import wait_until

MOST_CONNECTIONS = 18  # of the twenty of the smallest plan: somebody may want to look in
ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'program'"
VISITORS = 40  # more than there are connections, so that it is the pools that keep to them


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
def test_a_call_outlives_the_database_that_went_away_and_is_paid_once(deployment, ada, text, release, how):
    deployment.provider.answer(text, hold(release, "Filed after all."))
    document = ada.add(text)
    panel = ada.press(document)
    deployment.provider.wait_for(text)
    deployment.postgres.restart(how)
    assert ada.poll(panel).state == "processing"
    release.set()
    deployment.wait_for(document, "complete")
    assert ada.panel(document).text == "Filed after all."
    assert deployment.standing(document) == ("complete", 1)
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1


def test_an_answer_that_comes_while_the_database_is_away_is_filed_when_it_is_back(deployment, ada, text, release):
    deployment.provider.answer(text, hold(release, "Kept in hand."))
    document = ada.add(text)
    ada.press(document)
    (call,) = deployment.provider.wait_for(text)
    with deployment.postgres.down():
        release.set()
        deployment.provider.wait_until(lambda: call.finished, what="the answer was given")
    deployment.wait_for(document, "complete")
    assert ada.panel(document).text == "Kept in hand."
    assert deployment.standing(document) == ("complete", 1)
    assert len(deployment.provider.about(text)) == 1


def test_a_restart_between_the_press_and_the_claim_costs_nothing(deployment, ada, text):
    workers, document = deployment.worker.workers(), ada.add(text)
    deployment.worker.signal(signal.SIGSTOP, workers)
    ada.press(document)
    deployment.postgres.restart()
    assert deployment.standing(document) == ("pending", 0)
    deployment.worker.signal(signal.SIGCONT, workers)
    deployment.wait_for(document, "complete")
    assert ada.panel(document).state == "complete"
    assert deployment.standing(document) == ("complete", 1)
    assert deployment.outcomes(document) == ["complete"]
    assert len(deployment.provider.about(text)) == 1


def test_workers_that_start_while_the_database_is_away_work_once_it_is_back(deployment, ada, text):
    with deployment.postgres.down():
        deployment.replace("worker")
    document = ada.add(text)
    ada.press(document)
    deployment.wait_for(document, "complete")
    assert deployment.standing(document) == ("complete", 1)


def test_pages_say_503_while_the_database_is_away_and_come_back_by_themselves(deployment, ada, text):
    document = ada.add(text)
    panel = ada.panel(document)
    form = {"csrf_token": ada.token("/documents/new")}
    with deployment.postgres.down():
        assert ada.get(f"/documents/{document}").status_code == 503
        assert ada.get(panel.poll_url, headers={"HX-Request": "true"}).status_code == 503
        assert ada.browser.post(f"/documents/{document}/summary", form).status_code == 503
        ready = ada.get("/readyz")
        assert (ready.status_code, '"database":"missing"' in ready.text) == (503, True)
        assert ada.get("/healthz").status_code == 200
    assert ada.panel(document).state == "none"
    assert ada.press(document).state == "pending"
    deployment.wait_for(document, "complete")
    assert len(deployment.provider.about(text)) == 1


def test_polls_whose_connections_have_ended_are_answered_on_others(deployment, ada, text, release):
    deployment.provider.answer(text, hold(release))
    document = ada.add(text)
    panel = ada.press(document)
    deployment.provider.wait_for(text)
    for _ in range(3):
        ada.poll(panel)
        with deployment.looking_in() as database:
            database.execute(ENDED)
        assert ada.get(panel.poll_url, headers={"HX-Request": "true"}).status_code == 200
    release.set()
    deployment.wait_for(document, "complete")


def test_a_connection_that_breaks_when_the_answer_is_made_spoils_nothing(deployment):
    def end_all(_app, **_about):
        with deployment.looking_in() as database:
            database.execute(ENDED)

    with request_finished.connected_to(end_all):
        assert deployment.app.test_client().get("/readyz").status_code in (200, 503)


def test_under_load_the_program_stays_below_the_connections_of_a_small_plan(deployment, ada, a_text, release):
    deployment.provider.default = hold(release)
    documents = [ada.add(a_text()) for _ in range(6)]
    for document in documents:
        ada.press(document)
    visitors = [deployment.test_client() for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.client.cookies.update(ada.browser.client.cookies)
    enough, most = threading.Event(), 0

    def look_around(number):
        while not enough.is_set():
            assert visitors[number].get(f"/documents/{documents[number % 6]}").status_code == 200
            assert visitors[number].get("/documents").status_code == 200

    with ThreadPoolExecutor(VISITORS) as pool, deployment.looking_in() as database:
        looking = [pool.submit(look_around, number) for number in range(VISITORS)]
        try:
            for _ in range(200):
                most = max(most, deployment.postgres.connections(database))
        finally:
            enough.set()
    for each in looking:
        each.result()
    assert 4 <= most <= MOST_CONNECTIONS
    release.set()
    wait_until(lambda: deployment.in_progress() == 0, "all are done")
