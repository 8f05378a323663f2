"""Forgetting copies of summaries: the next reader gets them from the database, and nothing is lost."""

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Readership
from app.summaries.prompt import PROMPT_VERSION
from tests.support.administrators import administrator, told
from tests.support.servers import free_port


@pytest.fixture
def dora(app):
    """The administrator."""
    return administrator(app)


@pytest.fixture
def documents(ada, work):
    """Two documents of Ada's, of whose summaries there are copies."""
    documents = [ada.add(), ada.add("Another text, about the quay.", "The quay")]
    for document in documents:
        ada.summarise(document)
    work.drain()
    return documents


@pytest.fixture
def answered_by(ada, work):
    """What answers the next reader of a document."""

    def answered_by(document):
        before = served(work.app)
        ada.panel(document)
        work.sweep()
        reads, cached = (now - then for now, then in zip(served(work.app), before, strict=True))
        assert reads == 1
        return "cache" if cached else "database"

    return answered_by


def served(app):
    with app.app_context():
        reads, cached = func.sum(Readership.reads), func.sum(Readership.cached)
        return tuple(db.session.execute(select(func.coalesce(reads, 0), func.coalesce(cached, 0))).one())


def forget(person, what="", **fields):
    answer = person.post(f"/admin/cache{what}", **fields)
    assert answer.location == "/admin/cache", answer.text
    return told(person, "/admin/cache")


def test_the_copies_of_one_document_are_forgotten_and_no_other(dora, documents, answered_by):
    first, second = documents
    assert forget(dora, "/document", document=first) == f"Forgot 1 copy of summaries of document {first}."
    assert (answered_by(second), answered_by(first)) == ("cache", "database")
    assert answered_by(first) == "cache"


def test_copies_of_takes_that_were_chosen_are_forgotten_too(dora, ada, documents, work, answered_by):
    document = documents[0]
    ada.summarise(document, regenerate="1")
    work.drain()
    ada.choose(document, work.summaries()[0].id)
    assert answered_by(document) == "cache"
    assert forget(dora, "/document", document=document).startswith("Forgot 2 copies")
    assert answered_by(document) == "database"


def test_all_that_one_version_of_the_prompt_made_is_forgotten(dora, documents, answered_by, redis):
    redis.set("foreword:summary:7:v0.9:abc", "{}")
    assert forget(dora, "/prompt", prompt_version="v0.9") == "Forgot 1 copy of summaries made with prompt v0.9."
    assert answered_by(documents[0]) == "cache"
    assert forget(dora, "/prompt", prompt_version=f" {PROMPT_VERSION} ").startswith("Forgot 2 copies")
    assert [answered_by(document) for document in documents] == ["database", "database"]


@pytest.mark.parametrize("typed", ["*", "v?.?", "[v]1.0", "v1.*"])
def test_a_version_is_taken_letter_by_letter(dora, documents, typed):
    assert forget(dora, "/prompt", prompt_version=typed).startswith("Forgot 0 copies")


def test_all_copies_are_forgotten_and_nothing_else(dora, documents, answered_by, redis):
    redis.set("foreword:changes:1", "{}")
    redis.mset({f"foreword:summary:9:v1:{number}": "{}" for number in range(1200)})
    assert forget(dora) == "Forgot 1,202 copies of summaries of all documents."
    assert redis.exists("foreword:changes:1")
    assert [answered_by(document) for document in documents] == ["database", "database"]


def test_the_copies_lie_where_the_site_s_cache_does(make_app, ada, documents, redis, environment):
    elsewhere = environment["REDIS_URL"].replace("/0", "/1")
    redis.execute_command("COPY", *redis.keys("foreword:summary:*")[:1], "foreword:summary:9:v1:abc", "DB", 1)
    assert forget(administrator(make_app(cache_url=elsewhere))).startswith("Forgot 1 copy")
    assert len(redis.keys("foreword:summary:*")) == 2


@pytest.mark.parametrize("typed", ["", "x", "-1", "0", "1.5", "²", "9" * 12])
def test_what_is_no_number_of_a_document_is_refused_with_what_was_typed(dora, documents, typed, redis):
    answer = dora.post("/admin/cache/document", document=typed)
    assert answer.status_code == 422
    assert "Enter the number of a document" in answer.text
    assert not typed or f'value="{typed}"' in answer.text
    assert len(redis.keys("foreword:summary:*")) == 2


def test_no_version_is_refused(dora, documents, redis):
    assert dora.post("/admin/cache/prompt", prompt_version=" ").status_code == 422
    assert dora.post("/admin/cache/prompt", prompt_version="v" * 21).status_code == 422
    assert len(redis.keys("foreword:summary:*")) == 2


def test_with_redis_away_it_is_said_that_not_every_copy_is_gone(make_app):
    dora = administrator(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert "not every copy was forgotten" in forget(dora)


def test_a_stranger_forgets_nothing(eve, documents, redis):
    for what, fields in (("", {}), ("/document", {"document": "1"}), ("/prompt", {"prompt_version": PROMPT_VERSION})):
        assert eve.post(f"/admin/cache{what}", **fields).status_code == 404
    assert len(redis.keys("foreword:summary:*")) == 2
