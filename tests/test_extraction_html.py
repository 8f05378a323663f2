"""What Ada reads in a page that she uploads."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.documents.extraction import ExtractionError, extract
from tests.support.files import LIMIT, refusal_of, text_of


def test_a_page_is_read_as_paragraphs_and_lists_with_its_title() -> None:
    page = b"""<html><head><title> Good\n news </title></head><body><h1>News</h1><p>One
        <em>more</em> day.</p><p>Then:</p><ul><li>rain<ul><li>at night</li></ul></li><li>sun</li></ul>
        <ol><li>up</li><li>down</li></ol><p>End</p></body></html>"""
    found = extract("page.html", page, LIMIT)
    assert found.title == "Good news"
    assert found.text == "News\n\nOne more day.\n\nThen:\n\n- rain\n- at night\n- sun\n1. up\n2. down\n\nEnd"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>.secret {}</style>",
        "<template><p>secret</p></template>",
        "<!-- secret -->",
        "<p hidden>secret</p>",
        "<div aria-hidden='true'><p>secret</p></div>",
        "<p style='color: red; DISPLAY : none !important'>secret</p>",
        "<b style='visibility:hidden'>secret</b>",
        "<svg><title>secret</title></svg>",
        "<?secret?>",
    ],
)
def test_what_a_reader_does_not_see_is_not_in_the_text(hidden: str) -> None:
    found = extract("page.html", f"<html><body><p>before</p>{hidden} after</body></html>".encode(), LIMIT)
    assert re.fullmatch(r"before\s+after", found.text)
    assert found.title == ""


def test_a_page_whose_whole_body_waits_for_a_script_is_still_read() -> None:
    assert text_of(b"<html><body style='visibility:hidden'>Good morning.") == "Good morning."


def test_a_table_is_read_row_by_row_without_wads_of_blanks() -> None:
    names = b"<tr>\n  <th>Name</th>\n  <th style>Born<br>in</th>\n</tr>\n"
    rows = b"<tr><td>Ada</td><td>1815</td></tr><tr><td></td></tr>"
    assert text_of(b"<html><table>" + names + rows + b"</table>") == "Name | Born in\nAda | 1815"


def test_a_table_that_lays_out_the_page_is_read_as_the_page() -> None:
    page = b"<html><table><tr><td><p>Menu</p></td><td><h1>News</h1><p>Rain.</p></td></tr></table>"
    assert text_of(page) == "Menu\n\nNews\n\nRain."


def test_preformatted_text_keeps_its_lines() -> None:
    assert text_of(b"<html><pre>one\n  <b>two</b>\n    three</pre>") == "one\n  two\n    three"


def test_a_definition_and_a_section_do_not_run_together() -> None:
    page = b"<html><section>one</section><section>two</section><dl><dt>HTML</dt><dd>a <q>language</q></dd></dl>"
    assert text_of(page) == 'one\ntwo\n\nHTML\na "language"'


def test_a_character_written_about_is_not_resolved_twice() -> None:
    assert text_of(b"<html><p>Write &amp;lt; for &lt;, and AT&amp;T.") == "Write &lt; for <, and AT&T."


@pytest.mark.parametrize(
    "page",
    [
        "<html><meta charset=windows-1251><p>Привет".encode("cp1251"),
        "<html><meta http-equiv=Content-Type content='text/html; charset=koi8-r'><p>Привет".encode("koi8-r"),
        "<?xml version='1.0' encoding='iso-8859-5'?><html><p>Привет</p></html>".encode("iso-8859-5"),
        "\ufeff<html><meta charset=latin1><p>Привет".encode(),
        "<html><meta charset=latin1><p>Привет".encode("utf-16"),
        "<html><meta charset=unicode_escape><p>Привет".encode(),
        "<html><meta charset=nonsense><p>Привет".encode(),
    ],
)
def test_a_page_is_read_in_the_encoding_it_names_unless_a_mark_says_otherwise(page: bytes) -> None:
    assert text_of(page) == "Привет"


def test_a_page_that_names_latin_1_is_read_as_browsers_do() -> None:
    assert text_of("<html><meta charset=iso-8859-1><p>“5 €”".encode("cp1252")) == "“5 €”"


def test_a_page_cannot_read_a_file_by_an_entity() -> None:
    page = (
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><p>Good &x; morning</p>'
    )
    assert "root:" not in text_of(page)


@pytest.mark.parametrize("page", [b"<div>" * 250, b"<p>" * 300_001])
def test_a_page_too_complicated_is_refused_and_not_cut_short(page: bytes) -> None:
    assert "too complicated" in refusal_of(b"<html>" + page + b"Good morning.")


def test_an_old_page_with_thousands_of_fonts_left_open_is_read() -> None:
    assert text_of(b"<html>" + b"<div>" * 150 + b"<font size=2>" * 5000 + b"Good morning.") == "Good morning."


@pytest.mark.parametrize(
    "page",
    [
        b"<html><table>" + b"<tr><td>a<td>b</tr>" * 20_000 + b"<tr><td>" + b"w" * 50_000 + b"<td>c</table>",
        b"<html>" + b"<ul><li>a" * 90 + b"<li>a" * 20_000,
        b"<html><p style='margin-top: 900000000em; padding-left: 900000000em'>a",
        b"<html><p>" + b"<b>a</b> <q>b</q><i hidden></i>" * 100_000,
    ],
)
def test_a_small_page_cannot_become_a_huge_text(page: bytes) -> None:
    try:
        assert len(text_of(page)) <= len(page)
    except ExtractionError as refused:
        assert "the limit is" in str(refused)  # noqa: PT017 - either is a fine end


def test_two_peoples_pages_read_at_the_same_time_do_not_mix() -> None:
    pages = [f"<html>{f'<p>{name}</p>' * 200}".encode() for name in ["Ada", "Ben", "Eve"]] * 20
    with ThreadPoolExecutor(8) as readers:
        texts = list(readers.map(text_of, pages))
    assert all(len(set(text.split())) == 1 for text in texts)
    assert [text[:3] for text in texts] == ["Ada", "Ben", "Eve"] * 20
