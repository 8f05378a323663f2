"""What Ada reads in a PDF that she uploads."""

from __future__ import annotations

import pytest

from app.documents import pdf
from tests.support.files import a_pdf, drawn, gaps_of, pdf_of_streams, refusal_of, text_of, title_of

SCANNED = b"q 600 0 0 800 0 0 cm /P Do Q "


def test_the_pages_of_a_pdf_are_parted_by_a_blank_line() -> None:
    assert text_of(a_pdf("one\ntwo", "three")) == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("Annual  report\n2024", "Annual report 2024"),
        ("Microsoft Word - Annual report", "Annual report"),
        ("Microsoft Word - report.doc", ""),
        ("report_final.INDD", ""),
        ("untitled", ""),
        ("  ", ""),
        ("12-34", ""),
    ],
)
def test_a_pdf_is_titled_by_its_properties_if_they_are_sensible(given: str, title: str) -> None:
    assert title_of(a_pdf("Good morning.", title=given)) == title


def test_a_pdf_locked_with_a_password_is_refused_as_locked() -> None:
    assert "protected by a password" in refusal_of(a_pdf("Good morning.", password="secret"))


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    assert text_of(a_pdf("Good morning.", password="")) == "Good morning."


def test_a_scan_is_refused_with_the_way_out() -> None:
    refusal = refusal_of(pdf_of_streams([b"0 0 600 800 re f", b""]))
    assert refusal.startswith("This PDF holds pictures of pages, and no text.")
    assert "OCR" in refusal


@pytest.mark.parametrize("cut", [10, 60, 300])
def test_a_broken_pdf_is_refused_as_damaged(cut: int) -> None:
    refusal_of(a_pdf("Good morning.")[:cut], "letter.pdf")
    assert "may be damaged" in refusal_of(b"%PDF-1.7 nothing more")


def test_a_pdf_of_too_many_pages_is_refused_before_it_is_read() -> None:
    assert "2,001 pages; the limit is 2,000" in refusal_of(pdf_of_streams([b""] * 2001))


def test_a_pdf_is_not_read_further_than_the_limit_of_characters() -> None:
    refusal = refusal_of(a_pdf(*["a" * 600] * 50), limit=1000)
    assert refusal == "This document has more than 1,200 characters; the limit is 1,000. Split it and add the parts."


def test_a_pdf_whose_forms_draw_one_another_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_SECONDS", 0.2)
    forms = [b"BT /F 9 Tf (a) Tj ET " + b"/X%d Do " % (n + 1) * 20 for n in range(20)]
    assert "too complicated" in refusal_of(pdf_of_streams([b"/X0 Do"] * 50, [*forms, b""]))


def test_pages_that_are_pictures_are_named_as_gaps() -> None:
    text = drawn("Good morning.")
    pages = [text, text, SCANNED, SCANNED, SCANNED, text, b"0 0 9 9 re f", text, b"BI /W 1 /H 1 ID \x00 EI", text]
    assert gaps_of(pdf_of_streams(pages)) == (
        "Pages 3–5, 7 and 9 are pictures without text, so they could not be read.",
    )
    assert gaps_of(pdf_of_streams([text, SCANNED])) == ("Page 2 is a picture without text, so it could not be read.",)


def test_very_many_pages_that_are_pictures_are_not_all_listed() -> None:
    (gap,) = gaps_of(pdf_of_streams([drawn("Good morning."), SCANNED] * 40))
    assert gap.startswith("Pages 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24 and 28 more are pictures")


@pytest.mark.parametrize("blank", [b"", b"1 g 0 0 600 800 re f", b"0 0 600 800 re W n", drawn("  ")])
def test_a_blank_page_is_no_gap(blank: bytes) -> None:
    assert gaps_of(pdf_of_streams([drawn("one"), blank, drawn("two")])) == ()


@pytest.mark.parametrize(
    "unseen",
    [
        b"BT 3 Tr /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT 3 Tr /F 12 Tf 50 300 Td [(buy our) -400 (goods today)] TJ ET",
        b"BT 3 Tr /F 12 Tf 14 TL 50 300 Td (buy our) ' 1 1 (goods today) \" ET",
        b"BT /F 0.5 Tf 50 300 Td (buy our goods today) Tj ET",
        b"q .01 0 0 .01 0 0 cm BT /F 50 Tf 1 0 0 1 5000 30000 Tm (buy our goods today) Tj ET Q",
        b"BT /F 1 Tf .9 0 0 .9 50 300 Tm (buy our goods today) Tj ET",
        b"BT 1 g /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT 1 1 1 rg /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT 0 0 0 0 k /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT /DeviceRGB cs 1 1 1 sc /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT /Profile cs 1 1 1 scn /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT /Spot cs 0 scn /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"1 g 0 0 600 800 re f BT /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b".5 g 40 600 100 100 re f 0 G 40 200 400 200 re S BT 1 g /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"/Ghost gs BT /F 12 Tf 50 300 Td (buy our goods today) Tj ET",
        b"BT /F 12 Tf 50 900 Td (buy our goods today) Tj ET",
        b"/X0 Do",
    ],
)
def test_text_that_cannot_be_seen_is_left_out_and_counted(unseen: bytes) -> None:
    more = "/ColorSpace << /Profile [/ICCBased 5 0 R] /Spot [/Separation /Black /DeviceGray << >>] >>"
    form = b"BT /F 12 Tf 50 300 Td (buy our goods today) Tj ET"
    made = pdf_of_streams([drawn("Good morning.") + b" q " + unseen + b" Q " + drawn("And on.")], [form], TINY, more)
    made = made.replace(b"/BitsPerComponent 8", b"/BitsPerComponent 8 /N 3")
    assert text_of(made).split() == ["Good", "morning.", "And", "on."]
    assert gaps_of(made) == ("About 4 words that cannot be seen on the page were left out.",)


TINY = "/Matrix [.01 0 0 .01 0 0]"


@pytest.mark.parametrize(
    "seen",
    [
        b"0 g 40 290 300 40 re f BT 1 g /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"q 300 0 0 40 40 290 cm /P Do Q BT 1 g /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"20 w 40 304 m 300 304 l S BT 1 g /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"/Sky sh BT 1 g /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"q 3 Tr 1 g Q BT /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"BT 1 g 0 g /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"BT /Spot cs 1 scn /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"BT 1 g 2 Tr /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"BT /T .24 Tf 50 300 Td (Good morning.) Tj ET",
        b"BT /F .1 Tf 120 0 0 120 50 300 Tm (Good morning.) Tj ET",
        b"q .1 0 0 .1 0 0 cm BT /F 120 Tf 500 3000 Td (Good morning.) Tj ET Q",
        b"BT /F 12 Tf 0 1 -1 0 300 -40 Tm (Good morning.) Tj ET",
        b"Q Q q 1 (g) rg (x) Tr [] TJ /None gs /None Do /None 1 cs BT /F 12 Tf 50 300 Td (Good morning.) Tj ET",
        b"/X0 Do",
    ],
)
def test_text_that_can_be_seen_is_kept(seen: bytes) -> None:
    more = "/ColorSpace << /Spot [/Separation /Black /DeviceGray << >>] >>"
    form = b"Q Q 3 Tr 1 g BT 0 g 0 Tr /F .1 Tf 5 3 Td (Good morning.) Tj ET 3 Tr"
    page = drawn("One.") + b" q " + seen + b" Q " + drawn("Two.")
    made = pdf_of_streams([page], [form], "/Matrix [100 0 0 100 0 0]", more)
    assert text_of(made).split() == ["One.", "Good", "morning.", "Two."]
    assert gaps_of(made) == ()


def test_a_scan_with_recognised_text_is_read() -> None:
    recognised = SCANNED + b"3 Tr " + drawn("Good morning.")
    made = pdf_of_streams([recognised, drawn("one"), recognised, recognised])
    assert text_of(made) == "Good morning.\n\none\n\nGood morning.\n\nGood morning."
    assert gaps_of(made) == ()


def test_a_scan_with_recognised_text_may_have_a_stamp() -> None:
    recognised = SCANNED + b"3 Tr " + drawn("Good morning, said everyone there. " * 8) + b"0 Tr " + drawn("Copy")
    assert text_of(pdf_of_streams([recognised])).startswith("Good morning, said")
    unscanned = recognised.replace(SCANNED, b"")
    assert text_of(pdf_of_streams([unscanned])) == "Copy"
    assert gaps_of(pdf_of_streams([unscanned])) == ("About 40 words that cannot be seen on the page were left out.",)


def test_columns_that_are_drawn_one_after_the_other_are_read_so() -> None:
    left = b"BT /F 12 Tf 14 TL 50 700 Td (The rain) Tj T* (has gone.) Tj ET "
    right = b"BT /F 12 Tf 14 TL 320 700 Td (The sun) Tj T* (is out.) Tj ET"
    assert text_of(pdf_of_streams([left + right])) == "The rain\nhas gone.\nThe sun\nis out."


def test_columns_that_are_drawn_line_by_line_keep_all_their_words() -> None:
    lines = [(700, "The rain", "The sun"), (686, "has gone.", "is out.")]
    page = " ".join(f"BT /F 12 Tf 50 {y} Td ({a}) Tj ET BT /F 12 Tf 320 {y} Td ({b}) Tj ET" for y, a, b in lines)
    assert text_of(pdf_of_streams([page.encode()])) == "The rain The sun\nhas gone. is out."
