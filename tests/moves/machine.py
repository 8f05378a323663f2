"""The moves, each made in the world and in the model, after which both must agree.

Which move is made is drawn from a list in which the usual ones stand more often. Hypothesis' own choice among rules
leaves many out of each example, and most of what can go wrong here takes a course of six of them or more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.summaries.prompt import Options
from tests.moves.model import COMPLETE, IN_PROGRESS, PENDING, PROCESSING, Doc, Fate, Model, Row
from tests.moves.workers import FATES, Worker, stop, words_of
from tests.moves.world import Seen, World

TEXTS = ("Aldwick harbour silted up.", "The lighthouse was lit.")
FORMS = (Options(), Options(style="bullets"))
WELL = FATES[0]
MOST_DOCUMENTS, MOST_WORKERS = 2, 4


@dataclass(frozen=True)
class Chance:
    """What a move may want to know beyond its name."""

    number: int  # of so many, modulo how many there are
    text: int
    by: int
    form: Options
    yes: bool
    fate: Fate


chances = st.builds(
    Chance,
    number=st.sampled_from(range(12)),
    text=st.sampled_from(range(len(TEXTS))),
    by=st.sampled_from(range(3)),
    form=st.sampled_from((*FORMS, FORMS[0], FORMS[0])),
    yes=st.booleans(),
    fate=st.sampled_from((*FATES, WELL, WELL, WELL)),
)

_names: list[str] = []
_when: dict[str, Callable[[Moves], object]] = {}


def move(times: int = 2, when: Callable[[Moves], object] = lambda _: True) -> Callable:
    """Make a method one of the moves.

    :param times: how often it stands in the list from which moves are drawn.
    :param when: whether it can be made just now.
    """

    def listed(method: Callable) -> Callable:
        _names.extend([method.__name__] * times)
        _when[method.__name__] = when
        return method

    return listed


class Moves(RuleBasedStateMachine):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = Model()
        self.workers: list[Worker] = []
        self.claims = 0
        self.good: dict[int, str] = {}  # every text that was ever complete
        self.touched: set[int] = set()  # documents that the last move may have changed
        self._add(TEXTS[0])

    @rule(drawn=st.deferred(lambda: st.sampled_from(range(len(_names)))), chance=chances)
    def make(self, drawn: int, chance: Chance) -> None:
        possible = [name for name in _names if _when[name](self)]
        getattr(self, possible[drawn % len(possible)])(chance)

    # -- picking -----------------------------------------------------------------------------------

    def doc(self, number: int) -> Doc:
        docs = list(self.model.docs.values())
        doc = docs[number % len(docs)]
        self.touched.add(doc.id)
        return doc

    def row(self, number: int, *statuses: str) -> Row | None:
        rows = [row for row in self.model.rows if not statuses or row.status in statuses]
        row = rows[number % len(rows)] if rows else None
        self.touched |= {row.key[0]} if row else set()
        return row

    def has(self, *statuses: str) -> bool:
        return any(row.status in statuses for row in self.model.rows)

    def stale_workers(self) -> list[Worker]:
        return [worker for worker in self.workers if not worker.held.is_good]

    # -- what people do ----------------------------------------------------------------------------

    @move(1)
    def rest(self, _: Chance) -> None:
        """Nothing: what Hypothesis tries first."""

    @move(1, when=lambda self: len(self.model.docs) < MOST_DOCUMENTS)
    def add(self, chance: Chance) -> None:
        self._add(TEXTS[chance.text])

    def _add(self, text: str) -> None:
        document = self.world.add(text)
        self.model.docs[document] = Doc(document, text)

    @move(4)
    def edit(self, chance: Chance) -> None:
        doc, text = self.doc(chance.number), TEXTS[chance.text]
        written = text if chance.yes else text.replace(" ", "  ")
        self.world.edit(doc.id, written)
        doc.write(written)

    @move(7)
    def request(self, chance: Chance) -> None:
        doc, person = self.doc(chance.number), self.world.people[chance.by]
        found = self.world.request(doc.id, person, chance.form, regenerate=chance.yes)
        if new := self.model.request(doc, person, chance.form, regenerate=chance.yes):
            new.id = found
        assert found == self.model.latest(doc.key(chance.form)).id

    @move()
    def arrive(self, chance: Chance) -> None:
        doc = self.doc(chance.number)
        self.world.arrive(doc.id, chance.form)
        self.model.arrive(doc, chance.form)

    @move(when=lambda self: self.has(*IN_PROGRESS))
    def cancel(self, chance: Chance) -> None:
        doc, person = self.doc(chance.number), self.world.people[chance.by]
        allowed = self.model.cancel(doc, chance.form, person, only_reads=chance.yes)
        assert self.world.cancel(doc.id, chance.form, person, only_reads=chance.yes) == allowed

    @move(3, when=lambda self: self.has(COMPLETE))
    def choose(self, chance: Chance) -> None:
        row = self.row(chance.number, COMPLETE)
        self.world.choose(row.id)
        self.model.choose(row)

    @move()
    def pin(self, chance: Chance) -> None:
        doc = self.doc(chance.number)
        self.world.pin(doc.id)
        doc.pinned, doc.unsettled, doc.settled = self.model.tick(), True, False

    @move(1, when=lambda self: len(self.model.docs) > 1)
    def delete(self, chance: Chance) -> None:
        self._delete(self.doc(chance.number))

    def _delete(self, doc: Doc) -> None:
        self.world.delete(doc.id)
        self.model.delete(doc)
        self.world.check_gone(doc.id)

    # -- what workers do ---------------------------------------------------------------------------

    @move(6, when=lambda self: self.has(PENDING) and len(self.workers) < MOST_WORKERS)
    def hear_a_doorbell(self, chance: Chance) -> None:
        self._work_on(self.row(chance.number, PENDING), chance.fate)

    @move(1, when=lambda self: self.model.rows and len(self.workers) < MOST_WORKERS)
    def hear_a_doorbell_that_is_late(self, chance: Chance) -> None:
        """Doorbells ring twice, and for what has ended meanwhile."""
        self._work_on(self.row(chance.number), chance.fate)

    def _work_on(self, row: Row, fate: Fate) -> None:
        text = row.key[1]
        held = self.model.claim(row, fate)
        worker = Worker(self.world.app, self.world.provider, row.id, fate)
        assert worker.calls == (held is not None), "a call without a claim, or a claim without a call"
        if held:
            self.claims += 1
            assert worker.document == text, "another text was sent than the row is of"
            held.words = words_of(worker.number, text)
            worker.held = held
            self.workers.append(worker)

    @move(7, when=lambda self: self.workers)
    def get_the_answer(self, chance: Chance) -> None:
        self._finish(self.workers[chance.number % len(self.workers)])

    @move(3, when=lambda self: self.stale_workers())
    def thaw(self, chance: Chance) -> None:
        """Somebody goes on who lost the row meanwhile."""
        stale = self.stale_workers()
        self._finish(stale[chance.number % len(stale)])

    def _finish(self, worker: Worker) -> None:
        self.workers.remove(worker)
        worker.go_on()
        self.model.answer(worker.held)
        self.touched.add(worker.held.row.key[0])

    @move(when=lambda self: self.workers)
    def renew(self, chance: Chance) -> None:
        worker = self.workers[chance.number % len(self.workers)]
        worker.renew()
        if not self.model.renew(worker.held):
            self.workers.remove(worker)
        assert worker.is_at_work == worker.held.is_good

    @move(1, when=lambda self: self.workers)
    def stop_all_workers(self, _: Chance) -> None:
        stop(self.workers)
        for worker in self.workers:
            self.model.hand_back(worker.held)
            self.touched.add(worker.held.row.key[0])
        self.workers.clear()

    # -- what time and accidents do ----------------------------------------------------------------

    @move(when=lambda self: self.has(PROCESSING))
    def fall_silent(self, chance: Chance) -> None:
        """A worker was killed, or froze: it may still thaw and go on."""
        self._silence(self.row(chance.number, PROCESSING))

    def _silence(self, row: Row) -> None:
        self.world.set_back(row.id, "lease_until")
        row.silent = True

    @move(3, when=lambda self: self.has(PROCESSING))
    def fall_silent_and_be_replaced(self, chance: Chance) -> None:
        """The sweeper frees the row, and the next worker has it at once."""
        row = self.row(chance.number, PROCESSING)
        self._silence(row)
        self.sweep(chance)
        if row.status == PENDING and len(self.workers) < MOST_WORKERS:
            self._work_on(row, chance.fate)

    @move(1, when=lambda self: self.has(*IN_PROGRESS))
    def pass_the_promised_time(self, chance: Chance) -> None:
        row = self.row(chance.number, *IN_PROGRESS)
        self.world.set_back(row.id, "give_up_at")
        self.model.give_up(row)
        self.sweep(chance)

    @move(5, when=lambda self: any(row.waits for row in self.model.rows))
    def wait_is_over(self, _: Chance) -> None:
        for row in [row for row in self.model.rows if row.waits]:
            self.world.set_back(row.id, "next_at")
            row.waits = False

    @move(3, when=lambda self: any(doc.unsettled for doc in self.model.docs.values()))
    def pass_quietly(self, chance: Chance) -> None:
        """Nobody changes anything for a while; mostly the sweeper then looks what is worth a summary."""
        self.world.pass_quietly()
        for doc in self.model.docs.values():
            doc.settled = doc.unsettled
        if chance.by:
            self.sweep(chance)

    @move()
    def sweep(self, _: Chance) -> None:
        self.world.sweep()
        self.touched |= set(self.model.docs)
        for row in self.model.sweep():
            row.id = self.world.id_of_latest(row.key[0], row.key[2])
        self.world.check_doorbells()

    @move(1)
    def empty_redis(self, _: Chance) -> None:
        self.world.redis.flushall()
        self.touched |= set(self.model.docs)

    # -- what must hold ----------------------------------------------------------------------------

    @invariant()
    def the_model_holds(self) -> None:
        with self.world.session():  # one for all, which is faster
            assert self.world.rows() == {row.id: Seen.expected(row) for row in self.model.rows}
            self.world.check_rows()
            for doc in [doc for doc in self.model.docs.values() if doc.id in self.touched]:
                self._its_page_says_what_the_model_says(doc)
            self._each_claim_is_one_call_and_each_call_one_line_of_the_ledger()
        there = {row.id: row.words for row in self.model.rows if row.words}
        assert all(there.get(row, words) == words for row, words in self.good.items()), "a good one was replaced"
        self.good |= there
        self.touched.clear()

    def _its_page_says_what_the_model_says(self, doc: Doc) -> None:
        for form in FORMS:
            says = self.model.reads(doc, form)
            copy = self.world.reads(doc.id, form, from_cache=True)
            assert (copy.state, copy.words, copy.stale) == (says.state, says.words, says.stale)
            assert self.world.reads(doc.id, form, from_cache=False) == says

    def _each_claim_is_one_call_and_each_call_one_line_of_the_ledger(self) -> None:
        assert len(self.world.provider.calls) == self.claims
        assert self.world.outcomes() == self.model.ledger
        not_yet = sum(not worker.held.entered for worker in self.workers)
        assert self.model.ledger.total() + not_yet == self.claims

    # -- the end -----------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._everything_ends()
        finally:
            for worker in self.workers:
                worker.until.set()
            for worker in self.workers:
                worker.join()
            self.world.clear()

    def _everything_ends(self) -> None:
        """Whatever state it was left in: with time, sweepers and workers every row ends, and then all can go."""
        ordinary = Chance(0, 0, 0, FORMS[0], yes=False, fate=WELL)
        for _ in self._rounds():
            self.sweep(ordinary)
            self.wait_is_over(ordinary)
            while self.workers:
                self._finish(self.workers[0])
            for row in [row for row in self.model.rows if row.status == PENDING]:
                self._work_on(row, WELL)
        assert not self.has(*IN_PROGRESS), "something never ends"
        self.touched |= set(self.model.docs)
        self.the_model_holds()
        for doc in list(self.model.docs.values()):
            self._delete(doc)

    def _rounds(self, most: int = 10) -> Iterator[int]:
        for number in range(most):
            if not self.has(*IN_PROGRESS) and not any(doc.settled for doc in self.model.docs.values()):
                return
            yield number
