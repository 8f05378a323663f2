"""Sharing with people: who sees what from then on, who may do what, and that it ends at once."""

import pytest
from lxml import html

from tests.provider import says
from tests.support.people import words

DATABASES = ("sqlite",)  # what is shown here is the same on either


@pytest.fixture
def shared(ada, ben):
    """A document of Ada's that Ben may read."""
    document = ada.add(title="Ada’s minutes")
    assert ada.share(document, ben).status_code == 303
    return document


@pytest.fixture
def edited(ada, ben):
    """A document of Ada's that Ben may change."""
    document = ada.add()
    assert ada.share(document, ben, "editor").status_code == 303
    return document


def collaborators(owner, document):
    return [words(row) for row in owner.page(f"/documents/{document}/sharing").cssselect(".people li")]


# -- giving access ---------------------------------------------------------------------------------------


def test_before_it_is_shared_nobody_else_sees_it(ada, ben):
    document = ada.add(title="Ada’s minutes")
    assert ben.get(f"/documents/{document}").status_code == 404
    assert "Ada’s minutes" not in ben.get("/documents").text


def test_whoever_it_is_shared_with_reads_it_and_finds_it_in_the_library(ben, shared):
    assert ben.panel(shared).state == "none"
    (row,) = ben.page("/documents").cssselect(".library li")
    assert "Ada’s minutes" in words(row)
    assert "Shared by ada@example.org" in words(row)


def test_the_owners_library_does_not_say_that_it_is_shared_by_herself(ada, shared):
    assert "Shared by" not in ada.get("/documents").text


def test_the_owner_sees_with_whom_it_is_shared_and_as_what(ada, ben, eve, shared):
    ada.share(shared, eve, "editor")
    first, second = collaborators(ada, shared)
    assert first.startswith("ben@example.org may read it (viewer)")
    assert second.startswith("eve@example.org may change it (editor)")


def test_an_address_is_found_however_it_is_spelt(ada, ben):
    document = ada.add()
    response = ada.post(f"/documents/{document}/sharing", email="  BEN@Example.org ", role="viewer")
    assert response.status_code == 303
    assert ben.panel(document).state == "none"


def test_sharing_again_changes_the_role_and_adds_nobody(ada, ben, shared):
    assert ben.get(f"/documents/{shared}/edit").status_code == 403
    ada.share(shared, ben, "editor")
    assert ben.get(f"/documents/{shared}/edit").status_code == 200
    ada.share(shared, ben, "viewer")
    assert ben.get(f"/documents/{shared}/edit").status_code == 403
    assert len(collaborators(ada, shared)) == 1


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("nobody@example.org", "Nobody has an account with this address"),
        ("no address at all", "Nobody has an account with this address"),
        ("with\x00nul@example.org", "Nobody has an account with this address"),
        ("ADA@example.org", "This document is yours already"),
        ("", "Enter an email address"),
    ],
)
def test_an_address_that_cannot_be_shared_with_is_said_to_be_so_and_kept(ada, email, message):
    document = ada.add()
    response = ada.post(f"/documents/{document}/sharing", email=email, role="editor")
    page = html.fromstring(response.text)
    assert response.status_code == 422
    assert message in words(page.cssselect("#email-error")[0])
    assert page.cssselect("#email")[0].get("value", "") == email.replace("\x00", "\ufffd")
    assert page.cssselect("#role option[selected]")[0].get("value") == "editor"
    assert collaborators(ada, document) == []


@pytest.mark.parametrize("role", ["owner", "admin", ""])
def test_no_other_role_can_be_given(ada, ben, role):
    document = ada.add()
    assert ada.share(document, ben, role).status_code == 422
    assert ben.get(f"/documents/{document}").status_code == 404


# -- a viewer --------------------------------------------------------------------------------------------


def test_a_viewer_who_asks_where_there_is_none_gets_a_summary_for_one_call(ada, ben, provider, work, shared):
    panel = ben.press(shared)
    ben.poll(panel)
    ada.summarise(shared)
    work.drain()
    assert ben.poll(panel).state == "complete"
    assert ada.panel(shared).text == ben.panel(shared).text != ""
    assert len(provider.calls) == 1


def test_a_viewer_updates_what_is_out_of_date(ada, ben, provider, work, shared):
    ada.summarise(shared)
    work.drain()
    ada.edit(shared, "Another text about the harbour.")
    assert ben.panel(shared).stale
    ben.summarise(shared)
    work.drain()
    assert not ada.panel(shared).stale


def test_a_viewer_stops_what_they_asked_for(ada, ben, provider, work, shared):
    ben.summarise(shared)
    assert ben.cancel(shared).status_code == 303
    work.drain()
    assert ada.panel(shared).state == "cancelled"
    assert provider.calls == []


def test_a_viewer_cannot_stop_what_others_asked_for(ada, ben, work, shared):
    ada.summarise(shared)
    assert ben.cancel(shared).status_code == 403
    work.drain()
    assert ada.panel(shared).state == "complete"


def test_a_viewer_sees_no_control_for_what_a_viewer_may_not_do(ada, ben, shared):
    page, owners = ben.page(f"/documents/{shared}"), ada.page(f"/documents/{shared}")
    for selector in ("#summary-regenerate", "form[action$='/pin']", "a[href$='/edit']", "form[action$='/delete']"):
        assert page.cssselect(selector) == []
        assert owners.cssselect(selector) != []
    assert page.cssselect("form[action$='/leave']")


def test_a_viewer_is_refused_whatever_changes_the_document(ada, ben, provider, work, shared):
    provider.script(says("The first take."))
    ada.summarise(shared)
    work.drain()
    refused = {
        "edit": {"title": "Ben’s", "text": "Ben was here", "version": "1"},
        "delete": {"confirm": "yes"},
        "sharing": {"email": ben.email, "role": "editor"},
        "link": {},
        "pin": {},
        "pin/delete": {},
        "summary": {"regenerate": "1"},
        "summary/takes": {"summary": "1"},
    }
    answers = {path: ben.post(f"/documents/{shared}/{path}", **fields).status_code for path, fields in refused.items()}
    assert answers == dict.fromkeys(refused, 403)
    assert ada.panel(shared).text == "The first take."
    assert len(work.summaries()) == 1


# -- an editor -------------------------------------------------------------------------------------------


def test_an_editor_edits_and_the_owner_reads_it(ada, ben, edited):
    assert ben.edit(edited, "What Ben made of it.").status_code == 303
    assert "What Ben made of it." in ada.get(f"/documents/{edited}").text


def test_an_editor_regenerates_and_chooses_for_everyone(ada, ben, provider, work, edited):
    provider.script(says("The first take."), says("The second take."))
    ada.summarise(edited)
    work.drain()
    ben.summarise(edited, regenerate="1")
    work.drain()
    assert ada.panel(edited).text == "The second take."
    assert ben.choose(edited, 1).status_code == 303
    assert ada.panel(edited).text == "The first take."


def test_an_editor_has_it_kept_ready_and_stops_that(ada, ben, edited):
    ben.post(f"/documents/{edited}/pin")
    assert "somebody asked for that" in ada.get(f"/documents/{edited}").text
    ben.post(f"/documents/{edited}/pin/delete")
    assert "somebody asked for that" not in ada.get(f"/documents/{edited}").text


def test_an_editor_stops_what_the_owner_asked_for(ada, ben, provider, work, edited):
    ada.summarise(edited)
    assert ben.cancel(edited).status_code == 303
    work.drain()
    assert provider.calls == []


def test_an_editor_neither_shares_nor_publishes_nor_deletes(ada, ben, eve, edited):
    assert ben.get(f"/documents/{edited}/sharing").status_code == 403
    assert ben.share(edited, eve).status_code == 403
    assert ben.post(f"/documents/{edited}/sharing/1/delete").status_code == 403
    assert ben.post(f"/documents/{edited}/link").status_code == 403
    assert ben.delete(edited).status_code == 403
    assert eve.get(f"/documents/{edited}").status_code == 404
    assert ada.panel(edited).state == "none"


# -- taking it away --------------------------------------------------------------------------------------


def test_removed_while_following_the_next_poll_finds_nothing(ada, ben, work, shared):
    panel = ben.press(shared)
    ada.unshare(shared, ben)
    answer = ben.get(panel.poll_url, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    work.drain()
    assert ada.panel(shared).state == "complete"


def test_removed_is_removed_everywhere_at_once_with_the_summary_in_the_cache(ada, ben, work, redis, shared):
    ben.summarise(shared)
    work.drain()
    assert ben.panel(shared).state == "complete"
    assert redis.keys(f"foreword:summary:{shared}:*")
    ada.unshare(shared, ben)
    paths = ("", "/edit", "/summary/status", "/summary/takes", "/summary/receipt", "/changes")
    assert {ben.get(f"/documents/{shared}{path}").status_code for path in paths} == {404}
    assert ben.summarise(shared).status_code == 404
    assert "Ada’s minutes" not in ben.get("/documents").text
    assert ada.panel(shared).state == "complete"


def test_an_editor_who_is_removed_in_mid_edit_saves_nothing(ada, ben, edited):
    version, url = ben.version(edited), f"/documents/{edited}/edit"
    ada.unshare(edited, ben)
    assert ben.post(url, title="Ben’s", text="Ben was here.", version=version).status_code == 404
    assert "Ben was here." not in ada.get(f"/documents/{edited}").text


def test_removing_one_leaves_the_others(ada, ben, eve, shared):
    ada.share(shared, eve)
    ada.unshare(shared, ben)
    assert [row.split()[0] for row in collaborators(ada, shared)] == ["eve@example.org"]
    assert eve.panel(shared).state == "none"


def test_a_collaborator_leaves_by_themselves(ada, ben, shared):
    assert ben.leave(shared).location == "/documents"
    assert "is not shared with you any more" in ben.get("/documents").text
    assert ben.get(f"/documents/{shared}").status_code == 404
    assert collaborators(ada, shared) == []


def test_the_owner_cannot_leave_what_is_hers(ada, ben, shared):
    ada.leave(shared)
    assert ada.panel(shared).state == "none"
    assert ben.panel(shared).state == "none"


def test_a_deleted_document_is_gone_for_whom_it_was_shared_with(ada, ben, shared):
    ada.delete(shared)
    assert ben.get(f"/documents/{shared}").status_code == 404
    assert "Ada’s minutes" not in ben.get("/documents").text


# -- at the same time ------------------------------------------------------------------------------------


def test_sharing_publishing_and_pinning_while_somebody_edits_is_no_conflict(ada, ben, eve, edited):
    began = ben.version(edited)
    ada.share(edited, eve)
    ada.publish(edited)
    ada.post(f"/documents/{edited}/pin")
    ada.unpublish(edited)
    assert ben.edit(edited, "Saved by Ben.", version=began).status_code == 303
    assert "Saved by Ben." in ada.get(f"/documents/{edited}").text
