"""Fetching a page again: only a changed text is a change, and what people wrote is not lost over it."""

import re

import pytest
from lxml import html
from sqlalchemy import select

from app.documents import fetching
from app.extensions import db
from app.models import Revision
from tests.provider import says
from tests.support.databases import on_one_database
from tests.support.moments import at_once
from tests.support.pages import STORY, a_page


@pytest.fixture
def app(make_app):
    return make_app(fetch_allow="127.0.0.1/32")


@pytest.fixture
def revisions(app):
    def revisions() -> list[int]:
        with app.app_context():
            return list(db.session.scalars(select(Revision.number).where(Revision.number > 0)))

    return revisions


def test_the_same_text_again_is_no_change_and_costs_nothing(ada, work, provider, harbour, revisions, site):
    ada.summarise(harbour)
    work.drain()
    version = ada.version(harbour)
    assert ada.reread(harbour).status_code == 303
    work.drain()
    assert "Nothing had changed in its text." in ada.source(harbour).said
    assert (ada.panel(harbour).state, ada.panel(harbour).stale) == ("complete", False)
    assert (ada.version(harbour), revisions(), len(provider.calls), len(site.requests)) == (version, [1], 1, 2)


@on_one_database
def test_what_changes_around_the_text_does_not_count(ada, work, harbour, revisions, site):
    site.page("/harbour", a_page(around="Tomorrow it will rain", title="Another title"))
    ada.reread(harbour)
    work.drain()
    assert "Nothing had changed in its text." in ada.source(harbour).said
    assert revisions() == [1]
    assert ada.page(f"/documents/{harbour}").findtext(".//h1") == "The harbour"


def test_a_changed_text_is_a_new_revision_and_makes_the_summary_old(ada, work, provider, harbour, revisions, site):
    provider.script(says("About the quay."))
    ada.summarise(harbour)
    work.drain()
    site.page("/harbour", a_page(*STORY, "The mayor opened the quay again in the second week of May."))
    ada.reread(harbour)
    work.drain()
    assert ada.text_of(harbour).endswith("second week of May.")
    assert revisions() == [1, 2]
    assert (ada.panel(harbour).stale, ada.panel(harbour).text) == (True, "About the quay.")
    assert re.fullmatch(r"Fetched [^.]+\.", ada.source(harbour).said)


@on_one_database
def test_what_was_edited_stays_while_the_page_does_not_change(ada, work, harbour, revisions):
    ada.edit(harbour, "Shortened by hand.", title="My title")
    ada.reread(harbour)
    work.drain()
    assert ada.text_of(harbour) == "Shortened by hand."
    assert ada.page(f"/documents/{harbour}").findtext(".//h1") == "My title"
    assert revisions() == [1, 2]


@on_one_database
def test_a_page_that_changed_comes_in_the_place_of_an_edit_which_is_kept_as_a_revision(ada, work, harbour, site, app):
    ada.edit(harbour, "Shortened by hand.", title="My title")
    site.page("/harbour", a_page("An altogether different story, about the lighthouse and the man who kept it."))
    ada.reread(harbour)
    work.drain()
    assert "lighthouse" in ada.text_of(harbour)
    assert ada.page(f"/documents/{harbour}").findtext(".//h1") == "My title"
    with app.app_context():
        texts = db.session.scalars(select(Revision.text).order_by(Revision.number)).all()
    assert texts[2] == "Shortened by hand."


@on_one_database
def test_a_page_that_is_gone_leaves_the_text_that_was_had(ada, work, harbour, site):
    site.page("/harbour", b"", status=410)
    ada.reread(harbour)
    work.drain()
    assert ada.source(harbour).said == f"{fetching.NO_SUCH_PAGE} The text below is the one from before."
    assert ada.text_of(harbour) == "\n\n".join(STORY)


def test_many_clicks_at_once_fetch_once(ada, work, harbour, site):
    at_once(4, lambda _: _click(ada, harbour))
    work.drain()
    assert len(site.requests) == 2


def _click(person, document: int) -> None:
    browser = person.app.test_client()
    browser.set_cookie("session", person.browser.get_cookie("session").value)
    token = html.fromstring(browser.get("/documents/new").text).cssselect("input[name=csrf_token]")[0].get("value")
    assert browser.post(f"/documents/{document}/extraction", data={"csrf_token": token}).status_code == 303


@on_one_database
def test_who_may_only_read_is_not_offered_to_fetch_and_may_not(ada, ben, eve, work, harbour, site):
    ada.share(harbour, ben)
    assert ben.source(harbour).one("#extraction-start") is None
    assert ben.source(harbour).one("#extraction-check") is not None
    assert (ben.reread(harbour).status_code, eve.reread(harbour).status_code) == (403, 404)
    ada.share(harbour, ben, "editor")
    assert ben.reread(harbour).status_code == 303
    work.drain()
    assert len(site.requests) == 2


@on_one_database
def test_what_was_typed_in_has_no_source_to_fetch(ada):
    document = ada.add()
    assert ada.page(f"/documents/{document}").cssselect("#extraction") == []
    assert ada.reread(document).status_code == 404
