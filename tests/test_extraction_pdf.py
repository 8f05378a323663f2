"""What Ada reads in a PDF that she uploads."""

from __future__ import annotations

import pytest

from app.documents import pdf
from tests.support.files import a_pdf, pdf_of_streams, refusal_of, text_of, title_of


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
