"""Forgetting copies of summaries: of a document, of a version of the prompt, or all of them."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from redis import RedisError

from app.admin import copies
from app.summaries.prompt import PROMPT_VERSION
from app.views.admin.area import acted, area
from app.views.admin.forms import DocumentCopiesForm, PromptCopiesForm
from app.views.formats import number

bp = area("admin_cache", __name__, "/cache")


@bp.get("")
def show() -> ResponseReturnValue:
    return _page(DocumentCopiesForm(formdata=None), PromptCopiesForm(formdata=None))


@bp.post("/document")
def forget_document() -> ResponseReturnValue:
    form = DocumentCopiesForm()
    if not form.validate():
        return _page(form, PromptCopiesForm(formdata=None)), 422

    def told(count: int) -> str:
        return ngettext(
            "Forgot %(count)s copy of summaries of document %(document)s.",
            "Forgot %(count)s copies of summaries of document %(document)s.",
            count,
            count=number(count),
            document=form.number,
        )

    return _forget(lambda: copies.forget_document(form.number), told, form.number)


@bp.post("/prompt")
def forget_prompt() -> ResponseReturnValue:
    form = PromptCopiesForm()
    if not form.validate():
        return _page(DocumentCopiesForm(formdata=None), form), 422

    def told(count: int) -> str:
        return ngettext(
            "Forgot %(count)s copy of summaries made with prompt %(version)s.",
            "Forgot %(count)s copies of summaries made with prompt %(version)s.",
            count,
            count=number(count),
            version=form.version,
        )

    return _forget(lambda: copies.forget_prompt(form.version), told)


@bp.post("")
def forget_all() -> ResponseReturnValue:
    def told(count: int) -> str:
        return ngettext(
            "Forgot %(count)s copy of summaries of all documents.",
            "Forgot %(count)s copies of summaries of all documents.",
            count,
            count=number(count),
        )

    return _forget(copies.forget_all, told)


def _forget(forget: Callable[[], int], told: Callable[[int], str], target: int = 0) -> ResponseReturnValue:
    """:param told: what to say of so many copies."""
    try:
        count = forget()
    except RedisError:
        flash(_("Redis does not answer, so not every copy was forgotten. Try again in a moment."), "error")
    else:
        flash(told(count))
    acted("copies-forgotten", target)
    return redirect(url_for("admin_cache.show"), 303)


def _page(of_document: DocumentCopiesForm, of_prompt: PromptCopiesForm) -> str:
    return render_template(
        "admin/cache.html", of_document=of_document, of_prompt=of_prompt, prompt_version=PROMPT_VERSION
    )
