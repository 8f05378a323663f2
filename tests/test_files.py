"""Documents from files: each is there at once, is read by a job, and says why where it cannot be."""

import docx
import pytest
from lxml import html
from sqlalchemy import select

from app.extensions import db
from app.models import Document, Extraction
from tests.provider import says
from tests.support.files import a_docx, a_pdf, an_epub, drawn, pdf_of_streams
from tests.support.people import TEXT, words

DATABASES = ("sqlite",)  # what is shown here is the same on either

PICTURE = b"\x89PNG\r\n\x1a\n\0\0"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
SCANNED = pdf_of_streams([b"q 600 0 0 800 0 0 cm /P Do Q"] * 2)
PARTLY_SCANNED = pdf_of_streams([drawn("The harbour silted up in 1703."), b"q 600 0 0 800 0 0 cm /P Do Q"])
NASTY = '<script>alert(1)</script> & "<b>" {{ 1111*1111 }}'


def a_letter() -> bytes:
    document = docx.Document()
    document.core_properties.title = "From Word"
    document.add_paragraph("Words of the letter.")
    return a_docx(document)


FILES = {
    "notes.txt": (b"Just a text.", "notes", "Just a text."),
    "read me.md": (b"# Its heading\n\nand **more**", "Its heading", "# Its heading\n\nand **more**"),
    "page.html": (b"<title>Its title</title><body><p>Words of the page.", "Its title", "Words of the page."),
    "report.pdf": (a_pdf("Words of the report", title="Its name"), "Its name", "Words of the report"),
    "letter.docx": (a_letter(), "From Word", "Words of the letter."),
    "novel.epub": (an_epub("<p>It was a dark night.</p>", title="A night"), "A night", "It was a dark night."),
}


@pytest.fixture
def kept(app):
    """The bytes of each upload that the database still holds, by the file's name."""

    def kept() -> dict[str, bytes | None]:
        with app.app_context():
            rows = db.session.execute(select(Extraction.name, Extraction.content).order_by(Extraction.id))
            return {name: content for name, content in rows}  # noqa: C416 - a Row is no pair

    return kept


@pytest.fixture
def documents(app):
    def documents() -> list[tuple[str, bool]]:
        with app.app_context():
            return [(d.title, d.has_text) for d in db.session.scalars(select(Document).order_by(Document.id))]

    return documents


def heading(person, document: int) -> str:
    return person.page(f"/documents/{document}").findtext(".//h1")


def refusal(response) -> dict[str, str]:
    """Each field's complaint in a form that was refused."""
    assert response.status_code == 422, response.text
    return {p.get("id").removesuffix("-error"): words(p) for p in html.fromstring(response.text).cssselect(".error")}


# -- each kind -------------------------------------------------------------------------------------------


def test_every_kind_of_file_is_a_document_at_once_and_is_read_by_the_job(ada, work, kept):
    added = {name: ada.add_file(name, content) for name, (content, _, _) in FILES.items()}
    assert [ada.text_of(document) for document in added.values()] == [""] * 6
    assert kept() == {name: content for name, (content, _, _) in FILES.items()}
    work.drain()
    for name, document in added.items():
        assert (heading(ada, document), ada.text_of(document)) == FILES[name][1:]
        assert f"From {name}" in words(ada.page(f"/documents/{document}").cssselect("#document-about .meta")[0])
    assert kept() == dict.fromkeys(FILES)


def test_a_file_that_waits_has_its_name_for_a_title_and_says_what_is_being_done(ada):
    document = ada.add_file("Minutes of May.txt", TEXT.encode())
    assert heading(ada, document) == "Minutes of May"
    assert ada.source(document).said.startswith("Reading the file. The text will be here, or the reason why not, by")
    assert words(ada.page(f"/documents/{document}").cssselect("#no-text")[0]) == "The text will stand here."


def test_once_it_is_read_nothing_is_left_to_follow(ada, work):
    document = ada.add_file("notes.txt", TEXT.encode())
    work.drain()
    page = ada.page(f"/documents/{document}")
    assert page.cssselect("#extraction, #no-text") == []
    assert page.cssselect("#summary")


def test_the_longest_name_of_a_file_is_taken_and_its_ending_still_tells_what_it_is(ada, work):
    document = ada.add_file("n" * 3000 + ".md", b"# Its heading\n\nText.")
    work.drain()
    assert (heading(ada, document), ada.text_of(document)) == ("Its heading", "# Its heading\n\nText.")


# -- several at once -------------------------------------------------------------------------------------


def test_several_files_become_a_document_each_and_the_library_says_so(ada, work, documents):
    answer = ada.upload_all({name: content for name, (content, _, _) in FILES.items()})
    assert (answer.status_code, answer.location) == (303, "/documents")
    assert "Added 6 documents. Each is being read now." in ada.get("/documents").text
    work.drain()
    assert documents() == [(title, True) for _, title, _ in FILES.values()]


def test_a_title_typed_for_several_is_numbered_however_long_it_is(ada, work, documents):
    ada.upload_all({"a.md": b"# Own\n\ntext", "b.txt": b"text"}, title="Minutes")
    ada.upload_all({"a.txt": b"text", "b.txt": b"text"}, title="M" * 200)
    work.drain()
    titles = [title for title, _ in documents()]
    assert titles[:2] == ["Minutes (1 of 2)", "Minutes (2 of 2)"]
    assert titles[2:] == ["M" * 191 + " (1 of 2)", "M" * 191 + " (2 of 2)"]


def test_twenty_files_are_taken_and_twenty_one_are_refused(ada, documents):
    files = {f"{number}.txt": b"text" for number in range(21)}
    refused = ada.upload_all(files, title="What I typed")
    assert refusal(refused) == {"file": "Choose at most 20 files at once."}
    assert html.fromstring(refused.text).get_element_by_id("title").value == "What I typed"
    assert documents() == []
    files.popitem()
    assert ada.upload_all(files).status_code == 303
    assert len(documents()) == 20


def test_one_of_several_that_cannot_be_read_holds_up_no_other(ada, work):
    ada.upload_all({"torn.pdf": b"%PDF-1.7\nnonsense", "good.txt": b"A good text."})
    work.drain()
    assert "may be damaged" in ada.source(1).said
    assert ada.text_of(2) == "A good text."


# -- refused at once -------------------------------------------------------------------------------------


def test_a_text_files_and_an_address_together_are_refused_and_what_was_typed_is_kept(ada, documents):
    typed = {"title": "All of it", "text": TEXT, "url": "https://example.org/a?b=c"}
    refused = ada.upload_all({"a.txt": b"text"}, **typed)
    assert refusal(refused) == {
        "text": "Give one of text, files and an address. What you typed is kept. Choose the file anew."
    }
    page = html.fromstring(refused.text)
    assert {name: page.get_element_by_id(name).value.strip() for name in typed} == typed
    assert documents() == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.txt", PICTURE, "This is a picture."),
        ("old.doc", OLD_WORD, "Save it as .docx"),
        ("empty.txt", b"", "There is no text in this file."),
    ],
)
def test_what_can_never_be_read_is_refused_at_once_with_the_way_out(ada, documents, name, content, reason):
    refused = ada.upload(name, content, title="What I typed")
    assert reason in refusal(refused)["file"]
    assert html.fromstring(refused.text).get_element_by_id("title").value == "What I typed"
    assert documents() == []


def test_of_several_files_the_good_ones_are_added_and_the_others_are_named(ada, work, documents):
    files = {"good.txt": b"A good text.", "photo<b>.png": PICTURE, "fine.txt": b"A fine text.", "old.doc": OLD_WORD}
    assert ada.upload_all(files).location == "/documents"
    told = words(ada.page("/documents"))
    assert "Added 2 documents." in told
    assert "photo<b>.png: This is a picture." in told
    assert "old.doc: This is a file of an old version of Office" in told
    work.drain()
    assert documents() == [("good", True), ("fine", True)]


def test_the_one_good_file_of_several_is_gone_to_and_the_others_are_named_there(ada, documents):
    answer = ada.upload_all({"photo.png": PICTURE, "good.txt": b"A good text."})
    assert answer.location == "/documents/1"
    assert "photo.png: This is a picture." in words(ada.page(answer.location))
    assert documents() == [("good", False)]


def test_several_files_of_which_none_is_good_are_refused_by_name(ada, documents):
    refused = ada.upload_all({"photo.png": PICTURE, "old.doc": OLD_WORD}, title="What I typed")
    assert refused.status_code == 422
    problems = words(html.fromstring(refused.text).get_element_by_id("error-summary"))
    assert "photo.png: This is a picture." in problems
    assert "old.doc: This is a file of an old version" in problems
    assert documents() == []


# -- what a file itself does not give --------------------------------------------------------------------

HOPELESS = {
    "scanned": (SCANNED, "pictures"),
    "encrypted": (a_pdf("secret", password="pass"), "password"),
    "torn": (b"%PDF-1.7\nnonsense", "may be damaged"),
}


@pytest.mark.parametrize(("content", "reason"), HOPELESS.values(), ids=HOPELESS)
def test_a_pdf_that_gives_no_text_says_why_and_the_text_can_be_pasted(ada, work, kept, content, reason):
    document = ada.add_file("report.pdf", content)
    work.drain()
    panel = ada.source(document)
    assert panel.state == "failed"
    assert reason in panel.said
    assert panel.one(f"#extraction a[href='/documents/{document}/edit']").text == "paste the text"
    assert kept() == {"report.pdf": content}
    assert ada.edit(document, TEXT, title="The report").status_code == 303
    assert ada.panel(document).state == "none"
    assert ada.text_of(document) == TEXT


def test_a_pasted_text_is_summarised_and_is_not_said_to_be_from_the_file(ada, work, provider):
    provider.script(says("About the harbour."))
    document = ada.add_file("report.pdf", SCANNED)
    work.drain()
    ada.edit(document, TEXT)
    ada.summarise(document)
    work.drain()
    assert ada.panel(document).text == "About the harbour."
    assert "from before" not in ada.source(document).said


def test_a_file_that_failed_is_tried_again_when_asked(ada, work, kept):
    document = ada.add_file("report.pdf", SCANNED)
    work.drain()
    assert ada.source(document).one("#extraction-start").text == "Try again"
    assert ada.reread(document).status_code == 303
    assert ada.source(document).state == "pending"
    work.drain()
    assert ada.source(document).state == "failed"
    assert kept() == {"report.pdf": SCANNED}


def test_a_text_over_the_limit_is_told_both_numbers(make_app, work):
    from tests.support.people import Person

    ada = Person(make_app(max_document_characters=1000), "ada").sign_up()
    document = ada.add_file("long.txt", b"y" * 1001)
    type(work)(ada.app).drain()
    assert "has 1,001 characters; the limit is 1,000" in ada.source(document).said


# -- what is missing is named ----------------------------------------------------------------------------


def test_what_of_a_file_is_not_in_its_text_stands_by_the_text_and_by_its_summary(ada, work, provider):
    document = ada.add_file("report.pdf", PARTLY_SCANNED)
    work.drain()
    (gap,) = [words(gap) for gap in ada.page(f"/documents/{document}").cssselect("#text-gaps li")]
    assert "2" in gap
    ada.summarise(document)
    work.drain()
    assert gap in words(ada.panel(document).one("#summary"))
    assert gap in words(ada.page(f"/documents/{document}/summary/receipt"))
    assert gap in words(ada.page(ada.publish(document)).cssselect("#summary")[0])


def test_a_text_that_is_whole_names_nothing(ada, work):
    document = ada.add_file("notes.txt", TEXT.encode())
    work.drain()
    assert ada.page(f"/documents/{document}").cssselect("#text-gaps") == []


# -- nothing in a file is ever markup --------------------------------------------------------------------


def test_names_titles_and_texts_of_files_are_shown_as_they_are(ada, work):
    page = (
        f"<title>{html.tostring(html.Element('i')).decode()}&lt;script&gt;alert(2)&lt;/script&gt;</title><p>&lt;b&gt;x"
    )
    waiting = ada.page(f"/documents/{ada.add_file(f'{NASTY}.txt'.replace('/', '⁄'), NASTY.encode())}")
    titled = ada.add_file("page.html", page.encode())
    torn = ada.page(f"/documents/{ada.add_file('<i>torn</i>.pdf'.replace('/', '⁄'), b'%PDF-1.7 nonsense')}")
    work.drain()
    pages = [waiting, torn, ada.page("/documents"), *(ada.page(f"/documents/{n}") for n in (1, titled, 3))]
    assert [p for p in pages if p.cssselect("main script, main b, main i")] == []
    assert "<script>alert(2)</script>" in heading(ada, titled)
    assert all("1234321" not in p.cssselect("main")[0].text_content() for p in pages[:2])


def test_gaps_are_shown_as_they_are(app, ada, work):
    document = ada.add_file("notes.txt", TEXT.encode())
    work.drain()
    with app.app_context():
        db.session.get(Document, document).revision.gaps = [NASTY]
        db.session.commit()
    ada.summarise(document)
    work.drain()
    page = ada.page(f"/documents/{document}")
    assert page.cssselect("main script, main b") == []
    assert [words(gap) for gap in page.cssselect("#text-gaps li")] == [NASTY]
    assert NASTY in words(page.cssselect("#summary")[0])
