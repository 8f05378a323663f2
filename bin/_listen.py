"""Does the main job with a screen reader: starts the whole program, and Orca beside Chromium; judges what is said."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bin import _scenes
from bin._listener import Listener, Lost
from bin._orca import Unable, at_work, program, require_programs
from bin._transcript import problems, write
from tests.support import stack
from tests.support.reader import Reader
from tests.support.texts import SMALL_WINDOW

# Nothing is given up while a slow machine speaks, and nothing is written that nobody asked for.
VARIABLES = {**SMALL_WINDOW, "WARMING": "off", "SUMMARY_TIMEOUT_SECONDS": "600"}
ARGUMENTS = [*stack.CHROMIUM, "--force-renderer-accessibility", "--start-maximized"]


def main(path: Path) -> int:
    """Write what was heard to *path*; 0 if it is as it should be, 1 if not, 2 where nothing can be heard."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything is ended all the same
    try:
        require_programs()
        with at_work() as orca, sync_playwright() as playwright:
            listener = Listener(orca)
            with contextlib.suppress(Lost):
                _listen(listener, playwright)
            versions = [f"Orca {orca.version}", *listener.browsers]
    except Unable as unable:
        print(unable, file=sys.stderr)
        return 2
    write(path, listener.scenes, versions)
    found = problems(listener.scenes)
    print(
        "",
        *(found or ["Everything was heard that should be, once, and nothing else."]),
        f"{path} is written.",
        sep="\n",
    )
    return 1 if found else 0


def _listen(listener: Listener, playwright: Playwright) -> None:
    with (
        tempfile.TemporaryDirectory() as instance,
        stack.running(Path(instance), model="gpt-4o-mini", **VARIABLES) as running,
    ):
        _prepare(playwright, running)
        for scenes, scripted in ((_scenes.SCRIPTED, True), (_scenes.PLAIN, False)):
            with _context(playwright, listener, base_url=running.address, java_script_enabled=scripted) as context:
                listener.sit_down(Reader(context, _scenes.PERSON, scripted=scripted))
                for scene in scenes:
                    scene(listener, running)


def _prepare(playwright: Playwright, running: stack.Stack) -> None:
    """In another browser, which has no window: Orca loses the thread where one of several is closed."""
    browser = cast("Browser", stack.chromium(playwright))
    _scenes.prepare(Reader(browser.new_context(base_url=running.address), _scenes.PERSON))
    browser.close()


@contextlib.contextmanager
def _context(playwright: Playwright, listener: Listener, **options: Any) -> Iterator[BrowserContext]:
    """Of a Chromium with a window, on the desktop where Orca is."""
    path, environment = program("chromium"), listener.orca.environment
    browser = playwright.chromium.launch(executable_path=path, headless=False, env=environment, args=ARGUMENTS)
    try:
        listener.browsers = [f"Chromium {browser.version}"]
        yield browser.new_context(no_viewport=True, locale="en-GB", **options)
    finally:
        browser.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/listening.md")))
