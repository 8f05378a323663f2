"""Somebody who runs the site, and what their pages say."""

from __future__ import annotations

from flask import Flask

from app.extensions import db
from app.models import User
from tests.support.people import Person, words


def administrator(app: Flask, name: str = "dora") -> Person:
    person = Person(app, name).sign_up()
    make_administrator(app, person)
    return person


def make_administrator(app: Flask, person: Person) -> None:
    with app.app_context():
        User.by_email(person.email).is_admin = True
        db.session.commit()


def id_of(app: Flask, person: Person) -> int:
    with app.app_context():
        return User.by_email(person.email).id


def facts(person: Person, url: str, part: str) -> dict[str, str]:
    """The facts of one part of a page, by their names."""
    return {words(fact[0]): words(fact[1]) for fact in person.page(url).cssselect(f"#{part} > div")}


def told(person: Person, url: str) -> str:
    """What the page says of what was just done."""
    return " ".join(words(one) for one in person.page(url).cssselect(".flash"))
