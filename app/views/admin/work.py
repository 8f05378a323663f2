"""Work that is under way, stuck or failed, and ringing again for it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.admin import reasons, work
from app.admin.work import Outcome, Rung
from app.views.admin.area import acted, area
from app.views.formats import number

MOST_SHOWN = 50
KINDS = {"summary": lazy_gettext("Summary"), "extraction": lazy_gettext("Reading of a file or page")}

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
    flash(_("%(kind)s %(number)s: %(outcome)s.", kind=KINDS[kind], number=work_id, outcome=outcome.clause))
    return redirect(url_for("admin_work.index"), 303)


def _told(rung: Rung) -> str:
    if rung.away:
        away, count = Outcome.AWAY.clause, number(rung.rung)
        return _("%(outcome)s. Until then rung for: %(count)s.", outcome=away, count=count)
    if not rung.rung and not rung.given_up:
        return _("Nothing is stuck.")
    told = _("Rung for %(count)s.", count=number(rung.rung))
    return f"{told} {_given_up(rung.given_up)}" if rung.given_up else told


def _given_up(count: int) -> str:
    return ngettext(
        "%(count)s could not be saved, and failed.",
        "%(count)s could not be saved, and failed.",
        count,
        count=number(count),
    )
