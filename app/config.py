"""Every environment variable Foreword reads, typed, with its default.

Whatever is wrong is refused at boot in one message that names each variable.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.patience import connection_class

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1024 * 1024
SECRET_MIN = 16  # characters, which hold 128 bits and more where they are random (OWASP ASVS 5, 11.2.3)
YEAR_SECONDS = 365 * 24 * 60 * 60
PASSWORD_IN_URL = re.compile(r"://\S*@")


class ConfigError(Exception):
    """The environment cannot run Foreword; the message says which variables and why."""


def _running_on_heroku() -> bool:
    return "DYNO" in os.environ


class Settings(BaseSettings):
    """Foreword's configuration, read from variables of the same names in capitals."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="forbid", frozen=True)

    app_env: Literal["development", "production"] = Field(
        default_factory=lambda: "production" if _running_on_heroku() else "development"
    )
    instance_path: Path = ROOT / "instance"
    database_url: str = ""
    redis_url: str = "redis://127.0.0.1:6379/0"
    cache_url: str = ""
    secret_key: SecretStr = Field(SecretStr(""), validate_default=True)
    trusted_proxies: int = Field(default_factory=lambda: 1 if _running_on_heroku() else 0, ge=0, le=5)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    site_url: str = ""
    mail_url: SecretStr = SecretStr("")
    mail_from: str = ""
    database_pool_size: int = Field(4, ge=1, le=100)

    signup: Literal["open", "closed"] = "open"
    session_days: float = Field(30, gt=0)
    max_upload_mb: int = Field(25, ge=1, le=100)
    max_document_characters: int = Field(1_000_000, ge=1_000)
    summaries_per_minute: int = Field(120, ge=1)

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-4o-mini"
    openai_context_tokens: int | None = Field(
        None, ge=4_000
    )  # what the model can read at once, where that is not known

    summary_cache_days: float = Field(7, gt=0)
    summary_timeout_seconds: float = Field(120, gt=0)
    summary_lease_seconds: float = Field(12, ge=1)
    summary_retry_seconds: float = Field(1, gt=0)
    summary_parts_at_once: int = Field(4, ge=1, le=64)
    extraction_timeout_seconds: float = Field(120, gt=0)
    fetch_allow: str = ""  # hosts and networks that may be fetched from though they are private
    worker_grace_seconds: float = Field(20, ge=0)

    warming: Literal["auto", "off"] = "auto"
    warming_quiet_seconds: float = Field(30, ge=0)
    warming_budget: Decimal | None = Field(None, ge=0)  # dollars in a calendar month, as the next two
    monthly_budget: Decimal | None = Field(None, ge=0)  # for everything
    person_budget: Decimal | None = Field(None, ge=0)  # for what one person asks for
    model_prices: str = ""  # MODEL=INPUT/OUTPUT in dollars per million tokens, several with commas

    metrics_token: SecretStr = SecretStr("")
    statsd_host: str = ""  # HOST or HOST:PORT
    sentry_dsn: SecretStr = SecretStr("")
    otel_exporter_otlp_endpoint: str = ""  # the address of an OpenTelemetry collector that takes OTLP over HTTP

    @field_validator("secret_key")
    @classmethod
    def _require_in_production(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        if len(key.get_secret_value()) < SECRET_MIN and info.data.get("app_env") == "production":
            raise ValueError("is required in production: 32 random bytes or more, kept the same over deploys")
        return key

    @field_validator("database_url")
    @classmethod
    def _accept_heroku_style_postgres(cls, url: str) -> str:
        """SQLAlchemy dropped ``postgres://``, which Heroku still hands out; both mean psycopg 3 here."""
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        if url and not url.startswith(("sqlite://", "postgresql+psycopg://")):
            raise ValueError("should begin with postgres:// or sqlite://")
        return url

    @field_validator("redis_url", "cache_url")
    @classmethod
    def _accept_redis_schemes(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("should begin with redis:// or rediss://")
        return url

    @field_validator("openai_base_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _accept_http(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("should begin with http:// or https://")
        return url

    @field_validator("sentry_dsn")
    @classmethod
    def _accept_a_dsn(cls, given: SecretStr) -> SecretStr:
        parts = urlsplit(given.get_secret_value())
        if given and not (parts.scheme in ("http", "https") and parts.username and parts.hostname and parts.path[1:]):
            raise ValueError("should be the DSN of a project, as https://KEY@HOST/NUMBER")
        return given

    @field_validator("site_url")
    @classmethod
    def _accept_a_site(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("should begin with https://")
        return url.rstrip("/")

    @field_validator("mail_url")
    @classmethod
    def _accept_a_mail_server(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        if url and not url.get_secret_value().startswith(("smtp://", "smtps://")):
            raise ValueError("should begin with smtp:// or smtps://")
        if url and info.data.get("app_env") == "production" and not info.data.get("site_url"):
            raise ValueError("needs SITE_URL, since the links in mail must not go by what a request claims")
        return url

    @field_validator("fetch_allow")
    @classmethod
    def _accept_networks(cls, allowed: str) -> str:
        for one in filter(None, (one.strip() for one in allowed.split(","))):
            if "/" in one:
                ip_network(one)  # says itself what is wrong with it
        return allowed

    @field_validator("statsd_host")
    @classmethod
    def _accept_a_host(cls, given: str) -> str:
        parts = urlsplit(f"//{given}")
        if given and (not parts.hostname or parts.path or parts.port == 0):  # what is no number it refuses itself
            raise ValueError("should be HOST or HOST:PORT")
        return given

    @field_validator("model_prices")
    @classmethod
    def _accept_prices(cls, given: str) -> str:
        _prices(given)
        return given

    @property
    def own_prices(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Dollars per million tokens read and written, by model."""
        return _prices(self.model_prices)

    @property
    def fetch_allow_list(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in self.fetch_allow.split(",") if one.strip())

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def insists_on_https(self) -> bool:
        """Whether it is deployed behind a proxy that says which requests came over HTTPS."""
        return self.production and self.trusted_proxies > 0

    def flask(self) -> dict[str, Any]:
        """What Flask and its extensions read from ``app.config``."""
        self.instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
        prefix = "__Host-" if self.production else ""
        return {
            "SETTINGS": self,
            "SECRET_KEY": self._secret_key(),
            # A cookie of this name is taken by browsers from this very host over HTTPS only.
            "SESSION_COOKIE_NAME": f"{prefix}session",
            "REMEMBER_COOKIE_NAME": f"{prefix}remember_token",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.production,
            "REMEMBER_COOKIE_HTTPONLY": True,
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_SECURE": self.production,
            "REMEMBER_COOKIE_DURATION": timedelta(days=self.session_days),
            "PERMANENT_SESSION_LIFETIME": timedelta(days=self.session_days),
            "SEND_FILE_MAX_AGE_DEFAULT": YEAR_SECONDS,  # their addresses change when they do
            "MAX_CONTENT_LENGTH": self.max_upload_mb * MEGABYTE,
            # A text of the largest allowed size, in its widest UTF-8 and form-encoded, still arrives.
            "MAX_FORM_MEMORY_SIZE": self.max_upload_mb * MEGABYTE,
            # A tab that was left open overnight must still be able to post what was typed in it.
            "WTF_CSRF_TIME_LIMIT": None,
            # The token says who posts; a Referer may be withheld by the reader.
            "WTF_CSRF_SSL_STRICT": False,
            "SQLALCHEMY_DATABASE_URI": self.database_url or f"sqlite:///{self.instance_path / 'foreword.sqlite3'}",
            **self._cache(),
            **self._rate_limits(),
        }

    def _secret_key(self) -> str:
        return self.secret_key.get_secret_value() or _generated_secret(self.instance_path / "secret_key")

    def _cache(self) -> dict[str, Any]:
        return {
            "CACHE_TYPE": "RedisCache",
            "CACHE_REDIS_URL": self.cache_url or self.redis_url,
            "CACHE_REDIS_DB": None,  # the address says which
            "CACHE_KEY_PREFIX": "foreword:",
            "CACHE_OPTIONS": redis_options(self.cache_url or self.redis_url),
        }

    def _rate_limits(self) -> dict[str, Any]:
        return {
            "RATELIMIT_STORAGE_URI": self.redis_url.replace("unix://", "redis+unix://"),
            "RATELIMIT_STORAGE_OPTIONS": redis_options(self.redis_url),
            "RATELIMIT_STRATEGY": "fixed-window",
            "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
            "RATELIMIT_SWALLOW_ERRORS": True,
        }


def load_settings() -> Settings:
    """Read the environment.

    :raises ConfigError: one message that lists every variable that is wrong.
    """
    try:
        return Settings()  # type: ignore[call-arg] # every field has a default
    except ValidationError as error:
        lines = "\n".join(_complaint(".".join(map(str, e["loc"])), e["msg"], e["input"]) for e in error.errors())
        raise ConfigError(f"Foreword cannot start with this environment:\n{lines}") from None


def _complaint(field: str, message: str, given: Any) -> str:
    """What is refused is shown, but never a secret: it would stay in the log."""
    secret = Settings.model_fields[field].annotation is SecretStr if field in Settings.model_fields else False
    shown = "" if secret else f" (got {PASSWORD_IN_URL.sub('://…@', repr(given))})"
    return f"  {field.upper()}: {message}{shown}"


def _prices(given: str) -> dict[str, tuple[Decimal, Decimal]]:
    """:raises ValueError: when it is not such a list."""
    found = {}
    for one in filter(None, (one.strip() for one in given.split(","))):
        model, _, price = one.rpartition("=")
        read, _, written = price.partition("/")
        try:
            found[model.strip()] = Decimal(read.strip()), Decimal(written.strip())
        except ArithmeticError:
            raise ValueError("should be MODEL=INPUT/OUTPUT, dollars per million tokens, as mine=0.15/0.60") from None
        if not model.strip() or not all(amount.is_finite() and amount >= 0 for amount in found[model.strip()]):
            raise ValueError("should name a model, and what it costs in dollars")
    return found


def redis_options(url: str) -> dict[str, Any]:
    """How a web process talks to Redis: half a second, one try, so that a dead Redis costs a page little.

    ``Redis(host)`` makes ten tries by default, and a frozen server then blocks for 57.8 s (measured).
    Heroku's Redis presents a certificate that it signed itself, which ``rediss://`` therefore accepts.
    """
    options: dict[str, Any] = {
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.5,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
        "driver_info": None,  # or each connection would begin with two commands that tell Redis about redis-py
        "connection_class": connection_class(url),
    }
    if url.startswith("rediss://"):
        # Protocol 3 begins with an answer, before which TLS's session tickets come. Unread, redis-py's pool takes them
        # for an answer that nobody asked for: with protocol 2, 35 of 400 new connections were refused so (measured).
        options |= {"ssl_cert_reqs": None, "protocol": 3}
    return options


def _generated_secret(path: Path) -> str:
    """The secret in *path*, made by whichever process comes first; the others read that one."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
            draft.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)
        Path(draft.name).unlink()
    return path.read_text()
