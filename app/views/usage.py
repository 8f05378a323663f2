"""What summaries cost and saved: one's own documents for a person, everybody's for an administrator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.models import User
from app.usage import lines
from app.usage.period import Month
from app.usage.report import report
from app.views.access import me
from app.views.usage_page import UsagePage

bp = Blueprint("usage", __name__, url_prefix="/usage")


@bp.get("")
@login_required
def show() -> ResponseReturnValue:
    return render_template("usage/show.html", page=UsagePage(report(_month(), _owner_id(me())), me()))


@bp.get("/ledger.csv")
@login_required
def ledger() -> Response:
    return _file(f"foreword-ledger-{_month()}.csv", lines.of_the_ledger(_month(), _owner_id(me())))


@bp.get("/reads.csv")
@login_required
def reads() -> Response:
    return _file(f"foreword-reads-{_month()}.csv", lines.of_reads(_month(), _owner_id(me())))


def _month() -> Month:
    return Month.parse(request.args.get("month", ""))


def _owner_id(reader: User) -> int | None:
    """Whose documents the reader may see the figures of; None for everybody's."""
    return None if reader.is_admin else reader.id


def _file(name: str, rows: Iterable[Iterable[object]]) -> Response:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    response = Response(written.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
