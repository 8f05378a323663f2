"""The main job, scene by scene, as somebody does it who hears the pages and does not see them."""

from __future__ import annotations

import re
from threading import Event

from bin._listener import Listener
from tests.provider import fails, hold, streams
from tests.support.people import PASSWORD
from tests.support.reader import Reader
from tests.support.stack import Stack
from tests.support.texts import story

PERSON = "ada@example.org"
TITLE = "The harbour"
TEXT = "The harbour of Aldwick silted up in 1703. The council dredged the channel in 1710."
OTHER_TITLE = OTHER_TEXT = "A lighthouse stands at the quay."
LONG_TITLE, PARTS = "The chronicle", 3
PIECES = [f"Sentence {number} of the summary. " for number in ("one", "two", "three", "four", "five")]
LAST = "\n\n- **The channel** silted up.\n- It was dredged.\n"
POLLS_A_PIECE, FAILURES = 3, 4
STATUS = "**/summary/status*"

# What is to be heard, in whole lines where it is an announcement.
STARTED, READY, STOPPED = f"^Summarising {TITLE}$", "^Summary ready$", "^Summary stopped$"
FAILED = r"^Summary failed\. You can try again\.$"
STILL = r"^Still summarising\. Checked at \d\d:\d\d:\d\d\.$"
NOTHING_NEW = r"^Nothing new\. Checked at \d\d:\d\d:\d\d\.$"
# Said once after a minute, which only a slow machine takes here.
STILL_AFTER_A_MINUTE = "^Still summarising$"
AWAY, BACK = r"^The server does not answer\. This page keeps trying\.$", rf"^Connected again\.$|{STILL_AFTER_A_MINUTE}"

QUIET = {"perhaps": (STILL_AFTER_A_MINUTE,), "alone": True}


def prepare(ada: Reader) -> None:
    """What is there before anything is heard: an account, and a document in it."""
    ada.sign_up().add(story(PARTS), LONG_TITLE)


def log_in(ada: Listener, _running: Stack) -> None:
    ada.begin("Logging in")
    ada.opens("/login", "^Finished loading Log in – Foreword")
    ada.tabs_to("#email", "^Email address entry")
    ada.types(PERSON)
    ada.tabs_to("#password", "^Password password text")
    ada.types(PASSWORD)
    ada.presses("Return", "to log in", "^Finished loading Library – Foreword")


def look_at_the_library(ada: Listener, _running: Stack) -> None:
    ada.begin("The library")
    ada.presses("h", "for the next heading", "^Library heading level 1")
    ada.presses("h", "for the next heading", f"^{LONG_TITLE} link heading level 2")
    ada.presses("shift+Tab", "to go back before it")
    ada.tabs_to("main a[href='/documents/new']", "^Add a document link", key="shift+Tab")
    ada.presses("Return", "on it", "^Finished loading Add a document – Foreword")


def send_an_empty_form(ada: Listener, _running: Stack) -> None:
    ada.begin("A form that is refused")
    ada.tabs_to("main form .primary", "^Title entry", "^Text entry", "^Address of a web page entry")
    ada.presses("Return", "on it", "^Finished loading Error: Add a document – Foreword", "^There is a problem$")
    ada.presses("Tab", "from the list of problems", "^Paste some text, .* link")
    ada.presses("Return", "on it", "^Text entry", "^invalid entry", "^Error: Paste some text")


def add_a_document(ada: Listener, _running: Stack) -> None:
    ada.begin("Adding a document")
    ada.types(TEXT)
    ada.tabs_to("#title", "^Title entry", key="shift+Tab")
    ada.types(TITLE)
    ada.tabs_to("main form .primary", "^Add the document push button")
    ada.presses("Return", "on it", f"^Finished loading {TITLE} – Foreword")


def summarise(ada: Listener, running: Stack) -> None:
    ada.begin("Having a summary written")
    rests = _in_pieces(running)
    ada.tabs_to("#summary-start", "^Summarise for about .* push button")
    ada.presses("Return", "on it", STARTED, alone=True)
    _wait_while_it_is_written(ada, rests)
    ada.does("Waited for its end", rests[-1].set, READY, alone=True)
    ada.presses("Return", "on Summarise once more, though there is nothing to be done", NOTHING_NEW, alone=True)


def read_it(ada: Listener, _running: Stack) -> None:
    ada.begin("Reading the summary")
    ada.presses("h", "for the next heading", "heading level 2")
    ada.presses("shift+h", "for the heading before", "^Summary heading level 2")
    ada.presses("p", "for the next paragraph", f"^{re.escape(PIECES[0])}")
    ada.presses("l", "for the next list", "^List with 2 items")
    ada.presses("Down", "to go on", "It was dredged")


def check_by_hand(ada: Listener, running: Stack) -> None:
    ada.begin("Another one, with checks by hand")
    rests = _in_pieces(running)
    ada.tabs_to("#summary-regenerate", "^Regenerate push button", key="shift+Tab")
    ada.presses("Return", "on it", STARTED, alone=True)
    ada.tabs_to("#summary-check", "^Check for updates push button", key="shift+Tab")
    for _ in range(2):
        ada.presses("Return", "on it", STILL, alone=True)
    _wait_while_it_is_written(ada, rests)
    ada.does("Waited for its end", rests[-1].set, READY, alone=True)


def stop_it(ada: Listener, running: Stack) -> None:
    ada.begin("Stopping it")
    rests = _in_pieces(running)
    ada.tabs_to("#summary-regenerate", "^Regenerate push button")
    ada.presses("Return", "on it", STARTED, alone=True)
    ada.tabs_to("#summary-cancel", "^Stop push button", key="shift+Tab")
    ada.presses("Return", "on it", STOPPED, alone=True)
    _let_all_go_on(rests)


def fail(ada: Listener, running: Stack) -> None:
    ada.begin("A failure")
    running.provider.script(fails(401))
    ada.tabs_to("#summary-regenerate", "^Regenerate push button")
    ada.presses("Return", "on it", STARTED, FAILED, alone=True)


def lose_the_server(ada: Listener, running: Stack) -> None:
    ada.begin("A server that does not answer for a while")
    rests = _in_pieces(running)
    ada.presses("Return", "on Regenerate", STARTED, alone=True)
    ada.tab.page.route(STATUS, lambda route: route.abort("connectionrefused"))
    ada.does(
        "Waited for many polls, none of which had an answer",
        lambda: _fail_polls(ada, rests[:FAILURES]),
        AWAY,
        alone=True,
    )
    ada.does("Waited until the server was back", lambda: ada.tab.page.unroute(STATUS), BACK, alone=True)
    ada.does("Waited for the end", lambda: _let_all_go_on(rests), READY, alone=True)


def pause(ada: Listener, _running: Stack) -> None:
    ada.begin("Pausing automatic updates")
    ada.tabs_to("#summary-updates", "^Pause automatic updates push button")
    ada.presses("Return", "on it", "^Automatic updates are paused$")
    ada.presses("Return", "on it", "^Automatic updates are on$")


def copy(ada: Listener, _running: Stack) -> None:
    ada.begin("Copying the summary")
    ada.tabs_to("#summary-copy", "^Copy push button")
    ada.presses("Return", "on it", "^Copied$", alone=True)


def reload(ada: Listener, _running: Stack) -> None:
    ada.begin("Coming back to a page that is finished")
    ada.does("Reloaded the page", ada.tab.page.reload, f"^Finished loading {TITLE} – Foreword")


def summarise_a_long_document(ada: Listener, running: Stack) -> None:
    ada.begin("A long document, which is read in parts")
    rests = [Event() for _ in range(PARTS)]
    running.provider.script(*(hold(rest) for rest in rests))
    ada.opens("/documents", "^Finished loading Library – Foreword")
    ada.presses("h", "for the next heading", "^Library heading level 1")
    ada.presses("h", "for the next heading", f"^{TITLE} link heading level 2")
    ada.presses("h", "for the next heading", f"^{LONG_TITLE} link heading level 2")
    ada.presses("Return", "on it", f"^Finished loading {LONG_TITLE} – Foreword")
    ada.presses("h", "for the next heading", f"^{LONG_TITLE} heading level 1")
    ada.presses("h", "for the next heading", "^Summary heading level 2")
    ada.presses("Tab", "to go on", "^Summarise for about .* push button")
    ada.presses("Return", "on it", f"^Summarising {LONG_TITLE}$", alone=True)
    ada.does(f"Waited while {PARTS - 1} parts were read", lambda: _poll_between(ada, rests[:-1]), **QUIET)
    ada.does("Waited for the end", rests[-1].set, READY, alone=True)


SCRIPTED = (
    *(log_in, look_at_the_library, send_an_empty_form, add_a_document, summarise, read_it, check_by_hand, stop_it),
    *(fail, lose_the_server, pause, copy, reload, summarise_a_long_document),
)


# -- without JavaScript ----------------------------------------------------------------------------------


def summarise_without_javascript(ada: Listener, running: Stack) -> None:
    ada.begin("Without JavaScript: a summary")
    rest = Event()
    running.provider.script(hold(rest, "The channel silted up."))
    ada.opens("/documents/new", "^Finished loading Add a document – Foreword")
    ada.tabs_to("#text", "^Text entry")
    ada.types(OTHER_TEXT)
    ada.tabs_to("main form .primary", "^Add the document push button")
    ada.presses("Return", "on it", f"^Finished loading {OTHER_TITLE} – Foreword")
    ada.tabs_to("#summary-start", "^Summarise.* push button")
    ada.presses("Return", "on it", f"^Finished loading {OTHER_TITLE} – Foreword", f"^Summarising {OTHER_TITLE}$")
    for _ in range(3):
        ada.tabs_to("#summary-check", "^Check for updates push button")
        ada.presses("Return", "on it", f"^Finished loading {OTHER_TITLE} – Foreword", STILL)
    ada.does("Waited for the end", lambda: _end(ada, running, rest), alone=True)
    ada.tabs_to("#summary-check", "^Check for updates push button")
    ada.presses("Return", "on it", f"^Finished loading {OTHER_TITLE} – Foreword", r"^Summary ready\. Checked at")


PLAIN = (log_in, summarise_without_javascript)


# -- what the provider does meanwhile --------------------------------------------------------------------


def _in_pieces(running: Stack) -> list[Event]:
    """Script an answer each of whose pieces waits for the event before it."""
    rests = [Event() for _ in PIECES]
    steps = [step for pair in zip(PIECES, rests, strict=True) for step in pair]
    running.provider.script(streams(*steps, LAST))
    return rests


def _wait_while_it_is_written(ada: Listener, rests: list[Event]) -> None:
    polls = POLLS_A_PIECE * (len(rests) - 1)
    ada.does(
        f"Waited while it was being written, for {polls} polls", lambda: _poll_between(ada, rests[:-1]), alone=True
    )


def _poll_between(ada: Listener, rests: list[Event]) -> None:
    """Let one thing after the other happen, with polls between them that bring something and polls that do not."""
    for rest in rests:
        rest.set()
        ada.tab.looks_again(POLLS_A_PIECE)


def _fail_polls(ada: Listener, rests: list[Event]) -> None:
    """Let polls fail, and meanwhile so much be written that the provider is not taken to be stuck."""
    for rest in rests:
        rest.set()
        with ada.tab.page.expect_event("requestfailed", lambda request: "/status?" in request.url):
            pass


def _let_all_go_on(rests: list[Event]) -> None:
    for rest in rests:
        rest.set()


def _end(ada: Listener, running: Stack, rest: Event) -> None:
    rest.set()
    ada.tab.until(lambda: not running.in_progress(), "the summary is written")
