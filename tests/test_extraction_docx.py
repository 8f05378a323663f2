"""What Ada reads in a Word document that she uploads."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile

import docx
import pytest
from docx.oxml.parser import parse_xml

from app.documents import archive
from tests.support.files import (
    NAMESPACES,
    a_docx,
    gaps_of,
    refusal_of,
    text_of,
    title_of,
    with_body,
    with_member,
    with_notes,
)

WHITE_RUN = "<w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>Good morning.</w:t></w:r>"


def test_a_word_document_is_read_in_the_order_of_the_page() -> None:
    letter = docx.Document()
    letter.add_heading("News", 1)
    letter.add_paragraph("One day.")
    letter.add_paragraph("rain", style="List Bullet")
    letter.add_paragraph("sun", style="List Number")
    table = letter.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Name", "Born", "Ada", "1815"], strict=True):
        cell.text = text
    letter.add_paragraph("End.")
    assert text_of(a_docx(letter)) == "News\n\nOne day.\n\n- rain\n- sun\n\nName | Born\nAda | 1815\n\nEnd."


def test_headers_and_footers_are_left_out() -> None:
    letter = docx.Document()
    letter.sections[0].header.paragraphs[0].text = "Page 1 of 9"
    letter.sections[0].footer.paragraphs[0].text = "Confidential"
    letter.add_paragraph("Good morning.")
    assert text_of(a_docx(letter)) == "Good morning."


def test_a_word_document_is_titled_by_its_properties() -> None:
    letter = docx.Document()
    letter.add_paragraph("Good morning.")
    assert title_of(a_docx(letter), "letter.docx") == ""
    letter.core_properties.title = " Good\nnews "
    assert title_of(a_docx(letter)) == "Good news"


def test_a_merged_cell_is_said_once() -> None:
    letter = docx.Document()
    table = letter.add_table(rows=1, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(0, 2).text = "narrow"
    assert text_of(a_docx(letter)) == "wide | narrow"


def test_tracked_changes_are_read_as_if_accepted() -> None:
    changed = (
        "<w:p><w:r><w:t>Good </w:t></w:r><w:del><w:r><w:delText>evening</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>morning</w:t></w:r></w:ins></w:p>"
    )
    assert text_of(with_body(changed)) == "Good morning"


def test_text_in_content_controls_and_text_boxes_is_read() -> None:
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    controlled = "<w:sdt><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>filled in</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    assert (
        text_of(with_body(f"<w:p><w:r><w:t>outside</w:t></w:r>{box}</w:p>{controlled}"))
        == "outside\n\nboxed\n\nfilled in"
    )


def test_tabs_line_breaks_and_hidden_words_are_as_on_the_page() -> None:
    run = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>"
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
    shown = "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>e</w:t></w:r>"
    tab_stops = "<w:pPr><w:tabs><w:tab w:val='left' w:pos='9'/></w:tabs></w:pPr>"
    assert text_of(with_body(f"<w:p>{tab_stops}{run}{hidden}{shown}</w:p>")) == "a\tb\nc-de"


def test_a_numbered_heading_is_not_an_item_of_a_list() -> None:
    number = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>"
    heading = f"<w:p><w:pPr><w:pStyle w:val='Heading1'/>{number}</w:pPr><w:r><w:t>News</w:t></w:r></w:p>"
    item = f"<w:p><w:pPr>{number}</w:pPr><w:r><w:t>rain</w:t></w:r></w:p>"
    assert text_of(with_body(heading + item)) == "News\n\n- rain"


@pytest.mark.parametrize("missing", ["[Content_Types].xml", "word/document.xml"])
def test_a_broken_word_document_is_refused_as_damaged(missing: str) -> None:
    assert "may be damaged" in refusal_of(with_member(missing, b"<not xml"))
    assert "may be damaged" in refusal_of(a_docx()[:-40])


def test_a_word_document_cannot_read_a_file_by_an_entity() -> None:
    prolog = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert "defines entities" in refusal_of(with_body("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", prolog))


def test_a_word_document_cannot_laugh_a_billion_times() -> None:
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    prolog = f'<!DOCTYPE w:document [<!ENTITY l0 "lol">{lols}]>'
    assert "defines entities" in refusal_of(with_body("<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", prolog))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "cp037"])
def test_an_entity_in_another_encoding_does_no_harm_either(encoding: str) -> None:
    attack = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    )
    refusal_of(with_member("word/document.xml", attack.encode(encoding)))


def test_a_word_document_in_utf_16_is_read() -> None:
    changed = with_body("<w:p><w:r><w:t>Grüße</w:t></w:r></w:p>", '<?xml version="1.0" encoding="utf-16"?>', "utf-16")
    assert text_of(changed) == "Grüße"


def test_a_word_document_of_millions_of_tags_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TAGS", 10_000)
    assert "too long" in refusal_of(with_body("<w:p/>" * (archive.MAX_TAGS + 1)))


def test_python_docx_itself_does_not_resolve_entities() -> None:
    parsed = parse_xml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "why">]><a>&x;&y;</a>')
    assert "".join(parsed.itertext()) in ("", "&x;&y;")


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = with_member("word/media/image1.png", b"\x00" * (archive.MAX_UNPACKED + 1_000_000))
    assert len(bomb) < 1_000_000
    assert "unpacks to 101 MB; the limit is 100 MB" in refusal_of(bomb)


def test_a_smaller_zip_bomb_is_known_by_its_ratio() -> None:
    assert "packed in a way that Word does not use" in refusal_of(with_member("word/extra.xml", b" " * 20_000_000))


def test_a_zip_bomb_that_lies_about_its_size_is_read_no_further_than_the_lie() -> None:
    bomb = with_member("word/document.xml", b" " * 50_000_000)
    lying = bomb.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 500))
    assert lying != bomb
    tracemalloc.start()
    assert "may be damaged" in refusal_of(lying)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_word_document_packed_in_a_strange_way_is_refused(method: int) -> None:
    assert "packed in a way that Word does not use" in refusal_of(with_member("word/extra.xml", b"a" * 99, method))


@pytest.mark.parametrize(
    "look", ["<w:vanish/>", "<w:sz w:val='2'/>", "<w:color w:val='FFFFFF'/>", "<w:rStyle w:val='Unseen'/>"]
)
def test_words_that_nobody_sees_are_left_out_and_counted(look: str) -> None:
    unseen = (
        f"<w:r><w:rPr>{look}</w:rPr><w:t>buy our goo</w:t></w:r><w:r><w:rPr>{look}</w:rPr><w:t>ds today</w:t></w:r>"
    )
    made = with_styles(with_body(f"<w:p><w:r><w:t>Good morning.</w:t></w:r>{unseen}</w:p><w:p>{unseen}</w:p>"))
    assert text_of(made) == "Good morning."
    assert gaps_of(made) == ("About 8 words that cannot be seen on the page were left out.",)


@pytest.mark.parametrize("style", ["Unseen", "FromUnseen"])
def test_a_style_may_hide_a_paragraph_and_a_run_may_show_itself(style: str) -> None:
    style = f"<w:pPr><w:pStyle w:val='{style}'/></w:pPr>"
    shown = "<w:r><w:rPr><w:vanish w:val='0'/><w:sz w:val='20'/></w:rPr><w:t>Good morning.</w:t></w:r>"
    made = with_styles(with_body(f"<w:p>{style}<w:r><w:t>buy</w:t></w:r>{shown}</w:p>"))
    assert text_of(made) == "Good morning."
    assert gaps_of(made) == ("About 1 word that cannot be seen on the page was left out.",)


def with_styles(document: bytes) -> bytes:
    styles = (
        "<w:style w:type='character' w:styleId='Unseen'><w:basedOn w:val='FromUnseen'/>"
        "<w:rPr><w:vanish/><w:sz w:val='1'/></w:rPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='FromUnseen'><w:basedOn w:val='Unseen'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='Band'><w:pPr><w:shd w:val='clear' w:fill='203040'/></w:pPr></w:style>"
    )
    return with_member("word/styles.xml", f"<w:styles {NAMESPACES}>{styles}</w:styles>".encode(), into=document)


@pytest.mark.parametrize(
    "seen",
    [
        f"<w:tbl><w:tr><w:tc><w:p>{WHITE_RUN}</w:p></w:tc></w:tr></w:tbl>",
        f"<w:p><w:pPr><w:shd w:val='clear' w:fill='203040'/></w:pPr>{WHITE_RUN}</w:p>",
        f"<w:p><w:pPr><w:shd w:val='solid' w:fill='auto'/></w:pPr>{WHITE_RUN}</w:p>",
        f"<w:p><w:pPr><w:pStyle w:val='Band'/></w:pPr>{WHITE_RUN}</w:p>",
        f"<w:p>{WHITE_RUN.replace('</w:rPr>', '<w:highlight/></w:rPr>')}</w:p>",
        f"<w:p><w:r><w:pict><w:txbxContent><w:p>{WHITE_RUN}</w:p></w:txbxContent></w:pict></w:r></w:p>",
        f"<w:p><w:r><w:drawing><wp:anchor behindDoc='1'/></w:drawing></w:r>{WHITE_RUN}</w:p>",
        "<w:p><w:r><w:rPr><w:color w:val='auto'/><w:sz w:val='3'/></w:rPr><w:t>Good morning.</w:t></w:r></w:p>",
    ],
)
def test_white_words_on_a_dark_ground_are_read(seen: str) -> None:
    made = with_styles(with_body(seen))
    assert text_of(made) == "Good morning."
    assert gaps_of(made) == ()


def test_white_words_on_dark_paper_are_read() -> None:
    words = f"<w:p>{WHITE_RUN}</w:p>"
    assert text_of(with_body(words, before="<w:background w:color='000000'/>")) == "Good morning."
    assert "no text" in refusal_of(with_body(words, before="<w:background w:color='FFFFFF'/>"))


def test_pictures_and_comments_are_named_as_gaps() -> None:
    picture = "<w:drawing><a:blip/></w:drawing>"
    choice = f"<mc:Choice>{picture}</mc:Choice><mc:Fallback><v:imagedata/></mc:Fallback>"
    twice = f"<mc:AlternateContent>{choice}</mc:AlternateContent>"
    words = "<w:t>Good morning.</w:t><w:drawing><c:chart/></w:drawing><w:commentReference w:id='0'/>"
    made = with_body(f"<w:p><w:r>{picture}</w:r><w:r>{twice}</w:r><w:r>{words}</w:r></w:p>")
    assert gaps_of(made) == ("3 pictures were not read.", "1 comment was not read.")


def test_a_word_document_without_pictures_has_no_gaps() -> None:
    assert gaps_of(a_docx()) == ()


def test_footnotes_and_endnotes_follow_the_text_under_their_numbers() -> None:
    marks = "<w:r><w:t>Rain</w:t><w:endnoteReference w:id='1'/><w:t>, sun</w:t><w:footnoteReference w:id='2'/></w:r>"
    line = "<w:footnote w:type='separator' w:id='0'><w:p><w:r><w:t>____</w:t></w:r></w:p></w:footnote>"
    note = "<w:p><w:r><w:footnoteRef/><w:t xml:space='preserve'> {}</w:t></w:r></w:p>"
    made = with_body(f"<w:p>{marks}</w:p><w:p><w:r><w:footnoteReference w:id='9'/><w:t>End.</w:t></w:r></w:p>")
    made = with_notes(made, "footnotes", f"{line}<w:footnote w:id='2'>{note.format('a star')}</w:footnote>")
    made = with_notes(made, "endnotes", f"<w:endnote w:id='1'>{note.format('water')}</w:endnote>")
    assert text_of(made) == "Rain[1], sun[2]\n\nEnd.\n\n[1] water\n\n[2] a star"
    assert gaps_of(made) == ()


def test_a_note_that_refers_to_itself_is_read_once() -> None:
    mark = "<w:p><w:r><w:t>Rain</w:t><w:footnoteReference w:id='2'/></w:r></w:p>"
    made = with_notes(with_body(mark), "footnotes", f"<w:footnote w:id='2'>{mark}</w:footnote>")
    assert text_of(made) == "Rain[1]\n\n[1] Rain[1]"
