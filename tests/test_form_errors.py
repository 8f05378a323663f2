"""A form that is refused says so before anything else, leads to each wrong field, and keeps what was typed."""

import pytest
from lxml import html

from app.accounts import passwords, signing_up
from app.extensions import db
from app.models import User
from tests.support.people import PASSWORD, Person, words

DATABASES = ("sqlite",)  # what is shown here is the same on either

LONG = "x" * 300
# Who sends which form, where it is sent to, where it stands if elsewhere, and what is typed.
FORMS = {
    "sign up": ("nobody", "/signup", None, {"email": "no address", "password": "short"}),
    "sign up, taken": ("nobody", "/signup", None, {"email": "ada@example.org", "password": PASSWORD}),
    "log in": ("nobody", "/login", None, {"email": "", "password": ""}),
    "log in, wrong": ("nobody", "/login", None, {"email": "ada@example.org", "password": "wrong"}),
    "forgotten": ("nobody", "/password/forgotten", None, {"email": ""}),
    "reset": ("nobody", "/password/reset/{reset}", None, {"password": "short"}),
    "confirm": ("nobody", "/signup/confirm/{confirm}", None, {"password": "wrong"}),
    "password": ("ada", "/account/password", "/account", {"current": "wrong", "password": PASSWORD}),
    "preferences": ("ada", "/account/preferences", "/account", {"locale": "tlh"}),
    "close": ("ada", "/account/delete", None, {"password": "wrong"}),
    "add nothing": ("ada", "/documents", "/documents/new", {"title": "Mine", "text": " "}),
    "add, wrong address": ("ada", "/documents", "/documents/new", {"title": "Mine", "url": "no address", "text": ""}),
    "edit": ("ada", "/documents/{document}/edit", None, {"title": LONG, "text": "A text.", "version": "1"}),
    "share": ("ada", "/documents/{document}/sharing", None, {"email": "nobody@example.org", "role": "editor"}),
    "budget": ("admin", "/admin/people/1/budget", "/admin/people/1", {"budget": "a lot"}),
    "copies": ("admin", "/admin/cache/document", "/admin/cache", {"document": "many"}),
    "prompt": ("admin", "/admin/cache/prompt", "/admin/cache", {"prompt_version": LONG}),
    "tag": (
        "ada",
        "/documents/selection",
        "/documents",
        {"document": "{document}", "action": "tags", "confirm": "add", "tag": LONG},
    ),
}
NOT_SHOWN_AGAIN = ("password", "current", "locale", "version", "document", "action", "confirm")


@pytest.fixture
def people(app, ada):
    """Ada, who runs the site, under both names, and nobody in particular."""
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["make-admin", ada.email]).exit_code == 0
    return {"ada": ada, "admin": ada, "nobody": Person(app, "nobody")}


@pytest.fixture
def refused(app, people):
    """The page that answers a form."""

    def send(name):
        who, url, stands_at, typed = FORMS[name]
        values = {"document": people["ada"].add()}
        with app.app_context():
            user = db.session.get(User, 1)
            values |= {"reset": passwords.LINK.token(user), "confirm": signing_up.LINK.token(user)}
            user.confirmed_at = None if name == "confirm" else user.confirmed_at
            db.session.commit()
        url, typed = url.format(**values), {name: value.format(**values) for name, value in typed.items()}
        return people[who].post(url, (stands_at or url).format(**values), **typed), typed

    return send


@pytest.mark.parametrize("name", FORMS)
def test_it_is_said_first_and_where_and_nothing_typed_is_lost(refused, name):
    answer, typed = refused(name)
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert page.findtext(".//title").startswith("Error: ")
    (summary,) = page.cssselect("main > #error-summary[tabindex='-1']:first-child")
    assert words(summary.cssselect("h2")[0]) == "There is a problem"
    targets = [link.get("href") for link in summary.cssselect("a")]
    assert targets
    for target in targets:
        (field,) = page.cssselect(f"main {target}")
        assert field.get("aria-invalid") == "true"
        told = [words(page.cssselect(f"#{described}")[0]) for described in field.get("aria-describedby").split()]
        assert words(summary.cssselect(f"a[href='{target}']")[0]) in " ".join(told)
    shown = {field.get("name"): field.value for field in page.cssselect("main input, main textarea, main select")}
    kept = {name: value for name, value in typed.items() if name not in NOT_SHOWN_AGAIN}
    assert {name: (shown[name] or "").strip() for name in kept} == {name: value.strip() for name, value in kept.items()}


def test_every_form_that_may_be_refused_is_among_them(app):
    """A template that shows such a list belongs to a form above."""
    source = {"auth/login", "auth/signup", "auth/confirm", "account/forgotten", "account/show", "account/delete"}
    source |= {"account/reset", "documents/new", "documents/edit", "documents/sharing", "admin/person", "admin/cache"}
    source |= {"library/tags", "documents/conflict", "documents/kept"}  # which have tests of their own
    found = {
        name
        for name in app.jinja_env.list_templates()
        if "error_summary(" in app.jinja_env.loader.get_source(app.jinja_env, name)[0]
    }
    assert found == {f"{name}.html" for name in source} | {"_forms.html"}
