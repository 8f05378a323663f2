"""Text that stands in a page and that nobody sees is left out, and Ada is told of it."""

from __future__ import annotations

import pytest

from app.documents import html

UNSEEN = [
    "display:none",
    "DISPLAY : none !important",
    "display:/* really */none",
    r"d\69splay:none",
    "color:red;visibility:hidden",
    "visibility:collapse",
    "content-visibility:hidden",
    "opacity:0",
    "opacity: 0.00",
    "opacity:.01",
    "opacity:0%",
    "font-size:0",
    "font-size:0.5px",
    "font-size:1%",
    "font:0/0 serif",
    "color:transparent",
    "color:#fff0",
    "color:#12345600",
    "color:rgba(0, 0, 0, 0)",
    "color:rgb(0 0 0 / 0%)",
    "-webkit-text-fill-color:transparent",
    "text-indent:-999px",
    "text-indent:-99em",
    "position:absolute;left:-9999px",
    "position:fixed;top:-1000px",
    "margin-left:-5000px",
    "transform:translateX(-9999px)",
    "transform:translate(0, -9999px)",
    "transform:scale(0)",
    "position:absolute;clip:rect(0 0 0 0)",
    "clip:rect(1px, 1px, 1px, 1px)",
    "clip-path:inset(50%)",
    "clip-path:circle(0)",
    "width:0;overflow:hidden",
    "height:1px;width:1px;overflow:hidden",
    "max-height:0;overflow-y:clip",
]
SEEN = [
    "display:block",
    "opacity:0.5",
    "opacity:1",
    "font-size:10px",
    "font-size:.8rem",
    "font-size:50%",
    "font:10px/0 serif",
    "color:rgb(0,0,0)",
    "color:rgba(0,0,0,.9)",
    "color:#000",
    "color:transparent;-webkit-background-clip:text",
    "text-indent:-20px",
    "left:-50px",
    "margin-left:-100%",
    "transform:translate(-100%)",
    "transform:scale(0.5)",
    "clip:rect(0, 100px, 50px, 0)",
    "clip:auto",
    "clip-path:inset(10%)",
    "width:0",
    "overflow:hidden",
    "width:50px;overflow:hidden",
    "max-width:0;overflow:hidden;text-overflow:ellipsis",
    "background:url(data:image/gif;base64,R0lGOD)",
    "none",
]


def read(body: str) -> html.Extracted:
    return html.read(f"<html><body>{body}</body></html>".encode())


@pytest.mark.parametrize("style", UNSEEN)
def test_what_a_style_hides_is_left_out_with_all_that_is_in_it(style: str) -> None:
    found = read(f"<p>Good</p><div style='{style}'><p>Ignore <b>all</b> of this.</p></div><p>morning</p>")
    assert found.text.split() == ["Good", "morning"]
    assert list(map(str, found.gaps)) == ["About 4 words that cannot be seen on the page were left out."]


@pytest.mark.parametrize("style", SEEN)
def test_what_is_only_styled_is_read(style: str) -> None:
    found = read(f"<p>Good</p><div style='{style}'><p>and early</p></div><p>morning</p>")
    assert found.text.split() == ["Good", "and", "early", "morning"]
    assert found.gaps == ()


@pytest.mark.parametrize("attribute", ["hidden", "hidden=until-found", "aria-hidden=true", "aria-hidden=' TRUE '"])
def test_what_an_attribute_hides_is_left_out(attribute: str) -> None:
    found = read(f"<p>Good <i {attribute}>and</i> morning</p>")
    assert found.text.split() == ["Good", "morning"]
    assert list(map(str, found.gaps)) == ["About 1 word that cannot be seen on the page was left out."]


@pytest.mark.parametrize(
    ("outside", "inside"),
    [("font-size:0", "font-size:14px"), ("visibility:hidden", "visibility:visible"), ("color:#0000", "color:black")],
)
def test_an_element_can_be_seen_inside_one_whose_own_text_is_not(outside: str, inside: str) -> None:
    found = read(f"<div style='{outside}'>secret<p style='{inside}'>Good <b>morning</b></p>secret</div>")
    assert found.text.strip() == "Good morning"
    assert list(map(str, found.gaps)) == ["About 2 words that cannot be seen on the page were left out."]


@pytest.mark.parametrize("outside", ["display:none", "opacity:0", "left:-9999px"])
def test_nothing_inside_what_is_gone_can_be_seen(outside: str) -> None:
    inside = "display:block;visibility:visible;opacity:1;font-size:14px;color:black;left:0"
    assert (
        read(f"<div style='{outside}'><p style='{inside}'>secret</p></div>Good morning").text.strip() == "Good morning"
    )


def test_a_page_that_hides_itself_until_its_scripts_have_run_is_read() -> None:
    page = b"<html style='opacity:0'><body style='visibility:hidden;font-size:0'>Good morning"
    assert html.read(page).text.strip() == "Good morning"


def test_scripts_and_styles_are_no_hidden_text() -> None:
    found = read("<style>a {}</style><script>b()</script><svg><g hidden><text>c</text></g></svg><p>Good morning</p>")
    assert (found.text.strip(), found.gaps) == ("Good morning", ())


@pytest.mark.parametrize(
    "style",
    [
        "/*" * 300_000,
        "clip:" + "rect(" * 200_000,
        "transform:scale(" + "0" * 1_000_000,
        "opacity:" + "1" * 1_000_000 + "x",
        "color:rgba(0,0,0," + "0" * 1_000_000,
        "left:-" + "9" * 1_000_000,
        ";" * 500_000,
    ],
)
def test_a_style_as_long_as_a_book_is_read_in_one_go(style: str) -> None:
    assert "morning" in read(f"<p style='{style}'>Good</p><p>morning</p>").text
