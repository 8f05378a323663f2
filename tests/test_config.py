"""Configuration: refused at boot in one message, or right for the rest of the day."""

import datetime as dt
import socket
import ssl
import stat
import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError
from redis import Redis

from app import create_app
from app.config import ConfigError, Settings, load_settings, redis_options
from tests.support.servers import ROOT


def test_everything_that_is_wrong_is_told_at_once(monkeypatch, tmp_path):
    wrong = {
        "APP_ENV": "testing",
        "DATABASE_URL": "mysql://root:hunter2@db/foreword",
        "REDIS_URL": "http://redis",
        "CACHE_URL": "memcached://cache",
        "OPENAI_BASE_URL": "api.openai.com",
        "SIGNUP": "maybe",
        "MAX_UPLOAD_MB": "ten",
        "SUMMARY_CACHE_DAYS": "0",
        "TRUSTED_PROXIES": "-1",
        "LOG_LEVEL": "chatty",
        "WARMING": "sometimes",
        "WARMING_QUIET_SECONDS": "-1",
        "WARMING_BUDGET": "five",
        "MONTHLY_BUDGET": "-1",
        "PERSON_BUDGET": "plenty",
        "MODEL_PRICES": "mine=free",
        "STATSD_HOST": "statsd:port",
        "SENTRY_DSN": "https://sentry.example/1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
        "OPENAI_CONTEXT_TOKENS": "3999",
        "SUMMARY_PARTS_AT_ONCE": "0",
        "EXTRACTION_TIMEOUT_SECONDS": "0",
        "FETCH_ALLOW": "wiki.internal, 10.0.0.1/8",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    lines = str(refused.value).splitlines()[1:]
    assert {line.split(":")[0].strip() for line in lines} == wrong.keys()
    assert "got 'maybe'" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_process_that_cannot_start_says_why_and_nothing_else(tmp_path):
    for module in (["-c", "import wsgi"], ["-m", "jobs.worker", "high"]):
        ended = subprocess.run(
            [sys.executable, *module],
            check=False,
            cwd=ROOT,
            env={"PATH": "", "INSTANCE_PATH": str(tmp_path), "APP_ENV": "production", "SIGNUP": "maybe"},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 1
        assert "SECRET_KEY: Value error, is required in production" in ended.stderr
        assert "SIGNUP: Input should be 'open' or 'closed'" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    for name in ("DATABASE_URL", "OPENAI_API_KEY", "MAX_UPLOAD_MB", "SIGNUP"):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert (settings.max_upload_mb, settings.signup, settings.openai_api_key.get_secret_value()) == (25, "open", "")


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("postgres://u:p@h:5432/d?sslmode=require", "postgresql+psycopg://u:p@h:5432/d?sslmode=require"),
        ("postgresql://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:////tmp/x.sqlite3", "sqlite:////tmp/x.sqlite3"),
    ],
)
def test_a_database_is_found_however_its_address_is_written(given, means):
    assert Settings(database_url=given).database_url == means


def test_without_an_address_the_database_is_a_file_in_the_instance_folder(tmp_path):
    settings = Settings(instance_path=tmp_path / "deep" / "instance")
    assert settings.flask()["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path}/deep/instance/foreword.sqlite3"


def test_what_may_be_fetched_is_a_list_of_hosts_and_networks():
    settings = Settings(fetch_allow=" wiki.internal, 10.0.0.0/8,,fd00::/8 ")
    assert settings.fetch_allow_list == ("wiki.internal", "10.0.0.0/8", "fd00::/8")
    assert Settings().fetch_allow_list == ()


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("mine=0.15/0.60", {"mine": (Decimal("0.15"), Decimal("0.60"))}),
        (" a/b:c = 1 / 2 , x=y=0/0,", {"a/b:c": (1, 2), "x=y": (0, 0)}),
        ("", {}),
    ],
)
def test_prices_are_a_list_of_models_with_what_a_million_tokens_cost(given, means):
    assert Settings(model_prices=given).own_prices == means


@pytest.mark.parametrize("given", ["mine", "mine=1", "=1/2", "mine=1/-2", "mine=1/inf", "mine=1/2/3", "mine=1/two"])
def test_what_is_no_price_is_refused(given):
    with pytest.raises(ValidationError):
        Settings(model_prices=given)


@pytest.mark.parametrize("given", ["statsd", "127.0.0.1:8125", "[::1]:8125"])
def test_statsd_is_a_host_with_or_without_a_port(given):
    assert Settings(statsd_host=given).statsd_host == given


def test_on_heroku_it_is_production_behind_one_proxy(monkeypatch):
    monkeypatch.setenv("DYNO", "web.1")
    settings = Settings(secret_key="s" * 32)
    assert (settings.production, settings.trusted_proxies) == (True, 1)


# -- the secret key --------------------------------------------------------------------------------------


def test_a_secret_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    first = create_app(Settings(instance_path=tmp_path)).config["SECRET_KEY"]
    assert create_app(Settings(instance_path=tmp_path)).config["SECRET_KEY"] == first
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_two_processes_that_start_at_the_same_moment_share_one_key(tmp_path):
    program = "from app import create_app; print(create_app().config['SECRET_KEY'])"
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PATH": "", "INSTANCE_PATH": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert len({process.communicate()[0] for process in starting}) == 1


def test_many_that_make_the_key_at_the_same_moment_share_one(tmp_path):
    keys, start = [], threading.Barrier(16)

    def make() -> None:
        start.wait()
        keys.append(Settings(instance_path=tmp_path).flask()["SECRET_KEY"])

    threads = [threading.Thread(target=make) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1


def test_production_insists_on_a_key_of_its_own(tmp_path):
    with pytest.raises(ValidationError, match="is required in production"):
        Settings(app_env="production", instance_path=tmp_path)
    assert Settings(app_env="production", secret_key="s" * 32, instance_path=tmp_path).flask()["SECRET_KEY"] == "s" * 32
    assert not (tmp_path / "secret_key").exists()


def test_no_secret_shows_when_the_settings_are_printed():
    assert "hunter2" not in repr(Settings(secret_key="hunter2", openai_api_key="hunter2"))


# -- Redis -----------------------------------------------------------------------------------------------


@pytest.fixture
def heroku_like_redis(valkey, tmp_path):
    """Valkey behind TLS with a certificate that it signed itself, for another name."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=somewhere.example")
    now = dt.datetime.now(dt.UTC)
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    lasting = draft.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    certificate = lasting.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "tls.pem").write_bytes(private + certificate.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "tls.pem")
    port = int(valkey.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=relay, args=(server, context, port), daemon=True).start()
        yield f"rediss://127.0.0.1:{server.getsockname()[1]}/0"


def relay(server: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """One question, one answer, for one client after another, until the server is closed."""
    while True:
        try:
            client, _ = server.accept()
            inside = context.wrap_socket(client, server_side=True)
            with inside, socket.create_connection(("127.0.0.1", port)) as redis:
                while question := inside.recv(65_536):
                    redis.sendall(question)
                    inside.sendall(redis.recv(65_536))
        except ssl.SSLError:
            continue
        except OSError:
            return


def test_a_redis_that_signed_its_own_certificate_is_accepted(heroku_like_redis, redis):
    redis.set("said", "hello")
    for _ in range(10):  # what TLS itself says once it is open comes at the first question of some
        client = Redis.from_url(heroku_like_redis, **redis_options(heroku_like_redis))
        assert client.get("said") == b"hello"
        client.close()


def test_a_web_process_waits_for_redis_half_a_second_and_tries_once():
    options = redis_options("redis://127.0.0.1:1/0")
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 0.5
    assert options["retry"].get_retries() == 0
    assert "ssl_cert_reqs" not in options
    assert redis_options("rediss://h")["ssl_cert_reqs"] is None
