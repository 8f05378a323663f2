"""What a job said once, each reads in their own language; what earlier releases said stays as it was said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string
from flask_babel import force_locale
from lxml import html
from sqlalchemy import text

from app import locales
from app.documents import gaps
from app.extensions import db
from app.messages import Message
from tests.support.files import a_docx, a_pdf
from tests.support.people import words

DATABASES = ("sqlite",)

LOCKED = "This PDF is protected by a password. Save a copy without one, and add the copy."
PAGES = Message("This PDF has %(pages)s pages.", pages=1234)
PICTURE = "%(number)s picture was not read."
PICTURES = "%(number)s pictures were not read."
KIND = Message("This is %(kind)s. %(way_out)s", kind=Message("a picture"), way_out=Message("Paste the text."))
MESSAGES = [
    Message(""),
    Message(LOCKED),
    PAGES,
    KIND,
    Message(PICTURE, PICTURES, number=1),
    Message("This page is larger than %(most)s MB.", most=1.5),
    Message("Pages %(pages)s are “pictures”.", pages=Message("%(several)s and %(last)s", several="3–5, 7", last="9")),
]
# Esperanto, which Foreword does not speak, so that nothing here depends on what is translated.
IN_ESPERANTO = {
    LOCKED: "Ĉi tiu PDF estas protektita per pasvorto.",
    PAGES.sentence: "%(pages)s paĝojn havas ĉi tiu PDF.",
    KIND.sentence: "%(way_out)s Ĉar tio estas %(kind)s.",
    "a picture": "bildo",
    (PICTURE, PICTURES): ("%(number)s bildo ne estis legita.", "%(number)s bildoj ne estis legitaj."),
}


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translations")
    catalogue = Catalog(locale="eo")
    for sentence, translated in IN_ESPERANTO.items():
        catalogue.add(sentence, translated)
    (folder / "eo" / "LC_MESSAGES").mkdir(parents=True)
    with (folder / "eo" / "LC_MESSAGES" / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    return folder


@pytest.fixture
def speaking(catalogues: Path) -> Iterator[Callable[[str, Message], str]]:
    """What a message says in a language, as a template shows it."""
    site = Flask("messages")
    locales.register(site)
    site.extensions["babel"].translation_directories = [str(catalogues)]
    with site.app_context():

        def speaking(locale: str, message: Message) -> str:
            with force_locale(locale):
                return render_template_string("{{ message }}", message=message)

        yield speaking


# -- one message -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_stored_is_the_same_message_when_it_is_read(message):
    read = Message.parse(message.stored)
    assert (read, str(read), bool(read)) == (message, str(message), bool(message))
    assert (read.sentence, read.of_many, read.values) == (message.sentence, message.of_many, message.values)


def test_each_reader_is_told_in_their_own_language(speaking):
    stored = KIND.stored
    assert speaking("en", Message.parse(stored)) == "This is a picture. Paste the text."
    assert speaking("eo", Message.parse(stored)) == "Paste the text. Ĉar tio estas bildo."


def test_numbers_are_told_as_the_reader_writes_them(speaking):
    assert speaking("en", PAGES) == "This PDF has 1,234 pages."
    assert speaking("de", PAGES) == "This PDF has 1.234 pages."
    assert speaking("eo", PAGES) == "1\xa0234 paĝojn havas ĉi tiu PDF."


@pytest.mark.parametrize(("number", "told"), [(1, "1 bildo ne estis legita."), (20, "20 bildoj ne estis legitaj.")])
def test_what_is_counted_has_the_form_that_its_number_asks_for(speaking, number, told):
    assert speaking("eo", Message.parse(Message(PICTURE, PICTURES, number=number).stored)) == told


def test_an_empty_message_says_nothing_and_not_what_heads_the_catalogue(speaking):
    assert speaking("eo", Message("")) == ""
    assert not Message("")


def test_a_message_of_nothing_but_words_is_stored_as_earlier_releases_stored_it(speaking):
    assert Message(LOCKED).stored == LOCKED
    assert speaking("eo", Message.parse(LOCKED)) == IN_ESPERANTO[LOCKED]


@pytest.mark.parametrize("sentence", ["About 2,400 words were left out.", "100 % of it", "%(file)s", "{0} %s %"])
def test_sentences_of_earlier_releases_are_told_as_they_are(speaking, sentence):
    assert [speaking(locale, Message.parse(sentence)) for locale in ("en", "eo")] == [sentence, sentence]


def stored_as(sentence: object, values: object, **others: object) -> str:
    return json.dumps({"sentence": sentence, "of_many": "", "values": values, **others})


@pytest.mark.parametrize(
    "stored",
    [
        PAGES.stored[:-1],
        "503",
        "[]",
        "null",
        '"quoted"',
        '{"kind": 1}',
        stored_as(7, {}),
        stored_as("of a later release", {"a": "b"}, colour="red"),
        stored_as("without %(its)s value", {"another": "one"}),
        stored_as("with %(a)s list", {"a": [1, 2]}),
        stored_as("with %(a)s wrong one inside", {"a": {"sentence": "x"}}),
        stored_as("cut %(off", {"off": 1}),
        stored_as("one", {"number": "seven"}, of_many="many"),
        stored_as("one", {}, of_many="many"),
    ],
)
def test_what_cannot_be_read_is_shown_as_it_stands(speaking, stored):
    assert html.fromstring(f"<p>{speaking('eo', Message.parse(stored))}</p>").text == stored


def test_templates_escape_what_goes_into_a_message(speaking):
    nasty = Message("%(file)s: %(why)s", file="<b>&</b>", why=Message("<script>%(a)s</script>", a='"'))
    assert speaking("en", nasty) == "&lt;b&gt;&amp;&lt;/b&gt;: &lt;script&gt;&#34;&lt;/script&gt;"


def test_messages_that_say_the_same_are_said_once():
    pictures = [Message(PICTURE, PICTURES, number=1) for _ in range(2)]
    chapters = [*gaps.unseen(2), *pictures, *gaps.unseen(3), Message(LOCKED)]
    told = ["About 5 words that cannot be seen on the page were left out.", "1 picture was not read.", LOCKED]
    assert [str(message) for message in gaps.together(chapters)] == told


# -- documents -------------------------------------------------------------------------------------------


def gaps_shown(person, document: int, language: str) -> list[str]:
    page = html.fromstring(person.get(f"/documents/{document}", headers={"Accept-Language": language}).text)
    return [words(gap) for gap in page.cssselect("#text-gaps li")]


def test_a_file_is_refused_in_the_language_of_whoever_reads_why(ada, work):
    document = ada.add_file("long.txt", b"a " * 600_000)
    work.drain()
    shown = {
        language: ada.get(f"/documents/{document}", headers={"Accept-Language": language}).text
        for language in ("en", "de")
    }
    assert ("1,199,999" in shown["en"], "1.199.999" in shown["en"]) == (True, False)
    assert ("1,199,999" in shown["de"], "1.199.999" in shown["de"]) == (False, True)


def test_what_was_not_read_of_a_file_is_told_beside_the_text_and_the_summary(ada, work):
    hidden = f"<p>Good morning</p><p hidden>{'word ' * 1234}</p>".encode()
    document = ada.add_file("page.html", hidden)
    work.drain()
    ada.summarise(document)
    work.drain()
    (english,), (german,) = gaps_shown(ada, document, "en"), gaps_shown(ada, document, "de")
    assert english == "About 1,200 words that cannot be seen on the page were left out."
    assert "1.200" in german
    for language, gap in (("en", english), ("de", german)):
        page = html.fromstring(ada.get(f"/documents/{document}", headers={"Accept-Language": language}).text)
        assert gap in words(page.cssselect("#summary")[0])


def test_rows_of_earlier_releases_are_read_as_they_were_written(app, ada, work):
    document, refused = ada.add_file("letter.docx", a_docx()), ada.add_file("secret.pdf", a_pdf("x", password="pass"))
    work.drain()
    earlier = "About 2,400 words that cannot be seen on the page were left out."
    with app.app_context():
        db.session.execute(text("update revision set gaps = :gaps"), {"gaps": json.dumps([earlier])})
        db.session.execute(text("update extraction set message = 'It was <locked>, 100 % sure.' where id = 2"))
        db.session.commit()
    assert gaps_shown(ada, document, "en") == [earlier]
    assert "It was <locked>, 100 % sure." in ada.source(refused).notice
