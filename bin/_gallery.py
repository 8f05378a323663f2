"""Takes a picture of every page in every state that a person can see, and writes an index of them."""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support import stack
from tests.support.gallery import inspecting, sites
from tests.support.gallery.catalogue import CATALOGUE
from tests.support.gallery.entry import Entry
from tests.support.gallery.standing import standing
from tests.support.gallery.visiting import Visit
from tests.support.reader import Tab

DESKTOP, PHONE = 1280, 390
# How large each is drawn, so that hundreds of them are no burden on a repository, and can still be looked at.
SCALES = {DESKTOP: 0.42, PHONE: 0.55}
QUALITY = 22
TALLEST = 1600  # CSS pixels; what a page says last is in the tests
MOST_BYTES = 6_000_000
SCHEMES = ("light", "dark")


def main(folder: Path) -> None:
    """Write every picture, and the index, into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as instance,
        stack.running(Path(instance), queues=sites.IDLE_WORKER, **sites.VARIABLES) as running,
        standing(running.environment) as gallery,
        sync_playwright() as playwright,
    ):
        chromium = stack.chromium(playwright)
        if chromium is None:
            sys.exit("The pictures need Chromium, as `chromium` on the PATH.")
        with Visit(gallery, chromium, running.address, reduced_motion="reduce", locale="en-GB") as visit:
            for entry in CATALOGUE:
                _draw(visit.open(entry), entry, folder)
        chromium.close()
    (folder / "README.md").write_text(_index(CATALOGUE))
    size = sum(picture.stat().st_size for picture in folder.glob("*.webp"))
    print(f"{folder}: {len(CATALOGUE)} pages and states, {size / 1e6:.1f} MB")
    if size > MOST_BYTES:
        sys.exit(f"That is more than {MOST_BYTES / 1e6:.0f} MB.")


def _draw(tab: Tab, entry: Entry, folder: Path) -> None:
    tab.page.evaluate("document.activeElement.blur()")
    for width, scale in SCALES.items():
        inspecting.resize(tab, width)
        for scheme in SCHEMES:
            tab.page.emulate_media(color_scheme=scheme)
            (folder / _name(entry, width, scheme)).write_bytes(_picture(tab, width, scale))
    tab.page.close()


def _picture(tab: Tab, width: int, scale: float) -> bytes:
    height = tab.page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST), "scale": scale}
    wanted = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    session = tab.page.context.new_cdp_session(tab.page)
    return base64.b64decode(session.send("Page.captureScreenshot", wanted)["data"])


def _name(entry: Entry, width: int, scheme: str) -> str:
    return f"{entry.name}-{'desktop' if width == DESKTOP else 'phone'}-{scheme}.webp"


def _index(entries: Iterable[Entry]) -> str:
    """The names and the pictures beside them."""
    lines = [
        "# The gallery",
        "",
        "Every page in every state that a person can see, as `bin/gallery` took them: what is here is",
        "`tests/support/gallery/`, and the tests look at the same.",
        "",
        "| | desktop, light | desktop, dark | telephone, light | telephone, dark |",
        "|---|---|---|---|---|",
    ]
    for entry in entries:
        pictures = [
            f'<img src="{_name(entry, width, scheme)}" width="{220 if width == DESKTOP else 110}" alt="">'
            for width in SCALES
            for scheme in SCHEMES
        ]
        lines.append(f"| {' | '.join([entry.name, *pictures])} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/gallery"))
