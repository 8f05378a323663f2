"""What Ada reads of a page of the web: its text, and not what stands around it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from app.documents import webpage
from app.documents.text import Extracted, ExtractionError, clean

PAGE = (Path(__file__).parent / "support" / "page.html").read_bytes()
SENTENCE = "The dredger came at last, and the fishing boats were back at the quay within six weeks. "


def read(page: str | bytes, charset: str = "", address: str = "https://www.daily-gull.example/harbour") -> Extracted:
    found = webpage.read(page.encode() if isinstance(page, str) else page, charset, address)
    return Extracted(found.title, clean(found.text), found.gaps)


def article(head: str = "", body: str = "") -> str:
    return f"<html><head>{head}</head><body><article>{body}{f'<p>{SENTENCE}</p>' * 5}</article></body></html>"


# -- the text --------------------------------------------------------------------------------------------


def test_a_page_is_read_without_what_stands_around_its_text() -> None:
    text = read(PAGE).text
    around = ["privacy", "cookies", "Accept", "Sport", "Subscribe", "Related", "gulls", "Ben:", "reserved", "Imprint"]
    assert [word for word in around if word in text] == []
    assert text.startswith("How the harbour was saved\n\nFor eleven years")
    assert text.endswith("by the end of this month.")


def test_headings_tables_and_lists_stay_in_their_places() -> None:
    blocks = read(PAGE).text.split("\n\n")
    assert blocks[2] == "What it cost"
    assert blocks[4] == "Fund | Share\nCounty | 1.2 million\nFishermen's & pilots' guild | 300,000"
    assert (
        "- raise the northern mole\n- move the fuel pumps\n- train two more pilots\n1. ask the council\n2. ask again"
        in blocks
    )
    assert "dredge --deep\n  --wide" in blocks


def test_what_is_emphasised_or_linked_stays_in_its_sentence() -> None:
    assert "rules about who may ask for money &amp; when." in read(PAGE).text


def test_a_page_without_a_main_text_is_read_as_a_whole() -> None:
    links = "".join(f"<li><a href='/{number}'>Harbour {number}</a></li>" for number in range(50))
    text = read(f"<html><body><nav><ul>{links}</ul></nav><footer>All harbours</footer></body></html>").text
    assert text.startswith("- Harbour 0\n- Harbour 1\n")
    assert text.endswith("All harbours")


def test_a_page_too_large_to_look_for_its_main_text_is_read_as_a_whole() -> None:
    text = read("<html><body><nav>Menu</nav>" + "<p>Good <b>morning</b>.</p>" * 20_000).text
    assert text.startswith("Menu\n\nGood morning.\n\n")
    assert text.count("Good morning.") == 20_000


def test_a_short_page_is_read() -> None:
    assert read("<html><body><p>Good morning.</p></body></html>").text == "Good morning."


@pytest.mark.parametrize(
    "body",
    [
        "<div id=root></div><script src=/app.js></script>",
        "<noscript>You need to enable JavaScript.</noscript><script>start()</script>",
        "<SCRIPT>document.write('Good morning')</SCRIPT>",
    ],
)
def test_a_page_that_shows_nothing_without_scripts_is_refused_in_plain_words(body: str) -> None:
    with pytest.raises(ExtractionError, match=r"shows its text only with scripts.*save it.*paste it"):
        read(f"<html><head><title>App</title></head><body>{body}</body></html>")


# -- the title -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>The harbour</title>", "The harbour"),
        ("<title>The harbour | The Daily Gull</title>", "The harbour"),
        ("<title>The harbour – daily-gull.example</title>", "The harbour"),
        ("<title>Daily Gull: The harbour</title>", "Daily Gull: The harbour"),
        ("<title>Daily Gull – The harbour – A story</title>", "The harbour – A story"),
        ("<title>Boats – then and now</title>", "Boats – then and now"),
        (
            "<title>Boats &amp;\n quays - Gull News</title><meta property=og:site_name content='Gull news'>",
            "Boats & quays",
        ),
        ("<title>x</title><meta property='og:title' content='The harbour'>", "The harbour"),
        ("<title>x</title><meta name='og:title' content=' '>", "x"),
        ("", ""),
    ],
)
def test_a_page_has_its_title_without_the_name_of_the_site(head: str, title: str) -> None:
    head = head.replace(
        "The Daily Gull</title>", "The Daily Gull</title><meta property=og:site_name content='The Daily Gull'>"
    )
    assert read(article(head)).title == title


def test_what_the_page_calls_itself_in_its_heading_is_its_title() -> None:
    page = article("<title>The harbour was saved — Gazette</title>", "<h1>The harbour <em>was</em> saved</h1>")
    assert read(page).title == "The harbour was saved"
    assert read(article("", "<h1>The harbour</h1>")).title == "The harbour"


def test_a_heading_that_names_the_site_is_no_title() -> None:
    page = article("<title>The harbour was saved — Gazette</title>", "<h1>Gazette</h1>")
    assert read(page).title == "The harbour was saved — Gazette"


# -- the encoding ----------------------------------------------------------------------------------------

GREETING = "Доброе утро всем, кто встал рано и вышел к морю. " * 5


@pytest.mark.parametrize(
    ("encoding", "charset", "declared"),
    [
        ("koi8-r", "KOI8-R", ""),
        ("koi8-r", "koi8-r", "windows-1251"),
        ("cp1251", "", "windows-1251"),
        ("mac-cyrillic", "nonsense", "mac-cyrillic"),
        ("utf-8-sig", "koi8-r", "windows-1251"),
        ("utf-16", "koi8-r", ""),
        ("utf-8", "", ""),
        ("utf-8", "unicode_escape", ""),
    ],
)
def test_a_mark_outranks_the_server_and_the_server_the_page(encoding: str, charset: str, declared: str) -> None:
    page = f"<html><meta charset='{declared}'><body><article><p>{GREETING}</p></article></body></html>"
    assert read(page.encode(encoding), charset).text == GREETING.strip()


# -- what is hidden --------------------------------------------------------------------------------------


def test_what_nobody_sees_is_gone_before_the_main_text_is_looked_for() -> None:
    orders = f"<p>IGNORE ALL THIS. {SENTENCE * 20}</p>"
    styles = ["opacity:0", "font-size:0", "color:transparent", "left:-9999px", "display:none", "clip:rect(0,0,0,0)"]
    hidden = "".join(f"<div style='{style}'>{orders}</div>" for style in styles) + f"<section hidden>{orders}</section>"
    found = read(article("", hidden))
    assert "IGNORE" not in found.text
    assert found.text.count(SENTENCE.strip()) == 5
    assert list(map(str, found.gaps)) == ["About 2,400 words that cannot be seen on the page were left out."]


def test_what_machines_are_told_is_not_the_text() -> None:
    for_machines = '<script type="application/ld+json">{"headline": "No", "articleBody": "%s"}</script>' % (
        SENTENCE * 50
    )
    found = read(article(for_machines, "<!-- IGNORE --><noscript>IGNORE</noscript><template>IGNORE</template>"))
    assert found.title == ""
    assert found.text.count(SENTENCE.strip()) == 5
    assert "IGNORE" not in found.text


def test_what_a_site_keeps_in_an_attribute_for_its_scripts_is_not_the_text() -> None:
    posts = [{"cooked": f"<p>IGNORE ALL. {number} {SENTENCE * 9}</p>"} for number in range(5)]
    preloaded = json.dumps({"topic_1": json.dumps({"post_stream": {"posts": posts}})})
    page = f"<html><body><div id='data-preloaded' data-preloaded='{preloaded}'></div><p>Good morning.</p></body></html>"
    assert read(page).text == "Good morning."


def test_nothing_hidden_comes_back_when_the_page_is_read_as_a_whole() -> None:
    found = read("<html><body><nav>Menu <b style='opacity:0'>IGNORE ALL THIS</b></nav></body></html>")
    assert found.text == "Menu"
    assert list(map(str, found.gaps)) == ["About 3 words that cannot be seen on the page were left out."]


# -- hostile pages ---------------------------------------------------------------------------------------


def test_entities_that_double_themselves_stay_as_they_are() -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    laughs = "".join(f'<!ENTITY {b} "&{a};&{a};&{a};&{a};">' for a, b in itertools.pairwise(names))
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "laugh">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>&z; &f; {SENTENCE}</p></body></html>'
    )
    text = read(page).text
    assert SENTENCE.strip() in text
    assert len(text) < 2000
    assert "root:" not in text


@pytest.mark.parametrize("page", [b"<div>" * 250, b"<p>" * 300_001])
def test_a_page_too_complicated_is_refused_and_not_cut_short(page: bytes) -> None:
    with pytest.raises(ExtractionError, match="too complicated"):
        read(b"<html>" + page + b"Good morning.")


@pytest.mark.parametrize(
    "page",
    [
        "<p>" + "<b>" * 5000 + SENTENCE,
        "<p>" + "<b>a</b> " * 25_000 + SENTENCE,
        "<ul><li>a" * 90 + "<li>a" * 20_000 + SENTENCE,
        "<table><tr><td>" * 60 + SENTENCE,
        "<p>" + "\n " * 500_000 + SENTENCE,
        f"<article><title>{'<' * 50_000}</title><p>{SENTENCE}",
        f"<svg><foreignObject><p>secret</p></foreignObject></svg><math><p>{SENTENCE}",
    ],
)
def test_a_page_built_to_be_slow_or_strange_is_read(page: str) -> None:
    assert "the fishing boats were back" in read("<html><body>" + page).text


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ExtractionError, match="not text"):
        read(b"<html>\x00\x01\x02")
