"""The forms about documents: what may be typed, and what is said when it may not."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from app.documents.addresses import check_address
from app.documents.text import is_blank
from app.models import User
from app.models.document import TITLE_MAX
from app.models.extraction import NAME_MAX
from app.models.revision import normalise
from app.views.account_forms import EMAIL_MAX
from app.views.typed import TypedForm

MOST_FILES = 20


class _DocumentForm(TypedForm):
    """Title and text. *max_characters* is the site's limit for a text."""

    title = StringField("Title", [Length(max=TITLE_MAX, message=f"Use at most {TITLE_MAX} characters.")])
    text = TextAreaField("Text")

    def __init__(self, *args: Any, max_characters: int, **kwargs: Any) -> None:
        self.max_characters = max_characters
        super().__init__(*args, **kwargs)

    def validate_text(self, field: Field) -> None:
        length = len(normalise(field.data or ""))  # as it would be stored; a browser's line endings count once
        if length > self.max_characters:
            raise ValidationError(
                f"This text has {length:,} characters; the limit is {self.max_characters:,}. "
                "Split it and add the parts as documents of their own."
            )


class NewDocumentForm(_DocumentForm):
    """One of a text, files, and the address of a page."""

    FILES = ("file",)

    url = StringField("Address of a web page", [Length(max=NAME_MAX, message=f"Use at most {NAME_MAX:,} characters.")])
    file = MultipleFileField("Files")

    @property
    def given_files(self) -> list[FileStorage]:
        return [file for file in self.file.data or [] if file and file.filename]

    @property
    def address(self) -> str:
        return (self.url.data or "").strip()

    def validate_text(self, field: Field) -> None:
        super().validate_text(field)
        given = [not is_blank(field.data or ""), bool(self.given_files), bool(self.address)]
        if not any(given):
            raise ValidationError("Paste some text, choose a file, or enter the address of a web page.")
        if sum(given) > 1:
            again = " Choose the file anew." if self.given_files else ""
            raise ValidationError(f"Give one of text, files and an address. What you typed is kept.{again}")

    def validate_file(self, field: Field) -> None:
        if len(self.given_files) > MOST_FILES:
            raise ValidationError(f"Choose at most {MOST_FILES} files at once.")

    def validate_url(self, field: Field) -> None:
        if not self.address:
            return
        try:
            field.data = check_address(self.address)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if len(field.data) > NAME_MAX:  # an address in another script is longer as it is fetched
            raise ValidationError(f"Use at most {NAME_MAX:,} characters.")


class EditDocumentForm(_DocumentForm):
    version = IntegerField("Version", [InputRequired("The form is incomplete. Reload the page.")], widget=HiddenInput())

    def validate_text(self, field: Field) -> None:
        super().validate_text(field)
        if is_blank(field.data or ""):
            raise ValidationError("A document needs some text. To remove it altogether, delete it.")


class ShareForm(TypedForm):
    """With whom to share, and what they may do. *owner* is who shares; ``person`` is found by validating."""

    email = StringField("Email address", [InputRequired("Enter an email address."), Length(max=EMAIL_MAX)])
    role = SelectField("They may", choices=[("viewer", "read it (viewer)"), ("editor", "read and change it (editor)")])

    def __init__(self, *args: Any, owner: User | None = None, **kwargs: Any) -> None:
        self.owner = owner
        self.person: User = owner  # type: ignore[assignment] # until it is validated
        super().__init__(*args, **kwargs)

    def validate_email(self, field: Field) -> None:
        person = User.by_email(field.data)
        if person is None or person.confirmed_at is None:
            raise ValidationError("Nobody has an account with this address. Ask them to sign up, then share again.")
        if self.owner and person.id == self.owner.id:
            raise ValidationError("This document is yours already. Enter the address of somebody else.")
        self.person = person
