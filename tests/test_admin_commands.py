"""What the pages of administrators do, in the terminal."""

from datetime import timedelta

import pytest

from app.database import utcnow
from app.models import Summary, User
from app.summaries.prompt import PROMPT_VERSION
from tests.provider import bad_key
from tests.support.moments import alter
from tests.support.servers import free_port


@pytest.fixture
def flask(app):
    """Run a command; its exit code and what it wrote."""

    def flask(*arguments, of=app):
        with of.app_context():
            done = of.test_cli_runner().invoke(args=arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done.exit_code, done.output

    return flask


@pytest.fixture
def document(ada, work):
    """A document with a summary, of which there is a copy."""
    document = ada.add()
    ada.summarise(document)
    work.drain()
    return document


@pytest.fixture
def lost(app, ada, redis):
    """A document whose summary waits, while nobody was told of it: Redis was emptied."""
    document = ada.add(title="Secret plans")
    ada.summarise(document)
    redis.flushall()
    alter(app, Summary, next_at=utcnow() - timedelta(seconds=20))
    return document


# -- flask admin -------------------------------------------------------------------------------------------


def test_the_status_fails_with_what_is_missing(flask, lost):
    code, said = flask("admin", "status")
    assert code == 1
    assert "answers" in said
    assert "queue high: 1 due since" in said
    assert "No worker is alive" in said


def test_the_status_is_good_while_a_worker_is_alive(flask, redis):
    redis.sadd("rq:workers", "rq:worker:abc")
    beat = utcnow().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    redis.hset("rq:worker:abc", mapping={"queues": "high,low", "state": "idle", "last_heartbeat": beat})
    code, said = flask("admin", "status")
    assert (code, "worker high,low: idle, last heartbeat" in said) == (0, True)


def test_the_status_of_a_site_that_has_lost_redis_and_its_database_says_both(flask, make_app):
    broken = make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0", database_url="postgres://nobody@127.0.0.1:1/none")
    code, said = flask("admin", "status", of=broken)
    assert code == 1
    assert "The database does not answer" in said
    assert "Redis (queues and copies) does not answer." in said


def test_stuck_work_is_listed_without_a_word_of_the_document(flask, lost):
    code, said = flask("admin", "stuck")
    assert code == 0
    assert said.startswith("summary 1, document 1 of ada@example.org, high: It is due, and no worker has been told.")
    assert "Secret" not in said


def test_ringing_for_it_leads_to_the_summary(flask, ada, lost, work):
    assert "Rung for 1." in flask("admin", "stuck", "--ring")[1]
    work.once()
    assert ada.panel(lost).state == "complete"
    assert flask("admin", "stuck") == (0, "Nothing is stuck.\n")


def test_what_failed_is_listed_with_what_to_do(flask, ada, provider, work):
    provider.script(bad_key())
    ada.summarise(ada.add())
    work.drain()
    assert "failed. The provider did not accept the key: look at OPENAI_API_KEY." in flask("admin", "stuck")[1]


@pytest.mark.parametrize("ring", [(), ("--ring",)])
def test_with_redis_away_it_fails_and_nothing_is_lost(flask, make_app, ada, lost, work, ring):
    code, said = flask("admin", "stuck", *ring, of=make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert (code, "Redis does not answer" in said, "Nothing is stuck" in said) == (1, True, False)
    work.drain()
    assert ada.panel(lost).state == "complete"


# -- flask cache clear -------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [("--document", "1"), ("--prompt-version", PROMPT_VERSION), ("--all",)])
def test_copies_are_forgotten_and_counted(flask, document, redis, which):
    assert flask("cache", "clear", *which) == (0, "Forgot 1 copy.\n")
    assert redis.keys("foreword:summary:*") == []
    assert flask("cache", "clear", *which) == (0, "Forgot 0 copies.\n")


@pytest.mark.parametrize("which", [(), ("--document", "1", "--all"), ("--document", "0"), ("--document", "x")])
def test_what_is_to_be_forgotten_must_be_said_in_one_way(flask, document, redis, which):
    assert flask("cache", "clear", *which)[0] == 2
    assert len(redis.keys("foreword:summary:*")) == 1


def test_with_redis_away_it_is_told_that_copies_are_left(flask, make_app):
    code, said = flask("cache", "clear", "--all", of=make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert (code, "not every copy was forgotten" in said) == (1, True)


# -- flask set-budget --------------------------------------------------------------------------------------


def test_a_budget_is_set_and_cleared(flask, app, ada):
    assert flask("set-budget", "ADA@example.org", "2.50") == (0, "ADA@example.org may spend $2.50 a month.\n")
    assert budget(app, ada) == 2_500_000
    assert flask("set-budget", ada.email, "none")[0] == 0
    assert budget(app, ada) is None


@pytest.mark.parametrize(("email", "amount", "code"), [("eve@example.org", "1", 1), ("ada@example.org", "much", 2)])
def test_what_cannot_be_set_changes_nothing(flask, app, ada, email, amount, code):
    assert flask("set-budget", email, amount)[0] == code
    assert budget(app, ada) is None


def test_what_is_done_in_the_terminal_is_logged_as_nobody_s(flask, ada, caplog):
    caplog.set_level("INFO", "foreword.accounts")
    flask("set-budget", ada.email, "1")
    assert "admin-acted user_id=0 action=budget-set target=1" in caplog.messages
    assert ada.email not in caplog.text


def test_every_command_says_what_it_does(flask):
    for command in (("admin",), ("admin", "status"), ("admin", "stuck"), ("cache", "clear"), ("set-budget",)):
        code, said = flask(*command, "--help")
        assert (code, len(said.splitlines()) > 4) == (0, True)


def budget(app, person):
    with app.app_context():
        return User.by_email(person.email).monthly_budget
