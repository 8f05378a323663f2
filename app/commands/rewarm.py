"""``flask summaries rewarm``: renew what an earlier prompt or another model made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import islice

import click

from app.llm import model_name
from app.llm.prices import DOLLAR, money
from app.summaries import prompt, renewal
from app.summaries.renewal import Outdated, Progress

LOOK_EVERY_SECONDS = 1.0


class Dollars(click.ParamType):  # type: ignore[type-arg] # generic for type checkers only
    """An amount in dollars, taken as micro-dollars."""

    name = "dollars"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            amount = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount in dollars, such as 2.50.", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is no amount that could be spent.", param, ctx)
        return int(amount * DOLLAR)


@click.group("summaries")
def summaries() -> None:
    """What there is to do about all summaries at once."""


@summaries.command("rewarm")
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it would cost, and ask for nothing.")
@click.option("--budget", type=Dollars(), help="Dollars for all of it, also for what was renewed before.")
@click.option("--limit", type=click.IntRange(min=1), help="Renew at most so many now.")
@click.option("--follow/--no-follow", default=True, show_default=True, help="Wait, and say how far it has come.")
def rewarm(only_estimate: bool, budget: int | None, limit: int | None, follow: bool) -> None:
    """Renew the summaries of an earlier prompt or another model, most read first.

    Run it again to go on with what was broken off, or to see how far it has come: nothing is asked for twice,
    and what was spent before counts against the same budget.
    """
    wanted = renewal.outdated()
    _say_what_there_is(wanted, renewal.progress())
    if only_estimate:
        return
    if wanted:
        _renew(wanted, _allowed(wanted, budget, limit), limit)
    if follow:
        _follow()


def _say_what_there_is(wanted: Sequence[Outdated], before: Progress) -> None:
    documents = len({one.document_id for one in wanted})
    click.echo(
        f"Of an earlier prompt or another model (now {prompt.PROMPT_VERSION}, {model_name()}): "
        f"{_count(len(wanted), 'summary', 'summaries')} of {_count(documents, 'document', 'documents')}."
    )
    if before.in_progress or before.complete or before.failed:
        click.echo(f"Renewed before: {_progress_line(before)}")
    if wanted and _is_priced(wanted):
        click.echo(f"Renewing all of them costs about {money(sum(one.estimate or 0 for one in wanted))}.")
    elif wanted:
        click.echo(f"What that costs is not known: there is no price for {model_name()}.")


def _allowed(wanted: Sequence[Outdated], budget: int | None, limit: int | None) -> int | None:
    """The budget, asked for where it was not given.

    :raises click.ClickException: when nothing bounds what would be spent.
    """
    if not _is_priced(wanted):
        if budget is not None or limit is None:
            raise click.ClickException("A budget needs a price. Say how many at most with --limit instead.")
        return None
    costs_nothing = all(one.estimate == 0 for one in wanted)
    if budget is None and not costs_nothing:
        return int(click.prompt("Budget in dollars", type=Dollars()))
    return budget


def _renew(wanted: Sequence[Outdated], budget: int | None, limit: int | None) -> None:
    asked = len(list(islice(renewal.renew(wanted, budget), limit)))
    click.echo(f"Asked for {asked:,}, behind everything that people wait for.")
    if left := len(wanted) - asked:
        why = "the limit" if asked == limit else "the budget"
        click.echo(f"{left:,} left: {why} is reached. They are renewed when somebody asks, or by another run.")


def _follow() -> None:
    said = ""
    try:
        while True:
            now = renewal.progress()
            if (line := _progress_line(now)) != said:
                click.echo(said := line)
            if not now.in_progress:
                return
            time.sleep(LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        click.echo("The work goes on. Run the command again to see how far it has come.")


def _progress_line(now: Progress) -> str:
    failed = f", {now.failed:,} came to nothing" if now.failed else ""
    total = now.complete + now.failed + now.in_progress
    return f"{now.complete:,} of {total:,} done{failed}, {money(now.committed)} spent or reserved."


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _is_priced(wanted: Sequence[Outdated]) -> bool:
    return all(one.estimate is not None for one in wanted)
