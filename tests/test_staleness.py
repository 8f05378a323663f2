"""Why a summary is out of date: in how many places the text changed, what else changed, and what an update costs."""

import pytest

from app.summaries import prompt
from tests.conftest import Work
from tests.provider import refuses, says
from tests.support.people import Person, words
from tests.support.servers import free_port

DATABASES = ("sqlite",)  # what is shown here is the same on either

PRESENT_PROMPT = prompt.PROMPT_VERSION
PARAGRAPHS = [
    "The harbour of Aldwick silted up in 1703.",
    "Ships could no longer reach the quay at low water.",
    "The town council dredged the channel in 1710.",
    "Trade came back within two years.",
    "The quay was lengthened in 1715.",
]


def text(**changed):
    """The paragraphs, with those replaced that are named: ``text(p2="...")``."""
    return "\n\n".join(changed.get(f"p{number}", paragraph) for number, paragraph in enumerate(PARAGRAPHS, 1))


@pytest.fixture
def document(ada, provider, work):
    provider.script(says("What the harbour was."))
    added = ada.add(text())
    ada.summarise(added)
    work.drain()
    return added


@pytest.fixture
def newer(make_app, monkeypatch):
    """Ada on a site with another model and another prompt."""
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    person = Person(make_app(openai_model="newer-model"), "ada")
    return lambda: person.log_in() and person


def reason(person, document):
    """What the notice says, between "Out of date" and the invitation."""
    return person.panel(document).notice.removeprefix("Out of date: ").removesuffix(" Press Summarise to update it.")


# -- in how many places ----------------------------------------------------------------------------------


def test_the_places_are_counted_over_any_number_of_saves(ada, document):
    changes = {}
    for places, number in (("1 place", 1), ("2 places", 3), ("3 places", 5)):
        changes[f"p{number}"] = PARAGRAPHS[number - 1] + " And more."
        ada.edit(document, text(**changes))
        assert reason(ada, document) == f"the text changed in {places} since this summary."
    assert ada.panel(document).text == "What the harbour was."


def test_a_place_that_is_changed_twice_is_one_place(ada, document):
    ada.edit(document, text(p4="Trade came back within three years."))
    ada.edit(document, text(p4="Trade came back within four years."))
    assert reason(ada, document) == "the text changed in 1 place since this summary."


def test_a_place_that_is_changed_back_is_no_place(ada, document):
    ada.edit(document, text(p2="No ship came.", p4="Trade came back within four years."))
    ada.edit(document, text(p4="Trade came back within four years."))
    assert reason(ada, document) == "the text changed in 1 place since this summary."


def test_a_new_paragraph_and_one_that_is_gone_are_a_place_each(ada, document):
    ada.edit(document, "A new beginning.\n\n" + text().removesuffix("\n\n" + PARAGRAPHS[-1]))
    assert reason(ada, document) == "the text changed in 2 places since this summary."


def test_white_space_beside_a_change_is_no_place_of_its_own(ada, document):
    ada.edit(document, text(p1="The  harbour of Aldwick silted up in 1703.", p4="Trade came back within four years."))
    assert reason(ada, document) == "the text changed in 1 place since this summary."


def test_collaborators_see_the_reason_too(ada, ben, document):
    ada.share(document, ben)
    ada.edit(document, text(p1="Changed."))
    assert reason(ben, document) == reason(ada, document)


# -- the count -------------------------------------------------------------------------------------------


def counts(redis, document):
    return redis.keys(f"*changes:{document}")


def test_the_count_is_kept_in_redis_and_goes_with_the_document(ada, redis, document):
    ada.edit(document, text(p1="Changed."))
    ada.panel(document)
    assert len(counts(redis, document)) == 1
    assert redis.ttl(counts(redis, document)[0]) > 0
    ada.delete(document)
    assert counts(redis, document) == []


def test_a_count_that_was_kept_is_not_taken_for_that_of_a_later_text(ada, document):
    ada.edit(document, text(p1="Changed."))
    assert reason(ada, document) == reason(ada, document) == "the text changed in 1 place since this summary."
    ada.edit(document, text(p1="Changed.", p4="Changed too."))
    assert reason(ada, document) == reason(ada, document) == "the text changed in 2 places since this summary."


@pytest.mark.parametrize("value", [b"", b"!nonsense", b"[1, 2]", b'"x"', b'{"1-2": "x"}', b"7", b"null"])
def test_a_count_that_is_not_ours_is_counted_anew(ada, redis, document, value):
    ada.edit(document, text(p1="Changed."))
    ada.panel(document)
    (name,) = counts(redis, document)
    redis.set(name, value)
    assert reason(ada, document) == "the text changed in 1 place since this summary."


def test_without_redis_the_places_are_counted_all_the_same(make_app, ada, document):
    ada.edit(document, text(p1="Changed."))
    away = Person(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"), "ada")
    away.log_in()
    assert reason(away, document) == "the text changed in 1 place since this summary."


# -- other reasons ---------------------------------------------------------------------------------------


def test_an_earlier_prompt_is_named_with_both_versions(ada, document, monkeypatch):
    before = prompt.PROMPT_VERSION
    monkeypatch.setattr(prompt, "PROMPT_VERSION", "v99.0")
    assert reason(ada, document) == f"it was made with an earlier prompt ({before}, now v99.0)."


def test_another_model_is_named_with_both_names(make_app, document):
    ada = Person(make_app(openai_model="newer-model"), "ada")
    ada.log_in()
    assert reason(ada, document) == "it was made with another model (test-model, now newer-model)."


def test_all_reasons_are_given_at_once(ada, document, newer):
    ada.edit(document, text(p1="Changed."))
    assert reason(newer(), document).split(", and ") == [
        "the text changed in 1 place since this summary",
        "it was made with another model (test-model, now newer-model)",
        f"it was made with an earlier prompt ({PRESENT_PROMPT}, now v99.0).",
    ]


def test_other_words_under_the_same_version_are_a_reason_too(ada, document, monkeypatch):
    monkeypatch.setattr(prompt, "_INSTRUCTIONS", prompt._INSTRUCTIONS + "Rhyme.")
    assert reason(ada, document) == "it was made with earlier instructions."


def test_pressing_brings_it_up_to_date_and_then_there_is_no_reason(ada, work, document):
    ada.edit(document, text(p1="Changed."))
    ada.summarise(document)
    work.drain()
    assert (ada.panel(document).stale, ada.panel(document).notice) == (False, "")


def test_a_failed_update_gives_its_own_reason_and_that_of_the_text_below(ada, provider, work, document):
    ada.edit(document, text(p1="Changed."))
    provider.script(refuses())
    ada.summarise(document)
    work.drain()
    notice = ada.panel(document).notice
    assert "declined to summarise this text" in notice
    assert "The one below is older: the text changed in 1 place since this summary." in notice


def test_a_stopped_update_says_why_the_text_below_is_old(ada, document):
    ada.edit(document, text(p1="Changed."))
    ada.summarise(document)
    ada.cancel(document)
    assert "Stopped." in ada.panel(document).notice
    assert "the text changed in 1 place since this summary." in ada.panel(document).notice


# -- what changed ----------------------------------------------------------------------------------------


def marked(page, kind):
    """What stands in the marks of this kind, without what is only read out."""
    for spoken in page.cssselect(".diff .sr-only"):
        spoken.drop_tree()
    return [words(mark) for mark in page.cssselect(f".diff {kind}")]


def test_the_page_of_changes_shows_what_was_taken_out_and_put_in(ada, document):
    ada.edit(document, text(p1="The harbour of Aldwick silted up in 1704."))
    page = ada.page(f"/documents/{document}/changes")
    assert (marked(page, "del"), marked(page, "ins")) == (["1703."], ["1704."])
    assert "From version 1, of" in words(page.cssselect(".intro")[0])
    assert "to version 2, of" in words(page.cssselect(".intro")[0])


def test_it_begins_from_the_text_that_the_summary_was_made_from(ada, document):
    ada.edit(document, text(p1="First change."))
    ada.edit(document, text(p1="First change.", p5="Second change."))
    page = ada.page(f"/documents/{document}/changes")
    assert marked(page, "ins") == ["First change.", "Second change."]


def test_it_can_begin_from_any_version(ada, document):
    ada.edit(document, text(p1="First change."))
    ada.edit(document, text(p1="First change.", p5="Second change."))
    assert marked(ada.page(f"/documents/{document}/changes?since=2"), "ins") == ["Second change."]


def test_where_nothing_changed_it_says_so(ada, document):
    page = ada.page(f"/documents/{document}/changes")
    assert page.cssselect(".diff") == []
    assert "Nothing changed but, at most, spacing or encoding." in words(page)


def test_without_a_summary_nothing_changed_since_and_any_version_can_be_named(ada):
    document = ada.add(text())
    ada.edit(document, text(p5="Changed."))
    assert ada.page(f"/documents/{document}/changes").cssselect(".diff") == []
    assert marked(ada.page(f"/documents/{document}/changes?since=1"), "ins") == ["Changed."]


def test_what_looks_like_html_is_shown_as_it_was_typed(ada, document):
    ada.edit(document, text(p1="<script>alert(1)</script><img src=x> & <b>bold</b>"))
    page = ada.page(f"/documents/{document}/changes")
    assert marked(page, "ins") == ["<script>alert(1)</script><img src=x> & <b>bold</b>"]
    assert page.cssselect(".diff script, .diff img, .diff b") == []


def test_long_passages_that_did_not_change_are_folded_and_nothing_is_lost(ada):
    long = " ".join(f"word{number}" for number in range(2000))
    document = ada.add(f"Begin.\n\n{long}\n\nEnd.")
    ada.edit(document, f"Began.\n\n{long}\n\nEnded.")
    page = ada.page(f"/documents/{document}/changes?since=1")
    (folded,) = page.cssselect(".diff details.unchanged")
    assert "unchanged words" in words(folded.cssselect("summary")[0])
    folded.cssselect("summary")[0].drop_tree()
    assert (marked(page, "del"), marked(page, "ins")) == (["Begin.", "End."], ["Began.", "Ended."])
    assert " ".join(page.cssselect(".diff")[0].itertext()).split() == [
        "Begin.",
        "Began.",
        *long.split(),
        "End.",
        "Ended.",
    ]


@pytest.mark.parametrize("since", ["0", "-1", "3", "99", str(2**31), str(10**30)])
def test_of_a_version_that_never_was_nothing_is_there(ada, document, since):
    ada.edit(document, text(p1="Changed."))
    assert ada.get(f"/documents/{document}/changes?since={since}").status_code == 404


@pytest.mark.parametrize("since", ["", "x", "1e3", "%00", "9" * 5000])
def test_what_is_no_version_at_all_is_as_if_none_were_named(ada, document, since):
    ada.edit(document, text(p1="Changed."))
    assert marked(ada.page(f"/documents/{document}/changes?since={since}"), "ins") == ["Changed."]


def test_those_who_only_read_see_what_changed_since_the_summary_and_no_other_version(ada, ben, document):
    ada.edit(document, text(p1="First change."))
    ada.edit(document, text(p1="First change.", p5="Second change."))
    ada.share(document, ben)
    assert marked(ben.page(f"/documents/{document}/changes"), "ins") == ["First change.", "Second change."]
    assert ben.get(f"/documents/{document}/changes?since=2").status_code == 404


# -- what an update costs --------------------------------------------------------------------------------


def cost(person, document):
    return words(person.page(f"/documents/{document}").cssselect("#summary-start #summary-cost")[0])


def test_the_button_says_what_a_press_roughly_costs(make_app):
    ada = Person(make_app(openai_model="gpt-4o-mini"), "ada").sign_up()
    short, long = ada.add(text()), ada.add(text() * 500)
    assert "about $0.000" in cost(ada, short)
    assert float(cost(ada, long).rpartition("$")[2]) > 5 * float(cost(ada, short).rpartition("$")[2])


def test_a_longer_form_is_said_to_cost_more(make_app):
    app = make_app(openai_model="gpt-4o-mini")
    ada = Person(app, "ada").sign_up()
    document = ada.add(text())
    medium = cost(ada, document)
    ada.summarise(document, length="long")
    Work(app).drain()
    assert cost(ada, document) > medium


@pytest.mark.parametrize("settings", [{"openai_model": "test-model"}, {"openai_api_key": ""}])
def test_where_no_price_is_known_or_nothing_is_paid_the_button_names_none(make_app, settings):
    ada = Person(make_app(**settings), "ada").sign_up()
    assert cost(ada, ada.add(text())) == ""


def test_an_estimate_is_never_below_what_the_call_then_costs(make_app, provider):
    app = make_app(openai_model="gpt-4o-mini")
    ada, work = Person(app, "ada").sign_up(), Work(app)
    document = ada.add(text())
    about = float(cost(ada, document).rpartition("$")[2])
    ada.summarise(document)
    work.drain()
    assert work.ledger()[0].cost <= about * 1_000_000
