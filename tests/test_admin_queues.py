"""RQ's dashboard within Foreword: for administrators alone, with our own care about scripts, secrets and pickles."""

import base64
import pickle
import zlib
from pathlib import Path

import pytest
from rq import Queue
from rq.job import Job

from app import queues
from app.database import utcnow
from tests.provider import hold_midway
from tests.support.administrators import administrator
from tests.support.servers import free_port

DATABASES = ("sqlite",)  # which is not asked
HERE = "/admin/queues"
SHOWN = ("/", "/0/view/jobs", "/0/view/workers", "/0/view/job/planted")
DATA = (
    "/0/data/queues.json",
    "/0/data/workers.json",
    "/0/data/jobs/high/failed/8/asc/1.json",
    "/0/data/job/planted.json",
)


@pytest.fixture
def dora(app):
    """The administrator."""
    return administrator(app)


@pytest.fixture
def plant(redis):
    """Write a failed job into Redis, as somebody could who reaches it."""

    def plant(job_id="planted", exc_string="ValueError", **fields):
        now = utcnow().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        data = zlib.compress(b'["jobs.summaries.summarise", null, [1], {}]')
        about = {"status": "failed", "origin": "high", "created_at": now, "data": data, "description": "planted"}
        redis.hset(f"rq:job:{job_id}", mapping={**about, **fields})
        result = base64.b64encode(zlib.compress(exc_string.encode()))
        redis.xadd(f"rq:results:{job_id}", {"type": 2, "exc_string": result})
        redis.zadd("rq:failed:high", {job_id: 2**40})
        redis.sadd("rq:queues", "rq:queue:high")

    return plant


def policy(answer):
    return answer.headers["Content-Security-Policy"]


def change(person, what):
    """As a button of the dashboard does: the token goes in a header."""
    return person.browser.post(HERE + what, headers={"X-CSRFToken": person.token("/admin/cache")})


# -- looking -----------------------------------------------------------------------------------------------


def test_the_queues_are_listed_with_what_is_in_them(dora, ada):
    ada.summarise(ada.add())
    (high,) = [queue for queue in dora.get(f"{HERE}/0/data/queues.json").json["queues"] if queue["name"] == "high"]
    assert high["count"] == 1
    (job,) = dora.get(f"{HERE}/0/data/jobs/high/queued/8/asc/1.json").json["jobs"]
    assert job["description"] == "jobs.summaries.summarise(1)"
    assert dora.get(f"{HERE}/0/data/job/{job['id']}.json").json["origin"] == "high"


def test_a_worker_is_shown_with_the_job_that_it_runs(dora, ada, provider, release, start_worker):
    provider.script(hold_midway("The channel ", release, "silted up."))
    ada.summarise(ada.add())
    start_worker("high")
    provider.wait_for_calls(1)
    (worker,) = dora.get(f"{HERE}/0/data/workers.json").json["workers"]
    assert worker["queues"] == ["high"]
    assert worker["current_job"]["call_string"] == "jobs.summaries.summarise(1)"


def test_every_page_leads_back_to_foreword_s_own(dora, plant):
    plant()
    for page in SHOWN:
        assert dora.page(HERE + page).cssselect("a[href='/admin']")


@pytest.mark.parametrize(
    "address",
    [
        *("/0/view/job/none", "/0/data/job/none.json", "/1/data/queues.json", "/0/view/jobs/other/queued/8/asc/1"),
        *("/0/view/job/no%20id", "/0/view/job/1%00", "/0/data/job/caf%C3%A9.json", "/0/view/job/:"),
        *("/0/view/jobs/high/other/8/asc/1", "/0/view/jobs/high/queued/x/asc/1", "/0/view/jobs/high/queued/8/asc/0"),
        *("/0/data/jobs/high/queued/²/asc/1.json", "/0/data/jobs/high/queued/201/asc/1.json", "/favicon.ico"),
    ],
)
def test_what_is_not_there_is_a_404(dora, address):
    assert dora.get(HERE + address).status_code == 404


@pytest.mark.parametrize("what", ["/job/no%20id/delete", "/job/no%20id/requeue"])
def test_what_is_not_there_is_not_changed_either(dora, what):
    assert change(dora, what).status_code == 404


def test_with_redis_away_each_page_says_so(make_app):
    dora = administrator(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    for page in (*SHOWN, *DATA):
        answer = dora.get(HERE + page)
        assert (answer.status_code, "Redis does not answer" in answer.text) == (503, True)


def test_looking_at_workers_leaves_the_patience_of_this_process_as_short_as_it_was(app, dora, redis):
    redis.sadd("rq:workers", "rq:worker:abc")
    redis.hset("rq:worker:abc", mapping={"queues": "high", "state": "busy", "birth": "2026-01-01T00:00:00.000000Z"})
    for page in (*SHOWN[:3], *DATA[:2]):
        assert dora.get(HERE + page).status_code == 200
    with app.app_context():
        assert queues.connection().connection_pool.connection_kwargs["socket_timeout"] == 0.5


# -- scripts -----------------------------------------------------------------------------------------------


def test_only_its_own_pages_may_run_what_stands_in_them_each_with_another_nonce(dora, eve):
    first, second = policy(dora.get(f"{HERE}/")), policy(dora.get(f"{HERE}/"))
    nonce = first.partition("'nonce-")[2].partition("'")[0]
    assert len(nonce) > 15
    assert nonce not in second
    assert "'unsafe-inline'" not in first.replace("style-src-attr 'unsafe-inline'", "")
    for answer in (dora.get("/admin"), dora.get(f"{HERE}/0/view/job/none"), eve.get(f"{HERE}/")):
        assert "script-src 'self';" in policy(answer)


def test_each_script_in_its_pages_has_the_nonce(dora, plant):
    plant()
    for page in SHOWN:
        answer = dora.get(HERE + page)
        nonce = policy(answer).partition("'nonce-")[2].partition("'")[0]
        scripts = dora.page(HERE + page).cssselect("script:not([src]):not([type])")
        assert len(scripts) == 1
        assert f'<script nonce="{nonce}">' in answer.text


# -- secrets and pickles -----------------------------------------------------------------------------------


def test_no_secret_is_shown_wherever_it_stands(make_app, environment, plant):
    redis_url = environment["REDIS_URL"].replace("redis://", "redis://default:pass@word-of-redis@")
    dora = administrator(make_app(openai_api_key="sk-key-of-the-provider", redis_url=redis_url))
    plant(
        exc_string="ValueError: sk-key-of-the-provider, pass@word-of-redis", description="with sk-key-of-the-provider"
    )
    said = "".join(dora.get(HERE + page).text for page in (*SHOWN, *DATA))
    assert "ValueError: " in said
    # Whole words: a token of a page may by chance hold any two letters.
    assert "word-of-redis" not in said
    assert "key-of-the-provider" not in said
    assert "pass" not in said.replace("password", "")


def test_what_was_pickled_into_redis_is_never_run(dora, plant, tmp_path, redis):
    trap = tmp_path / "sprung"
    sprung = pickle.dumps(Trap(trap))
    plant(meta=sprung, data=zlib.compress(sprung))
    redis.xadd("rq:results:planted", {"type": 1, "return_value": base64.b64encode(sprung)})
    for page in (*SHOWN, *DATA):
        dora.get(HERE + page)
    for what in ("/job/planted/requeue", "/requeue/high", "/job/planted/delete"):
        change(dora, what)
    assert not trap.exists()


class Trap:
    """What touches a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_the_trap_springs_where_it_is_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").exists()


# -- changing ----------------------------------------------------------------------------------------------


def test_nothing_is_changed_by_a_get(dora, plant, redis):
    plant()
    for what in ("/requeue/high", "/queue/high/failed/empty", "/job/planted/delete", "/job/planted/requeue"):
        assert dora.get(HERE + what).status_code == 405
    assert redis.zcard("rq:failed:high") == 1


def test_nothing_is_changed_without_the_token_of_a_page(app, plant, redis):
    app.testing = False
    plant()
    answer = administrator(app).browser.post(f"{HERE}/requeue/high")
    assert answer.status_code == 400
    assert redis.zcard("rq:failed:high") == 1


def test_a_stranger_changes_nothing(eve, plant, redis):
    plant()
    for what in ("/requeue/high", "/queue/high/failed/empty", "/job/planted/delete", "/job/planted/requeue"):
        token = {"X-CSRFToken": eve.token("/documents/new")}
        assert eve.browser.post(HERE + what, headers=token).status_code == 404
    assert redis.zcard("rq:failed:high") == 1


def test_a_failed_job_is_put_back_as_json_and_that_is_logged(app, dora, plant, redis, caplog):
    caplog.set_level("INFO", "foreword.accounts")
    plant()
    assert change(dora, "/job/planted/requeue").json == {"status": "OK"}
    assert redis.lrange("rq:queue:high", 0, -1) == [b"planted"]
    assert Job.fetch("planted", redis, serializer="json").args == [1]
    assert any("action=queues-requeue-job" in line for line in caplog.messages)
    assert change(dora, "/job/planted/requeue").status_code == 409


def test_emptying_a_queue_loses_no_summary(app, dora, ada, work, redis):
    ada.summarise(document := ada.add())
    assert change(dora, "/queue/high/queued/empty").json == {"status": "OK"}
    assert Queue("high", connection=redis).count == 0
    work.drain()
    assert ada.panel(document).state == "complete"
