"""What the usage page shows of a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.llm import OFFLINE_MODEL, model_name
from app.models import Document, Purpose, User
from app.summaries import budget
from app.summaries.budget import Budget, Scope
from app.usage.report import Ranked, Report
from app.usage.shares import NOBODY, UNTIL_BEGUN, UNTIL_FIRST_WORDS, WRITING
from app.usage.spending import Use
from app.usage.sums import Sum
from app.views.charts import Chart, Column, chart
from app.views.formats import money, number, short_day

USES = {
    Use.FIRST: (_l("Asked for, and read"), _l("the first read of each: what would have been spent anyway")),
    Use.READY: (_l("Made in advance, and read"), _l("nobody waited for these")),
    Use.UNREAD: (_l("Made in advance, and not read"), ""),
    Use.UNSEEN: (_l("Asked for, and not read"), ""),
    Use.UNDER_WAY: (_l("Under way"), _l("parts of what is still being written")),
    Use.FAILED: (_l("Failed, stopped or lost"), ""),
}


@dataclass(frozen=True)
class Line:
    """A row of a table: its name, where that leads to, and its figures."""

    name: str
    url: str
    sum: Sum


@dataclass(frozen=True)
class Table:
    id: str
    heading: str
    of: str  # what its rows are
    lines: list[Line]
    with_reads: bool = True


class UsagePage:
    """What ``templates/usage/show.html`` asks for."""

    def __init__(self, report: Report, reader: User) -> None:
        self.report = report
        self.reader = reader
        self.month = report.month

    @property
    def costs_nothing(self) -> bool:
        """Whether summaries are made without a provider at present."""
        return model_name() == OFFLINE_MODEL

    @property
    def uses(self) -> list[tuple[str, str, Sum]]:
        """Where the money went, as far as any went there."""
        return [(*USES[use], found) for use, found in self.report.by_use.items() if found.calls]

    @property
    def besides(self) -> int:
        """What was spent on anything but first reads."""
        return self.report.total.cost - self.report.by_use[Use.FIRST].cost

    @property
    def in_advance(self) -> Sum:
        """What was made before anybody asked for it, read or not."""
        found = Sum()
        for use in (Use.READY, Use.UNREAD):
            found.add(self.report.by_use[use])
        return found

    @cached_property
    def budgets(self) -> list[tuple[str, Budget]]:
        """Those that concern the reader, in the present month."""
        if self.month.after is not None:
            return []
        found = budget.applying(Purpose.REQUEST, self.reader)
        if self.reader.is_admin:
            found += [one for one in budget.applying(Purpose.WARMING, None) if one.scope == Scope.WARMING]
        names = {
            Scope.PERSON: _("What you asked for"),
            Scope.SITE: _("This site"),
            Scope.WARMING: _("This site, in advance"),
        }
        return [(names[one.scope], one) for one in found if one.scope != Scope.SITE or self.reader.is_admin]

    @property
    def waits(self) -> list[tuple[str, float | None, float | None]]:
        """What people waited for, and for how many seconds half of them, and 95 of 100, did at most."""
        parts = self.report.waits
        found = [
            (_("Until a worker began"), parts.get(UNTIL_BEGUN)),
            (_("Until the first words"), parts.get(UNTIL_FIRST_WORDS)),
            (_("Until the end"), self.report.total),
            (_("Of it, the writing"), parts.get(WRITING)),
        ]
        return [(name, one.waited(50), one.waited(95)) for name, one in found if one and one.waits]

    # -- charts --------------------------------------------------------------------------------------

    @property
    def cost_chart(self) -> Chart | None:
        columns = [
            Column(short_day(day), [("cost", found.cost, money(found.cost))])
            for day, found in self.report.by_day.items()
        ]
        return chart(columns, lambda value: money(round(value)))

    @property
    def reads_chart(self) -> Chart | None:
        columns = [
            Column(
                short_day(day),
                [
                    ("hit", found.hits, _("%(reads)s at once", reads=number(found.hits))),
                    ("miss", found.misses, _("%(reads)s by a call", reads=number(found.misses))),
                ],
            )
            for day, found in self.report.by_day.items()
        ]
        return chart(columns, number)

    # -- tables --------------------------------------------------------------------------------------

    @property
    def tables(self) -> list[Table]:
        found = [
            Table("by-document", _("By document"), _("Document"), self._by_document()),
            Table("by-person", _("By who asked"), _("Person"), self._by_person(), with_reads=False),
            Table("by-model", _("By model"), _("Model"), _lines(self.report.by_model)),
            Table("by-prompt", _("By prompt version"), _("Prompt"), _lines(self.report.by_prompt_version)),
        ]
        return [table for table in found if table.lines]

    def _by_document(self) -> list[Line]:
        found = self.report.by_document
        shown = select(Document).where(Document.id.in_([int(name) for name in found.first]))
        documents = {str(one.id): one for one in db.session.scalars(shown.options(joinedload(Document.owner)))}
        gone, lines = found.gone, []
        for name, one in found.first.items():
            if name in documents:
                lines.append(self._line(documents[name], one))
            else:  # deleted in this moment
                gone.add(one)
        last = [Line(_("Documents since deleted"), "", gone)] if gone.calls or gone.reads else []
        return [*lines, *_others(found), *last]

    def _line(self, document: Document, found: Sum) -> Line:
        """Whoever may not read a document learns no more of it than whose it is."""
        if document.can_view(self.reader):
            return Line(document.title, url_for("documents.show", document_id=document.id), found)
        whose = _("Document %(number)s of %(email)s", number=document.id, email=document.owner.email)
        return Line(whose, "", found)

    def _by_person(self) -> list[Line]:
        found = self.report.by_person
        ids = [int(name) for name in found.first if name.isdecimal()]
        rows = db.session.execute(select(User.id, User.email).where(User.id.in_(ids)))
        names = {str(user_id): email for user_id, email in rows} | {NOBODY: _("Nobody: made in advance")}
        left = _("Somebody who arrived while it was made in advance, or who has left")
        return [*(Line(names.get(name, left), "", one) for name, one in found.first.items()), *_others(found)]


def _lines(found: Mapping[str, Sum]) -> list[Line]:
    return [Line(name or _("Not known any more"), "", one) for name, one in found.items()]


def _others(found: Ranked) -> list[Line]:
    """One line for all that have none, so that they still add up."""
    if not found.left:
        return []
    name = ngettext("%(count)s other", "%(count)s others", found.left, count=number(found.left))
    return [Line(name, "", found.others)]
