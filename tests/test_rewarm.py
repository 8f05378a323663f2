"""``flask summaries rewarm``: what an earlier prompt or another model made is renewed, most read first."""

import pytest
from redis import Redis

from app.llm.prices import money
from app.models import Purpose
from app.summaries import prompt
from tests.conftest import Work
from tests.provider import no_quota

DATABASES = ("sqlite",)  # what is shown here is the same on either

NOW, NEXT = prompt.PROMPT_VERSION, "v99.0"
WORDS = "tells of the harbour of Aldwick, of its ships and of the quay."
OTHER_TEXT = "Another text altogether, of a lighthouse and of its keeper."


@pytest.fixture
def environment(environment):
    """A model with a price, and nothing warmed in between."""
    return environment | {"OPENAI_MODEL": "gpt-4o-mini", "WARMING": "off"}


@pytest.fixture
def rewarm(app):
    """Run the command; what it said, once it ended as it should."""

    def rewarm(*arguments, code=0, answers=None, by=app):
        with by.app_context():
            done = by.test_cli_runner().invoke(args=["summaries", "rewarm", *arguments], input=answers)
        assert done.exit_code == code, done.output
        return done.output

    return rewarm


@pytest.fixture
def library(ada, provider, work):
    """Three documents with summaries of the present prompt; the third was read most and the first least."""
    documents = [ada.add(f"Document {number} {WORDS}") for number in range(3)]
    for reads, document in enumerate(documents, 1):
        ada.summarise(document)
        work.drain()
        for _ in range(reads):
            ada.panel(document)
    work.sweep()
    provider.reset()
    return documents


@pytest.fixture
def new_prompt(library, monkeypatch):
    """What the library's summaries were made with is an earlier prompt."""
    monkeypatch.setattr(prompt, "PROMPT_VERSION", NEXT)


@pytest.fixture
def low_queue(redis: Redis):
    """How many jobs wait in it."""
    return lambda: redis.llen("rq:queue:low")


def dollars(micro):
    return f"{micro / 1_000_000:.6f}"


def estimate_of(work):
    """What one of the library costs, in micro-dollars; all are equally long."""
    return work.summaries()[0].estimate


def renewals(work):
    return [summary for summary in work.summaries() if summary.purpose == Purpose.RENEWAL]


def texts(provider):
    return [call.document for call in provider.calls]


# -- before ----------------------------------------------------------------------------------------------


def test_a_new_prompt_leaves_old_summaries_readable_and_out_of_date(ada, library, new_prompt, provider):
    panel = ada.panel(library[0])
    assert (panel.state, panel.stale) == ("complete", True)
    assert f"it was made with an earlier prompt ({NOW}, now {NEXT})" in panel.notice
    assert panel.text.startswith("The text of")
    assert provider.calls == []


def test_with_nothing_out_of_date_there_is_nothing_to_do(library, rewarm, work, provider):
    said = rewarm()
    assert "0 summaries of 0 documents." in said
    assert "0 of 0 done" in said
    assert (renewals(work), provider.calls) == ([], [])


def test_an_estimate_says_how_many_and_what_it_costs_and_asks_for_nothing(new_prompt, rewarm, work, low_queue):
    said = rewarm("--estimate")
    assert f"another model (now {NEXT}, gpt-4o-mini): 3 summaries of 3 documents." in said
    assert f"Renewing all of them costs about {money(3 * estimate_of(work))}." in said
    assert (renewals(work), low_queue()) == ([], 0)


def test_two_forms_of_one_document_are_two_summaries_of_it(ada, library, rewarm, work, monkeypatch):
    ada.summarise(library[0], style="bullets", length="long")
    work.drain()
    monkeypatch.setattr(prompt, "PROMPT_VERSION", NEXT)
    assert "4 summaries of 3 documents" in rewarm("--estimate")
    rewarm("--budget", "1", "--no-follow")
    work.drain()
    assert {(s.style, s.length) for s in renewals(work)} == {("prose", "medium"), ("bullets", "long")}


# -- within a budget -------------------------------------------------------------------------------------


def test_the_most_read_are_renewed_first_on_the_low_queue(ada, library, new_prompt, provider, rewarm, work, low_queue):
    said = rewarm("--budget", "1", "--no-follow")
    assert "Asked for 3, behind everything that people wait for." in said
    assert [summary.document_id for summary in renewals(work)] == list(reversed(library))
    assert {(summary.queue, summary.requested_by_id) for summary in renewals(work)} == {("low", None)}
    assert low_queue() == 3
    work.drain()
    assert texts(provider) == [f"Document {number} {WORDS}" for number in (2, 1, 0)]
    assert not ada.panel(library[0]).stale


def test_what_the_budget_does_not_reach_is_left_and_said(library, new_prompt, provider, rewarm, work):
    said = rewarm("--budget", dollars(2 * estimate_of(work)), "--no-follow")
    assert "Asked for 2," in said
    assert "1 left: the budget is reached." in said
    work.drain()
    assert texts(provider) == [f"Document {number} {WORDS}" for number in (2, 1)]


def test_the_same_budget_again_asks_for_nothing_more(new_prompt, rewarm, work):
    budget = dollars(2 * estimate_of(work))
    rewarm("--budget", budget, "--no-follow")
    said = rewarm("--budget", budget, "--no-follow")
    assert "1 summary of 1 document." in said
    assert "Asked for 0," in said
    assert len(renewals(work)) == 2


def test_what_was_spent_counts_as_what_is_reserved_does(new_prompt, rewarm, work):
    rewarm("--limit", "2", "--budget", "1", "--no-follow")
    work.drain()
    spent = sum(entry.cost for entry in work.ledger() if entry.purpose == Purpose.RENEWAL)
    assert 0 < spent < 2 * estimate_of(work)
    too_little, enough = dollars(spent + estimate_of(work) - 1), dollars(spent + estimate_of(work))
    said = rewarm("--budget", too_little, "--no-follow")
    assert f"Renewed before: 2 of 2 done, {money(spent)} spent or reserved." in said
    assert len(renewals(work)) == 2
    rewarm("--budget", enough, "--no-follow")
    assert len(renewals(work)) == 3


def test_a_larger_budget_goes_on_and_nothing_is_renewed_twice(library, new_prompt, provider, rewarm, work):
    rewarm("--budget", dollars(estimate_of(work)), "--no-follow")
    work.drain()
    for _ in range(3):
        rewarm("--budget", "1", "--no-follow")
        work.drain()
    assert texts(provider) == [f"Document {number} {WORDS}" for number in (2, 1, 0)]
    assert "0 summaries of 0 documents" in rewarm("--estimate")


def test_a_limit_renews_so_many_and_says_what_is_left(new_prompt, rewarm, work):
    said = rewarm("--budget", "1", "--limit", "1", "--no-follow")
    assert "Asked for 1," in said
    assert "2 left: the limit is reached." in said
    assert len(renewals(work)) == 1


def test_a_budget_that_is_not_given_is_asked_for(new_prompt, rewarm, work):
    said = rewarm("--no-follow", answers=f"much\n{dollars(2 * estimate_of(work))}\n")
    assert "Budget in dollars: " in said
    assert "'much' is no amount in dollars, such as 2.50." in said
    assert len(renewals(work)) == 2


def test_who_answers_nothing_renews_nothing(new_prompt, rewarm, work):
    assert "Aborted!" in rewarm("--no-follow", code=1, answers="")
    assert renewals(work) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("amount", ["much", "", "-1", "NaN", "sNaN", "Infinity", "1,5"])
def test_a_nonsensical_budget_is_refused(new_prompt, rewarm, work, amount):
    said = rewarm("--budget", amount, code=2)
    assert "is no amount" in said
    assert "Traceback" not in said
    assert renewals(work) == []


def test_a_model_without_a_price_has_a_limit_instead_of_a_budget(make_app, library, rewarm, work):
    app = make_app(openai_model="another-model")
    assert "What that costs is not known: there is no price for another-model." in rewarm("--estimate", by=app)
    for arguments in (["--budget", "1"], [], ["--budget", "1", "--limit", "2"]):
        assert "Say how many at most with --limit instead." in rewarm(*arguments, code=1, by=app)
    assert renewals(work) == []
    assert "Asked for 2," in rewarm("--limit", "2", "--no-follow", by=app)
    Work(app).drain()
    assert {(summary.model, summary.status) for summary in renewals(work)} == {("another-model", "complete")}


# -- what happens meanwhile ------------------------------------------------------------------------------


def test_a_text_that_was_edited_since_is_renewed_as_it_is_now(ada, library, new_prompt, provider, rewarm, work):
    ada.edit(library[2], OTHER_TEXT)
    rewarm("--budget", "1", "--limit", "1", "--no-follow")
    work.drain()
    assert texts(provider) == [OTHER_TEXT]
    assert not ada.panel(library[2]).stale


def test_a_text_that_is_edited_while_its_renewal_waits_is_never_sent(ada, library, new_prompt, provider, rewarm, work):
    rewarm("--budget", "1", "--limit", "1", "--no-follow")
    ada.edit(library[2], OTHER_TEXT)
    work.drain()
    assert provider.calls == []
    rewarm("--budget", "1", "--limit", "1", "--no-follow")
    work.drain()
    assert texts(provider) == [OTHER_TEXT]


def test_a_renewal_that_somebody_asks_for_becomes_their_request(ada, library, new_prompt, provider, rewarm, work):
    rewarm("--budget", "1", "--no-follow")
    assert ada.press(library[0]).state == "pending"
    (promoted,) = [summary for summary in work.summaries() if summary.document_id == library[0]][1:]
    assert (promoted.queue, promoted.purpose, promoted.requested_by_id) == ("high", Purpose.REQUEST, 1)
    work.drain()
    assert texts(provider) == [f"Document {number} {WORDS}" for number in (0, 2, 1)]


def test_what_somebody_asked_for_before_is_not_renewed(ada, library, new_prompt, provider, rewarm, work):
    ada.summarise(library[1])
    assert "2 summaries of 2 documents" in rewarm("--budget", "1", "--no-follow")
    work.drain()
    assert len(texts(provider)) == len(set(texts(provider))) == 3


def test_a_renewal_that_fails_leaves_the_old_summary_and_is_tried_by_the_next_run(
    ada, library, new_prompt, provider, rewarm, work
):
    provider.script(no_quota())
    rewarm("--budget", "1", "--limit", "1", "--no-follow")
    work.drain()
    panel = ada.panel(library[2])
    assert (panel.state, panel.stale) == ("complete", True)
    assert "1 came to nothing" in rewarm("--budget", "1", "--limit", "1", "--no-follow")
    work.drain()
    assert not ada.panel(library[2]).stale


def test_a_deleted_document_is_not_renewed(ada, library, new_prompt, rewarm):
    ada.delete(library[2])
    assert "2 summaries of 2 documents" in rewarm("--estimate")


def test_the_receipt_of_a_renewed_summary_says_so(ada, library, new_prompt, rewarm, work):
    rewarm("--budget", "1", "--no-follow")
    work.drain()
    receipt = ada.receipt(library[0])
    assert receipt["Asked for by"] == "nobody: it was renewed for a new prompt or model"
    assert (receipt["Prompt"], receipt["Model"]) == (NEXT, "gpt-4o-mini")
