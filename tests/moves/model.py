"""What must be true of documents and their summaries after any move, in plain Python and without a database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from app.summaries.prompt import Options

MOST_ATTEMPTS = 5
ENOUGH_UNREAD = 3
PENDING, PROCESSING, COMPLETE, FAILED, CANCELLED = "pending", "processing", "complete", "failed", "cancelled"
IN_PROGRESS = (PENDING, PROCESSING)
REQUEST, JOINED, WARMING = "request", "joined", "warming"

Key = tuple[int, str, Options]  # the document, the very text that is sent, the form


@dataclass(frozen=True)
class Fate:
    """How a call ends: with a text, or with what went wrong."""

    name: str
    reason: str = ""
    heals: bool = True
    wait_minutes: float = 0.0  # that the provider asks for


@dataclass(eq=False)
class Row:
    id: int
    key: Key
    take: int
    purpose: str
    asked_by: int | None
    status: str = PENDING
    reason: str = ""
    attempt: int = 0
    waits: bool = False  # until a time that has not come
    silent: bool = False  # whoever holds it let the lease run out
    holder: object = None  # the one claim whose moves count
    words: str | None = None
    finished: int = 0
    chosen: int = 0

    @property
    def in_progress(self) -> bool:
        return self.status in IN_PROGRESS

    @property
    def promises_minutes(self) -> int:
        """For how long it is tried: a request for half an hour, what is made in advance for a day."""
        return 24 * 60 if self.purpose == WARMING else 30

    def wait_for_a_worker(self, reason: str = "", *, waits: bool = False) -> None:
        self.status, self.reason, self.waits, self.holder, self.silent = PENDING, reason, waits, None, False

    def end(self, status: str, reason: str | None = None) -> None:
        """*reason* is None where the one that stands there stays."""
        self.status, self.holder, self.silent = status, None, False
        self.reason = self.reason if reason is None else reason

    def ask_anew(self, purpose: str, by: int | None) -> None:
        self.wait_for_a_worker()
        self.attempt, self.purpose, self.asked_by = 0, purpose, by


@dataclass(eq=False)
class Held:
    """A claim, and the call that its holder makes under it."""

    row: Row
    fate: Fate
    words: str = ""
    entered: bool = False  # whether the sweeper put its call into the ledger, as one that nobody will hear

    @property
    def is_good(self) -> bool:
        return self.row.holder is self


@dataclass(eq=False)
class Doc:
    id: int
    text: str
    sent: dict[str, str] = field(default_factory=dict)  # for each text but for its white space, the one that is sent
    pinned: int | None = None
    unsettled: bool = False
    settled: bool = False  # unsettled, and left alone for long enough

    def __post_init__(self) -> None:
        self.write(self.text)
        self.unsettled = False

    @property
    def sends(self) -> str:
        return self.sent[essence(self.text)]

    def write(self, text: str) -> None:
        before = self.sent.get(essence(self.text))
        self.text = text
        self.sent.setdefault(essence(text), text)
        if self.sends != before:
            self.unsettled, self.settled = True, False

    def key(self, form: Options) -> Key:
        return (self.id, self.sends, form)


@dataclass(frozen=True)
class Reads:
    """What a page says."""

    state: str
    words: str | None = None
    stale: bool = False
    other_form: bool = False
    attempt: str | None = None


def essence(text: str) -> str:
    return " ".join(text.split())


class Model:
    """Every row there is, and the moves. Those that insert a row take its id from *new_id*."""

    def __init__(self) -> None:
        self.docs: dict[int, Doc] = {}
        self.rows: list[Row] = []
        self.ledger: Counter[str] = Counter()
        self.now = 0

    def tick(self) -> int:
        self.now += 1
        return self.now

    # -- finding -----------------------------------------------------------------------------------

    def takes(self, key: Key) -> list[Row]:
        return sorted((row for row in self.rows if row.key == key), key=lambda row: row.take)

    def latest(self, key: Key) -> Row | None:
        return next(reversed(self.takes(key)), None)

    def chosen(self, key: Key) -> Row | None:
        good = [row for row in self.takes(key) if row.status == COMPLETE]
        return max(good, key=lambda row: (row.chosen, row.id), default=None)

    # -- what people do ----------------------------------------------------------------------------

    def request(self, doc: Doc, by: int, form: Options, *, regenerate: bool) -> Row | None:
        """The row that has to be inserted for it; its id is still to be told."""
        key = doc.key(form)
        latest = self.latest(key)
        if latest is None:
            return self._new(key, 1, REQUEST, by)
        if latest.in_progress:
            self._promote(latest, REQUEST, by)
        elif latest.status == COMPLETE:
            return self._new(key, latest.take + 1, REQUEST, by) if regenerate else None
        elif regenerate or not self.chosen(key):
            latest.ask_anew(REQUEST, by)
        return None

    def arrive(self, doc: Doc, form: Options) -> None:
        latest = self.latest(doc.key(form))
        if latest and latest.in_progress and latest.purpose == WARMING:
            self._promote(latest, JOINED, None)

    def cancel(self, doc: Doc, form: Options, by: int, *, only_reads: bool) -> bool:
        """Whether that is allowed."""
        latest = self.latest(doc.key(form))
        if latest is None or not latest.in_progress:
            return True
        if only_reads and latest.asked_by != by:
            return False
        latest.end(CANCELLED)
        return True

    def choose(self, row: Row) -> None:
        if row.status == COMPLETE:
            row.chosen = self.tick()

    def delete(self, doc: Doc) -> None:
        for row in [row for row in self.rows if row.key[0] == doc.id]:
            row.holder = None
            self.rows.remove(row)
        del self.docs[doc.id]

    def _new(self, key: Key, take: int, purpose: str, by: int | None) -> Row:
        row = Row(0, key, take, purpose, by)
        self.rows.append(row)
        return row

    def _promote(self, row: Row, purpose: str, by: int | None) -> None:
        if row.purpose != REQUEST:
            row.purpose, row.asked_by = purpose, by

    # -- what workers do ---------------------------------------------------------------------------

    def claim(self, row: Row, fate: Fate) -> Held | None:
        if row.status != PENDING:
            return None
        doc = self.docs[row.key[0]]
        if row.purpose == WARMING and row.key[1] != doc.sends:
            row.end(CANCELLED)
            return None
        if row.waits:
            return None
        held = Held(row, fate)
        row.status, row.reason, row.holder = PROCESSING, "", held
        row.attempt += 1
        return held

    def answer(self, held: Held) -> None:
        """The call ends; only whoever still holds the row may move it."""
        row, fate = held.row, held.fate
        if not held.is_good:
            self._hear_nothing(held)
            return
        self.ledger[fate.reason or COMPLETE] += 1
        if not fate.reason:
            row.end(COMPLETE, "")
            row.words, row.finished, row.chosen = held.words, self.tick(), self.now
        elif not fate.heals or row.attempt >= MOST_ATTEMPTS or fate.wait_minutes >= row.promises_minutes:
            row.end(FAILED, fate.reason)
        else:
            row.wait_for_a_worker(fate.reason, waits=True)

    def renew(self, held: Held) -> bool:
        """Whether the claim is still good. Whoever lost it hangs up."""
        if held.is_good:
            held.row.silent = False
        else:
            self._hear_nothing(held)
        return held.is_good

    def hand_back(self, held: Held) -> None:
        if not held.is_good:
            self._hear_nothing(held)
            return
        self.ledger["handed_back"] += 1
        held.row.attempt -= 1
        held.row.wait_for_a_worker()

    def _hear_nothing(self, held: Held) -> None:
        self.ledger["lost"] += not held.entered

    # -- what the sweeper does ---------------------------------------------------------------------

    def give_up(self, row: Row) -> None:
        if row.in_progress:
            self._enter(row)
            row.end(FAILED, "overdue")

    def _enter(self, row: Row) -> None:
        """The call that is lost with its worker has a line all the same, and only one if it thaws."""
        if row.holder:
            row.holder.entered = True
            self.ledger["worker_lost"] += 1

    def sweep(self) -> list[Row]:
        """The rows that have to be inserted; their ids are still to be told."""
        for row in self.rows:
            if row.silent:
                self._enter(row)
            if row.silent and row.attempt >= MOST_ATTEMPTS:
                row.end(FAILED, "worker_lost")
            elif row.silent:
                row.wait_for_a_worker("worker_lost")
        asked = [self._warm(doc) for doc in self.docs.values() if doc.settled]
        return [row for row in asked if row]

    def _warm(self, doc: Doc) -> Row | None:
        doc.settled = doc.unsettled = False
        if doc.pinned is None or self._unread(doc) >= ENOUGH_UNREAD:
            return None
        key = doc.key(Options())
        latest = self.latest(key)
        if latest is None:
            return self._new(key, 1, WARMING, None)
        if latest.status in (FAILED, CANCELLED) and latest.purpose == WARMING:
            latest.ask_anew(WARMING, None)
        return None

    def _unread(self, doc: Doc) -> int:
        """Nobody reads a page here, so this is what was made in advance since it was pinned last."""
        made = [row for row in self.rows if row.key[0] == doc.id and (row.purpose, row.status) == (WARMING, COMPLETE)]
        return len({row.key[1] for row in made if row.finished > (doc.pinned or 0)})

    # -- what is read ------------------------------------------------------------------------------

    def reads(self, doc: Doc, form: Options) -> Reads:
        latest = self.latest(doc.key(form))
        if latest and latest.purpose == WARMING and latest.status in (FAILED, CANCELLED):
            latest = None  # nobody asked for it
        good = self.chosen(doc.key(form)) if latest else None
        attempt = latest.status if latest and latest.status != COMPLETE else None
        if good:
            return Reads(attempt if attempt in IN_PROGRESS else COMPLETE, good.words, attempt=attempt)
        other = self._nearest(doc, form)
        if other is None:
            return Reads(attempt or "none", attempt=attempt)
        its_form = other.key[2]
        return Reads(attempt or COMPLETE, other.words, other.key != doc.key(its_form), its_form != form, attempt)

    def _nearest(self, doc: Doc, form: Options) -> Row | None:
        good = [row for row in self.rows if row.key[0] == doc.id and row.status == COMPLETE]
        nearest = max(good, key=lambda row: (row.key[2] == form, row.finished, row.id), default=None)
        return self.chosen(nearest.key) if nearest else None
