"""The forms about documents: what may be typed, and what is said when it may not."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from app.documents.addresses import AddressError, check_address
from app.documents.text import is_blank
from app.models import Role, User
from app.models.document import TITLE_MAX
from app.models.extraction import NAME_MAX
from app.models.revision import normalise
from app.models.tag import tags_named
from app.views.account_forms import EMAIL_MAX
from app.views.formats import number
from app.views.tag_forms import validate_tags
from app.views.typed import TypedForm

MOST_FILES = 20


class AtMost(Length):
    """Tells how many characters may be typed, and where more are refused, says how many."""

    def __init__(self, characters: int) -> None:
        super().__init__(max=characters)

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if len(field.data or "") > self.max:
            raise _too_long(self.max)


def _too_long(most: int) -> ValidationError:
    return ValidationError(_("Use at most %(most)s characters.", most=number(most)))


class _DocumentForm(TypedForm):
    """Title and text. *max_characters* is the site's limit for a text."""

    title = StringField(_l("Title"), [AtMost(TITLE_MAX)])
    text = TextAreaField(_l("Text"))

    def __init__(self, *args: Any, max_characters: int, **kwargs: Any) -> None:
        self.max_characters = max_characters
        super().__init__(*args, **kwargs)

    def validate_text(self, field: Field) -> None:
        length = len(normalise(field.data or ""))  # as it would be stored; a browser's line endings count once
        if length > self.max_characters:
            raise ValidationError(
                _(
                    "This text has %(length)s characters; the limit is %(most)s. Split it and add the parts as "
                    "documents of their own.",
                    length=number(length),
                    most=number(self.max_characters),
                )
            )


class NewDocumentForm(_DocumentForm):
    """One of a text, files, and the address of a page."""

    FILES = ("file",)

    url = StringField(_l("Address of a web page"), [AtMost(NAME_MAX)])
    file = MultipleFileField(_l("Files"))

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
            raise ValidationError(_("Paste some text, choose a file, or enter the address of a web page."))
        if sum(given) > 1:
            raise ValidationError(self._give_one())

    def _give_one(self) -> str:
        if self.given_files:
            return _("Give one of text, files and an address. What you typed is kept. Choose the file anew.")
        return _("Give one of text, files and an address. What you typed is kept.")

    def validate_file(self, field: Field) -> None:
        if len(self.given_files) > MOST_FILES:
            raise ValidationError(_("Choose at most %(most)s files at once.", most=number(MOST_FILES)))

    def validate_url(self, field: Field) -> None:
        if not self.address:
            return
        try:
            field.data = check_address(self.address)
        except AddressError as error:
            raise ValidationError(str(error)) from None
        if len(field.data) > NAME_MAX:  # an address in another script is longer as it is fetched
            raise _too_long(NAME_MAX)


class EditDocumentForm(_DocumentForm):
    tags = StringField(_l("Tags"))
    version = IntegerField(
        _l("Version"), [InputRequired(_l("The form is incomplete. Reload the page."))], widget=HiddenInput()
    )

    def validate_text(self, field: Field) -> None:
        super().validate_text(field)
        if is_blank(field.data or ""):
            raise ValidationError(_("A document needs some text. To remove it altogether, delete it."))

    def validate_tags(self, field: Field) -> None:
        validate_tags(field)

    @property
    def tag_names(self) -> list[str] | None:
        """The tags that the document is to have; None where the form that was sent has no place for them."""
        return tags_named(self.tags.data or "") if self.tags.raw_data else None


class ShareForm(TypedForm):
    """With whom to share, and what they may do. *owner* is who shares; ``person`` is found by validating."""

    email = StringField(_l("Email address"), [InputRequired(_l("Enter an email address.")), Length(max=EMAIL_MAX)])
    role = SelectField(
        _l("They may"),
        choices=[
            SelectChoice(Role.VIEWER, _l("read it (viewer)")),
            SelectChoice(Role.EDITOR, _l("read and change it (editor)")),
        ],
    )

    def __init__(self, *args: Any, owner: User | None = None, **kwargs: Any) -> None:
        self.owner = owner
        self.person: User = owner  # type: ignore[assignment] # until it is validated
        super().__init__(*args, **kwargs)

    def validate_email(self, field: Field) -> None:
        person = User.by_email(field.data)
        if person is None or person.confirmed_at is None:
            raise ValidationError(_("Nobody has an account with this address. Ask them to sign up, then share again."))
        if self.owner and person.id == self.owner.id:
            raise ValidationError(_("This document is yours already. Enter the address of somebody else."))
        self.person = person
