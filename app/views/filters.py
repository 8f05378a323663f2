"""What templates can say beside times and numbers: versioned addresses, safe Markdown, the language of the page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import js_lib_htmx
import nh3
from flask import Flask, current_app, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup

from app import locales
from app.views.devices import device

HTMX = Path(js_lib_htmx.__file__).parent / "static" / "htmx" / "htmx.min.js"
CONTEXT_CHARACTERS = 300  # of unchanged text that stays on either side of a change

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


def register(app: Flask) -> None:
    app.add_template_filter(around_changes)
    app.add_template_filter(markdown)
    app.add_template_filter(without_scheme)
    app.add_template_filter(device)
    app.context_processor(_addresses)


def without_scheme(address: str) -> str:
    """An address as people write it."""
    return address.partition("://")[2].rstrip("/") or address


@dataclass(frozen=True)
class Around:
    """A passage that did not change: what of it stands near a change, and the rest, which is folded."""

    before: str
    hidden: str
    after: str

    @property
    def hidden_words(self) -> int:
        return len(self.hidden.split())


def around_changes(text: str, first: bool, last: bool) -> Around:
    """*text* with all but its edges next to a change set apart, cut at blanks; short ones stay whole."""
    if len(text) <= 4 * CONTEXT_CHARACTERS:
        return Around(text, "", "")
    start = 0 if first else text.find(" ", CONTEXT_CHARACTERS)
    end = len(text) if last else text.rfind(" ", 0, -CONTEXT_CHARACTERS)
    return Around(text[:start], text[start:end], text[end:]) if 0 <= start < end else Around(text, "", "")


@lru_cache(maxsize=256)
def markdown(text: str) -> Markup:
    """A model's Markdown as HTML that can do no harm: no scripts, no images, links marked as from elsewhere."""
    html = _markdown.render(text)
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )
    return Markup(safe)  # noqa: S704 - cleaned in the line above


def linked(text: str, passages: Iterable[tuple[str, int]]) -> str:
    """*text*, a summary in Markdown, in which each quotation leads to its paragraph of the document's page.

    :param passages: what is quoted, in the order of the text, and the number of the paragraph that it is from.
    """
    pieces, done = [], 0
    for quote, paragraph in passages:
        start = text.find(quote, done)
        if start >= 0 and not set(quote) & set("[]"):
            pieces.append(f"{text[done:start]}[{quote}](#p{paragraph})")
            done = start + len(quote)
    return "".join(pieces) + text[done:]


def _addresses() -> dict[str, Any]:
    return {
        "static_url": static_url,
        "absolute_url": absolute_url,
        "htmx_url": url_for("pages.htmx", v=_integrity(HTMX)[7:15]),
        "htmx_integrity": _integrity(HTMX),
        "language": locales.current().language,
        "direction": locales.direction(),
        "languages": locales.LOCALES,
        "signup_open": current_app.config["SETTINGS"].signup == "open",
    }


def absolute_url(endpoint: str, **values: Any) -> str:
    """With the site's own name, where the operator has said what that is."""
    settings = current_app.config["SETTINGS"]
    if settings.production and settings.site_url:
        return f"{settings.site_url}{url_for(endpoint, **values)}"
    return url_for(endpoint, _external=True, **values)


def static_url(filename: str) -> str:
    """The address of one of our files, which changes when the file does."""
    return url_for("static", filename=filename, v=_version(Path(current_app.static_folder or "") / filename))


def _version(path: Path) -> str:
    return _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@cache
def _integrity(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
