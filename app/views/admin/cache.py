"""Forgetting copies of summaries: of a document, of a version of the prompt, or all of them."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from redis import RedisError

from app.admin import copies
from app.summaries.prompt import PROMPT_VERSION
from app.views.admin.area import acted, area
from app.views.admin.forms import DocumentCopiesForm, PromptCopiesForm

bp = area("admin_cache", __name__, "/cache")


@bp.get("")
def show() -> ResponseReturnValue:
    return _page(DocumentCopiesForm(formdata=None), PromptCopiesForm(formdata=None))


@bp.post("/document")
def forget_document() -> ResponseReturnValue:
    form = DocumentCopiesForm()
    if not form.validate():
        return _page(form, PromptCopiesForm(formdata=None)), 422
    return _forget(lambda: copies.forget_document(form.number), f"of document {form.number}", form.number)


@bp.post("/prompt")
def forget_prompt() -> ResponseReturnValue:
    form = PromptCopiesForm()
    if not form.validate():
        return _page(DocumentCopiesForm(formdata=None), form), 422
    return _forget(lambda: copies.forget_prompt(form.version), f"made with prompt {form.version}")


@bp.post("")
def forget_all() -> ResponseReturnValue:
    return _forget(copies.forget_all, "of all documents")


def _forget(forget: Callable[[], int], which: str, target: int = 0) -> ResponseReturnValue:
    try:
        count = forget()
    except RedisError:
        flash("Redis does not answer, so not every copy was forgotten. Try again in a moment.", "error")
    else:
        flash(f"Forgot {count:,} {'copy' if count == 1 else 'copies'} of summaries {which}.")
    acted("copies-forgotten", target)
    return redirect(url_for("admin_cache.show"), 303)


def _page(of_document: DocumentCopiesForm, of_prompt: PromptCopiesForm) -> str:
    return render_template(
        "admin/cache.html", of_document=of_document, of_prompt=of_prompt, prompt_version=PROMPT_VERSION
    )
