"""The forms of administrators."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, StringField
from wtforms.validators import Length, ValidationError

from app.admin import amounts
from app.models import User
from app.views.typed import TypedForm

LARGEST_ID = 2**31 - 1
VERSION_MAX = 20  # characters, as a summary keeps it


class BudgetForm(TypedForm):
    """``amount`` is in micro-dollars once it is valid; None for what the site allows everybody."""

    budget = StringField(_("Dollars a month"))
    amount: int | None = None

    @classmethod
    def of(cls, user: User) -> BudgetForm:
        set_to = user.monthly_budget
        return cls(formdata=None, data={"budget": "" if set_to is None else amounts.dollars(set_to)})

    def validate_budget(self, field: Field) -> None:
        typed = (field.data or "").strip()
        try:
            self.amount = amounts.micro_dollars(typed) if typed else None
        except ValueError as error:
            raise ValidationError(str(error)) from None


class DocumentCopiesForm(TypedForm):
    document = StringField(_("Number of the document"))

    def validate_document(self, field: Field) -> None:
        typed = (field.data or "").strip()
        if not (typed.isascii() and typed.isdecimal() and len(typed) < 11 and 0 < int(typed) <= LARGEST_ID):
            raise ValidationError(gettext("Enter the number of a document, as it stands in its address."))

    @property
    def number(self) -> int:
        return int(self.document.data or 0)


class PromptCopiesForm(TypedForm):
    prompt_version = StringField(
        _("Version of the prompt"),
        [Length(max=VERSION_MAX, message=_("Use at most %(most)s characters.", most=VERSION_MAX))],
    )

    def validate_prompt_version(self, field: Field) -> None:
        if not self.version:
            raise ValidationError(gettext("Enter the version of a prompt, as it stands on a summary’s receipt."))

    @property
    def version(self) -> str:
        return (self.prompt_version.data or "").strip()
