"""Word documents and e-books are ZIP archives. Here one is made safe to open."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from app.documents.text import ExtractionError
from app.messages import N_, Message

MEGABYTE = 1_000_000
MAX_UNPACKED = 100 * MEGABYTE
MAX_MEMBERS = 10_000
# Real documents shrink to a twentieth; a bomb to a thousandth. Small ones may do as they like.
MAX_RATIO = 100
RATIO_COUNTS_FROM = 10_000_000
# A parsed tag takes a hundred bytes of memory. A million characters of text come with fewer than this.
MAX_TAGS = 2_000_000
LISTED_MEMBER = b"PK\x01\x02"
DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*>")
UTF_16_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)


@dataclass(frozen=True)
class Kind:
    """What messages call a file, and what they say of one that is unlike the honest ones."""

    name: Message
    strangely_packed: Message
    with_entities: Message


WORD = Kind(
    Message(N_("Word document")),
    Message(
        N_(
            "This Word document is packed in a way that Word does not use, so it was not opened. Open it in Word, save "
            "it again, and try that file."
        )
    ),
    Message(
        N_(
            "This Word document defines entities, which is never needed, so it was not opened. Open it in Word, save "
            "it again, and try that file."
        )
    ),
)
EPUB = Kind(
    Message(N_("e-book")),
    Message(
        N_(
            "This e-book is packed in a way that an e-book never is, so it was not opened. Save it again with the "
            "program that made it, and try that file."
        )
    ),
    Message(
        N_(
            "This e-book defines entities, which is never needed, so it was not opened. Save it again with the program "
            "that made it, and try that file."
        )
    ),
)
TOO_MANY_FILES = N_(
    "This ZIP archive holds more than %(most)s files. Add only the document, or copy its text and paste it."
)
TOO_LARGE = N_(
    "This %(kind)s unpacks to %(size)s MB; the limit is %(most)s MB. Split it and add the parts, or copy the text and "
    "paste it."
)
TOO_LONG = N_("This %(kind)s is too long. Split it and add the parts.")


def names_in(content: bytes) -> set[str]:
    """:raises ExtractionError: when there are more members than Python should be asked to list."""
    if content.count(LISTED_MEMBER) > MAX_MEMBERS:
        raise ExtractionError(Message(TOO_MANY_FILES, most=MAX_MEMBERS))
    with ZipFile(BytesIO(content)) as archive:
        return set(archive.namelist())


class Archive:
    """Members of an archive, read no further than the sizes that the archive claims, which were checked.

    Asked for a whole member, Python unpacks all that is there before it looks at the size claimed.
    """

    def __init__(self, content: bytes, kind: Kind) -> None:
        """:raises ExtractionError: when the archive is made to do harm when it is opened."""
        self.names = names_in(content)
        self.kind = kind
        self._archive = ZipFile(BytesIO(content))
        self._refuse_bomb(len(content))
        self._tags = 0

    def _refuse_bomb(self, packed: int) -> None:
        members = self._archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > MAX_UNPACKED:
            size, most = unpacked // MEGABYTE, MAX_UNPACKED // MEGABYTE
            raise ExtractionError(Message(TOO_LARGE, kind=self.kind.name, size=size, most=most))
        # Python can read the other methods of packing only as a whole.
        strange = any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members)
        bomb = unpacked > RATIO_COUNTS_FROM and unpacked > packed * MAX_RATIO
        if strange or bomb:
            raise ExtractionError(self.kind.strangely_packed)

    def markup(self, name: str) -> bytes:
        """The member as it is, its tags counted.

        :raises KeyError: when there is none of that name.
        :raises ExtractionError: when all that was read has more tags than fit in memory.
        """
        member = self._archive.getinfo(name)
        with self._archive.open(member) as packed:
            content = packed.read(member.file_size)
        self._tags += content.count(b"<")
        if self._tags > MAX_TAGS:
            raise ExtractionError(Message(TOO_LONG, kind=self.kind.name))
        return content

    def xml(self, name: str, forbidden: str) -> str:
        """One part, in the encoding that its checks were made in: a part could name one that hides entities.

        :param forbidden: what no honest part holds: a document type, or a definition of an entity.
        """
        content = self.markup(name)
        xml = content.decode("utf-16" if content.startswith(UTF_16_MARKS) else "utf-8-sig")
        if forbidden in xml:
            raise ExtractionError(self.kind.with_entities)
        return '<?xml version="1.0" encoding="UTF-8"?>' + DECLARATION.sub("", xml)


def safe_copy(content: bytes) -> BytesIO:
    """The same Word document, with the sizes it claims proven true and no entities in it.

    The parser of Word documents asks for whole members. Reading no more than the claim, into a new archive,
    makes the claim hold. Pictures and the like are copied empty, because only XML is read.

    :raises ExtractionError: when the archive is made to do harm when it is opened.
    """
    copy = BytesIO()
    archive = Archive(content, WORD)
    with ZipFile(copy, "w", ZIP_STORED) as safe:
        for name in sorted(archive.names):
            # The parser does not resolve entities either; with no document type there are none to resolve.
            safe.writestr(name, archive.xml(name, "<!DOCTYPE") if _is_parsed(name) else "")
    return copy


def _is_parsed(name: str) -> bool:
    """Whether the parser looks inside. What add-ins keep in customXml it only carries along, like pictures."""
    name = name.lower()
    return name.endswith(".rels") or (name.endswith(".xml") and not name.startswith("customxml/"))
