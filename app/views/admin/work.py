"""Work that is under way, stuck or failed, and ringing again for it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.admin import reasons, work
from app.admin.work import Rung
from app.views.admin.area import acted, area

MOST_SHOWN = 50
KINDS = {"summary": "Summary", "extraction": "Reading of a file or page"}

bp = area("admin_work", __name__, "/work")


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template(
        "admin/work.html", work=work.look(), kinds=KINDS, reason_of=reasons.sentence, most_shown=MOST_SHOWN
    )


@bp.post("")
def ring_for_all() -> ResponseReturnValue:
    rung = work.ring_for_all()
    acted("work-rung-for-all")
    flash(_told(rung), "warning" if rung.away else "message")
    return redirect(url_for("admin_work.index"), 303)


@bp.post("/<string:kind>/<id:work_id>")
def ring(kind: str, work_id: int) -> ResponseReturnValue:
    found = work.find(kind, work_id) or abort(404)
    outcome = work.ring_again(found)
    acted(f"{kind}-rung", work_id)
    flash(f"{KINDS[kind]} {work_id}: {outcome}.")
    return redirect(url_for("admin_work.index"), 303)


def _told(rung: Rung) -> str:
    if rung.away:
        return f"{work.Outcome.AWAY}. Until then rung for: {rung.rung}."
    if not rung.rung and not rung.given_up:
        return "Nothing is stuck."
    given_up = f" {rung.given_up} could not be saved, and failed." if rung.given_up else ""
    return f"Rung for {rung.rung}.{given_up}"
