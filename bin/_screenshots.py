"""Draws the pictures in ``docs/``: starts the whole program on a provider of ours, and takes them with Chromium."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from threading import Event

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bin._history import write_history
from tests.provider import fails, hold, says, streams
from tests.support import stack
from tests.support.reader import Reader, Tab

PERSON = "ada@example.org"
WINDOW = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
MOST_BYTES = 250_000
CONTEXT_TOKENS = "8000"  # so little that the longest document is read in parts

TITLE = "Reopening the Aldwick branch line"
TEXT = """\
The county council asked in March whether the branch line from Marlow Junction to Aldwick, closed to passengers in \
1964, could carry trains again. This report gives our findings. It rests on a survey of the whole 11.4 miles of the \
former line, on interviews with 1,260 residents, and on two years of traffic counts from the A417.

The trackbed is intact for 9.8 of its 11.4 miles. Two places need more than clearing. At Coombe Lane a supermarket \
car park stands on the line, and the owner is willing to sell a strip of it. The viaduct at Sallow Brook is sound in \
its piers, but its deck was removed in 1971 and must be built anew.

We put the cost of construction at 86 million pounds at today's prices, of which 31 million is for the viaduct alone. \
The range is wide, from 74 to 109 million, because the ground beneath the northern embankment has not been bored. We \
advise the council to have that done, at about 240,000 pounds, before it decides anything else.

With an hourly service we expect 410,000 journeys in the third year. A third of them would replace journeys by car, \
and the morning queue on the A417 at Marlow would shorten by about six minutes. Fares would cover the cost of running \
the trains from the fourth year on, but would never repay the cost of building the line.

Of the residents who were asked, 71 per cent were in favour, 12 per cent against. Opposition is strongest among those \
whose gardens border the line at Netherby. Most of them named noise, and most said that a wall would change their mind.
"""
OPENING = """\
Passenger trains could run to Aldwick again for about 86 million pounds, and most residents want them. The report \
does not yet recommend it: """
REST = """\
the ground beneath the northern embankment is unknown, and could move the cost anywhere from 74 to 109 million.

- **The line is mostly there.** 9.8 of 11.4 miles are intact; the viaduct at Sallow Brook needs a new deck, for 31 \
million.
- **Trains would pay their way, but not the building.** From the fourth year fares cover the running costs.
- **71 per cent are in favour.** Those against live beside the line and fear the noise; most said “that a wall would \
change their mind”.
"""
OTHERS = {
    "Minutes of the parish council, 14 May": "The council met at seven. The lamp in Mill Lane is to be mended. " * 60,
    "Lease of the old station house": "The tenant keeps the roof and the gutters in repair. " * 140,
    "Annual report of the Friends of Sallow Brook": "Members cleared two miles of the bank in March. " * 90,
    "Response to the consultation on bus fares": "We welcome the proposal, with three reservations. " * 45,
    "Borehole survey: terms of reference": "The contractor reports any water met above ten metres. " * 75,
}


LONG_TITLE = "The Aldwick line: all evidence that was heard"
LONG_TEXT = "\n\n".join(
    f"{day}.{number}  {paragraph}" for day in range(1, 41) for number, paragraph in enumerate(TEXT.split("\n\n"), 1)
)


def main(folder: Path) -> None:
    """Write every picture into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as instance,
        stack.running(Path(instance), model="gpt-4o-mini", OPENAI_CONTEXT_TOKENS=CONTEXT_TOKENS) as running,
        sync_playwright() as playwright,
    ):
        chromium = stack.chromium(playwright)
        if chromium is None:
            sys.exit("The pictures need Chromium, as `chromium` on the PATH.")
        _draw(chromium, running, folder)
        chromium.close()


def _draw(chromium: Browser, running: stack.Stack, folder: Path) -> None:
    ada = _person(chromium, running, viewport=WINDOW).sign_up()
    _fill_the_library(ada, running)
    rest = Event()
    running.provider.script(streams(OPENING, rest, REST))
    document = ada.add(TEXT, TITLE)
    ada.press("start")
    ada.reads("does not yet recommend it")
    _take(ada, folder / "writing.png")
    rest.set()
    ada.sees("complete").open(document)
    _take(ada, folder / "document.png")
    _take_while_it_is_read(ada, running, folder / "long.png")
    ada.page.goto("/documents")
    _take(ada, folder / "library.png")
    ada.page.goto(f"/usage?month={write_history(running.database)}")
    _take(ada, folder / "usage.png")
    for name, options in {
        "document-dark": {"viewport": WINDOW, "color_scheme": "dark"},
        "phone": {"viewport": PHONE},
    }.items():
        reader = _person(chromium, running, storage_state=ada.reader.context.storage_state(), **options)
        _take(reader.tab().open(document), folder / f"{name}.png")


def _take_while_it_is_read(ada: Tab, running: stack.Stack, path: Path) -> None:
    """A long document of which four parts have been read."""
    rest = Event()
    running.provider.script(*[says("Noted.")] * 4, *[hold(rest)] * 4)
    ada.add(LONG_TEXT, LONG_TITLE)
    ada.press("start")
    ada.page.get_by_text("Reading part 5 of").wait_for()
    _take(ada, path)
    rest.set()
    ada.sees("complete")


def _person(chromium: Browser, running: stack.Stack, **options: object) -> Reader:
    context = chromium.new_context(base_url=running.address, device_scale_factor=1, locale="en-GB", **options)
    return Reader(context, PERSON)


def _fill_the_library(ada: Tab, running: stack.Stack) -> None:
    """A document in each state that a library shows."""
    running.provider.script(says("In brief."), says("In brief."), fails(401), says("In brief."))
    minutes, lease, friends, response, _survey = (ada.add(text, title) for title, text in OTHERS.items())
    ada.open(lease).summarise()
    ada.open(minutes).summarise()
    ada.open(friends).press("start")
    ada.sees("failed")
    ada.open(response).summarise()
    ada.page.goto(f"/documents/{lease}/edit")
    ada.page.get_by_label("Text").fill("The tenant keeps the roof in repair, and the landlord the gutters. " * 140)
    ada.page.get_by_role("button", name="Save").click()


def _take(tab: Tab, path: Path) -> None:
    """What the window shows, with the pointer and the focus out of sight."""
    tab.page.mouse.move(0, 0)
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.screenshot(path=path, animations="disabled")
    size = path.stat().st_size
    print(f"{path} ({size / 1000:.0f} kB)")
    if size > MOST_BYTES:
        sys.exit(f"{path} is larger than {MOST_BYTES / 1000:.0f} kB.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
