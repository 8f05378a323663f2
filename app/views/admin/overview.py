"""How the site does, at a glance."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.admin import vitals
from app.views.admin.area import area

bp = area("admin", __name__)


@bp.get("")
def show() -> ResponseReturnValue:
    return render_template("admin/overview.html", vitals=vitals.look())
