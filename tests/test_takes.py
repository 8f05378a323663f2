"""Takes of one summary: side by side, one of them read by everyone, and none lost to a failure."""

import pytest

from app.extensions import db
from app.models import Document, Summary
from app.summaries import cache
from tests.provider import bad_key, fails, refuses, says
from tests.support.people import Person, words
from tests.support.servers import free_port

DATABASES = ("sqlite",)  # what is shown here is the same on either

TEXTS = ["The first take.", "The second take.", "The third take."]


@pytest.fixture
def regenerate(ada, provider, work):
    """Have another take written."""

    def regenerate(document, answer):
        provider.script(answer)
        ada.summarise(document, regenerate="1")
        work.drain()

    return regenerate


@pytest.fixture
def document(ada, provider, work):
    """A document with one take."""
    provider.script(says(TEXTS[0]))
    added = ada.add()
    ada.summarise(added)
    work.drain()
    return added


@pytest.fixture
def two(document, regenerate):
    """A document with two takes, summaries 1 and 2."""
    regenerate(document, says(TEXTS[1]))
    return document


# -- reading them ----------------------------------------------------------------------------------------


def test_without_a_summary_there_is_nothing_to_compare(ada):
    document = ada.add()
    assert ada.takes(document) == {}
    assert "There is no summary yet." in ada.get(f"/documents/{document}/summary/takes").text


def test_one_take_stands_alone_and_the_page_says_how_to_get_another(ada, document):
    assert ada.takes(document) == {1: TEXTS[0]}
    assert "There is one take so far" in ada.get(f"/documents/{document}/summary/takes").text


def test_two_takes_stand_side_by_side_and_the_newer_is_marked_as_read_by_everyone(ada, two):
    assert ada.takes(two) == {1: TEXTS[0], 2: TEXTS[1]}
    (read,) = ada.page(f"/documents/{two}/summary/takes").xpath("//section[contains(., 'what everyone reads')]")
    assert read.get("aria-labelledby") == "take-2"


def test_any_two_of_three_can_be_compared_and_at_first_the_latest_two(ada, two, regenerate):
    regenerate(two, says(TEXTS[2]))
    assert ada.takes(two) == {2: TEXTS[1], 3: TEXTS[2]}
    assert ada.takes(two, "?take=1&take=2") == {1: TEXTS[0], 2: TEXTS[1]}
    assert ada.takes(two, "?take=3&take=1") == {1: TEXTS[0], 3: TEXTS[2]}


def test_the_form_of_comparing_shows_what_is_compared(ada, two, regenerate):
    regenerate(two, says(TEXTS[2]))
    page = ada.page(f"/documents/{two}/summary/takes?take=1&take=3")
    assert [chosen.get("value") for chosen in page.cssselect("select option[selected]")] == ["1", "3"]


@pytest.mark.parametrize("query", ["?take=1&take=1", "?take=1", "?take=99", "?take=x&take=-1", f"?take={10**30}"])
def test_takes_that_cannot_be_compared_are_no_error(ada, two, query):
    assert ada.takes(two, query)


def test_a_take_is_shown_as_safe_markdown(ada, document, regenerate):
    regenerate(document, says("A **bold** <script>alert(1)</script> take."))
    page = ada.page(f"/documents/{document}/summary/takes")
    assert page.cssselect(".takes strong")[0].text == "bold"
    assert page.cssselect(".takes script") == []


def test_each_take_has_a_receipt_of_its_own(ada, two):
    assert ada.receipt(two, "?summary=1")["Take"] == "1"
    assert ada.receipt(two, "?summary=2")["Take"] == "2"


# -- choosing --------------------------------------------------------------------------------------------


def test_everyone_reads_the_take_that_was_chosen_at_once(ada, ben, redis, two):
    ada.share(two, ben)
    assert (ada.panel(two).text, ben.panel(two).text) == (TEXTS[1], TEXTS[1])
    response = ada.choose(two, 1)
    assert (response.status_code, response.location) == (303, f"/documents/{two}/summary/takes?summary=1")
    assert redis.keys("foreword:summary:*")
    assert (ada.panel(two).text, ben.panel(two).text) == (TEXTS[0], TEXTS[0])
    assert not ben.panel(two).stale


def test_the_take_that_was_chosen_is_read_from_the_database_too(ada, redis, two):
    ada.choose(two, 1)
    redis.flushall()
    assert ada.panel(two).text == ada.panel(two).text == TEXTS[0]


def test_the_page_of_takes_says_which_one_was_chosen(ada, two):
    ada.choose(two, 1)
    page = ada.page(f"/documents/{two}/summary/takes")
    assert "Take 1 is the one that everyone reads from now on." in words(page)
    (read,) = page.xpath("//section[contains(., 'what everyone reads')]")
    assert read.get("aria-labelledby") == "take-1"
    assert [words(button) for button in page.cssselect(".takes button")] == ["Use take 2"]


def test_an_open_page_gets_the_chosen_take_at_its_next_look(ada, ben, two):
    ada.share(two, ben)
    panel = ben.panel(two)
    ada.choose(two, 1)
    assert ben.poll(panel).text == TEXTS[0]


def test_an_old_copy_in_redis_does_not_outlive_the_choice(ada, redis, two):
    (name,) = redis.keys("foreword:summary:*")
    old = redis.get(name)
    ada.choose(two, 1)
    redis.set(name, old)
    assert ada.panel(two).text == TEXTS[0]


def test_a_choice_made_while_redis_is_away_holds_when_it_is_back(make_app, ada, redis, two):
    away = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ada")
    away.log_in()
    assert away.choose(two, 1).status_code == 303
    assert redis.keys("foreword:summary:*")
    assert ada.panel(two).text == away.panel(two).text == TEXTS[0]


def test_a_reader_who_fetched_the_old_take_does_not_copy_it_over_the_chosen_one(app, ada, two):
    with app.app_context():
        choices, fetched = db.session.get(Document, two).choices, cache.Stored.of(db.session.get(Summary, 2))
    ada.choose(two, 1)
    with app.app_context():
        cache.write(fetched, choices)
    assert ada.panel(two).text == TEXTS[0]


def test_deleting_leaves_no_copy_of_any_choice(ada, redis, two):
    ada.choose(two, 1)
    ada.panel(two)
    ada.choose(two, 2)
    ada.panel(two)
    ada.delete(two)
    assert redis.keys("foreword:summary:*") == []


def test_a_later_take_is_read_again(ada, two, regenerate):
    ada.choose(two, 1)
    regenerate(two, says(TEXTS[2]))
    assert ada.panel(two).text == TEXTS[2]


def test_while_a_later_take_is_written_the_chosen_one_stays_readable(ada, two):
    ada.choose(two, 1)
    ada.summarise(two, regenerate="1")
    assert ada.panel(two).state == "pending"
    assert ada.panel(two).earlier.endswith(TEXTS[0])


def test_choosing_costs_nothing(ada, provider, work, two):
    ada.choose(two, 1)
    ada.choose(two, 2)
    work.drain()
    assert len(provider.calls) == 2
    assert ada.panel(two).text == TEXTS[1]


def test_what_is_no_finished_take_of_this_document_cannot_be_chosen(ada, work, two):
    other = ada.add("Another text altogether.", "Another")
    ada.summarise(other)
    work.drain()
    ada.summarise(two, regenerate="1")
    others, unfinished = work.summaries()[2:]
    assert (others.document_id, unfinished.status) == (other, "pending")
    for number in (others.id, unfinished.id, 0, -1, 999, 2**31, 10**30, "x", ""):
        assert ada.choose(two, number).status_code == 404
        assert ada.get(f"/documents/{two}/summary/takes?summary={number}").status_code == 404
        assert ada.get(f"/documents/{two}/summary/receipt?summary={number}").status_code == 404


# -- a take that comes to nothing ------------------------------------------------------------------------


def test_a_failed_take_changes_nothing_and_says_why(ada, redis, document, regenerate):
    regenerate(document, refuses())
    for _ in range(2):
        panel = ada.panel(document)
        assert (panel.state, panel.stale, panel.text) == ("complete", False, TEXTS[0])
        assert "declined to summarise this text. The one below is as it was." in panel.notice
        redis.flushall()
    assert words(ada.page("/documents").cssselect(".badge")[0]) == "Summary ready"
    assert ada.takes(document) == {1: TEXTS[0]}


def test_whoever_follows_a_take_that_fails_hears_of_it_and_keeps_the_text(ada, provider, work, document):
    provider.script(bad_key())
    panel = ada.press(document, regenerate="1")
    work.drain()
    answer = ada.poll(panel)
    assert (answer.state, answer.text) == ("complete", TEXTS[0])
    assert answer.announcement.startswith("Summary failed.")
    assert not answer.polls


def test_a_failed_take_does_not_send_the_reader_to_a_button_that_does_nothing(ada, provider, work, document):
    provider.default = fails(503)
    ada.summarise(document, regenerate="1")
    work.drain()
    notice = ada.panel(document).notice
    assert "could not be reached" in notice
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).text == TEXTS[0]
    assert "press Summarise" not in notice


def test_a_cancelled_take_changes_nothing(ada, provider, work, document):
    ada.summarise(document, regenerate="1")
    ada.cancel(document)
    work.drain()
    panel = ada.panel(document)
    assert (panel.state, panel.stale, panel.text) == ("complete", False, TEXTS[0])
    assert words(ada.page("/documents").cssselect(".badge")[0]) == "Summary ready"
    assert len(provider.calls) == 1


def test_pressing_summarise_after_a_failed_take_pays_nothing(ada, provider, work, document, regenerate):
    regenerate(document, refuses())
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).state == "complete"
    assert len(provider.calls) == 2


def test_regenerating_after_a_failed_take_writes_it(ada, document, regenerate):
    regenerate(document, refuses())
    regenerate(document, says(TEXTS[1]))
    assert ada.panel(document).text == TEXTS[1]
    assert ada.takes(document) == {1: TEXTS[0], 2: TEXTS[1]}


def test_a_failed_take_leaves_the_one_that_was_chosen(ada, two, regenerate):
    ada.choose(two, 1)
    regenerate(two, refuses())
    assert (ada.panel(two).state, ada.panel(two).text) == ("complete", TEXTS[0])


# -- of a text that changed ------------------------------------------------------------------------------


def test_takes_of_a_text_that_changed_stay_readable(ada, two):
    ada.edit(two, "An altogether different text about a lighthouse.")
    assert ada.takes(two) == {1: TEXTS[0], 2: TEXTS[1]}
    assert ada.panel(two).stale


def test_of_an_old_text_the_take_that_was_chosen_is_the_one_that_is_shown(ada, two):
    ada.choose(two, 1)
    ada.edit(two, "An altogether different text about a lighthouse.")
    assert (ada.panel(two).text, ada.panel(two).stale) == (TEXTS[0], True)


def test_takes_of_an_earlier_text_are_found_by_their_address_once_there_is_a_new_one(ada, provider, work, two):
    ada.edit(two, "An altogether different text about a lighthouse.")
    provider.script(says("About the lighthouse."))
    ada.summarise(two)
    work.drain()
    assert ada.takes(two) == {1: "About the lighthouse."}
    assert ada.takes(two, "?summary=1") == {1: TEXTS[0], 2: TEXTS[1]}


def test_those_who_only_read_compare_the_takes_of_what_they_are_shown_and_no_others(ada, ben, work, two):
    ada.share(two, ben)
    assert ben.takes(two, "?summary=1") == {1: TEXTS[0], 2: TEXTS[1]}
    ada.edit(two, "An altogether different text about a lighthouse.")
    assert ben.takes(two) == {1: TEXTS[0], 2: TEXTS[1]}
    ada.summarise(two)
    work.drain()
    assert ben.get(f"/documents/{two}/summary/takes?summary=1").status_code == 404
    assert ben.get(f"/documents/{two}/summary/receipt?summary=1").status_code == 404
