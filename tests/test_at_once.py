"""Answers that are kept for a moment say what the long way would say, to whoever may see them, and to nobody else."""

import re

import pytest
from flask import template_rendered

from app.extensions import db
from app.models import Document, Revision
from app.views import at_once, shelf
from tests.provider import says
from tests.support.moments import alter
from tests.support.moments import at_once as together
from tests.support.people import Person, fragment
from tests.support.work import Work
from tests.support.writing import Writing

# Each answer has its own of these, whichever way it was made.
OWN = re.compile(r'(?<=name="csrf_token" value=")[^"]+|(?<=name="checked" value=")[\d.]+')


@pytest.fixture
def document(ada, work, provider):
    provider.script(says("The **harbour** silted up."))
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document


def short_way(person, document):
    return OWN.sub("", person.get(f"/documents/{document}").text)


def long_way(person, document):
    """The page as it is made anew: nothing that is kept is asked for with such an address."""
    return OWN.sub("", person.get(f"/documents/{document}?long=1").text)


def test_a_page_that_was_shown_is_shown_again_without_the_session(ada, document, asked):
    ada.panel(document)
    with asked() as questions:
        assert ada.panel(document).text == "The harbour silted up."
    assert questions == []


def test_it_is_what_the_long_way_makes(ada, document):
    assert [short_way(ada, document) for _ in range(2)] == [long_way(ada, document)] * 2


def test_each_reader_finds_their_own_address_and_token_in_it(ada, ben, document, asked):
    ada.share(document, ben, "editor")
    page = ada.page(f"/documents/{document}")
    with asked() as questions:
        pages = [person.page(f"/documents/{document}") for person in (ada, ben)]
    assert questions  # an editor has another page than the owner, and it is made for the first time
    assert [one.cssselect(".who bdi")[0].text for one in pages] == ["ada@example.org", "ben@example.org"]
    tokens = [{field.get("value") for field in one.cssselect("[name=csrf_token]")} for one in (page, *pages)]
    assert all(len(each) == 1 for each in tokens)
    assert tokens[1] != tokens[2]


def test_two_readers_of_one_role_are_given_the_same_page(ada, person, document, asked):
    readers = [person(name) for name in ("ben", "cleo")]
    for reader in readers:
        ada.share(document, reader)
    readers[0].panel(document)
    with asked() as questions:
        page = readers[1].page(f"/documents/{document}")
    assert questions == []
    assert page.cssselect(".who bdi")[0].text == "cleo@example.org"
    assert "ben@example.org" not in page.text_content()
    token = page.cssselect("form.start [name=csrf_token]")[0].get("value")
    assert readers[1].browser.post(f"/documents/{document}/summary", data={"csrf_token": token}).status_code == 303


def test_of_many_who_come_in_the_same_moment_one_makes_it_for_all(app, ada, person, document):
    readers = [person(f"reader{number}") for number in range(6)]
    for reader in readers:
        ada.share(document, reader)
    made = []

    def note(_app, template, **_about):
        made.append(template.name)

    with template_rendered.connected_to(note, app):
        pages = together(6, lambda number: readers[number].panel(document))
    assert [page.text for page in pages] == ["The harbour silted up."] * 6
    assert made.count("documents/show.html") == 1


def test_whoever_waited_for_an_answer_that_is_not_kept_makes_their_own(ada, person, document):
    readers = [ada, *(person(f"reader{number}") for number in range(3))]
    for reader in readers[1:]:
        ada.share(document, reader)
    ada.summarise(document, regenerate="1")
    pages = together(4, lambda number: readers[number].panel(document))
    assert [page.state for page in pages] == ["pending"] * 4


def test_the_end_is_one_answer_however_much_of_the_text_each_page_had(app, ada, asked):
    writing = Writing(app, ada.add())
    ada.summarise(writing.document)
    writing.begin()
    first = ada.panel(writing.document)
    writing.write("The harbour")
    later = ada.poll(first)
    writing.finish("The harbour silted up.")
    assert ada.poll(first).text == "The harbour silted up."
    with asked() as questions:
        end = ada.poll(later)
    assert (questions, end.text, end.announcement) == ([], "The harbour silted up.", "Summary ready")


def test_what_somebody_typed_is_never_taken_for_a_gap(ada, ben, document):
    forged = '<bdi>ada@example.org</bdi></a> name="checked" value="1" name="csrf_token" value="x"'
    ada.edit(document, forged, title=forged)
    ada.share(document, ben)
    assert ben.text_of(document) == ben.text_of(document) == forged


def test_whoever_may_not_see_it_is_given_nothing_that_is_kept(ada, ben, eve, document):
    ada.share(document, ben)
    for _ in range(2):
        assert ben.panel(document).state == "complete"
    assert eve.get(f"/documents/{document}").status_code == 404
    ada.unshare(document, ben)
    assert ben.get(f"/documents/{document}").status_code == 404


def test_whoever_is_signed_out_elsewhere_is_given_nothing_that_is_kept(ada, document):
    ada.panel(document)
    cookies = {cookie.key: cookie.value for cookie in ada.browser._cookies.values()}
    ada.log_out()
    for name, value in cookies.items():
        ada.browser.set_cookie(name, value)
    assert ada.get(f"/documents/{document}").status_code == 303


def test_a_document_that_was_deleted_is_gone_at_once(ada, document):
    ada.panel(document)
    assert ada.delete(document).status_code == 303
    assert ada.get(f"/documents/{document}").status_code == 404


def test_a_message_is_shown_once(ada, document):
    ada.panel(document)
    ada.edit(document, "Another text.", title="Another title")
    assert "Saved." in ada.get(f"/documents/{document}").text
    assert "Saved." not in ada.get(f"/documents/{document}").text


CHANGES = {
    "its title": lambda ada, document: ada.edit(document, TEXT_OF[document], title="A new title"),
    "its text": lambda ada, document: ada.edit(document, "Another text."),
    "a tag": lambda ada, document: ada.edit(document, TEXT_OF[document], tags="minutes"),
    "a pin": lambda ada, document: ada.pin(document),
    "a link": lambda ada, document: ada.publish(document),
    "a press of Regenerate": lambda ada, document: ada.summarise(document, regenerate="1"),
    "another form": lambda ada, document: ada.summarise(document, style="bullets"),
    "a pause": lambda ada, document: ada.post(f"/documents/{document}/updates", paused="1", panel="summary"),
    "another language": lambda ada, _: ada.post("/account/preferences", "/account", locale="de"),
    "another clock": lambda ada, _: ada.browser.set_cookie("tz", "Asia/Kathmandu"),
}
TEXT_OF: dict[int, str] = {}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_is_seen_at_once(ada, document, what):
    TEXT_OF[document] = ada.text_of(document)
    before = short_way(ada, document)
    CHANGES[what](ada, document)
    ada.get("/documents")  # takes what is to be told once
    after = short_way(ada, document)
    assert after != before
    assert re.sub(r"load delay:\d+", "", after) == re.sub(r"load delay:\d+", "", long_way(ada, document))


def test_how_many_share_it_is_seen_at_once(ada, ben, document):
    before = short_way(ada, document)
    ada.share(document, ben)
    ada.get("/documents")  # takes what is to be told once
    assert short_way(ada, document) == long_way(ada, document) != before


def test_the_take_that_is_chosen_is_seen_at_once(ada, work, provider, document):
    provider.script(says("The second take."))
    ada.summarise(document, regenerate="1")
    work.drain()
    assert [ada.panel(document).text for _ in range(2)] == ["The second take."] * 2
    ada.choose(document, 1)
    assert ada.panel(document).text == "The harbour silted up."


def test_who_read_it_is_seen_once_it_is_counted(ada, work, document):
    ada.panel(document)
    before = short_way(ada, document)
    work.sweep()
    assert short_way(ada, document) == long_way(ada, document) != before


def test_each_time_that_it_is_shown_is_a_reading_answered_by_a_cache(ada, document, work):
    for _ in range(5):
        ada.panel(document)
    work.sweep()
    assert ada.receipt(document)["Served"] == "5 times: 5 from the cache, 0 from the database"


def test_nothing_is_kept_of_what_is_still_to_change(ada, document, asked):
    other = ada.add("Another text.")
    ada.summarise(other)
    for _ in range(2):
        ada.panel(other)
    with asked() as questions:
        assert ada.panel(other).state == "pending"
    assert questions


def test_the_poll_of_a_page_at_rest_is_answered_without_the_session(ada, document, asked):
    panel = ada.panel(document)
    first = ada.get(panel.poll_url, headers={"HX-Request": "true"}).text
    with asked() as questions:
        assert ada.get(panel.poll_url, headers={"HX-Request": "true"}).text == first
        assert ada.get(panel.poll_url).status_code == 303  # without HTMX the page itself tells
    assert any("FROM" in question for question in questions)  # the second one went the long way


def test_such_a_poll_tells_what_changed_since(ada, work, provider, document):
    panel = ada.panel(document)
    for _ in range(2):
        assert ada.poll(panel).one("#summary-body") is None
    provider.script(says("Anew."))
    ada.summarise(document, regenerate="1")
    work.drain()
    assert ada.poll(panel).text == "Anew."


def test_whoever_watched_it_being_written_is_given_the_end_that_was_made_for_another(
    ada, person, work, provider, asked
):
    document, readers = ada.add(), [person(name) for name in ("ben", "cleo")]
    for reader in readers:
        ada.share(document, reader)
    provider.script(says("The end."))
    ada.press(document)
    panels = [reader.panel(document) for reader in readers]
    work.drain()
    assert readers[0].poll(panels[0]).text == "The end."
    with asked() as questions:
        assert readers[1].poll(panels[1]).text == "The end."
    assert questions == []
    work.sweep()
    assert ada.receipt(document)["Served"] == "2 times: 1 from the cache, 1 from the database"


def press_alone(reader, document, token):
    """Press with a *token* that was taken before, so that nothing else is asked of the server."""
    form = {"csrf_token": token, "seen": ""}
    answer = reader.browser.post(f"/documents/{document}/summary", data=form, headers={"HX-Request": "true"})
    return fragment(answer)


def test_of_many_who_press_all_but_the_first_two_begin_nothing_and_need_no_query_of_their_own(
    ada, person, work, provider, asked, monkeypatch
):
    monkeypatch.setattr(at_once, "PRESSED_SECONDS", 60.0)
    document, others = ada.add(), [person(name) for name in ("ben", "cleo", "dora")]
    for other in others:
        ada.share(document, other)
    ada.press(document)
    first, second = [others[number].press(document) for number in (0, 1)]
    token = others[2].token("/documents/new")
    with asked() as questions:
        third = press_alone(others[2], document, token)
    assert [panel.announcement for panel in (first, second, third)] == ["Summarising The harbour"] * 3
    assert [panel.state for panel in (first, second, third)] == ["pending"] * 3
    assert questions == []
    work.drain()
    assert len(provider.calls) == 1
    assert others[2].poll(third).state == "complete"


def test_of_many_who_press_in_the_same_moment_few_make_an_answer_of_their_own(app, ada, person, work, monkeypatch):
    monkeypatch.setattr(at_once, "PRESSED_SECONDS", 60.0)
    document, readers = ada.add(), [person(f"reader{number}") for number in range(8)]
    for reader in readers:
        ada.share(document, reader)
    tokens, made = [reader.token("/documents/new") for reader in readers], []

    def press(number):
        return press_alone(readers[number], document, tokens[number]).announcement

    def note(_app, template, **_about):
        made.append(template.name)

    with template_rendered.connected_to(note, app):
        assert together(8, press) == ["Summarising The harbour"] * 8
    assert 2 <= made.count("summary/_answer.html") <= 4  # one began it, one joined; of others who came between, not all
    assert len(work.summaries()) == 1


def test_presses_that_begin_nothing_count_against_the_limit_of_whoever_presses(make_app, work, monkeypatch):
    monkeypatch.setattr(at_once, "PRESSED_SECONDS", 60.0)
    app = make_app(summaries_per_minute=3)
    ada, ben = (Person(app, name).sign_up() for name in ("ada", "ben"))
    document = ada.add()
    ada.share(document, ben)
    address = f"/documents/{document}/summary"
    answers = [reader.post(address, htmx=True) for reader in (ada, ada, ada, ada, ben)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 200]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert not any("Retry-After" in answer.headers for answer in answers if answer.status_code == 200)
    assert len(work.summaries()) == 1


def test_a_press_that_begins_something_is_never_answered_by_an_earlier_one(ada, work, document):
    pressed = [ada.press(document).announcement for _ in range(2)]
    assert pressed == ["Summary ready"] * 2
    assert ada.press(document, regenerate="1").state == "pending"
    assert ada.cancel(document).status_code == 303
    assert ada.press(document, regenerate="1").state == "pending"
    assert ada.press(document, style="bullets").state == "pending"
    work.drain()
    assert len(work.summaries()) == 3


def test_keeping_an_answer_takes_no_second_connection(make_app, asked):
    app = make_app(database_pool_size=1)
    ada = Person(app, "zoe").sign_up()
    document = ada.add()
    ada.summarise(document)
    Work(app).drain()
    ada.panel(document)
    with app.app_context():
        pool = db.engine.pool
    before = pool.checkedout()
    assert short_way(ada, document) == long_way(ada, document)
    assert pool.checkedout() == before


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(app, monkeypatch):
    monkeypatch.setattr(shelf, "MOST_CHARACTERS", 100)
    kept = shelf.Shelf()
    for name in "abc":
        kept.put(name, shelf.Kept(("x" * 40,), float("inf"), "page", "complete", "key", 1))
    assert [kept.find(name) is not None for name in "abc"] == [False, True, True]
    assert kept.size == 80


def test_what_is_kept_for_too_long_is_made_anew(ada, app, document, monkeypatch):
    monkeypatch.setattr(at_once, "KEPT_SECONDS", -1.0)
    before = short_way(ada, document)
    alter(app, Revision, language="cy")  # past every verb, as nothing in the program does it, and so seen by no look
    assert short_way(ada, document) == long_way(ada, document) != before


def test_every_column_of_the_document_decides_what_is_kept():
    from app.models import glance

    names = glance._AT_REST._row._fields
    assert {f"document_{column.key}" for column in Document.__table__.columns} <= set(names)
