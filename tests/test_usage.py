"""What the usage page says: what was spent, what was saved, and how the one follows from the other."""

import csv
import io
from datetime import timedelta

import pytest
from lxml import html

from app.database import utcnow
from app.extensions import db
from app.models import LedgerEntry, Summary, User
from app.usage.sums import percentile
from tests.conftest import Work
from tests.provider import bad_key, streams
from tests.support.moments import alter
from tests.support.people import Person, words

CENT = 10_000
# Ten tokens, at a dollar a thousand: each call costs a cent, whatever is sent.
A_CENT = streams("A summary.", {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 10}}, usage=False)


@pytest.fixture
def app(make_app, provider):
    provider.default = A_CENT
    return make_app(model_prices="test-model=0/1000", warming_quiet_seconds=0)


@pytest.fixture
def read(ada, work):
    """Ada's document, whose summary she asked for, waited for and read."""
    document = ada.add()
    panel = ada.press(document)
    work.drain()
    assert ada.poll(panel).state == "complete"
    work.sweep()
    return document


class Usage:
    """The page as somebody sees it."""

    def __init__(self, person, query=""):
        self.tree = html.fromstring(person.get(f"/usage{query}").text)

    def __getattr__(self, name):
        (found,) = self.tree.cssselect(f"#usage-{name.replace('_', '-')}")
        return words(found)

    def rows(self, heading):
        """The rows of the table under this heading, each as its cells."""
        (table,) = self.tree.xpath(f"//section[h2[normalize-space()='{heading}']]//table")
        return [[words(cell) for cell in row.cssselect("th, td")] for row in table.cssselect("tbody tr")]

    def row(self, heading, name):
        return next(row[1:] for row in self.rows(heading) if row[0].startswith(name))


def make_admin(app, person):
    with app.app_context():
        User.by_email(person.email).is_admin = True
        db.session.commit()


# -- the example -------------------------------------------------------------------------------------------


def test_a_thousand_readers_of_one_document_are_one_call_and_999_hits(app, ada, work, read):
    anybody, link = Person(app, "anybody"), ada.publish(read)
    for _ in range(999):
        anybody.get(link)
    work.sweep()
    usage = Usage(ada)
    assert (usage.calls, usage.hits, usage.hit_rate) == ("1", "999", "99.9 %")
    assert (usage.without, usage.spent, usage.saved) == ("$10.00", "$0.01", "$9.99")


def test_the_first_read_of_what_was_asked_for_is_a_miss_and_every_other_a_hit(ada, work, read, redis):
    assert (Usage(ada).hits, Usage(ada).hit_rate) == ("0", "0 %")
    ada.panel(read)
    redis.delete(*redis.keys("foreword:summary:*"))
    work.forget_pages()
    ada.panel(read)
    work.sweep()
    usage = Usage(ada)
    assert (usage.hits, usage.hits_cache, usage.hits_database) == ("2", "1", "1")


# -- what counts against it --------------------------------------------------------------------------------


def uses(person):
    """Where the money went, as the page says it: calls and dollars."""
    rows = Usage(person).rows("How that adds up")
    total = next(number for number, row in enumerate(rows) if row[0].startswith("Spent, as"))
    return {row[0].partition(" –")[0]: tuple(row[1:]) for row in rows[total + 1 :]}


def test_what_was_made_in_advance_and_never_read_counts_against_what_was_saved(ada, work, read):
    other = ada.add("Another text.")
    ada.pin(other)
    work.drain()
    assert uses(ada) == {"Asked for, and read": ("1", "$0.01"), "Made in advance, and not read": ("1", "$0.01")}
    assert Usage(ada).saved == "$0.01"
    assert "Not saved yet" in ada.get("/usage").text


def test_the_first_read_of_what_was_made_in_advance_is_a_hit_that_only_pays_for_it(ada, work):
    document = ada.add()
    ada.pin(document)
    work.drain()
    ada.panel(document)
    work.sweep()
    assert uses(ada) == {"Made in advance, and read": ("1", "$0.01")}
    usage = Usage(ada)
    assert (usage.hits, usage.without, usage.spent, usage.saved) == ("1", "$0.01", "$0.01", "$0.00")


def test_what_failed_counts_against_what_was_saved(ada, work, provider, read):
    provider.script(streams("Half a", {"choices": [], "usage": None}, ending="cut"), bad_key())
    other = ada.add("Another text.")
    ada.summarise(other)
    work.drain()
    failed = [entry for entry in work.ledger() if entry.outcome != "complete"]
    assert [entry.outcome for entry in failed] == ["broken_answer", "bad_key"]
    assert uses(ada)["Failed, stopped or lost"] == ("2", f"${failed[0].cost / 1_000_000:.6f}".rstrip("0"))


def test_what_was_asked_for_and_not_read_yet_is_told_apart(ada, work):
    ada.summarise(ada.add())
    work.drain()
    assert uses(ada) == {"Asked for, and not read": ("1", "$0.01")}


def test_a_call_whose_price_nobody_knows_is_unpriced_and_never_free(make_app, ada, read):
    unpriced = make_app(model_prices="", openai_model="a-model-of-our-own")
    work, again = Work(unpriced), Person(unpriced, "ada")
    again.log_in()
    other = again.add("Another text.")
    again.summarise(other)
    work.drain()
    for _ in range(2):
        again.panel(other)
    work.sweep()
    usage = Usage(again)
    assert usage.row("By model", "a-model-of-our-own")[2] == "$0.00 + 1 unpriced"
    assert "(1 of them have no known price" in usage.tree.text_content()


# -- what stays --------------------------------------------------------------------------------------------


def test_what_was_spent_and_saved_stays_when_the_document_is_deleted(ada, work, read):
    for _ in range(3):
        ada.panel(read)
    work.sweep()
    before = Usage(ada)
    ada.delete(read)
    after = Usage(ada)
    assert (
        (after.spent, after.saved, after.hits) == (before.spent, before.saved, before.hits) == ("$0.01", "$0.03", "3")
    )
    assert after.row("By document", "Documents since deleted")[0] == "1"


def test_another_month_has_its_own_figures(app, ada, work, read):
    alter(app, LedgerEntry, created_at=utcnow().replace(year=2025, month=2, day=28, hour=23))
    assert Usage(ada, "?month=2025-02").spent == "$0.01"
    assert Usage(ada).spent == "$0.00"
    assert "Nothing was called and nothing was read in March 2025" in ada.get("/usage?month=2025-03").text


@pytest.mark.parametrize("asked", ["", "2999-01", "0000-00", "last", "2025-13", "-1-1", "2025-02-31"])
def test_a_month_that_is_none_is_the_present_one(ada, asked):
    assert f"Usage in {utcnow():%B %Y}" in ada.get(f"/usage?month={asked}").text


def test_the_first_month_that_there_is_has_none_before_it(ada):
    assert ada.get("/usage?month=0001-01").status_code == 200


# -- whose they are ----------------------------------------------------------------------------------------


def test_a_person_sees_the_figures_of_their_own_documents_only(ada, ben, eve, work, read):
    ada.share(read, ben)
    ben.panel(read)
    work.sweep()
    assert "Nothing was called" in ben.get("/usage").text
    assert "Nothing was called" in eve.get("/usage").text
    assert len(eve.get("/usage/ledger.csv").text.splitlines()) == 1
    assert len(eve.get("/usage/reads.csv").text.splitlines()) == 1


def test_whoever_asked_is_named_to_the_owner(ada, ben, work):
    document = ada.add()
    ada.share(document, ben)
    ben.summarise(document)
    work.drain()
    assert Usage(ada).row("By who asked", "ben@example.org")[0] == "1"


def test_an_administrator_sees_the_figures_of_everybody_but_not_what_they_write(app, ada, eve, work, read):
    make_admin(app, eve)
    usage = Usage(eve)
    assert usage.spent == "$0.01"
    assert usage.row("By document", f"Document {read} of ada@example.org")[0] == "1"
    assert "The harbour" not in usage.tree.text_content()


def test_what_is_told_by_model_prompt_and_person_adds_up_to_the_whole(ada, work, read):
    other = ada.add("Another text.")
    ada.pin(other)
    work.drain()
    usage = Usage(ada)
    for heading in ("By document", "By who asked", "By model", "By prompt version", "Day by day"):
        assert sum(int(row[1]) for row in usage.rows(heading)) == int(usage.calls)


# -- for a spreadsheet -------------------------------------------------------------------------------------


def lines(person, name):
    return list(csv.DictReader(io.StringIO(person.get(f"/usage/{name}.csv").text)))


def test_the_files_hold_every_call_and_every_read(ada, work, read):
    ada.panel(read)
    work.sweep()
    (call,), (day,) = lines(ada, "ledger"), lines(ada, "reads")
    assert (call["cost_micro_dollars"], call["outcome"], call["purpose"]) == (str(CENT), "complete", "request")
    assert (call["input_price_micro_dollars_per_million_tokens"], call["tokens_estimated"]) == ("0", "False")
    assert (day["reads"], day["misses"], day["hits_cache"], day["hit_worth_micro_dollars"]) == (
        "2",
        "1",
        "1",
        str(CENT),
    )


def test_a_title_that_is_a_formula_is_in_no_file(ada, work):
    document = ada.add(title="=HYPERLINK(1)")
    ada.summarise(document)
    work.drain()
    assert "HYPERLINK" not in ada.get("/usage/ledger.csv").text + ada.get("/usage/reads.csv").text
    assert "=HYPERLINK(1)" in ada.get("/usage").text


# -- how long it took --------------------------------------------------------------------------------------


def test_how_long_people_waited_is_told_in_all_and_for_each_model_and_document(app, ada, work, read):
    asked = utcnow() - timedelta(hours=1)
    seconds = {"requested_at": 0, "started_at": 1, "first_words_at": 2.5, "finished_at": 8}
    alter(app, Summary, **{column: asked + timedelta(seconds=after) for column, after in seconds.items()})
    usage = Usage(ada, f"?month={asked:%Y-%m}")
    waited = {row[0]: row[1:] for row in usage.rows("How long people waited")}
    assert waited["Until a worker began"] == ["1.00 s", "1.00 s"]
    assert waited["Until the first words"] == ["2.50 s", "2.50 s"]
    assert waited["Until the end"] == ["8.00 s", "8.00 s"]
    assert waited["Of it, the writing"] == ["7.00 s", "7.00 s"]
    assert usage.row("By model", "test-model")[-2:] == ["8.00 s", "8.00 s"]
    assert usage.row("By who asked", "ada@example.org")[-2:] == ["8.00 s", "8.00 s"]


def test_nobody_waits_for_what_is_made_in_advance(ada, work):
    ada.pin(ada.add())
    work.drain()
    assert "How long people waited" not in ada.get("/usage").text


@pytest.mark.parametrize(("share", "value"), [(50, 10), (95, 19), (100, 20), (1, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert percentile(dict.fromkeys(range(2000, 0, -100), 1), share) == value
    assert percentile({}, share) is None
