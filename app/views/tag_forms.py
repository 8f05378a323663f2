"""What may be typed where tags are asked for."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from app.models.tag import MOST_TAGS, TAG_MAX, tag_named, tags_named
from app.views.formats import number
from app.views.typed import TypedForm


class TagForm(TypedForm):
    """One tag, for several documents."""

    tag = StringField(_l("Tag"))

    @property
    def name(self) -> str:
        return tag_named(self.tag.data or "")

    def validate_tag(self, field: Field) -> None:
        if not self.name:
            raise ValidationError(_("Enter a tag."))
        if "," in self.name:
            raise ValidationError(_("Enter one tag, without a comma."))
        check_length(self.name)


def validate_tags(field: Field) -> None:
    """
    :raises ValidationError: when the list that was typed is too long, or a tag in it is.
    """
    names = tags_named(field.data or "")
    for name in names:
        check_length(name)
    if len(names) > MOST_TAGS:
        given, most = number(len(names)), number(MOST_TAGS)
        raise ValidationError(_("Use at most %(most)s tags; these are %(given)s.", most=most, given=given))


def check_length(name: str) -> None:
    if len(name) > TAG_MAX:
        raise ValidationError(
            _("Use at most %(most)s characters for a tag: “%(tag)s”.", most=number(TAG_MAX), tag=name)
        )
