"""The interface speaks the language that its reader chose, or that their browser asks for, in mail as well."""

from datetime import UTC, date, datetime

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import Flask, render_template
from flask_babel import force_locale, gettext
from lxml import html

from app import locales
from app.admin import amounts
from app.config import ROOT
from app.models import User
from app.views import formats
from tests.support.administrators import administrator
from tests.support.moments import alter
from tests.support.people import PASSWORD, Person, words
from tests.support.postbox import postbox  # noqa: F401 - a fixture

DATABASES = ("sqlite",)  # nothing of this is for a database to say


@pytest.fixture
def visitor(app: Flask) -> Person:
    """Somebody without an account."""
    return Person(app, "visitor")


def asks_for(person: Person, languages: str) -> Person:
    """Have the browser ask for these languages from now on."""
    person.browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = languages
    return person


def spoken(person: Person, url: str = "/") -> tuple[str, str]:
    """What a page says of its own language, and of the direction in which it is written."""
    page = html.fromstring(person.get(url, follow_redirects=True).text)
    return page.get("lang"), page.get("dir")


def prefer(person: Person, locale: str, **fields):
    return person.post("/account/preferences", "/account", locale=locale, **fields)


# -- which language ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked_for", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("de;q=0.5,en;q=0.9", "en"),
        ("fr,de;q=0.3", "de"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("\x01;q=x,,-", "en"),
    ],
)
def test_the_browser_asks_for_the_language_of_a_page(visitor, asked_for, language):
    assert spoken(asks_for(visitor, asked_for)) == (language, "ltr")


def test_what_was_chosen_in_the_account_comes_before_the_cookie_and_the_cookie_before_the_header(ada):
    assert spoken(asks_for(ada, "en"), "/account") == ("en", "ltr")
    ada.get("/locale/de")
    assert spoken(ada, "/account") == ("de", "ltr")
    assert prefer(ada, "en").location == "/account"
    assert spoken(ada, "/account") == ("en", "ltr")
    assert prefer(ada, "").location == "/account"
    assert spoken(ada, "/account") == ("de", "ltr")


def test_a_choice_in_the_account_is_there_in_every_browser_and_is_shown(ada, app):
    prefer(ada, "de", updates_paused="y")
    elsewhere = asks_for(Person(app, "ada"), "en")
    elsewhere.log_in()
    page = elsewhere.page("/account")
    assert (page.get("lang"), [one.get("value") for one in page.cssselect("#locale [selected]")]) == ("de", ["de"])
    assert page.cssselect("#updates_paused[checked]")


def test_after_logging_out_the_browser_s_language_is_spoken(ada):
    prefer(asks_for(ada, "en"), "de")
    ada.log_out()
    assert spoken(ada) == ("en", "ltr")


def test_a_language_that_is_not_offered_any_more_is_no_choice(ada, app):
    alter(app, User, locale="fr")
    ada.browser.set_cookie(locales.COOKIE, "nl")
    assert spoken(asks_for(ada, "de"), "/account") == ("de", "ltr")


def test_a_page_in_a_language_that_is_written_from_right_to_left_says_so(app):
    with app.test_request_context("/"), force_locale("ar"):
        page = html.fromstring(render_template("home.html"))
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")


def test_a_page_about_a_failure_is_in_the_reader_s_language_too(ada):
    prefer(ada, "de")
    assert spoken(ada, "/documents/999") == ("de", "ltr")


# -- choosing without an account ---------------------------------------------------------------------------


def test_the_foot_of_a_page_offers_each_language_by_its_own_name_and_leads_back(visitor):
    page = visitor.page("/login?next=/usage")
    links = {words(link): link for link in page.cssselect(".languages a")}
    assert {name: link.get("lang") for name, link in links.items()} == {"English": "en", "Deutsch": "de"}
    assert links["English"].get("aria-current") == "true"
    chosen = visitor.get(links["Deutsch"].get("href"))
    assert (chosen.status_code, chosen.location) == (303, "/login?next=/usage")
    assert spoken(visitor, chosen.location) == ("de", "ltr")


def test_whoever_has_an_account_chooses_there_and_not_at_the_foot(ada):
    assert not ada.page("/account").cssselect(".languages")


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "x", ""],
)
def test_choosing_a_language_never_leads_off_the_site(visitor, address):
    assert visitor.get("/locale/de", query_string={"next": address}).location == "/"


@pytest.mark.parametrize("tag", ["fr", "DE", "de-AT", "d%00", "x" * 500])
def test_a_language_that_is_not_spoken_is_not_there(visitor, tag):
    answer = visitor.get(f"/locale/{tag}")
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (404, [])
    assert spoken(asks_for(visitor, "en")) == ("en", "ltr")


# -- the form in the account -------------------------------------------------------------------------------


def test_the_form_offers_the_browser_s_language_and_each_that_is_spoken(ada):
    offered = {one.get("value"): words(one) for one in ada.page("/account").cssselect("#locale option")}
    assert offered == {"": "As the browser asks", "en": "English", "de": "Deutsch"}


@pytest.mark.parametrize(("asked_for", "said"), [("en", "Not a valid choice."), ("de", "Keine gültige Auswahl.")])
def test_a_choice_that_is_not_offered_is_refused_in_the_reader_s_language(ada, asked_for, said):
    answer = prefer(asks_for(ada, asked_for), "fr")
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert [words(link) for link in page.cssselect("#error-summary a[href='#locale']")] == [said]
    assert words(page.cssselect("#locale-error")[0]) == said
    assert page.cssselect("#locale[aria-invalid=true]")
    assert spoken(ada, "/account") == (asked_for, "ltr"), "and nothing is changed"


def test_a_refused_choice_is_said_in_the_title(ada):
    assert "<title>Error: Your account" in prefer(ada, "fr").text


def test_what_is_kept_of_a_choice_is_in_the_export(ada, app):
    from tests.test_own_account import archive

    prefer(ada, "de", updates_paused="y")
    account = archive(ada).read("account.json").decode()
    assert ('"language": "de"' in account, '"updates_paused": true' in account) == (True, True)


# -- dates, numbers and money ------------------------------------------------------------------------------


WHEN = datetime(2026, 11, 24, 10, 42, 5, tzinfo=UTC)
SHOWN = [
    (formats.local_time, WHEN, "24 Nov 2026, 10:42", "24. Nov. 2026, 10:42"),
    (formats.moment, WHEN, "24 Nov, 10:42:05", "24. Nov., 10:42:05"),
    (formats.day, date(2026, 3, 4), "4 March", "4. März"),
    (formats.month, date(2026, 3, 4), "March 2026", "März 2026"),
    (formats.number, 1234567.5, "1,234,567.5", "1.234.567,5"),
    (formats.percent, 0.9996, "99.9 %", "99,9 %"),
    (formats.seconds, 0.16, "0.16 s", "0,16 s"),
    (formats.money, 1_234_500_000, "$1,234.50", "1.234,50 $"),
    (formats.exact_money, 4213, "$0.004213", "0,004213 $"),
]


@pytest.mark.parametrize(("form", "value", "english", "german"), SHOWN)
def test_times_numbers_and_money_are_written_as_the_reader_writes_them(app, form, value, english, german):
    for language, expected in (("en", english), ("de", german)):
        headers = {"Accept-Language": language, "Cookie": f"{formats.ZONE_COOKIE}=UTC"}
        with app.test_request_context("/", headers=headers):
            assert form(value).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_a_page_names_months_in_the_reader_s_language(ada):
    ada.add()
    assert "März 2024" in words(asks_for(ada, "de").page("/usage?month=2024-03").cssselect("h1")[0])


# -- what a person wrote -----------------------------------------------------------------------------------


def test_an_amount_is_typed_as_the_reader_s_language_writes_it(app):
    typed = {"en": ["2.50", "1,000.5", "2,50"], "de": ["2,50", "1.000,5", "2.50"]}
    for language, (small, large, foreign) in typed.items():
        with app.test_request_context("/"), force_locale(language):
            assert [amounts.micro_dollars(small), amounts.micro_dollars(large)] == [2_500_000, 1_000_500_000]
            assert amounts.micro_dollars(amounts.dollars(1_234_567_890)) == 1_234_567_890
            with pytest.raises(ValueError, match=small):
                amounts.micro_dollars(foreign)


def test_what_a_person_wrote_is_no_markup_in_a_sentence_of_ours(app):
    answer = administrator(app).get("/admin/people?q=<i>x</i>")
    assert "<i>" not in answer.text
    page = html.fromstring(answer.text)
    assert "“<i>x</i>” among the people" in page.findtext(".//title")
    assert words(page.cssselect(".count")[0]) == "0 people found for “<i>x</i>”. Show all"


# -- in German -------------------------------------------------------------------------------------------


def german(app: Flask, sentence: str) -> str:
    """What the catalogue says for it, which is another thing than the English."""
    with app.test_request_context("/"), force_locale("de"):
        found = gettext(sentence)
    assert found != sentence, "the catalogue does not have it"
    return found


@pytest.mark.parametrize(
    ("url", "heading"),
    [
        ("/login", "Log in"),
        ("/signup", "Sign up"),
        ("/password/forgotten", "Forgotten password"),
        ("/nowhere", "Nothing is here"),
    ],
)
def test_a_german_page_has_a_german_heading(visitor, app, url, heading):
    page = html.fromstring(asks_for(visitor, "de").get(url).text)
    assert words(page.cssselect("h1")[0]) == german(app, heading)


def test_logging_in_is_called_anmelden(visitor):
    assert words(asks_for(visitor, "de").page("/login").cssselect("h1")[0]) == "Anmelden"


def test_saving_is_confirmed_in_the_language_just_chosen(ada, app):
    prefer(asks_for(ada, "en"), "de")
    assert words(ada.page("/account").cssselect(".flash")[0]) == german(app, "Saved.")


def test_one_line_for_htmx_is_german_too(ada, app):
    answer = asks_for(ada, "de").get("/documents/999", headers={"HX-Request": "true"})
    assert answer.text.startswith(german(app, "Nothing is here"))


def test_whoever_has_no_account_yet_gets_mail_in_the_language_of_the_page(postbox, visitor, app, work):  # noqa: F811
    asks_for(visitor, "de").post("/signup", "/signup", email=visitor.email, password=PASSWORD)
    work.once()
    assert postbox.messages[0]["Subject"] == german(app, "Confirm your address")
    assert visitor.get(postbox.link("/signup/confirm/")).status_code == 200


@pytest.mark.parametrize(
    ("chosen", "asked_for", "language"),
    [(None, "en", "en"), (None, "de", "de"), ("de", "en", "de"), ("en", "de", "en")],
)
def test_mail_is_in_the_language_of_the_account_or_else_of_whoever_asked(
    postbox,  # noqa: F811
    make_app,
    app,
    work,
    chosen,
    asked_for,
    language,
):
    Person(make_app(mail_url=""), "ada").sign_up()  # when this site sent no mail yet
    alter(app, User, locale=chosen)
    anybody = asks_for(Person(app, "anybody"), asked_for)
    anybody.post("/password/forgotten", "/password/forgotten", email="ada@example.org")
    work.once()
    subject = "Choose a new password"
    assert postbox.messages[0]["Subject"] == (subject if language == "en" else german(app, subject))


def test_a_changed_password_is_told_in_the_language_of_the_account(postbox, make_app, app, work):  # noqa: F811
    Person(make_app(mail_url=""), "ada").sign_up()
    ada = asks_for(Person(app, "ada"), "en")
    ada.log_in()
    ada.post("/account/password", "/account", current=PASSWORD, password="four quite other words")
    alter(app, User, locale="de")
    work.once()
    assert postbox.messages[0]["Subject"] == german(app, "Your password was changed")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (ROOT / "app/translations/de/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file)


def test_the_catalogue_has_every_sentence_of_the_interface(catalogue):
    with (ROOT / "app/translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    marks = dict.fromkeys(["_", "_l", "gettext", "lazy_gettext", "N_"]) | {"ngettext": (1, 2), "NN_": (1, 2)}
    in_use = {found for _, _, found, *_ in extract_from_dir(ROOT, methods, options, marks)}
    missing = {one for one in in_use if not (found := catalogue.get(one)) or not all(found.string) or found.fuzzy}
    assert not missing, "bin/translations looks for new ones; their German is to be written"


def test_a_translation_has_the_placeholders_of_its_sentence(catalogue):
    assert {message.id: problems for message, problems in catalogue.check()} == {}
