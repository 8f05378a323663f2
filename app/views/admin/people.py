"""The people who have an account: what they use, and what may be done for or to them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import closing
from app.admin import people
from app.models import User
from app.models.revision import without_nul
from app.views.access import me
from app.views.admin.area import acted, area, person_or_404
from app.views.admin.forms import BudgetForm
from app.views.formats import money

bp = area("admin_people", __name__, "/people")


@bp.get("")
def index() -> ResponseReturnValue:
    page = people.page(search=without_nul(request.args.get("q", "")), before=request.args.get("before", ""))
    return render_template("admin/people.html", page=page)


@bp.get("/<id:user_id>")
def show(user_id: int) -> ResponseReturnValue:
    user = person_or_404(user_id)
    return _page(user, BudgetForm.of(user))


@bp.post("/<id:user_id>/budget")
def set_budget(user_id: int) -> ResponseReturnValue:
    user, form = person_or_404(user_id), BudgetForm()
    if not form.validate():
        return _page(user, form), 422
    people.allow(user, form.amount)
    acted("budget-set", user_id)
    if form.amount is None:
        flash(_("%(email)s may spend what the site allows everybody a month.", email=user.email))
    else:
        flash(_("%(email)s may spend %(amount)s a month.", email=user.email, amount=money(form.amount)))
    return _to_person(user_id)


@bp.post("/<id:user_id>/admin")
def make_admin(user_id: int) -> ResponseReturnValue:
    user = person_or_404(user_id)
    people.make_administrator(user)
    acted("administrator-made", user_id)
    flash(_("%(email)s is an administrator now.", email=user.email))
    return _to_person(user_id)


@bp.post("/<id:user_id>/admin/delete")
def unmake_admin(user_id: int) -> ResponseReturnValue:
    """Of oneself it asks first: there is no way back but by somebody else."""
    user = person_or_404(user_id)
    if user.id == me().id and request.form.get("confirm") != "yes":
        return render_template("admin/unmake.html", user=user)
    try:
        people.unmake_administrator(user)
    except people.LastAdministrator:
        flash(_("There is no other administrator. Make somebody else one first."), "error")
        return _to_person(user_id)
    acted("administrator-unmade", user_id)
    flash(_("%(email)s is no administrator any more.", email=user.email))
    return _to_person(user_id) if me().is_admin else redirect(url_for("documents.index"), 303)


@bp.post("/<id:user_id>/sessions/end")
def end_sessions(user_id: int) -> ResponseReturnValue:
    user = person_or_404(user_id)
    people.end_sessions(user, but=me().session_token)
    acted("sessions-ended", user_id)
    if user.id == me().id:
        flash(_("%(email)s is logged out everywhere, except here.", email=user.email))
    else:
        flash(_("%(email)s is logged out everywhere.", email=user.email))
    return _to_person(user_id)


@bp.post("/<id:user_id>/delete")
def close(user_id: int) -> ResponseReturnValue:
    """Asks first. One's own account is closed where one's own password is asked for."""
    user = person_or_404(user_id)
    if user.id == me().id:
        return redirect(url_for("account.ask_to_close"), 303)
    if request.form.get("confirm") != "yes":
        return render_template("admin/close.html", user=user, at_stake=closing.at_stake(user))
    email = user.email
    people.close(user)
    acted("account-closed", user_id)
    flash(_("The account of %(email)s is deleted, with everything in it.", email=email))
    return redirect(url_for("admin_people.index"), 303)


def _page(user: User, form: BudgetForm) -> str:
    return render_template("admin/person.html", person=people.of(user), form=form)


def _to_person(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_people.show", user_id=user_id), 303)
