"""Automatic updates can be paused: then no page asks by itself, and it says so."""

import pytest
from lxml import html

from app.extensions import db
from app.models import User
from tests.support.people import Panel, Person
from tests.test_public_link import nobody, published  # noqa: F401 - fixtures

DATABASES = ("sqlite",)  # what is shown here is the same on either

PAUSED = "Automatic updates are paused. Press Check for updates to see how things stand."


def pause(person, document, paused="1", **fields):
    return person.post(f"/documents/{document}/updates", paused=paused, **fields)


def label(panel):
    return panel.one(".updates button").text_content().strip()


def note(panel):
    return panel.one(".updates-note").text_content().strip()


def test_a_page_at_rest_and_one_that_waits_ask_no_more(ada):
    document = ada.add()
    assert ada.panel(document).trigger == "load"
    pause(ada, document)
    assert ada.panel(document).trigger == ""
    assert ada.press(document).trigger == ""
    assert ada.panel(document).trigger == ""


def test_the_button_says_what_it_would_do_and_the_panel_how_it_is(ada):
    document = ada.add()
    panel = ada.panel(document)
    assert (label(panel), note(panel)) == ("Pause automatic updates", "")
    assert pause(ada, document).location == f"/documents/{document}#summary-updates"
    panel = ada.panel(document)
    assert (label(panel), note(panel)) == ("Resume automatic updates", PAUSED)
    pause(ada, document, paused="0")
    assert (label(ada.panel(document)), ada.panel(document).trigger) == ("Pause automatic updates", "load")


def test_it_is_kept_for_every_document_and_stands_in_the_account(ada, app):
    pause(ada, ada.add())
    assert ada.panel(ada.add(title="Another")).trigger == ""
    assert ada.page("/account").cssselect("#updates_paused")[0].get("checked") is not None
    with app.app_context():
        assert db.session.get(User, 1).updates_paused


def test_it_is_each_ones_own(ada, ben):
    document = ada.add()
    ada.share(document, ben)
    pause(ada, document)
    assert (ada.panel(document).trigger, ben.panel(document).trigger) == ("", "load")


def test_a_check_by_hand_is_answered_all_the_same(ada, work):
    document = ada.add()
    pause(ada, document)
    panel = ada.press(document)
    work.drain()
    answer = ada.poll(panel, "&checked=1")
    assert (answer.announcement, answer.state, answer.trigger) == ("Summary ready", "complete", "")


def test_a_press_brings_pollers_that_do_not_ask_and_later_ones_that_ask_at_once(ada):
    document = ada.add()
    token = ada.panel(document).poll_url.partition("seen=")[2]
    stopped = html.fromstring(f"<div>{pause(ada, document, htmx=True, seen=token, panel='summary').text}</div>")
    assert stopped.cssselect("#summary-poller[data-paused]:not([data-hx-trigger])")
    assert stopped.cssselect("[data-hx-swap-oob='innerHTML:#summary-status']")[0].text == "Automatic updates are paused"
    assert stopped.cssselect("#extraction-poller") == []
    answer = pause(ada, document, paused="0", htmx=True, seen=token, panel="summary").text
    (poller,) = html.fromstring(f"<div>{answer}</div>").cssselect("#summary-poller")
    assert poller.get("data-hx-trigger") == "load"


def test_another_tab_that_still_asks_is_told_once_and_asks_no_more(ada):
    document = ada.add()
    other = ada.press(document)
    pause(ada, document)
    told = ada.poll(other)
    assert (told.trigger, note_of(told), told.announcement) == ("", PAUSED, "")
    assert len(ada.poll(told).tree) == 1


def note_of(answer):
    return answer.one("[data-hx-swap-oob='innerHTML:.updates-note']").text_content()


def test_the_reading_of_a_file_is_not_followed_either(ada, work):
    document = ada.add_file("harbour.txt", b"A text.")
    assert ada.source(document).polls
    assert pause(ada, document, panel="extraction").location.endswith("#extraction-updates")
    source = ada.source(document)
    assert (source.trigger, note(source)) == ("", PAUSED)


def test_a_stranger_and_a_visitor_pause_nothing(ada, eve, app):
    document = ada.add()
    assert pause(eve, document).status_code == 404
    assert Person(app, "nobody").post(f"/documents/{document}/updates", "/login", paused="1").location == "/login"
    assert ada.panel(document).trigger == "load"


# -- by the link -----------------------------------------------------------------------------------------


def test_for_a_visitor_it_stands_in_the_address_and_nowhere_else(nobody, published):  # noqa: F811
    _document, link = published
    panel = Panel(nobody.page(link))
    form = panel.one(".updates")
    assert (form.get("method"), form.get("action")) == ("get", f"{link}#summary-updates")
    assert label(panel) == "Pause automatic updates"
    paused = Panel(nobody.page(f"{link}?updates=paused"))
    assert (paused.trigger, note(paused), label(paused)) == ("", PAUSED, "Resume automatic updates")
    assert nobody.browser.get_cookie("session") is None
    assert Panel(nobody.page(link)).trigger == "load"


@pytest.mark.parametrize("address", ["?checked=1&seen=", "/status?checked=1&seen="])
def test_a_visitors_check_leaves_it_paused(nobody, published, address):  # noqa: F811
    _document, link = published
    seen = Panel(nobody.page(f"{link}?updates=paused")).poll_url.partition("seen=")[2]
    answer = nobody.get(f"{link}{address}{seen}", headers={"HX-Request": "true"} if "status" in address else {})
    assert Panel(html.fromstring(f"<div>{answer.text}</div>")).trigger == ""
    assert "Nothing new. Checked at" in answer.text
