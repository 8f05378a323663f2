"""What Ada reads in an e-book that she uploads."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest

from app.documents import archive
from app.documents.extraction import extract
from tests.support.files import LIMIT, a_chapter, an_epub, gaps_of, refusal_of, text_of, title_of, with_member

ONE_OF_TWO = "1 of the book's 2 chapters could not be read, because it is missing or damaged."


def test_an_e_book_is_read_chapter_by_chapter_whatever_it_is_called() -> None:
    book = an_epub("<h1>One</h1><p>A quiet <i>morning</i>.</p>", "<p>Grüße.</p><ul><li>rain</li></ul>", title="News")
    assert extract("letter.txt", book, LIMIT).text == "One\n\nA quiet morning.\n\nGrüße.\n\n- rain"
    assert title_of(book) == "News"
    assert gaps_of(book) == ()


def test_the_spine_says_the_order_and_a_chapter_listed_twice_is_read_once() -> None:
    turned = "<itemref idref='c2'/><itemref idref='c1'/><itemref idref='c2'/><itemref idref='c2'/>"
    assert text_of(an_epub("<p>one</p>", "<p>two</p>", spine=turned)) == "two\n\none"


def test_a_table_of_contents_is_left_out() -> None:
    nav = "<item id='nav' href='nav.xhtml' properties='scripted nav'/>"
    book = an_epub(
        "<p>one</p>",
        items=nav,
        spine="<itemref idref='nav'/><itemref idref='c1'/>",
        changed={"OPS/nav.xhtml": a_chapter("<nav><ol><li>Contents</li></ol></nav>")},
    )
    assert extract("a.epub", book, LIMIT).text == "one"
    assert gaps_of(book) == ()


def test_parts_beside_the_reading_order_are_left_out_and_named_if_they_hold_text() -> None:
    spine = "<itemref idref='c1'/><itemref idref='c2' linear='no'/><itemref idref='c3' linear='no'/>"
    book = an_epub("<p>one</p>", "<p>a note</p>", "<img src='cover.png'/>", spine=spine)
    assert text_of(book) == "one"
    assert gaps_of(book) == ("1 part beside the reading order, such as notes, was left out.",)


def test_a_chapter_that_is_not_in_the_archive_is_named() -> None:
    assert gaps_of(an_epub("<p>one</p>", "<p>two</p>", changed={"OPS/2.xhtml": None})) == (ONE_OF_TWO,)


def test_a_chapter_that_is_not_in_the_manifest_is_named() -> None:
    spine = "<itemref idref='c1'/><itemref idref='nowhere'/>"
    assert gaps_of(an_epub("<p>one</p>", spine=spine)) == (ONE_OF_TWO,)


def test_a_chapter_that_is_damaged_is_named_and_the_others_are_read() -> None:
    book = an_epub("<p>one</p>", "<p>two</p>", "<p>three</p>", changed={"OPS/2.xhtml": b"\x00\x01\x02"})
    marred = with_marred_member(book, "OPS/3.xhtml")
    assert text_of(marred) == "one"
    assert "2 of the book's 3 chapters could not be read, because they are missing or damaged." in gaps_of(marred)


def with_marred_member(book: bytes, name: str) -> bytes:
    """The packed bytes of the member turned round, so that they do not unpack, or unpack to something else."""
    with zipfile.ZipFile(io.BytesIO(book)) as given:
        member = given.getinfo(name)
    begin = member.header_offset + 30 + len(name)
    marred = bytes(255 - byte for byte in book[begin : begin + member.compress_size])
    return book[:begin] + marred + book[begin + member.compress_size :]


@pytest.mark.parametrize(
    "changed",
    [
        {"META-INF/container.xml": "<not xml"},
        {"META-INF/container.xml": "<container/>"},
        {"OPS/book.opf": None},
        {"OPS/book.opf": "no package"},
        {"OPS/1.xhtml": None},
        {"META-INF/encryption.xml": "<not xml"},
    ],
)
def test_a_broken_e_book_is_refused_as_damaged(changed: dict[str, str | None]) -> None:
    assert "This e-book could not be read; it may be damaged." in refusal_of(an_epub("<p>one</p>", changed=changed))


def test_an_e_book_without_a_spine_is_refused_as_damaged() -> None:
    assert "may be damaged" in refusal_of(an_epub("<p>one</p>", spine=""))


def test_words_hidden_in_several_chapters_are_counted_once_for_the_book() -> None:
    hidden = "<p>one</p><p style='display:none'>buy our goods</p>"
    assert gaps_of(an_epub(hidden, hidden)) == ("About 6 words that cannot be seen on the page were left out.",)


def test_a_comic_is_refused_for_want_of_text() -> None:
    assert "holds pictures, and no text" in refusal_of(an_epub("<img src='1.png'/>", "<img src='2.png'/>"))


@pytest.mark.parametrize(
    ("href", "member"),
    [
        ("a%20b%C3%A9.xhtml#top", "OPS/a bé.xhtml"),
        ("../text/./2.xhtml", "text/2.xhtml"),
        ("/root.xhtml", "root.xhtml"),
        ("100%25.xhtml", "OPS/100%.xhtml"),
        ("as%20is.xhtml", "OPS/as%20is.xhtml"),
    ],
)
def test_addresses_in_the_book_are_resolved_as_readers_do(href: str, member: str) -> None:
    book = an_epub(
        items=f"<item id='x' href='{href}'/>",
        spine="<itemref idref='x'/>",
        changed={member: a_chapter("<p>found</p>")},
    )
    assert text_of(book) == "found"


@pytest.mark.parametrize(
    "href", ["../../../../../etc/hostname", "/etc/hostname", "file:///etc/hostname", "%2e%2e/%2e%2e/etc/hostname"]
)
def test_no_address_leads_out_of_the_book(href: str) -> None:
    spine = "<itemref idref='c1'/><itemref idref='x'/>"
    book = an_epub("<p>one</p>", items=f"<item id='x' href='{href}'/>", spine=spine)
    assert text_of(book) == "one"
    assert gaps_of(book) == (ONE_OF_TWO,)


def encryption_of(name: str, algorithm: str) -> dict[str, str | bytes | None]:
    return {
        "META-INF/encryption.xml": (
            '<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
            f'<enc:EncryptionMethod Algorithm="{algorithm}"/>'
            f'<enc:CipherData><enc:CipherReference URI="{name}"/></enc:CipherData></enc:EncryptedData></encryption>'
        )
    }


@pytest.mark.parametrize("name", ["OPS/2.xhtml", "OPS/%32.xhtml", "OPS/book.opf"])
def test_a_locked_e_book_is_refused_as_locked(name: str) -> None:
    locked = encryption_of(name, "http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    assert "protected by DRM" in refusal_of(an_epub("<p>one</p>", "<p>two</p>", changed=locked))


def test_scrambled_fonts_and_locked_pictures_do_not_matter() -> None:
    font = encryption_of("OPS/font.otf", "http://www.idpf.org/2008/embedding")
    picture = encryption_of("OPS/cover.png", "http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    assert text_of(an_epub("<p>one</p>", changed=font)) == "one"
    assert text_of(an_epub("<p>one</p>", changed=picture)) == "one"


def test_a_package_cannot_read_a_file_or_laugh_a_billion_times() -> None:
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for entities in (f'<!ENTITY l0 "lol">{lols}', '<!ENTITY l9 SYSTEM "file:///etc/hostname">'):
        book = an_epub("<p>one</p>", title="&l9;", prolog=f"<!DOCTYPE package [{entities}]>")
        assert "defines entities" in refusal_of(book)


def test_a_package_with_a_plain_document_type_is_read() -> None:
    prolog = '<?xml version="1.0"?><!DOCTYPE package PUBLIC "-//OEB" "http://127.0.0.1:9/oeb.dtd">'
    assert text_of(an_epub("<p>one</p>", prolog=prolog)) == "one"


def test_the_entities_of_a_chapter_are_not_resolved() -> None:
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<!DOCTYPE html [<!ENTITY l0 "lol">{lols}<!ENTITY x SYSTEM "file:///etc/hostname">]><html><body><p>one &l9;&x;'
    )
    assert text_of(an_epub("<p>one</p>", changed={"OPS/1.xhtml": bomb})) == "one &l9;&x;"


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    bomb = an_epub("<p>one</p>", changed={"OPS/film.mp4": b"\x00" * (archive.MAX_UNPACKED + 1_000_000)})
    assert "This e-book unpacks to 101 MB; the limit is 100 MB" in refusal_of(bomb)


def test_a_smaller_bomb_is_known_by_its_ratio() -> None:
    bomb = an_epub("<p>one</p>", changed={"OPS/2.xhtml": b" " * 20_000_000})
    assert "packed in a way that an e-book never is" in refusal_of(bomb)


def test_a_chapter_that_lies_about_its_size_is_read_no_further_than_the_lie() -> None:
    bomb = an_epub("<p>one</p>", "", changed={"OPS/2.xhtml": b" " * 50_000_000})
    lying = bomb.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 500))
    assert lying != bomb
    tracemalloc.start()
    assert gaps_of(lying) == (ONE_OF_TWO,)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_an_archive_of_too_many_members_is_not_even_listed() -> None:
    crowded = an_epub("<p>one</p>", changed={f"OPS/{n}": "" for n in range(10, 10_010)})
    assert "more than 10,000 files" in refusal_of(crowded)


def test_a_spine_of_fifty_thousand_items_ends_soon() -> None:
    again = an_epub("<p>one</p>", spine="<itemref idref='c1'/>" * 50_000)
    assert text_of(again) == "one"
    nowhere = "".join(f"<itemref idref='x{n}'/>" for n in range(49_999))
    assert gaps_of(an_epub("<p>one</p>", spine=f"<itemref idref='c1'/>{nowhere}"))[0].startswith(
        "49,999 of the book's 50,000"
    )


def test_a_book_of_too_many_tags_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TAGS", 10_000)
    assert "This e-book is too long." in refusal_of(an_epub("<p>one</p>", "<br/>" * 10_000))


def test_a_book_is_not_read_further_than_the_limit_of_characters() -> None:
    refusal = refusal_of(an_epub(*[f"<p>{'a' * 600}</p>"] * 50), limit=1000)
    assert refusal == "This document has more than 1,200 characters; the limit is 1,000. Split it and add the parts."


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_book_packed_in_a_strange_way_is_refused(method: int) -> None:
    strange = with_member("OPS/2.xhtml", b"a" * 99, method, into=an_epub("<p>one</p>"))
    assert "packed in a way that an e-book never is" in refusal_of(strange)
