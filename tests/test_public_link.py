"""The public link: whoever has it reads what there is, and causes nothing."""

from threading import Event

import pytest
from lxml import html

from app.extensions import db
from app.models import Readership
from tests.provider import bad_key, hold_midway, says
from tests.support.people import Panel, Person, fragment, words
from tests.support.servers import wait_until

DATABASES = ("sqlite",)  # what is shown here is the same on either

HTMX = {"HX-Request": "true"}


@pytest.fixture
def nobody(app):
    """Somebody without an account."""
    return Person(app, "nobody")


@pytest.fixture
def published(ada, provider, work):
    """A document with a summary, and its link."""
    provider.script(says("What the harbour was."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document, ada.publish(document)


def seen(person, link):
    return Panel(person.page(link))


def poll(person, panel):
    response = person.get(panel.poll_url, headers=HTMX)
    assert response.status_code == 200, response.text
    return fragment(response)


# -- reading ---------------------------------------------------------------------------------------------


def test_without_a_link_there_is_none_to_guess(ada, nobody):
    ada.add()
    for token in ("None", "null", "0", "1", "x", "%00", "a%00b", "%ff", "x" * 5000):
        assert nobody.get(f"/shared/{token}").status_code == 404
        assert nobody.get(f"/shared/{token}/status", headers=HTMX).status_code == 404


def test_a_link_is_long_and_each_time_another_one(ada):
    links = {ada.publish(ada.add()) for _ in range(3)}
    assert len(links) == 3
    assert all(len(link.removeprefix("/shared/")) >= 32 for link in links)


def test_publishing_again_keeps_the_link_that_was_given_out(ada):
    document = ada.add()
    assert ada.publish(document) == ada.publish(document)


def test_whoever_has_the_link_reads_the_text_and_the_summary_without_an_account(nobody, published):
    _document, link = published
    panel = seen(nobody, link)
    assert (panel.state, panel.stale, panel.text) == ("complete", False, "What the harbour was.")
    assert "silted up in 1703" in words(panel.one(".document-text"))


def test_a_stranger_with_an_account_reads_it_by_its_link_and_not_by_its_number(eve, published):
    document, link = published
    assert seen(eve, link).text == "What the harbour was."
    assert eve.get(f"/documents/{document}").status_code == 404
    assert "The harbour" not in eve.get("/documents").text


def test_an_old_summary_is_readable_with_the_reason_and_without_an_invitation(ada, nobody, published):
    document, link = published
    ada.edit(document, "An altogether different text.")
    panel = seen(nobody, link)
    assert (panel.stale, panel.text) == (True, "What the harbour was.")
    assert "the text changed in" in panel.notice
    assert "Press" not in panel.notice


@pytest.mark.parametrize("state", ["none", "pending", "cancelled", "failed"])
def test_where_there_is_no_summary_nobody_is_invited_to_ask_for_one(ada, nobody, provider, work, state):
    document = ada.add()
    link = ada.publish(document)
    if state != "none":
        ada.summarise(document)
    if state == "cancelled":
        ada.cancel(document)
    if state == "failed":
        provider.script(bad_key())
        work.drain()
    panel = seen(nobody, link)
    assert panel.state == state
    assert panel.notice
    assert "Press" not in panel.notice
    assert "key" not in panel.notice


def test_there_is_nothing_to_press_that_asks_for_anything(nobody, published):
    page = nobody.page(published[1])
    assert [form.get("method") for form in page.cssselect("main form")] == ["get", "get"]
    pressed = [button.get("id") for button in page.cssselect("main button")]
    assert pressed == ["summary-check", "summary-updates", "summary-tell", "summary-copy", "summary-print"]
    assert page.cssselect("main select, main input:not([type=hidden]), #summary-regenerate, .summary-links") == []


def test_neither_addresses_nor_costs_nor_the_owners_pages_are_on_it(make_app, provider):
    from tests.conftest import Work

    app = make_app(openai_model="gpt-4o-mini")
    ada = Person(app, "ada").sign_up()
    document = ada.add()
    ada.summarise(document)
    Work(app).drain()
    text = Person(app, "nobody").get(ada.publish(document)).text
    assert "Written by gpt-4o-mini" in text
    assert "@" not in text
    assert "$" not in text
    assert f"/documents/{document}" not in text


def test_it_goes_into_no_index_and_tells_no_other_site_its_address(ada, nobody, published):
    document, link = published
    answers = [nobody.get(link), nobody.get(link + "/status"), nobody.get(link + "/status", headers=HTMX)]
    ada.unpublish(document)
    for answer in [*answers, nobody.get(link)]:
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


# -- following -------------------------------------------------------------------------------------------


def test_a_poll_is_a_fragment_and_for_a_plain_browser_the_page(nobody, published):
    _document, link = published
    assert len(poll(nobody, seen(nobody, link)).tree) == 1
    plain = nobody.get(link + "/status?seen=x")
    assert (plain.status_code, plain.location) == (303, f"{link}#summary")


def test_a_check_without_javascript_says_that_it_was_made(nobody, published):
    assert Panel(nobody.page(published[1] + "?checked=1")).status.startswith("Nothing new. Checked at")


def test_a_reader_by_link_sees_the_text_as_it_is_written(ada, nobody, provider, start_worker):
    go_on = Event()
    provider.script(hold_midway("The first words, ", go_on, "and the last."))
    document = ada.add()
    link = ada.publish(document)
    start_worker()
    ada.summarise(document)
    wait_until(lambda: seen(nobody, link).text == "The first words,", "the first words are there")
    panel = seen(nobody, link)
    assert panel.polls
    go_on.set()
    wait_until(lambda: seen(nobody, link).state == "complete", "it is complete")
    answer = poll(nobody, panel)
    assert (answer.announcement, answer.text) == ("Summary ready", "The first words, and the last.")


def test_a_reader_by_link_is_not_told_to_do_what_they_cannot(ada, nobody, provider, work):
    provider.script(bad_key())
    document = ada.add()
    link = ada.publish(document)
    ada.summarise(document)
    panel = seen(nobody, link)
    work.drain()
    answer = poll(nobody, panel)
    assert answer.state == "failed"
    assert answer.announcement == "There is no summary"


# -- causing nothing -------------------------------------------------------------------------------------


def test_whatever_somebody_without_an_account_does_nothing_is_asked_for(ada, nobody, provider, work):
    document = ada.add()
    link = ada.publish(document)
    nobody.post(f"/documents/{document}/summary", "/login")
    nobody.post(f"/documents/{document}/summary", "/login", htmx=True, regenerate="1")
    for path in ("", "/status", "/summary", "/summary/cancel"):
        nobody.post(link + path, "/login")
    poll(nobody, seen(nobody, link))
    work.drain()
    assert work.summaries() == []
    assert provider.calls == []


def test_reading_an_old_summary_by_link_asks_for_no_new_one(ada, nobody, provider, work, published):
    document, link = published
    ada.edit(document, "An altogether different text.")
    for _ in range(8):
        poll(nobody, seen(nobody, link))
    work.drain()
    assert len(work.summaries()) == len(provider.calls) == 1


def test_a_reader_by_link_does_not_hurry_what_is_made_in_advance(make_app, provider):
    from tests.conftest import Work

    app = make_app(warming_quiet_seconds=0)
    ada, nobody, work = Person(app, "ada").sign_up(), Person(app, "nobody"), Work(app)
    document = ada.add()
    link = ada.publish(document)
    work.sweep()
    assert seen(nobody, link).state == "pending"
    assert [(s.purpose, s.queue) for s in work.summaries()] == [("warming", "low")]
    assert ada.panel(document).state == "pending"
    assert [(s.purpose, s.queue) for s in work.summaries()] == [("joined", "high")]


def test_readings_by_link_are_counted_as_nobodys(app, ada, nobody, work, published):
    document, link = published
    seen(nobody, link)
    seen(nobody, link)
    work.sweep()
    with app.app_context():
        assert [(row.reader_id, row.reads) for row in db.session.query(Readership)] == [(0, 2)]
    assert "0 times, by 0 people" in words(ada.page(f"/documents/{document}").cssselect("#readiness .facts")[0])


# -- the end of it ---------------------------------------------------------------------------------------


def test_a_revoked_link_is_gone_at_once_also_for_those_who_follow(ada, nobody, published):
    document, link = published
    panel = seen(nobody, link)
    ada.unpublish(document)
    assert nobody.get(link).status_code == 404
    answer = nobody.get(panel.poll_url, headers=HTMX)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_a_new_link_is_another_address_and_the_old_one_stays_dead(ada, nobody, published):
    document, old = published
    ada.unpublish(document)
    new = ada.publish(document)
    assert new != old
    assert nobody.get(old).status_code == 404
    assert seen(nobody, new).text == "What the harbour was."


def test_deleting_the_document_ends_its_link(ada, nobody, published):
    document, link = published
    ada.delete(document)
    assert nobody.get(link).status_code == 404


def test_the_link_is_for_the_owner_alone_to_see(ada, ben, published):
    document, link = published
    ada.share(document, ben, "editor")
    assert link not in ben.get(f"/documents/{document}").text
    shown = html.fromstring(ada.get(f"/documents/{document}/sharing").text).cssselect("#public-link")[0]
    assert shown.get("value").endswith(link)
