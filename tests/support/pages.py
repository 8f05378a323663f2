"""Pages of the web: a story, and what sites put around it."""

from __future__ import annotations

STORY = (
    "For eleven years nothing larger than a rowing boat could reach the quay at low water.",
    "The dredger came at last, and the fishing boats were back within six weeks of that day.",
    "The council paid for it with the money that had been put aside for the new town hall.",
)


def a_page(*paragraphs: str, title: str = "The harbour – The Daily Gull", around: str = "Sport and weather") -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or STORY)
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>"
        "<meta property=og:site_name content='The Daily Gull'></head><body>"
        f"<nav><a href=/>Home</a> <a href=/s>{around}</a></nav><main><article>{text}</article></main>"
        f"<footer>All rights reserved. {around}.</footer></body></html>"
    ).encode()
