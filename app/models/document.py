"""A document that somebody added, and the revisions of its text."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, or_, select, update
from sqlalchemy.orm import Mapped, foreign, joinedload, mapped_column, relationship, validates

from app.database import UTCDateTime, utcnow
from app.extensions import Model, db
from app.messages import Message
from app.models.collaborator import Collaborator, Role
from app.models.extraction import NAME_MAX
from app.models.revision import Revision, normalise, without_nul

if TYPE_CHECKING:
    from app.models.user import User

TITLE_MAX = 200
FOLDED_MAX = 2 * TITLE_MAX  # "ß" is two letters by then
UNTITLED_WORDS = 10


class EditConflict(Exception):
    """Somebody else saved this document after the edit began."""


class Document(Model):
    __tablename__ = "document"
    __table_args__ = (
        # One for each way in which a library is sorted.
        Index("ix_document_owner_id_updated_at_id", "owner_id", "updated_at", "id"),
        Index("ix_document_owner_id_created_at_id", "owner_id", "created_at", "id"),
        Index("ix_document_owner_id_folded_title_id", "owner_id", "folded_title", "id"),
        Index("ix_document_owner_id_words_id", "owner_id", "words", "id"),
        # An id is never given twice, so nothing left of a deleted document can meet a new one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    folded_title: Mapped[str] = mapped_column(String(FOLDED_MAX))  # by which it is found and sorted
    source: Mapped[str] = mapped_column(String(255), default="")  # a file's name, or the site that a page is from
    address: Mapped[str | None] = mapped_column(String(NAME_MAX))  # of the page that it was taken from
    revision_number: Mapped[int] = mapped_column(default=1)
    # Of the present revision, and noted here since a library looks at very many: its length, and the digest of the
    # text that is sent for it.
    words: Mapped[int] = mapped_column(default=0)
    input_digest: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # How often another take was put before its readers: part of the name of every cached copy, so that no copy
    # of an earlier take can be read again.
    choices: Mapped[int] = mapped_column(default=0)
    pinned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # "keep this summary ready", and since when
    # Since when there is something to decide: whether the text as it is now gets its summary in advance.
    unsettled_since: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    public_token: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)

    # Two editors at once: the second UPDATE finds no row of its version and raises StaleDataError.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own idiom

    owner: Mapped[User] = relationship()
    revisions: Mapped[list[Revision]] = relationship(
        back_populates="document", cascade="all, delete-orphan", passive_deletes=True
    )
    collaborators: Mapped[list[Collaborator]] = relationship(
        back_populates="document", cascade="all, delete-orphan", passive_deletes=True
    )
    revision: Mapped[Revision] = relationship(
        primaryjoin=lambda: and_(
            Revision.document_id == Document.id,
            foreign(Revision.number) == Document.revision_number,
        ),
        viewonly=True,
        uselist=False,
    )

    @classmethod
    def add(cls, owner: User, title: str, text: str, source: str = "", language: str = "") -> Document:
        text = normalise(text)
        document = cls(owner_id=owner.id, title=title_for(title, text), source=source[:255])
        document._begin(Revision.of(text, number=1, language=language))
        db.session.add(document)
        return document

    @classmethod
    def await_text(cls, owner: User, title: str, source: str, address: str | None = None) -> Document:
        """A document whose text is still to be read from a file or a page; until then its text is revision 0."""
        document = cls(owner_id=owner.id, title=title_for(title, source), source=source[:255], address=address)
        document._begin(Revision.of("", number=0))
        db.session.add(document)
        return document

    @property
    def has_text(self) -> bool:
        return self.revision_number > 0

    # -- who may ---------------------------------------------------------------------------------------

    def role_of(self, user: User) -> Role | None:
        """What *user* is to this document; asked once in each request, so that a right that is gone is gone."""
        if self.owner_id == user.id:
            return Role.OWNER
        known: dict[int, Role | None] = vars(self).setdefault("_roles", {})
        if user.id not in known:
            known[user.id] = Collaborator.role_of(self.id, user.id)
        return known[user.id]

    def can_view(self, user: User) -> bool:
        return self.role_of(user) is not None

    @classmethod
    def readable_by(cls, user: User) -> ColumnElement[bool]:
        """``can_view`` for a query."""
        shared = select(Collaborator.document_id).where(Collaborator.user_id == user.id)
        return or_(cls.owner_id == user.id, cls.id.in_(shared))

    @classmethod
    def by_public_token(cls, token: str) -> Document | None:
        """The document that this link opens to anyone, with its revision; None once the link was revoked."""
        return db.session.scalar(select(cls).where(cls.public_token == token).options(joinedload(cls.revision)))

    def publish(self) -> None:
        """Let anyone read who has the link. It is made anew each time: one that was revoked never works again."""
        token = secrets.token_urlsafe(24)
        self._set(Document.public_token.is_(None), public_token=token, unsettled_since=utcnow())

    def unpublish(self) -> None:
        self._set(public_token=None)

    @classmethod
    def some_of(cls, owner_id: int, limit: int = 100) -> Sequence[int]:
        """The ids of some documents that this person owns; none when there is none left."""
        return db.session.scalars(select(cls.id).where(cls.owner_id == owner_id).order_by(cls.id).limit(limit)).all()

    # -- its text --------------------------------------------------------------------------------------

    def revise(self, title: str, text: str, version: int, language: str = "") -> None:
        """Give the document a new title or text.

        :param version: the version the editor began from.
        :param language: the code of the new text's language, where it could be told.
        :raises EditConflict: when the document has moved on since; nothing is changed.
        """
        if version != self.version:
            raise EditConflict
        text = normalise(text)
        self.title = title_for(title, text)
        self.updated_at = utcnow()
        # The session writes the title before it reads the revision: from then on nobody can delete it under us.
        if text != self.revision.text:
            self._revise_text(Revision.of(text, self.revision_number + 1, language, self.revision.gaps))

    def take_in(self, text: str, language: str, gaps: Sequence[Message], title: str = "") -> None:
        """Give the document the text that was read from its source, and its *title* where the source has one.

        StaleDataError at the flush says that somebody saved the document in the same moment.
        """
        text = normalise(text)
        self.title = title_for(title or self.title, text)
        self.updated_at = utcnow()
        self._revise_text(Revision.of(text, self.revision_number + 1, language, gaps))

    def _revise_text(self, revision: Revision) -> None:
        earlier = self._revision_like(revision)
        if earlier:
            revision.carry_over(earlier)
        if revision.input_digest != self.revision.input_digest:
            self.unsettled_since = self.updated_at
        self._begin(revision)

    def _begin(self, revision: Revision) -> None:
        """Have this revision from now on."""
        self.revisions.append(revision)
        self.revision_number = revision.number
        self.words, self.input_digest = revision.words, revision.input_digest

    @validates("title")
    def _fold(self, _name: str, title: str) -> str:
        self.folded_title = folded(title)[:FOLDED_MAX]
        return title

    def _revision_like(self, revision: Revision) -> Revision | None:
        """The first revision that had this text, but for white space, line endings and normalisation."""
        return db.session.scalar(
            select(Revision)
            .where(Revision.document_id == self.id, Revision.essence == revision.essence)
            .order_by(Revision.number)
            .limit(1)
        )

    # -- keeping its summary ready ---------------------------------------------------------------------

    def pin(self) -> None:
        """Keep the summary ready. Asking again begins the count of unread ones anew."""
        now = utcnow()
        self._set(pinned_at=now, unsettled_since=now)

    def unpin(self) -> None:
        self._set(pinned_at=None)

    def unsettle(self) -> None:
        """Have it decided again whether the summary is made in advance: more people may read it now."""
        self._set(unsettled_since=utcnow())

    @classmethod
    def settled(cls, before: datetime, limit: int) -> Sequence[tuple[int, datetime]]:
        """(id, since) of documents with something to decide, and no further change since *before*."""
        rows = db.session.execute(
            select(cls.id, cls.unsettled_since)
            .where(cls.unsettled_since <= before)
            .order_by(cls.unsettled_since)
            .limit(limit)
        )
        return [(document_id, since) for document_id, since in rows if since]

    @classmethod
    def settle(cls, document_id: int, since: datetime) -> bool:
        """Take the decision about the text of *since*; false if somebody else did, or the text changed again."""
        settled = db.session.execute(
            update(cls)
            .where(cls.id == document_id, cls.unsettled_since == since)
            .values(unsettled_since=None)
            .returning(cls.id)
            .execution_options(synchronize_session=False)
        )
        return settled.first() is not None

    @classmethod
    def keep_from_deletion(cls, document_id: int) -> None:
        """Until this transaction ends. Whoever deletes it locks it before what was made from it, and so does this."""
        lock = select(cls.id).where(cls.id == document_id).with_for_update(read=True, key_share=True)
        db.session.execute(lock)

    # -- which take is read ----------------------------------------------------------------------------

    @classmethod
    def note_choice(cls, document_id: int) -> None:
        """Another take is read from now on."""
        db.session.execute(
            update(cls)
            .where(cls.id == document_id)
            .values(choices=cls.choices + 1)
            .execution_options(synchronize_session="fetch")
        )

    def _set(self, *conditions: ColumnElement[bool], **values: object) -> None:
        """Change what is no part of the text, past the version: nobody's edit of the text conflicts with it."""
        changed = update(Document).where(Document.id == self.id, *conditions).values(values)
        db.session.execute(changed.execution_options(synchronize_session=False))
        db.session.expire(self, list(values))


def title_for(title: str, text: str) -> str:
    """The title given, or failing that the beginning of the text."""
    given = " ".join(without_nul(title).split())
    if given:
        return given[:TITLE_MAX]
    first_line = next((line for line in text.splitlines() if line.strip()), "").lstrip("# ")
    words = first_line.split()
    beginning = " ".join(words[:UNTITLED_WORDS])[: TITLE_MAX - 1] or _("Untitled")
    return beginning.rstrip(".,;:") + "…" if len(words) > UNTITLED_WORDS else beginning


def folded(text: str) -> str:
    """*text* as titles are compared: without the difference between letters great and small, or with marks."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
