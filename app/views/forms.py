"""The forms: what may be typed, and what is said when it may not."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from app.documents.text import is_blank
from app.models import User
from app.models.document import TITLE_MAX
from app.models.revision import normalise
from app.models.user import PASSWORD_MAX, PASSWORD_MIN, normalise_email

EMAIL_MAX = 254  # RFC 5321, 4.5.3.1.3


class LoginForm(FlaskForm):
    email = StringField("Email address", [InputRequired("Enter your email address."), Length(max=EMAIL_MAX)])
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=PASSWORD_MAX)])
    remember = BooleanField("Keep me signed in on this device")


class SignupForm(FlaskForm):
    email = StringField("Email address", [InputRequired("Enter your email address."), Length(max=EMAIL_MAX)])
    password = PasswordField(
        "Password",
        [
            InputRequired("Choose a password."),
            Length(PASSWORD_MIN, PASSWORD_MAX, f"Use {PASSWORD_MIN} to {PASSWORD_MAX} characters."),
        ],
    )

    def validate_email(self, field: Field) -> None:
        try:
            normalise_email(field.data)
        except ValueError:
            raise ValidationError("Enter an email address such as ada@example.org.") from None


class _DocumentForm(FlaskForm):
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
    file = FileField("File")

    def validate_text(self, field: Field) -> None:
        super().validate_text(field)
        given_text, given_file = not is_blank(field.data or ""), bool(self.file.data)
        if not given_text and not given_file:
            raise ValidationError("Paste some text, or choose a file.")
        if given_text and given_file:
            raise ValidationError("Give text or a file, not both. Your text is kept; choose the file anew.")


class EditDocumentForm(_DocumentForm):
    version = IntegerField("Version", [InputRequired("The form is incomplete. Reload the page.")], widget=HiddenInput())

    def validate_text(self, field: Field) -> None:
        super().validate_text(field)
        if is_blank(field.data or ""):
            raise ValidationError("A document needs some text. To remove it altogether, delete it.")


class ShareForm(FlaskForm):
    """With whom to share, and what they may do. *owner* is who shares; ``person`` is found by validating."""

    email = StringField("Email address", [InputRequired("Enter an email address."), Length(max=EMAIL_MAX)])
    role = SelectField("They may", choices=[("viewer", "read it (viewer)"), ("editor", "read and change it (editor)")])

    def __init__(self, *args: Any, owner: User | None = None, **kwargs: Any) -> None:
        self.owner = owner
        self.person: User = owner  # type: ignore[assignment] # until it is validated
        super().__init__(*args, **kwargs)

    def validate_email(self, field: Field) -> None:
        person = User.by_email(field.data)
        if person is None:
            raise ValidationError("Nobody has an account with this address. Ask them to sign up, then share again.")
        if self.owner and person.id == self.owner.id:
            raise ValidationError("This document is yours already. Enter the address of somebody else.")
        self.person = person
