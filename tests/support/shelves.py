"""What the library shows, and filling it without a request for each document."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from lxml import html
from sqlalchemy import update

from app.database import utcnow
from app.extensions import db
from app.models import Document, Status, Summary, User
from tests.support.people import Person, words


def library(person: Person, /, **query: str) -> html.HtmlElement:
    response = person.get("/documents", query_string=query)
    assert response.status_code == 200
    return html.fromstring(response.text)


def titles(page: html.HtmlElement) -> list[str]:
    return [a.text for a in page.cssselect(".library h2 a")]


def count(page: html.HtmlElement) -> str:
    return words(page.cssselect(".count")[0])


def badges(page: html.HtmlElement) -> dict[str, str]:
    return {li.cssselect("h2 a")[0].text: words(li.cssselect(".badge")[0]) for li in page.cssselect(".library > li")}


def following(page: html.HtmlElement, name: str = "Next page") -> str:
    """The address behind one of the links to other pages; empty where there is none."""
    return "".join(page.xpath(f"//nav[@aria-label='Pages']/a[text()='{name}']/@href"))


def fill(app: Flask, owner: Person, *names: str, **about: object) -> list[int]:
    """Documents that were all changed in the same microsecond but for every seventh."""
    with app.app_context():
        user, now, documents = User.by_email(owner.email), utcnow(), []
        for number, name in enumerate(names):
            documents.append(Document.add(user, name, "Some text."))
            documents[-1].updated_at = documents[-1].created_at = now - timedelta(seconds=number // 7)
            for column, value in about.items():
                setattr(documents[-1], column, value)
        db.session.commit()
        return [document.id for document in documents]


def put_into(app: Flask, document: int, status: Status) -> None:
    """Have the document's summaries in this state."""
    with app.app_context():
        moved = update(Summary).where(Summary.document_id == document).values(status=status, text="Words.")
        db.session.execute(moved.values(finished_at=utcnow()))
        db.session.commit()
