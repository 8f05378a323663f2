"""The panel in which the reading of a document's text is followed: calm as the summary's, and it brings that one."""

import re
from datetime import timedelta

import pytest

from app.database import utcnow
from app.extensions import db
from app.models import Claim, Extraction, Revision
from tests.support.moments import alter
from tests.support.people import TEXT, fragment, words
from tests.support.website import Website

# The panel is made of rows that any database holds alike.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POLLING = re.compile(r"load delay:\d+ms, every 15s, visibilitychange from:document")
TORN = b"%PDF-1.7\nnonsense"


@pytest.fixture
def app(make_app):
    return make_app(fetch_allow="127.0.0.1/32")


@pytest.fixture
def page():
    """The address of a page, whose text the test may change."""
    with Website() as site:
        site.page("/page", TEXT.encode(), {"Content-Type": "text/plain"})
        yield site


@pytest.fixture
def fetched(ada, work, page):
    """A document whose page has been fetched."""
    document = ada.add_page(page.address("/page"), title="The harbour")
    work.drain()
    return document


@pytest.fixture
def begin(app):
    """Begin to read, as a worker does; the claim to it."""

    def begin() -> Claim:
        with app.app_context():
            claim = Claim.take(db.session.get(Extraction, 1), timedelta(minutes=1))
            db.session.commit()
            return claim

    return begin


# -- what clients rely on --------------------------------------------------------------------------------


def test_the_panel_has_the_ids_and_attributes_that_clients_rely_on(ada):
    document = ada.add_file("notes.txt", TEXT.encode())
    section = ada.source(document).one("section#extraction[aria-labelledby=extraction-heading][tabindex='-1']")
    url = f"/documents/{document}/extraction"
    assert section.cssselect("h2#extraction-heading")
    assert section.cssselect("p#extraction-status[role=status][aria-live=polite][aria-atomic=true]")
    assert section.cssselect(f"form[method=post][action='{url}'] button#extraction-start")
    assert section.cssselect(f"form[method=post][action='{url}/cancel'] button#extraction-cancel")
    assert section.cssselect("form[method=get] button#extraction-check")
    assert section.cssselect("#extraction-poller[hidden][data-hx-get][data-hx-swap=outerHTML]")
    assert not section.cssselect("[aria-busy]")


def test_each_panel_has_one_live_region_and_one_poller_that_says_things_there(ada, fetched):
    page = ada.page(f"/documents/{fetched}")
    live = [element.get("id") for element in page.cssselect("[aria-live], [role=status], [role=alert]")]
    assert live == ["extraction-status", "summary-status"]
    pollers = {element.get("id"): element.get("data-says") for element in page.cssselect(".poller")}
    assert pollers == {"extraction-poller": "extraction-status", "summary-poller": "summary-status"}
    assert [list(poller) for poller in page.cssselect(".poller")] == [[], []]


def test_no_id_is_given_twice_on_a_page_with_both_panels_nor_in_the_answer_that_brings_one(ada, work, page, fetched):
    panel = ada.source(ada.add_page(page.address("/page")))
    work.drain()
    for tree in (ada.page(f"/documents/{fetched}"), ada.poll(panel).tree):
        ids = tree.xpath("//@id")
        assert {"extraction-body", "summary-body"} <= set(ids)
        assert len(ids) == len(set(ids))


def test_no_control_stands_in_what_is_swapped(ada):
    waiting = ada.page(f"/documents/{ada.add_file('notes.txt', TEXT.encode())}")
    for swapped in ("#extraction-body", "#extraction-poller", "#document-about", "#document-content"):
        assert waiting.cssselect(f":is({swapped}) :is(a, button, form, input, select, textarea, [tabindex])") == []


def test_a_control_asks_for_the_poller_and_replaces_nothing_else(ada, fetched):
    forms = ada.source(fetched).one("#extraction").cssselect("form")
    assert {form.get("data-hx-target") for form in forms} == {"#extraction-poller"}
    # What a pause brings stands elsewhere too, and so comes out of band altogether.
    assert [form.get("data-hx-swap") for form in forms] == ["outerHTML", "outerHTML", "outerHTML", "none"]


# -- from the press to the end ---------------------------------------------------------------------------


def test_a_page_that_waits_says_so_and_asks_again(ada):
    panel = ada.source(ada.add_file("notes.txt", TEXT.encode()))
    assert (panel.state, panel.status) == ("pending", "Reading notes")
    assert POLLING.fullmatch(panel.trigger)


def test_a_poll_that_finds_nothing_new_is_only_a_poller(ada, begin):
    panel = ada.source(ada.add_file("notes.txt", TEXT.encode()))
    again = ada.poll(panel)
    assert (len(again.tree), again.poll_url) == (1, panel.poll_url)
    assert POLLING.fullmatch(again.trigger)
    begin()
    panel = ada.poll(panel)
    assert (panel.state, panel.announcement) == ("processing", "")
    assert len(ada.poll(panel).tree) == 1


def test_the_answer_that_brings_the_text_brings_the_summary_s_panel_and_is_said_once(ada, work):
    document = ada.add_file("notes.md", b"# The harbour\n\n" + TEXT.encode())
    panel = ada.source(document)
    assert panel.one("#summary") is None
    work.drain()
    panel = ada.poll(panel)
    assert (panel.state, panel.announcement, panel.trigger) == ("complete", "The text is here.", "")
    assert panel.one("#document-about[data-hx-swap-oob=outerHTML] h1").text == "The harbour"
    content = panel.one("#document-content[data-hx-swap-oob=outerHTML]")
    assert content.cssselect("#summary #summary-start, #summary #summary-poller[data-hx-trigger=load]")
    assert words(content.cssselect(".prose")[0]).endswith(TEXT)
    assert len(panel.tree.cssselect("[data-hx-swap-oob]")) == 4
    assert len(ada.poll(panel).tree) == 1


def test_a_failure_is_said_once_and_brings_no_text(ada, work):
    panel = ada.source(ada.add_file("torn.pdf", TORN))
    work.drain()
    panel = ada.poll(panel)
    assert (panel.state, panel.announcement, panel.trigger) == ("failed", "The text could not be read.", "")
    assert panel.one("#document-content") is None
    assert len(ada.poll(panel).tree) == 1


def test_a_press_is_said_and_polls_until_nothing_has_changed(ada, work, fetched):
    panel = ada.press_again(fetched, ada.source(fetched).poll_url.partition("seen=")[2])
    assert (panel.state, panel.announcement) == ("pending", "Fetching The harbour")
    assert POLLING.fullmatch(panel.trigger)
    work.drain()
    panel = ada.poll(panel)
    assert (panel.state, panel.announcement, panel.trigger) == ("complete", "Nothing had changed.", "")
    assert "Nothing had changed in its text." in panel.said
    assert panel.one("#document-content, #document-about, #extraction-newer") is None


def test_a_page_that_changed_is_offered_and_what_is_being_read_is_not_taken_away(ada, work, fetched, page):
    panel = ada.press_again(fetched, ada.source(fetched).poll_url.partition("seen=")[2])
    page.page("/page", b"Another text.", {"Content-Type": "text/plain"})
    work.drain()
    panel = ada.poll(panel)
    assert (panel.state, panel.announcement) == ("complete", "The text has changed.")
    assert panel.one("#extraction-newer").text == "Show the new text"
    assert panel.one("#extraction-newer").get("href") == f"/documents/{fetched}"
    assert panel.one("#document-content, #document-about") is None
    assert ada.text_of(fetched) == "Another text."


def test_stopping_is_said_and_what_was_stopped_can_be_begun_again(ada, work, page):
    document = ada.add_page(page.address("/page"), title="The harbour")
    seen = ada.source(document).poll_url.partition("seen=")[2]
    answer = ada.post(f"/documents/{document}/extraction/cancel", htmx=True, seen=seen)
    assert "Stopped" in answer.text
    work.drain()
    assert (ada.source(document).state, page.requests) == ("cancelled", [])
    assert "Press Fetch again" in ada.source(document).said
    ada.reread(document)
    work.drain()
    assert ada.text_of(document) == TEXT


def test_who_joins_later_hears_that_it_has_begun(ada, ben, fetched):
    ada.share(fetched, ben)
    panel = ada.poll(ben.source(fetched))
    assert len(panel.tree) == 1
    ada.reread(fetched)
    panel = ben.poll(panel)
    assert (panel.state, panel.announcement) == ("pending", "Fetching The harbour")


# -- at rest ---------------------------------------------------------------------------------------------


def test_a_page_at_rest_says_nothing_and_looks_once(ada, work, fetched):
    failed = ada.add_file("torn.pdf", TORN)
    work.drain()
    for document, state in ((fetched, "complete"), (failed, "failed")):
        panel = ada.source(document)
        assert (panel.state, panel.status, panel.trigger) == (state, "", "load")
        assert len(ada.poll(panel).tree) == 1


@pytest.mark.parametrize("seen", ["", "nonsense", "1.2.3", "1.flying.0", "x.pending.1", "9" * 5000 + ".complete.1"])
def test_a_page_that_has_seen_nothing_sensible_is_told_where_it_stands(ada, fetched, seen):
    answer = ada.get(f"/documents/{fetched}/extraction/status?seen={seen}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    panel = fragment(answer, "extraction")
    assert (panel.state, panel.trigger, panel.announcement) == ("complete", "", "")


def test_a_poll_is_never_stored_and_varies_by_who_asks(ada, fetched):
    answer = ada.get(ada.source(fetched).poll_url, headers={"HX-Request": "true"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


# -- by hand and without JavaScript ----------------------------------------------------------------------


def test_a_check_by_hand_is_answered_each_time(ada, work):
    panel = ada.source(ada.add_file("notes.txt", TEXT.encode()))
    for _ in range(2):
        panel = ada.poll(panel, "&reread=1")
        assert re.fullmatch(r"Still reading\. Checked at \d\d:\d\d:\d\d\.", panel.announcement)
    work.drain()
    panel = ada.poll(panel, "&reread=1")
    assert panel.announcement == "The text is here."
    assert ada.poll(panel, "&reread=1").announcement.startswith("Nothing new. Checked at ")


def test_without_javascript_a_press_leads_to_the_page_which_tells_the_same(ada, work, fetched):
    answer = ada.reread(fetched)
    assert (answer.status_code, answer.location) == (303, f"/documents/{fetched}#extraction")
    panel = ada.source(fetched)
    assert (panel.state, panel.status) == ("pending", "Fetching The harbour")
    answer = ada.post(f"/documents/{fetched}/extraction/cancel")
    assert (answer.status_code, answer.location) == (303, f"/documents/{fetched}#extraction")
    assert ada.get(f"/documents/{fetched}/extraction/status").location == f"/documents/{fetched}#extraction"


def check(person, document: int, panel):
    """Press "Check for updates" in a browser without JavaScript."""
    fields = {field.get("name"): field.get("value") for field in panel.one("form.check[method=get]").cssselect("input")}
    return person.source(document, "?" + "&".join(f"{name}={value}" for name, value in fields.items()))


def test_without_javascript_a_check_is_answered_in_the_page_until_the_text_is_there(ada, work, page):
    document = ada.add_page(page.address("/page"))
    panel = check(ada, document, ada.source(document))
    assert re.fullmatch(r"Still reading\. Checked at \d\d:\d\d:\d\d\.", panel.status)
    work.drain()
    panel = check(ada, document, panel)
    assert panel.status.startswith("The text is here. Checked at ")
    assert check(ada, document, panel).status.startswith("Nothing new. Checked at ")


def test_without_javascript_a_check_says_what_became_of_fetching_again(ada, work, fetched, page):
    ada.reread(fetched)
    panel = ada.source(fetched)
    work.drain()
    assert check(ada, fetched, panel).status.startswith("Nothing had changed. Checked at ")
    ada.reread(fetched)
    panel = ada.source(fetched)
    page.page("/page", b"Another text.", {"Content-Type": "text/plain"})
    work.drain()
    assert check(ada, fetched, panel).status.startswith("The text has changed. Checked at ")


def test_the_check_form_changes_with_every_page_so_that_a_browser_sends_it_every_time(ada, fetched):
    first, second = (ada.source(fetched).one("input[name=reread]").get("value") for _ in range(2))
    assert first != second


# -- delays ----------------------------------------------------------------------------------------------


def delay(panel) -> float:
    return int(re.match(r"load delay:(\d+)ms", panel.trigger)[1]) / 1000


def test_what_has_waited_long_is_asked_for_less_often(app, ada):
    document = ada.add_file("notes.txt", TEXT.encode())
    soon = delay(ada.source(document))
    alter(app, Extraction, requested_at=utcnow() - timedelta(minutes=5))
    assert soon < delay(ada.source(document)) <= 30


def test_nobody_asks_before_the_next_attempt_is_due(app, ada):
    document = ada.add_file("notes.txt", TEXT.encode())
    due = utcnow() + timedelta(seconds=4.9)
    alter(app, Extraction, attempt=1, reason="internal", next_at=due)
    before, told = utcnow(), timedelta(seconds=delay(ada.source(document)))
    assert utcnow() + told > due > before + told - timedelta(seconds=1)


def test_a_text_that_is_there_is_one_revision_for_however_many_look_at_it(app, ada, work, fetched):
    for _ in range(3):
        ada.poll(ada.source(fetched))
    with app.app_context():
        assert [r.number for r in db.session.query(Revision).order_by(Revision.number)] == [0, 1]
