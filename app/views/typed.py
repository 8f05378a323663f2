"""What every form has in common: it takes text where it asks for text."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict


class TypedForm(FlaskForm):
    """Takes files in the fields named in ``FILES`` only, and no JSON: in any other field they are no text."""

    FILES: ClassVar[tuple[str, ...]] = ()

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: TypedForm, formdata: Any) -> Any:
            given = super().wrap_formdata(form, formdata)
            if given is None or given is formdata:
                return given
            files = MultiDict((name, file) for name in form.FILES for file in request.files.getlist(name))
            return CombinedMultiDict((files, request.form))
