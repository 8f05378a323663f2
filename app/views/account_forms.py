"""The forms about accounts: what may be typed, and what is said when it may not."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.accounts.passwords import weakness
from app.locales import LOCALES
from app.models.user import PASSWORD_MAX, PASSWORD_MIN, normalise_email
from app.views.typed import TypedForm

EMAIL_MAX = 254  # RFC 5321, 4.5.3.1.3


def _email_field() -> StringField:
    return StringField(
        _("Email address"),
        [DataRequired(_("Enter your email address.")), Length(max=EMAIL_MAX)],
        filters=[lambda typed: typed.strip() if typed else typed],
    )


def _password_field(label: str, why: str) -> PasswordField:
    """A password that there is already; it is compared, and may be whatever it was allowed to be once."""
    return PasswordField(label, [InputRequired(why), Length(max=PASSWORD_MAX)])


def _new_password_field(label: str) -> PasswordField:
    length = _("Use %(least)s to %(most)s characters.", least=PASSWORD_MIN, most=PASSWORD_MAX)
    return PasswordField(label, [InputRequired(_("Choose a password.")), Length(PASSWORD_MIN, PASSWORD_MAX, length)])


def _refuse_weak(password: Field, email: str) -> None:
    """In production only: while trying Foreword out, an account of a minute may have any password."""
    if current_app.config["SETTINGS"].production and (why := weakness(password.data or "", email)):
        raise ValidationError(why)


class LoginForm(TypedForm):
    email = _email_field()
    password = _password_field(_("Password"), _("Enter your password."))
    remember = BooleanField(_("Keep me signed in on this device"))


class SignupForm(TypedForm):
    email = _email_field()
    password = _new_password_field(_("Password"))

    def validate_email(self, field: Field) -> None:
        try:
            normalise_email(field.data)
        except ValueError:
            raise ValidationError(gettext("Enter an email address such as ada@example.org.")) from None

    def validate_password(self, field: Field) -> None:
        _refuse_weak(field, self.email.data or "")


class ForgottenForm(TypedForm):
    email = _email_field()


class NewPasswordForm(TypedForm):
    """*email* is whose password it will be."""

    password = _new_password_field(_("New password"))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def validate_password(self, field: Field) -> None:
        _refuse_weak(field, self.email)


class ChangePasswordForm(NewPasswordForm):
    current = _password_field(_("Current password"), _("Enter the password that you have now."))


class PreferencesForm(TypedForm):
    """How somebody wants to read."""

    locale = SelectField(_("Language of the pages"))
    updates_paused = BooleanField(_("Pause automatic updates"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = {"": gettext("As the browser asks"), **LOCALES}
        self.locale.choices = [SelectChoice(tag, name) for tag, name in languages.items()]


class OpenAccountForm(TypedForm):
    password = _password_field(_("Password"), _("Enter the password that you chose when you signed up."))


class CloseAccountForm(TypedForm):
    password = _password_field(_("Password"), _("Enter your password."))
