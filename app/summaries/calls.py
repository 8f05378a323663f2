"""Calls to the provider that are under way for one claim, each in a thread of its own and to its own deadline."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass

from app.following import LOOK_EVERY_SECONDS, Watch
from app.llm import Completion, Prompt, Provider, ProviderError
from app.models import Step

Event = str | Completion | Exception


class Call:
    """One call, as far as it has come."""

    def __init__(self, prompt: Prompt, step: Step, about: str) -> None:
        self.prompt = prompt
        self.step = step
        self.about = about  # whose call it is, to whoever began it
        self.text = ""
        self.started = time.monotonic()


@dataclass(frozen=True)
class Ended:
    """A call that is over, for the ledger."""

    call: Call
    outcome: str
    seconds: float
    completion: Completion | None = None


class Calls:
    """Makes calls, any number at a time, and stays with them."""

    def __init__(self, source: Provider, watch: Watch, timeout: float) -> None:
        """Calls to *source*.

        :param timeout: seconds for one call, however slowly its stream still drips.
        """
        self.source = source
        self.model = source.model
        self.open: list[Call] = []
        self.unfiled: list[Ended] = []  # over, and not in the ledger yet
        self._watch = watch
        self._timeout = timeout
        self._events: queue.SimpleQueue[tuple[Call, Event]] = queue.SimpleQueue()

    def begin(self, prompt: Prompt, step: Step, about: str = "") -> Call:
        call = Call(prompt, step, about)
        self.open.append(call)
        threading.Thread(target=self._make, args=(call,), daemon=True).start()
        return call

    def next(self) -> tuple[Call, Event] | None:
        """The next thing that happens to an open call, or None if nothing does for a moment.

        :raises Lost, HandedBack: see :class:`app.following.Watch`.
        """
        self._watch.look_around()
        late = next((call for call in self.open if self._is_late(call)), None)
        try:
            call, event = self._events.get(timeout=0 if late else LOOK_EVERY_SECONDS)
        except queue.Empty:
            return self._seen(late, self._timed_out()) if late else None
        if call not in self.open:  # it was late, and nobody listens any more
            return None
        # What came whole is taken, however late somebody looks; a stream that still drips is not.
        return self._seen(call, self._timed_out() if isinstance(event, str) and self._is_late(call) else event)

    def _is_late(self, call: Call) -> bool:
        return time.monotonic() - call.started > self._timeout

    def _timed_out(self) -> ProviderError:
        return ProviderError("timeout", f"no end after {self._timeout} s")

    def abandon(self, outcome: str) -> None:
        """Stop listening to whatever is open."""
        for call in list(self.open):
            self._end(call, outcome)

    def _seen(self, call: Call, event: Event) -> tuple[Call, Event]:
        if isinstance(event, str):
            call.text += event
        elif isinstance(event, Completion):
            self._end(call, "complete", event)
        else:
            self._end(call, event.reason if isinstance(event, ProviderError) else "internal")
        return call, event

    def _end(self, call: Call, outcome: str, completion: Completion | None = None) -> None:
        self.open.remove(call)
        self.unfiled.append(Ended(call, outcome, time.monotonic() - call.started, completion))

    def _make(self, call: Call) -> None:
        try:
            for event in self.source.stream(call.prompt):
                if call not in self.open:  # it was late, and nobody listens any more: leaving hangs up
                    return
                self._events.put((call, event))
        except Exception as error:  # noqa: BLE001 - looked at by the thread that follows
            self._events.put((call, error))
