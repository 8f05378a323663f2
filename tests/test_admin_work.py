"""Work that is under way, stuck or failed, as an administrator sees it, and ringing again for it."""

from datetime import timedelta

import pytest

from app.admin import reasons
from app.database import utcnow
from app.llm.base import Reason
from app.models import Extraction, Summary
from app.models.work import MAX_ATTEMPTS
from tests.provider import bad_key
from tests.support.administrators import administrator, told
from tests.support.moments import alter
from tests.support.people import Person, words
from tests.support.servers import free_port

AGO, AHEAD = timedelta(seconds=-20), timedelta(hours=1)


@pytest.fixture
def dora(app):
    """The administrator."""
    return administrator(app)


@pytest.fixture
def lost(app, ada, redis):
    """A document of Ada's, whose summary waits, while nobody was told of it: Redis was emptied."""
    document = ada.add(title="Secret plans")
    ada.summarise(document)
    redis.flushall()
    alter(app, Summary, next_at=utcnow() + AGO)
    return document


def part(person, name):
    """The pieces of work in one part of the page."""
    return [words(row) for row in person.page("/admin/work").cssselect(f"#{name} li")]


def ring(person, name="stuck"):
    """Press the first "Ring again" of a part; what is said then."""
    form = person.page("/admin/work").cssselect(f"#{name} li form")[0]
    assert person.post(form.get("action")).location == "/admin/work"
    return told(person, "/admin/work")


def ring_for_all(person):
    assert person.post("/admin/work").location == "/admin/work"
    return told(person, "/admin/work")


# -- looking -----------------------------------------------------------------------------------------------


def test_what_waits_with_a_doorbell_is_not_stuck(app, dora, ada):
    ada.summarise(document := ada.add())
    alter(app, Summary, next_at=utcnow() + AGO)
    (row,) = part(dora, "waiting")
    assert row.startswith(f"Summary 1, document {document} of ada@example.org, on high, attempt 0, due")
    assert part(dora, "stuck") == []


def test_what_has_just_been_asked_for_is_given_its_time(dora, ada, redis):
    ada.summarise(ada.add())
    redis.flushall()
    assert (len(part(dora, "waiting")), part(dora, "stuck")) == (1, [])


def test_what_nobody_was_told_of_is_stuck(dora, lost):
    (row,) = part(dora, "stuck")
    assert "It is due, and no worker has been told." in row


def test_what_a_worker_holds_is_being_done_until_its_lease_ends(app, dora, lost):
    alter(app, Summary, status="processing", attempt=1, fence=1, lease_until=utcnow() + AHEAD)
    assert (len(part(dora, "in-hand")), part(dora, "stuck")) == (1, [])
    alter(app, Summary, lease_until=utcnow() + AGO)
    assert "fell silent" in part(dora, "stuck")[0]


def test_the_reading_of_a_file_is_work_too(app, dora, ada, redis):
    ada.add_file("harbour.txt", b"The harbour.")
    redis.flushall()
    alter(app, Extraction, next_at=utcnow() + AGO)
    assert part(dora, "stuck")[0].startswith("Reading of a file or page 1, document 1 of ada@example.org")


def test_what_failed_lately_is_told_in_words_for_who_runs_the_site(app, dora, ada, work, provider):
    provider.script(bad_key())
    ada.summarise(ada.add())
    work.drain()
    (row,) = part(dora, "failed")
    assert "did not accept the key: look at OPENAI_API_KEY." in row
    alter(app, Summary, finished_at=utcnow() - timedelta(days=2))
    assert part(dora, "failed") == []


def test_every_reason_of_the_provider_has_words_of_its_own():
    assert all(reasons.sentence(reason) != reasons.sentence("internal") for reason in Reason.__args__)


def test_nothing_of_a_document_is_shown(app, dora, ada, lost, work):
    ada.add_file("confidential.pdf", b"%PDF-1.4 no more of it")
    ada.add_page("http://127.0.0.1:1/hidden-address")
    work.drain()
    page = dora.get("/admin/work").text
    assert len(part(dora, "failed")) == 2
    assert not any(word in page for word in ("Secret plans", "harbour", "confidential", "hidden-address", "127.0.0.1"))


def test_with_redis_away_nothing_is_called_stuck_for_want_of_a_doorbell(make_app, lost):
    dora = administrator(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert "nobody knows for what no worker has been told" in dora.get("/admin/work").text
    assert (len(part(dora, "waiting")), part(dora, "stuck")) == (1, [])


def test_of_many_the_first_are_shown_and_all_are_counted(app, dora, ada, redis):
    for number in range(51):
        ada.summarise(ada.add(f"Document number {number}."))
    redis.flushall()
    alter(app, Summary, next_at=utcnow() + AGO)
    assert "51 pieces of work, of which the first 50 are shown." in dora.get("/admin/work").text
    assert len(part(dora, "stuck")) == 50


# -- ringing again -----------------------------------------------------------------------------------------


def test_ringing_again_leads_to_the_summary(dora, ada, lost, work):
    assert ring(dora) == "Summary 1: The workers have been told."
    assert part(dora, "stuck") == []
    work.once()
    assert ada.panel(lost).state == "complete"


def test_ringing_again_for_the_reading_of_a_file_leads_to_its_text(app, dora, ada, redis, work):
    document = ada.add_file("harbour.txt", b"The harbour.")
    redis.flushall()
    alter(app, Extraction, next_at=utcnow() + AGO)
    assert ring(dora) == "Reading of a file or page 1: The workers have been told."
    work.once()
    assert ada.text_of(document) == "The harbour."


def test_ringing_twice_pays_once(dora, ada, lost, work, provider, redis):
    form = dora.page("/admin/work").cssselect("#stuck li form")[0].get("action")
    dora.post(form)
    dora.post(form)
    assert redis.llen("rq:queue:high") == 1
    work.once()
    assert len(provider.calls) == 1


def test_what_a_silent_worker_has_is_taken_from_it_first(app, dora, ada, lost, work):
    alter(app, Summary, status="processing", attempt=1, fence=1, lease_until=utcnow() + AGO)
    assert ring(dora) == "Summary 1: It was taken from a worker that fell silent, and the workers have been told."
    work.once()
    assert ada.panel(lost).state == "complete"


def test_what_is_past_saving_fails_and_is_said_to(app, dora, ada, lost):
    alter(app, Summary, status="processing", attempt=MAX_ATTEMPTS, fence=9, lease_until=utcnow() + AGO)
    assert "It was past saving, and has failed" in ring(dora)
    assert ada.panel(lost).state == "failed"
    assert "Its worker was lost at every attempt" in part(dora, "failed")[0]


def test_what_a_worker_holds_is_left_to_it(app, dora, lost, redis):
    form = dora.page("/admin/work").cssselect("#stuck li form")[0].get("action")
    alter(app, Summary, status="processing", attempt=1, fence=1, lease_until=utcnow() + AHEAD)
    dora.post(form)
    assert told(dora, "/admin/work") == "Summary 1: A worker has it."
    assert redis.llen("rq:queue:high") == 0


def test_what_is_not_due_is_not_hurried(app, dora, lost, redis):
    alter(app, Summary, next_at=utcnow() + AHEAD)
    assert ring(dora, "waiting") == "Summary 1: It is not due yet."
    assert redis.llen("rq:queue:high") == 0


def test_what_has_ended_meanwhile_is_left_alone(dora, lost, work):
    form = dora.page("/admin/work").cssselect("#stuck li form")[0].get("action")
    work.drain()
    dora.post(form)
    assert told(dora, "/admin/work") == "Summary 1: There is nothing left to do for it."


def test_with_redis_away_nothing_is_lost_by_ringing(make_app, ada, lost, work):
    dora = administrator(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert "Redis does not answer, so nobody could be told" in ring(dora, "waiting")
    assert "Until then rung for: 0." in ring_for_all(dora)
    work.drain()
    assert ada.panel(lost).state == "complete"


def test_everything_that_is_stuck_is_rung_for_at_once(app, dora, ada, redis, work):
    documents = [ada.add(f"Document number {number}.") for number in range(3)]
    for document in documents:
        ada.summarise(document)
    redis.flushall()
    alter(app, Summary, next_at=utcnow() + AGO)
    assert ring_for_all(dora) == "Rung for 3."
    work.once()
    assert [ada.panel(document).state for document in documents] == ["complete"] * 3
    assert ring_for_all(dora) == "Nothing is stuck."


@pytest.mark.parametrize("address", ["/admin/work/summary/99", "/admin/work/user/1", "/admin/work/extraction/1"])
def test_what_is_not_there_cannot_be_rung_for(dora, address):
    assert dora.post(address).status_code == 404


def test_a_stranger_rings_for_nobody(eve, lost, redis):
    for address in ("/admin/work", "/admin/work/summary/1"):
        assert eve.post(address).status_code == 404
        assert Person(eve.app, "nobody").post(address, "/login").status_code == 303
    assert redis.llen("rq:queue:high") == 0
