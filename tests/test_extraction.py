"""What Ada uploads: which kind of file it is, and whether there is text in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.extraction import ExtractionError, extract
from tests.support.files import LIMIT, a_docx, a_pdf, a_zip, an_epub, refusal_of, text_of, title_of

A_PAGE = b"<html><table><tr><td>a<td>b</table><ul><li>c"


@pytest.mark.parametrize("name", ["letter.pdf", "letter.txt", "letter.docx", "letter"])
def test_a_pdf_is_read_as_a_pdf_whatever_it_is_called(name: str) -> None:
    assert text_of(a_pdf("Good morning."), name) == "Good morning."


def test_a_pdf_may_begin_with_stray_bytes() -> None:
    assert text_of(b"\r\n<stray>" + a_pdf("Good morning.")) == "Good morning."


def test_a_text_that_shows_the_mark_of_a_pdf_is_a_text() -> None:
    assert text_of(b"Each PDF begins with %PDF-1.7 and so on.") == "Each PDF begins with %PDF-1.7 and so on."


def test_a_word_document_is_read_whatever_it_is_called() -> None:
    assert text_of(a_docx(), "letter.txt") == "Good morning."


@pytest.mark.parametrize("name", ["page.html", "page.txt", "page"])
@pytest.mark.parametrize(
    "start", ["<!doctype html>", "<HTML lang=en>", "\n<!-- by hand -->\n<?xml version='1.0'?><html>"]
)
def test_a_page_is_known_by_how_it_begins(name: str, start: str) -> None:
    assert text_of(f"{start}<p>Good <b>morning</b>.".encode(), name) == "Good morning."


def test_a_fragment_is_a_page_only_if_its_name_says_so() -> None:
    fragment = b"<p>Good <b>morning</b>.</p>"
    assert text_of(fragment, "page.htm") == "Good morning."
    assert text_of(fragment, "page.md") == fragment.decode()


def test_a_fetched_page_may_begin_with_any_tag_but_a_fetched_text_is_a_text() -> None:
    fragment = b"<div><p>Good <b>morning</b>.</p></div>"
    assert extract("page.php", fragment, LIMIT, page_of="https://example.org/page.php").text == "Good morning."
    for name, text in (("page.txt", fragment), ("page", b"Good <b>morning</b>.")):
        assert extract(name, text, LIMIT, page_of="https://example.org/").text == text.decode()


@pytest.mark.parametrize("start", ["", "<html><p>"])
def test_the_encoding_that_a_server_names_is_believed(start: str) -> None:
    page = f"{start}Привет".encode("koi8-r")
    assert extract("page", page, LIMIT, page_of="https://example.org/", charset="koi8-r").text == "Привет"


def test_a_text_called_html_without_a_tag_is_a_text() -> None:
    assert text_of(b"1 < 2 & 3 > 2", "sums.html") == "1 < 2 & 3 > 2"


def test_a_page_that_begins_with_thousands_of_comments_is_told_at_once() -> None:
    assert text_of(b"<!---->" * 9000 + b" Good morning.").endswith("Good morning.")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (a_zip("xl/workbook.xml"), "an Excel workbook"),
        (a_zip("ppt/presentation.xml"), "a PowerPoint presentation"),
        (a_zip("mimetype", "META-INF/manifest.xml"), "an OpenDocument file"),
        (a_zip("photos/1.jpg"), "a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture"),
        (b"\xff\xd8\xff\xe0JFIF", "a picture"),
        (b"{\\rtf1\\ansi Good morning.}", "an RTF document"),
    ],
)
def test_another_kind_of_file_is_named_and_refused(content: bytes, kind: str) -> None:
    refusal = refusal_of(content, "letter.txt")
    assert refusal.startswith(f"This is {kind}.")
    assert ".txt" in refusal
    assert ".docx" in refusal
    assert "EPUB" in refusal


def test_an_old_word_document_is_refused_with_the_way_out() -> None:
    assert "Save it as .docx" in refusal_of(archive_of_old_office())


def test_a_locked_word_document_is_refused_as_locked() -> None:
    locked = archive_of_old_office() + "EncryptedPackage".encode("utf-16-le")
    assert "protected by a password" in refusal_of(locked, "letter.docx")


def archive_of_old_office() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize("content", [b"Good\x00morning", bytes(range(1, 32)) * 9, b"\xff\xfe\x00", b"MZ\x90\x00\x03"])
def test_bytes_that_are_not_text_are_refused(content: bytes) -> None:
    assert "not text" in refusal_of(content, "letter.txt")


@pytest.mark.parametrize("content", [b"", b" \r\n\t ", "\ufeff\u200b \u00a0".encode(), b"<html><p> </p></html>"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert "no text in this file" in refusal_of(content)


@pytest.mark.parametrize("content", [b"a" * 1001, a_pdf("a" * 1001), b"<html>" + b"a" * 1001])
def test_a_text_over_the_limit_is_refused_with_both_numbers(content: bytes) -> None:
    refusal = refusal_of(content, limit=1000)
    assert refusal == "This document has 1,001 characters; the limit is 1,000. Split it and add the parts."


def test_a_text_of_just_the_limit_is_taken() -> None:
    assert extract("a.txt", b"a" * 1000 + b"\n", 1000).text == "a" * 1000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_with_and_without_a_mark(encoding: str) -> None:
    assert text_of("Grüße, 世界 🌍".encode(encoding)) == "Grüße, 世界 🌍"


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_of_either_order_is_not_taken_for_binary(mark: bytes) -> None:
    order = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert text_of(mark + "Good morning".encode(order)) == "Good morning"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("café", "cp1252"),
        ("Le café est très bon, n’est-ce pas ? Voilà.", "cp1252"),
        ("Привет, как дела? Это текст на русском языке.", "cp1251"),
        ("Zażółć gęślą jaźń i dużo więcej tekstu po polsku", "cp1250"),
        ("日本語のテキストです。これは長い文章です。", "shift_jis"),
    ],
)
def test_a_text_from_before_unicode_is_read_by_the_best_guess(text: str, encoding: str) -> None:
    assert text_of(text.encode(encoding)) == text


def test_line_ends_blanks_and_controls_are_tidied() -> None:
    untidy = (
        b"A quiet morning, and nobody about.\r\n\r\none \t\r\ntwo\rthree\x0c\n\n\n\n\x07fo\x7fur\xc2\x85five\ttab  "
    )
    assert text_of(untidy) == "A quiet morning, and nobody about.\n\none\ntwo\nthree\n\nfour\nfive\ttab"


def test_a_megabyte_of_blanks_takes_no_time() -> None:
    blanks = "a" + " " * 1_000_000 + "b"
    assert extract("a.txt", blanks.encode(), 2_000_000).text == blanks


def test_a_text_has_no_title_of_its_own() -> None:
    assert title_of(b"# Not a heading\nGood morning.", "letter.txt") == ""


def test_markdown_is_kept_as_it_is_and_titled_by_its_first_heading() -> None:
    source = "Intro\n\n## Second level\n\n#  The *Title* #\n\n- one\n- two"
    found = extract("letter.md", source.encode(), LIMIT)
    assert found.text == source
    assert found.title == "The *Title*"


def test_a_comment_in_a_block_of_code_is_not_a_title() -> None:
    assert title_of(b"```sh\n# install\n```\n\n# Manual", "readme.markdown") == "Manual"
    assert title_of(b"~~~\n# install\n```\n# more\n~~~\n#hashtag", "readme.md") == ""


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from(["a.txt", "a.html", "a.md", "a.pdf", "a.docx", ""]))
def test_random_bytes_are_read_or_refused_and_nothing_else(content: bytes, filename: str) -> None:
    read_or_refused(filename, content)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([a_pdf("Good morning.", title="News"), a_docx(), an_epub("<p>one</p>", "<p>two</p>"), A_PAGE]),
    st.lists(st.tuples(st.integers(0, 50_000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=20),
)
def test_real_files_with_random_damage_are_read_or_refused(content: bytes, damage: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(content)
    for at, put in damage:
        damaged[at % len(content) : at % len(content) + len(put)] = put
    read_or_refused("a.bin", bytes(damaged))


@settings(max_examples=150, deadline=None)
@given(st.text(), st.sampled_from(["utf-8", "utf-16", "utf-32", "utf-8-sig"]))
def test_any_text_comes_out_fit_to_show_and_store(text: str, encoding: str) -> None:
    read_or_refused("a.txt", text.encode(encoding, "surrogatepass"))


def read_or_refused(filename: str, content: bytes) -> None:
    try:
        found = extract(filename, content, LIMIT)
    except ExtractionError as refused:
        assert str(refused).endswith(".")  # noqa: PT017 - being refused is a fine end too
        return
    found.text.encode()
    assert found.text.strip()
    assert "\n" not in found.title
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|[ \t]\n|\n{3}", found.text)
