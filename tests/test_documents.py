"""Adding a document by text or by file, reading it, and saying why it cannot be."""

import io
import itertools

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.models import Document, Revision
from tests.support.people import TEXT, Person

DATABASES = ("sqlite",)  # what is shown here is the same on either

NASTY = "<script>alert('x')</script><b>\"bold\"</b> & {{ 1111*1111 }}"


def page_of(response) -> html.HtmlElement:
    return html.fromstring(response.text)


def heading(person, document: int) -> str:
    return page_of(person.get(f"/documents/{document}")).findtext(".//h1")


def text_in(person, document: int) -> str:
    return "\n\n".join(p.text or "" for p in page_of(person.get(f"/documents/{document}")).cssselect(".prose > p"))


def problems(response) -> dict[str, str]:
    """Of a refused form: each field's complaint, all of them also in the summary at the top, with a link."""
    page = page_of(response)
    assert response.status_code == 422, response.text
    assert page.findtext(".//title").startswith("Error: ")
    found = {p.get("id").removesuffix("-error"): p.text for p in page.cssselect(".error")}
    assert {a.get("href")[1:]: a.text for a in page.cssselect("#error-summary a")} == found
    return found


def typed(response) -> tuple[str, str]:
    page = page_of(response)
    return page.get_element_by_id("title").value, page.get_element_by_id("text").value.strip()


def revisions(app) -> list[Revision]:
    with app.app_context():
        return list(db.session.scalars(select(Revision).options(undefer(Revision.text)).order_by(Revision.id)))


def documents(app) -> list[Document]:
    with app.app_context():
        return list(db.session.scalars(select(Document).order_by(Document.id)))


# -- text ------------------------------------------------------------------------------------------------


def test_a_text_is_added_and_read(ada):
    document = ada.add("First paragraph.\n\nSecond, with ünïcödé and 漢字 and 🙂.", "  A   title ")
    assert heading(ada, document) == "A title"
    assert text_in(ada, document) == "First paragraph.\n\nSecond, with ünïcödé and 漢字 and 🙂."
    assert "9 words" in page_of(ada.get(f"/documents/{document}")).text_content()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Short note", "Short note"),
        ("\n\n# A heading\nAnd text.", "A heading"),
        (
            "One two three four five six seven eight nine ten, eleven.",
            "One two three four five six seven eight nine ten…",
        ),
        ("x" * 1000, "x" * 199),
        ("###", "Untitled"),
    ],
)
def test_without_a_title_the_text_gives_one(ada, text, title):
    assert heading(ada, ada.add(text, title="  ")) == title


@pytest.mark.parametrize("nothing", ["", "  \r\n\t ", "\0\0", "\u200b\ufeff"])
def test_nothing_at_all_is_refused(ada, nothing):
    assert problems(ada.post("/documents", title="Mine", text=nothing)) == {
        "text": "Paste some text, choose a file, or enter the address of a web page."
    }
    document = ada.add()
    assert "A document needs some text" in problems(ada.edit(document, nothing))["text"]
    assert text_in(ada, document) == TEXT


def test_a_title_that_is_too_long_is_refused_with_everything_kept(ada):
    response = ada.post("/documents", title="t" * 201, text=TEXT)
    assert problems(response) == {"title": "Use at most 200 characters."}
    assert typed(response) == ("t" * 201, TEXT)
    assert heading(ada, ada.add(title="t" * 200)) == "t" * 200


def test_a_text_over_the_limit_is_refused_with_both_numbers_and_kept(make_app):
    ada = Person(make_app(max_document_characters=1000), "ada").sign_up()
    response = ada.post("/documents", title="Long", text="y" * 1001)
    assert "has 1,001 characters; the limit is 1,000" in problems(response)["text"]
    assert typed(response) == ("Long", "y" * 1001)
    document = ada.add("y\r\n" * 499 + "yy")
    assert ada.edit(document, "y\r\n" * 499 + "yy", "Another title").status_code == 303
    assert "the limit is 1,000" in problems(ada.edit(document, "y" * 1001))["text"]


def test_a_text_of_900_000_characters_is_added_shown_and_edited(ada):
    text = "\n\n".join(f"Paragraph {n}: " + "漢🙂 " * 295 for n in range(1000)).rstrip()
    assert 890_000 < len(text) < 1_000_000
    document = ada._id(ada.post("/documents", title="Long", text=text, file=(io.BytesIO(), "")))
    assert text_in(ada, document).split() == text.split()
    url = f"/documents/{document}/edit"
    form = page_of(ada.get(url)).cssselect("main form")[0]
    assert form.get("enctype") == "multipart/form-data"
    changed = {**dict(form.form_values()), "text": text + "\n\nThe end."}
    assert ada.browser.post(url, data=changed, content_type=form.get("enctype")).status_code == 303
    assert text_in(ada, document).endswith("The end.")


def test_what_a_browser_does_to_line_endings_is_no_change(ada, app):
    document = ada.add("One\n\n  Two\r\nThree\n\n")
    ada.edit(document, "One\r\n\r\n  Two\r\nThree\r\n", title="The harbour")
    assert [r.text for r in revisions(app)] == ["One\n\n  Two\nThree"]


def test_an_edit_of_the_title_alone_makes_no_new_text(ada, app):
    document = ada.add()
    before = documents(app)[0]
    ada.edit(document, TEXT, title="Another title")
    after = documents(app)[0]
    page = ada.get(f"/documents/{document}")
    assert "Saved." in page.text
    assert page_of(page).findtext(".//h1") == "Another title"
    assert len(revisions(app)) == 1
    assert after.revision_number == before.revision_number == 1
    assert after.version > before.version
    assert after.updated_at > before.updated_at


def test_the_earlier_text_is_kept_as_it_was(ada, app):
    document = ada.add()
    ada.edit(document, "Something else.")
    assert [(r.number, r.text, r.words) for r in revisions(app)] == [(1, TEXT, 45), (2, "Something else.", 2)]
    assert text_in(ada, document) == "Something else."


def test_a_character_that_postgres_cannot_store_breaks_nothing(ada):
    document = ada.add("A te\0xt.", "A ti\0tle")
    ada.edit(document, "Another te\0xt.", "Another ti\0tle")
    assert (heading(ada, document), text_in(ada, document)) == ("Another title", "Another text.")
    assert "Another title" in ada.get("/documents?q=anoth%00er").text
    assert ada.upload("na\0me.txt", b"text").status_code == 303


# -- files -----------------------------------------------------------------------------------------------


@pytest.fixture
def upload(ada, work):
    """Upload a file, and have its text read by a worker; the document's id."""

    def upload_and_read(name: str, content: bytes, **fields) -> int:
        document = ada._id(ada.upload(name, content, **fields))
        work.drain()
        return document

    return upload_and_read


def test_a_title_that_is_typed_wins_over_the_file_s(ada, upload):
    assert heading(ada, upload("read me.md", b"# Its own\n\ntext", title="Mine")) == "Mine"
    assert heading(ada, upload("read me.md", b"# Its own\n\ntext", title="  ")) == "Its own"


@pytest.mark.parametrize(
    ("name", "title"), [("My files/a b.c.txt", "a b.c"), ("../../etc/passwd", "passwd"), (".txt", ".txt")]
)
def test_the_name_of_a_file_is_only_ever_a_title(ada, upload, name, title):
    assert heading(ada, upload(name, b"text")) == title


def test_an_upload_over_the_limit_is_told_the_limit(make_app):
    ada = Person(make_app(max_upload_mb=1), "ada").sign_up()
    refused = ada.upload("large.txt", b"x" * 1024 * 1024)
    assert refused.status_code == 413
    assert "That is too large" in page_of(refused).findtext(".//h1")
    assert "The limit is 1 MB." in refused.text
    assert ada.email in refused.text
    assert "1 MB together" in ada.get("/documents/new").text
    assert ada.upload("small.txt", b"x" * 1_000_000).status_code == 303


# -- nothing that was typed is ever markup ---------------------------------------------------------------


def test_what_was_typed_is_shown_as_typed_on_every_page(ada, upload):
    document = upload(f"{NASTY}.txt".replace("/", "⁄"), NASTY.encode(), title=NASTY)
    url = f"/documents/{document}"
    ada.edit(document, NASTY + "\n\nmore", title=NASTY)
    pages = {
        "page": ada.get(url),
        "library": ada.get("/documents"),
        "search": ada.get("/documents", query_string={"q": "<b>"}),
        "nothing found": ada.get("/documents", query_string={"q": NASTY + "nothing"}),
        "edit": ada.get(f"{url}/edit"),
        "refused edit": ada.post(f"{url}/edit", url, title=NASTY, text="", version=1),
        "conflict": ada.edit(document, NASTY, title=NASTY, version=1),
        "refused new": ada.post("/documents", title=NASTY * 9, text=NASTY),
        "delete": ada.post(f"{url}/delete", url),
        "deleted": (ada.delete(document), ada.get("/documents"))[1],
        "log in": ada.app.test_client().get("/login", query_string={"next": NASTY}),
        "error": ada.get(f"/{NASTY}"),
    }
    for name, response in pages.items():
        page = page_of(response)
        assert page.cssselect("main b, script:not([src])") == [], name
        assert "1234321" not in page.cssselect("main")[0].text_content(), name
    shown = [name for name, response in pages.items() if "alert('x')" in page_of(response).text_content()]
    assert pages.keys() - set(shown) == {"log in", "error"}


def test_a_long_title_and_a_long_word_are_shown_whole(ada):
    title, word = "W" * 200, "w" * 5000
    document = ada.add(word, title)
    for url in ("/documents", f"/documents/{document}"):
        assert title in ada.get(url).text
    assert text_in(ada, document) == word


def test_ids_are_never_given_twice(ada):
    ids = []
    for _ in range(3):
        ids.append(ada.add())
        ada.delete(ids[-1])
    assert all(a < b for a, b in itertools.pairwise(ids))
