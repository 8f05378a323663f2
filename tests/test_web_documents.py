"""Documents from addresses: the page is fetched by a job, its main text taken, and only a changed text is a change."""

import pytest
from lxml import html
from sqlalchemy import func, select

from app.documents import fetching
from app.extensions import db
from app.models import Document, Extraction
from tests.support.pages import STORY, a_page
from tests.support.people import words
from tests.support.website import Website, head

DATABASES = ("sqlite",)  # what is shown here is the same on either

NASTY = "<script>alert(1)</script> & <b>bold</b>"


@pytest.fixture
def app(make_app):
    return make_app(fetch_allow="127.0.0.1/32")


def refusal(person, address: str) -> str:
    """What the form says of an address that it does not take."""
    answer = person.post("/documents", title="", text="", url=address)
    assert answer.status_code == 422, answer.text
    return words(html.fromstring(answer.text).get_element_by_id("url-error"))


# -- the page --------------------------------------------------------------------------------------------


def test_a_page_is_fetched_by_the_job_and_its_main_text_taken(ada, work, site):
    document = ada.add_page(site.page("/harbour", a_page(), {"Content-Type": "text/html"}))
    assert site.requests == []
    assert ada.source(document).said.startswith("Fetching the page. The text will be here, or the reason why not, by")
    work.drain()
    assert ada.text_of(document) == "\n\n".join(STORY)
    page = ada.page(f"/documents/{document}")
    assert page.findtext(".//h1") == "The harbour"
    assert ada.source(document).said.startswith("Fetched ")
    assert [request.path for request in site.requests] == ["/harbour"]


def test_the_page_is_linked_and_whoever_follows_the_link_is_not_betrayed(ada, harbour, site):
    (link,) = ada.page(f"/documents/{harbour}").cssselect("#document-about a")
    assert link.get("href") == site.address("/harbour")
    assert link.text == site.address("/harbour").removeprefix("http://")
    assert set(link.get("rel").split()) == {"nofollow", "noopener", "noreferrer"}
    assert "From 127.0.0.1" in words(ada.page("/documents").cssselect(".library")[0])


def test_until_it_is_fetched_a_page_is_called_by_its_address(ada, site):
    document = ada.add_page(site.address("/a/b?c=d"))
    assert ada.page(f"/documents/{document}").findtext(".//h1") == site.address("/a/b?c=d").removeprefix("http://")


def test_a_typed_title_stays(ada, work, site):
    document = ada.add_page(site.page("/harbour", a_page()), title="Mine")
    work.drain()
    assert ada.page(f"/documents/{document}").findtext(".//h1") == "Mine"


def test_a_page_that_has_moved_is_found(ada, work, site):
    document = ada.add_page(site.redirect("/old", to=site.redirect("/newer", to=site.page("/newest", a_page()))))
    work.drain()
    assert ada.text_of(document).startswith(STORY[0])


def test_a_file_at_an_address_is_read_as_a_file(ada, work, site):
    document = ada.add_page(site.page("/notes.md", b"# Its heading\n\nText.", {"Content-Type": "text/markdown"}))
    work.drain()
    assert ada.page(f"/documents/{document}").findtext(".//h1") == "Its heading"


# -- pages that cannot be had ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(404, fetching.NO_SUCH_PAGE), (403, fetching.LOGIN), (401, fetching.LOGIN), (451, fetching.LAW)],
)
def test_what_will_not_get_better_fails_at_once_with_its_own_sentence(ada, work, site, status, sentence):
    document = ada.add_page(site.page("/page", b"No.", status=status))
    work.drain()
    panel = ada.source(document)
    assert (panel.state, panel.said) == ("failed", str(sentence))
    assert len(site.requests) == 1


def test_what_may_get_better_is_tried_five_times(ada, work, site):
    document = ada.add_page(site.page("/page", b"", status=503))
    work.drain()
    panel = ada.source(document)
    assert (panel.state, len(site.requests)) == ("failed", 5)
    assert panel.said == "The site could not show the page at the moment (503). Try again later."


def test_a_page_that_is_there_at_the_third_attempt_is_read(app, ada, work, site):
    site.page("/page", a_page())
    there, busy = site.answers["/page"], iter([head(503)] * 2)
    document = ada.add_page(site.bytes("/page", lambda: [answer] if (answer := next(busy, b"")) else there()))
    work.drain()
    assert ada.text_of(document).startswith(STORY[0])
    with app.app_context():
        assert db.session.scalars(select(Extraction.attempt)).all() == [3]


def test_while_it_waits_for_another_attempt_the_page_says_why(make_app, site):
    from tests.conftest import Work
    from tests.support.people import Person

    app = make_app(fetch_allow="127.0.0.1/32", summary_retry_seconds=600)
    ada = Person(app, "ada").sign_up()
    document = ada.add_page(site.page("/page", b"", status=503))
    Work(app).once()
    panel = ada.source(document)
    assert panel.state == "pending"
    assert panel.said.startswith("The site could not show the page at the moment (503).")
    assert "It is tried again at" in panel.said
    assert panel.trigger.startswith("load delay:")


def test_a_site_that_asks_for_more_patience_than_there_is_is_not_asked_again(ada, work, site):
    document = ada.add_page(site.page("/page", b"", {"Retry-After": "7200"}, status=429))
    work.drain()
    assert (ada.source(document).said, len(site.requests)) == (str(fetching.BUSY), 1)


def test_a_site_that_never_answers_is_given_up_by_the_time_there_is(ada, work, site, monkeypatch):
    monkeypatch.setattr("app.documents.reading.FETCH_SECONDS", 0.1)
    document = ada.add_page(site.bytes("/slow", lambda: [b"HTTP/1.1 200 OK\r\n", 60.0]))
    work.drain()
    assert ada.source(document).said.startswith("The site took longer than 0.1 seconds to send this page.")


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::1]/", "http://a.internal"]
)
def test_what_is_not_on_the_public_web_is_refused_with_one_sentence(ada, work, address):
    document = ada.add_page(address)
    work.drain()
    assert (ada.source(document).state, ada.source(document).said) == ("failed", str(fetching.NOT_PUBLIC))


def test_nothing_else_is_reached_by_way_of_a_redirect(ada, work, site):
    with Website(number="127.0.0.2") as inner:
        document = ada.add_page(site.redirect("/page", to=inner.page("/secret", a_page())))
        work.drain()
        assert inner.requests == []
    assert (ada.source(document).state, ada.source(document).said) == ("failed", str(fetching.NOT_PUBLIC))


def test_an_operator_who_lets_nothing_through_is_safe_from_this_very_machine(make_app, site):
    from tests.conftest import Work
    from tests.support.people import Person

    app = make_app()
    ada = Person(app, "ada").sign_up()
    document = ada.add_page(site.page("/page", a_page()))
    Work(app).drain()
    assert (ada.source(document).said, site.requests) == (str(fetching.NOT_PUBLIC), [])


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("javascript:alert(1)", "begin with https:// or http://"),
        ("file:///etc/passwd", "begin with https:// or http://"),
        ("data:text/html,<b>x", "begin with https:// or http://"),
        ("http://ada:secret@example.org/", "Leave the user name and the password out"),
        ("no address", "This is not the address of a web page."),
        ("https://example.org/" + "a" * 2000, "2,000 characters"),
        ("https://example.org/" + "ü" * 1500, "2,000 characters"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_the_form(ada, app, address, says):
    assert says in refusal(ada, address)
    with app.app_context():
        assert db.session.scalar(select(func.count(Document.id))) == 0


# -- nothing of a page is ever markup --------------------------------------------------------------------


def test_titles_and_addresses_of_pages_are_shown_as_they_are(ada, work, site):
    escaped = NASTY.replace("&", "&amp;").replace("<", "&lt;")
    document = ada.add_page(site.page("/%3Cb%3E?%22%3E%3Cb%3E", a_page(f"{escaped} {STORY[0]}", title=escaped)))
    waiting = ada.page(f"/documents/{document}")
    work.drain()
    page = ada.page(f"/documents/{document}")
    assert page.findtext(".//h1") == NASTY
    assert NASTY in ada.text_of(document)
    for shown in (waiting, page, ada.page("/documents")):
        assert shown.cssselect("main script, main b") == []
