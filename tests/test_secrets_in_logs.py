"""Nothing that must stay secret is in what the processes write, whichever way things go.

One deployment, as the Procfile runs it, is led through its main paths and its errors at LOG_LEVEL=DEBUG. Each secret
has a form that nothing else has.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from app.accounts import passwords, signing_up
from app.extensions import db
from app.models import User
from tests.conftest import missing
from tests.provider import Answer
from tests.support import servers
from tests.support.breakable import Postgres, Valkey
from tests.support.deployment import Deployment, Provider
from tests.support.people import Person

SECRETS = {
    "the key of the sessions": "zq-session-signing-key-zq-0123456789",
    "the key of the provider": "sk-zq-provider-key-0123456789",
    "the password of the database": "zq-database-password",
    "the password of Redis": "zq-redis-password",
    "the password of the mail server": "zq-mail-password",
    "a person's password": "zq correct horse battery",
    "a password that was mistyped": "zq correct horse batery",
    "a password that was typed as an address": "zq-typed-in-the-wrong-field",
    "the text of a document": "The zq-harbour of Aldwick silted up in secret.",
    "the text of a file": "The zq-quay was lengthened in secret.",
    "what was asked of the site of a page": "zq-token-in-an-address",
}
LATER = ("the cookie of a session", "the token of a form", "the link of a document", "the link for a new password")
NEVER = (*SECRETS, *LATER, "the hash of a password")


@dataclass
class Told:
    """What was secret, and what all the processes wrote."""

    secrets: dict[str, set[str]] = field(default_factory=lambda: {name: {secret} for name, secret in SECRETS.items()})
    output: str = ""

    def hide(self, name: str, secret: str) -> None:
        assert len(secret) > 15
        self.secrets.setdefault(name, set()).add(secret)


# A server that complains by repeating all that it was given, as some do.
ECHO = Answer(
    status=400,
    body=json.dumps(
        {
            "error": {
                "message": f"Bad key {SECRETS['the key of the provider']} for {SECRETS['the text of a document']}",
                "type": "zq",
                "code": "zq",
            }
        }
    ).encode(),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Told:
    binaries = servers.postgres_binaries()
    if binaries is None:
        missing("PostgreSQL (initdb)")
    told = Told()
    with Postgres.running(binaries) as postgres, Valkey() as valkey, Provider() as provider:
        folder = tmp_path_factory.mktemp("secrets")
        deployment = Deployment(valkey, provider, postgres, environment(str(folder), postgres, valkey, provider))
        try:
            deployment.release()
            deployment.mend()
            lead_through_everything(deployment, told)
        finally:
            told.output += "".join(dyno.process.log() for dyno in deployment.dynos)
            deployment.end()
    return told


def environment(folder: str, postgres: Postgres, valkey: Valkey, provider: Provider) -> dict[str, str]:
    """Both servers take any password for these people; what matters is that the program is given one."""
    database = postgres.database("secrets").replace("program@", f"program:{SECRETS['the password of the database']}@")
    return {
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",  # noqa: PTH120 - of a variable, not a file
        "APP_ENV": "production",
        "LOG_LEVEL": "DEBUG",
        "TRUSTED_PROXIES": "1",
        "INSTANCE_PATH": folder,
        "SECRET_KEY": SECRETS["the key of the sessions"],
        "DATABASE_URL": database,
        "REDIS_URL": valkey.url.replace("redis://", f"redis://default:{SECRETS['the password of Redis']}@"),
        "OPENAI_API_KEY": SECRETS["the key of the provider"],
        "OPENAI_BASE_URL": provider.base_url,
        "OPENAI_MODEL": "test-model",
        "SITE_URL": "https://foreword.example",
        "MAIL_URL": f"smtp://ada:{SECRETS['the password of the mail server']}@127.0.0.1:{servers.free_port()}",
        "SUMMARY_RETRY_SECONDS": "0.05",
    }


# -- the paths -------------------------------------------------------------------------------------------


def lead_through_everything(deployment: Deployment, told: Told) -> None:
    ada = Person(deployment, "ada").sign_up(SECRETS["a person's password"])
    open_by_mail(deployment, ada)
    document, link = what_people_do(deployment, ada)
    told.hide("the link of a document", link.removeprefix("/shared/"))
    told.hide("the token of a form", ada.token("/documents/new").partition(".")[0])  # the rest is when it was made
    with deployment.app.app_context():
        user = db.session.get(User, 1)
        forgotten = passwords.LINK.token(user)
        told.hide("the hash of a password", user.password_hash)
        db.session.remove()
    told.hide("the link for a new password", forgotten)
    for cookie in ada.browser.client.cookies.jar:
        told.hide("the cookie of a session", cookie.value)
    pages = ("/documents", f"/documents/{document}", link, f"{link}/status", f"/password/reset/{forgotten}")
    look_at_all(ada, pages)
    what_goes_wrong(deployment, ada, document)
    with a_table_gone(deployment):
        ada.post("/documents", title="Harbour", text=SECRETS["the text of a document"])
        ada.upload("quay.txt", SECRETS["the text of a file"].encode())
        look_at_all(ada, pages)
    with_the_accounts_broken(deployment)
    with deployment.valkey.down():
        ada.summarise(document, regenerate="1")
        look_at_all(ada, pages)
    with deployment.postgres.down():
        look_at_all(ada, pages)


def open_by_mail(deployment: Deployment, person: Person) -> None:
    with deployment.app.app_context():
        link = f"/signup/confirm/{signing_up.LINK.token(db.session.get(User, 1))}"
        db.session.remove()
    assert person.post(link, link, password=SECRETS["a person's password"]).status_code == 303


def what_people_do(deployment: Deployment, ada: Person) -> tuple[int, str]:
    """The number and the link of a document that was read and summarised."""
    ada.log_in(SECRETS["a password that was mistyped"])
    ada.post("/login", "/login", email=SECRETS["a password that was typed as an address"], password="left empty")
    assert ada.log_in(SECRETS["a person's password"], remember="y").status_code == 303
    document = ada.add(SECRETS["the text of a document"], "Harbour")
    ada.add_file("quay.txt", SECRETS["the text of a file"].encode())
    ada.summarise(document)
    deployment.wait_for(document, "complete", seconds=60)
    ada.get("/account/export")
    return document, f"/shared/{ada.publish(document).rpartition('/')[2]}"  # without the name of the site


def what_goes_wrong(deployment: Deployment, ada: Person, document: int) -> None:
    deployment.provider.script(ECHO)
    ada.summarise(document, regenerate="1")
    deployment.wait_for(document, "failed", seconds=60)
    ada.add_file("torn.pdf", b"%PDF-1.7\n" + SECRETS["the text of a file"].encode())
    ada.add_file("torn.docx", a_torn_word_document(SECRETS["the text of a file"]))
    ada.add_page(f"http://127.0.0.1:1/page?token={SECRETS['what was asked of the site of a page']}")
    ada.post("/password/forgotten", "/password/forgotten", email=ada.email)
    servers.wait_until(lambda: not deployment.in_progress(), "all that was added has been read", 60)
    tried = "mail is tried again in 5 s"
    servers.wait_until(lambda: tried in deployment.worker.process.log(), "the mail was tried twice", 60)


def a_torn_word_document(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", f"<w:t zq={text}>{text}</w:x>")
    return file.getvalue()


def look_at_all(person: Person, pages: Iterable[str]) -> None:
    for page in pages:
        person.get(page)


@contextlib.contextmanager
def a_table_gone(deployment: Deployment) -> Iterator[None]:
    """As after a migration that went wrong: what is read or written now is an error nobody thought of."""
    with deployment.looking_in() as database:
        database.execute("ALTER TABLE revision RENAME TO gone")
        database.execute("ALTER TABLE extraction RENAME TO gone_too")
        yield
        database.execute("ALTER TABLE gone RENAME TO revision")
        database.execute("ALTER TABLE gone_too RENAME TO extraction")


def with_the_accounts_broken(deployment: Deployment) -> None:
    ben = Person(deployment, "ben")
    with deployment.looking_in() as database:
        database.execute('ALTER TABLE "user" RENAME COLUMN created_at TO gone')
        ben.post("/signup", "/signup", email=ben.email, password=SECRETS["a person's password"])
        database.execute('ALTER TABLE "user" RENAME COLUMN gone TO created_at')


# -- what must not be there --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NEVER)
def test_it_is_never_logged(told, name):
    lines = [line for line in told.output.splitlines() if any(secret in line for secret in told.secrets[name])]
    assert lines == []


def test_no_hash_of_any_password_is_logged(told):
    assert "$argon2" not in told.output


@pytest.mark.parametrize(
    "mark",
    [
        *("signed-up", "signed-in", "sign-in-failed", "summary-completed", "summary-failed", "account-exported"),
        *(
            "unexpected error",
            "UndefinedTable",
            "UndefinedColumn",
            "Could not read: PDF",
            "Could not read: Word document",
        ),
        *("without a doorbell", "OperationalError", "mail is tried again"),
    ],
)
def test_what_is_looked_through_tells_of_every_path(told, mark):
    assert mark in told.output


def test_a_secret_in_a_variable_that_is_wrong_is_not_shown(tmp_path):
    wrong = {
        "DATABASE_URL": "mysql://root:zq-hunter2/with-a-slash@db/foreword",
        "REDIS_URL": "http://default:zq-hunter2@redis",
        "MAIL_URL": "ada:zq-hunter2@smtp.example.org",
        "SECRET_KEY": "zq-hunter2",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        check=False,
        cwd=servers.ROOT,
        env={"PATH": "", "INSTANCE_PATH": str(tmp_path), "APP_ENV": "production", **wrong},
        capture_output=True,
        text=True,
    )
    assert [name for name in wrong if f"{name}: " not in ended.stderr] == []
    assert "hunter2" not in ended.stdout + ended.stderr
