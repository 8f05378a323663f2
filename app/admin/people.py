"""The people who have an account here, and what an administrator may do for or to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select, func, select

from app.accounts import closing
from app.database import in_turn
from app.extensions import db
from app.models import Document, LedgerEntry, LoginSession, User
from app.summaries import budget

PAGE_SIZE = 30
LARGEST_ID = 2**31 - 1


class LastAdministrator(Exception):
    """Nobody could make anybody an administrator after that."""


@dataclass(frozen=True)
class Person:
    """Somebody, as an administrator sees them: what they use, and never what is in it."""

    user: User
    documents: int
    spent: int  # micro-dollars this month, for what they asked for
    allowed: int | None  # None for any amount
    seen_at: datetime | None  # None while they are logged in nowhere


@dataclass(frozen=True)
class Page:
    people: Sequence[Person]
    total: int
    search: str
    next_url: str | None
    first_url: str | None


def page(search: str, before: str) -> Page:
    """The newest accounts first.

    :param search: words that the address must contain.
    :param before: the cursor that ``next_url`` carried; one that is not ours begins at the top.
    """
    search = " ".join(search.split())[:200]
    wanted = _matching(search)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    cursor = _parse_cursor(before)
    after = wanted if cursor is None else wanted.where(User.id < cursor)
    found = db.session.scalars(after.order_by(User.id.desc()).limit(PAGE_SIZE + 1)).all()
    shown = found[:PAGE_SIZE]
    return Page(
        people=_with_figures(shown),
        total=total,
        search=search,
        next_url=_url(search, shown[-1].id) if len(found) > PAGE_SIZE else None,
        first_url=_url(search) if cursor else None,
    )


def of(user: User) -> Person:
    return _with_figures([user])[0]


def _matching(search: str) -> Select[User]:
    wanted = select(User)
    for word in search.split():
        wanted = wanted.where(User.email.icontains(word, autoescape=True))
    return wanted


def _with_figures(users: Sequence[User]) -> list[Person]:
    """Each with their figures, in three queries for all."""
    ids = [user.id for user in users]
    documents = _by_person(
        select(Document.owner_id, func.count()).where(Document.owner_id.in_(ids)).group_by(Document.owner_id)
    )
    spent = _by_person(
        select(LedgerEntry.user_id, func.coalesce(func.sum(LedgerEntry.cost), 0))
        .where(LedgerEntry.user_id.in_(ids), LedgerEntry.created_at >= budget.month_start())
        .group_by(LedgerEntry.user_id)
    )
    seen = _by_person(
        select(LoginSession.user_id, func.max(LoginSession.seen_at))
        .where(LoginSession.user_id.in_(ids))
        .group_by(LoginSession.user_id)
    )
    return [
        Person(
            user,
            documents=documents.get(user.id, 0),
            spent=int(spent.get(user.id, 0)),
            allowed=budget.allowed_to(user),
            seen_at=seen.get(user.id),
        )
        for user in users
    ]


def _by_person(figures: Any) -> dict[int, Any]:
    """Of a query for ids of people and a figure of each."""
    return dict(db.session.execute(figures).all())


def _url(search: str, last_id: int | None = None) -> str:
    query = {"q": search} if search else {}
    return "?" + urlencode(query | ({"before": str(last_id)} if last_id else {}))


def _parse_cursor(before: str) -> int | None:
    """The id, of whatever was typed into the address."""
    return min(int(before), LARGEST_ID) if before.isascii() and before.isdecimal() and len(before) < 20 else None


# -- what may be done ------------------------------------------------------------------------------------


def allow(user: User, micro_dollars: int | None) -> None:
    """Let *user* spend so much a month; None for what the site allows everybody. Commits."""
    user.monthly_budget = micro_dollars
    db.session.commit()


def make_administrator(user: User) -> None:
    user.is_admin = True
    db.session.commit()


def unmake_administrator(user: User) -> None:
    """Make it an ordinary account again. Commits.

    :raises LastAdministrator: when there is no other; of any number who do this to each other, one stays.
    """
    user_id = user.id
    in_turn("administrators")
    others = select(User.id).where(User.is_admin, User.id != user_id, User.confirmed_at.is_not(None)).limit(1)
    if db.session.scalar(others) is None:
        db.session.rollback()
        raise LastAdministrator
    user.is_admin = False
    db.session.commit()


def end_sessions(user: User, *, but: str = "") -> None:
    """Log *user* out everywhere, except where the token is *but*. Commits."""
    LoginSession.end_all(user.id, but=but)
    db.session.commit()


def close(user: User) -> None:
    """Delete the account with everything in it. Commits, several times.

    :raises LastAdministrator: when there is no other.
    """
    if user.is_admin:
        unmake_administrator(user)
    closing.close(user)
