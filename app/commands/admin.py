"""``flask admin``, ``flask cache`` and ``flask set-budget``: what the pages of administrators do, in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from redis import RedisError

from app import signals
from app.admin import amounts, copies, people, reasons, vitals, work
from app.commands.accounts import user_of
from app.llm.prices import money

NOBODY = 0  # who acts at the terminal has no account


class Allowance(click.ParamType):  # type: ignore[type-arg] # generic for type checkers only
    """An amount in dollars, taken as micro-dollars; ``none`` for no amount of one's own."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        if str(value).lower() == "none":
            return "none"
        try:
            return amounts.micro_dollars(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


# -- how it does -------------------------------------------------------------------------------------------


@click.group()
def admin() -> None:
    """How the site does, and what there is to do about it."""


@admin.command()
def status() -> None:
    """Say what is alive, what waits and what was spent. Fails when somebody should see to something."""
    now = vitals.look()
    for line in _lines(now):
        click.echo(line)
    if now.warnings:
        raise click.ClickException("\n".join(now.warnings))


def _lines(now: vitals.Vitals) -> Iterable[str]:
    yield f"database: {now.database}, {'answers' if now.database_answers else 'does not answer'}"
    for server in now.servers:
        yield f"redis ({server.carries}): {_figures(server)}"
    for worker in now.workers:
        beat = f"{worker.heartbeat:%Y-%m-%d %H:%M:%S} UTC"
        yield f"worker {','.join(worker.queues)}: {worker.state if worker.alive else 'silent'}, last heartbeat {beat}"
    for backlog in now.backlogs:
        since = f" since {backlog.longest_due:%Y-%m-%d %H:%M:%S} UTC" if backlog.longest_due else ""
        yield f"queue {backlog.queue}: {backlog.waiting:,} due{since}, {backlog.in_hand:,} being done"
    for budget in now.budgets:
        yield f"budget ({budget.scope}): {money(budget.committed)} of {money(budget.allowed)} spent or reserved"


def _figures(server: vitals.Server) -> str:
    if not server.answers:
        return "does not answer"
    found = f", {server.hit_percent} % found" if server.hit_percent is not None else ""
    most = f" of {server.most_memory:,}" if server.most_memory else ""
    policy = server.policy or "policy unknown"
    return f"answers{found}, {server.memory:,}{most} bytes, {server.evicted:,} evicted, {policy}"


@admin.command()
@click.option("--ring", is_flag=True, help="Free what no worker holds any more, and tell the workers of all of it.")
def stuck(*, ring: bool) -> None:
    """List work that does not move by itself, and what failed in the last day."""
    now = work.look()
    for piece in now.stuck:
        click.echo(f"{_named(piece)}: {piece.trouble}")
    for piece in now.failed:
        click.echo(f"{_named(piece)}: failed. {reasons.sentence(piece.work.reason)}")
    if not now.stuck and now.redis_answers:
        click.echo("Nothing is stuck.")
    if ring:
        _ring()
    elif not now.redis_answers:
        raise click.ClickException("Redis does not answer, so nobody knows for what no worker has been told.")


def _named(piece: work.Piece) -> str:
    return f"{piece.kind} {piece.work.id}, document {piece.work.document_id} of {piece.owner}, {piece.work.queue}"


def _ring() -> None:
    rung = work.ring_for_all()
    _told("work-rung-for-all")
    click.echo(f"Rung for {rung.rung:,}. {rung.given_up:,} could not be saved, and failed.")
    if rung.away:
        raise click.ClickException(f"{work.Outcome.AWAY}.")


# -- copies ------------------------------------------------------------------------------------------------


@click.group()
def cache() -> None:
    """Copies of summaries in Redis."""


@cache.command()
@click.option("--document", type=click.IntRange(min=1), help="Those of the document with this number.")
@click.option("--prompt-version", help="Those that were made with this version of the prompt.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
def clear(document: int | None, prompt_version: str | None, *, everything: bool) -> None:
    """Forget copies of summaries. Nothing is lost: the database has the originals. Say which, in one way."""
    wanted: list[Callable[[], int]] = []
    if document is not None:
        wanted.append(lambda: copies.forget_document(document))
    if prompt_version:
        wanted.append(lambda: copies.forget_prompt(prompt_version))
    if everything:
        wanted.append(copies.forget_all)
    if len(wanted) != 1:
        raise click.UsageError("Say one of --document, --prompt-version and --all.")
    try:
        count = wanted[0]()
    except RedisError as error:
        raise click.ClickException(f"Redis does not answer, so not every copy was forgotten: {error}") from None
    _told("copies-forgotten", document or 0)
    click.echo(f"Forgot {count:,} {'copy' if count == 1 else 'copies'}.")


# -- people ------------------------------------------------------------------------------------------------


@click.command("set-budget")
@click.argument("email")
@click.argument("amount", type=Allowance())
def set_budget(email: str, amount: int | str) -> None:
    """Let somebody spend AMOUNT dollars a month; none for what the site allows everybody."""
    user = user_of(email)
    micro = None if isinstance(amount, str) else amount
    people.allow(user, micro)
    _told("budget-set", user.id)
    click.echo(f"{email} may spend {'what the site allows everybody' if micro is None else money(micro)} a month.")


def _told(action: str, target: int = 0) -> None:
    signals.admin_acted.send(None, user_id=NOBODY, action=action, target=target)
