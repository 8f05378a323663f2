"""What people write where the address of a page is asked for, before anything is fetched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.fetching import check_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("example.org/page", "https://example.org/page"),
        ("  http://Example.ORG  ", "http://example.org"),
        ("//example.org/a", "https://example.org/a"),
        ("example.org:8080/a", "https://example.org:8080/a"),
        ("HTTPS://example.org:443/a#part", "https://example.org/a"),
        ("https://example.org./", "https://example.org/"),
        ("https://bücher.example/straße?q=ä b", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4%20b"),
        ("https://[2606:2800::1]:8443/", "https://[2606:2800::1]:8443/"),
        ("http://93.184.215.14/", "http://93.184.215.14/"),
        ("https://a_b.example.org/?u=http://x@y", "https://a_b.example.org/?u=http://x@y"),
    ],
)
def test_an_address_is_taken_as_people_write_it(given: str, address: str) -> None:
    assert check_address(given) == address
    assert check_address(address) == address


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "Give the address"),
        (" \n", "Give the address"),
        ("javascript:alert(1)", "begin with https"),
        ("data:text/html,x", "begin with https"),
        ("file:///etc/passwd", "begin with https"),
        ("ftp://example.org/", "begin with https"),
        ("mailto:ada@example.org", "begin with https"),
        ("https://ada:secret@example.org/", "user name"),
        ("ada@example.org", "user name"),
        ("https://example.org/" + "a" * 2000, "too long"),
        ("two words", "not the address"),
        ("https://", "not the address"),
        ("https:///page", "not the address"),
        ("http:example.org", "not the address"),
        ("https://example..org/", "not the address"),
        ("https://example.org:0/", "not the address"),
        ("https://example.org:99999/", "not the address"),
        ("https://example.org:ssh/", "not the address"),
        ("https://example.org\\@127.0.0.1/", "not the address"),
        ("https://ex%61mple.org/", "not the address"),
        ("https://[fe80::1%25eth0]/", "not the address"),
        ("https://[::1/", "not the address"),
        ("http://2130706433/", "not the address"),
        ("http://0x7f.1/", "not the address"),
        ("http://127.1/", "not the address"),
        ("http://0177.0.0.1/", "not the address"),
        ("http://１２７.0.0.1/", "not the address"),
        ("http://127.0.0.1../", "not the address"),
        ("https://example.org/\x00", "not the address"),
    ],
)
def test_what_is_no_address_of_a_page_is_refused_with_a_sentence(given: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_address(given)


@given(st.text() | st.from_regex(r"https?://[\[\]@:.%/\\\\a-zA-Z0-9_ü。-]{0,40}", fullmatch=True))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        address = check_address(text)
    except ValueError as refused:
        assert re.fullmatch(r"[A-Z].*\.", str(refused))  # noqa: PT017 - either is a fine end
    else:
        assert check_address(address) == address
