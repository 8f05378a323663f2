"""A Word document is a ZIP archive. Here it is made safe to open."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from app.documents.text import ExtractionError

MAX_UNPACKED = 100_000_000
MAX_MEMBERS = 10_000
# Real documents shrink to a twentieth; a bomb to a thousandth. Small ones may do as they like.
MAX_RATIO = 100
RATIO_COUNTS_FROM = 10_000_000
# A parsed tag takes a hundred bytes of memory. A million characters of text come with fewer than this.
MAX_TAGS = 2_000_000
DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*>")
UTF_16_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)


def safe_copy(content: bytes) -> BytesIO:
    """The same archive, with the sizes it claims proven true and no entities in it.

    Asked for a whole member, Python unpacks all that is there before it looks at the size claimed, and the
    parser of Word documents asks so. Reading no more than the claim, into a new archive, makes the claim hold.
    Pictures and the like are copied empty, because only XML is read.

    :raises ExtractionError: when the archive is made to do harm when it is opened.
    """
    copy = BytesIO()
    tags = 0
    with ZipFile(BytesIO(content)) as archive, ZipFile(copy, "w", ZIP_STORED) as safe:
        _refuse_bomb(archive, len(content))
        for name in sorted(set(archive.namelist())):
            xml = _xml(archive, name) if _is_parsed(name) else ""
            tags += xml.count("<")
            if tags > MAX_TAGS:
                raise ExtractionError("This Word document is too long. Split it and add the parts.")
            safe.writestr(name, xml)
    return copy


def _refuse_bomb(archive: ZipFile, packed: int) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED:
        raise ExtractionError(
            f"This Word document unpacks to {unpacked // 1_000_000:,} MB; "
            f"the limit is {MAX_UNPACKED // 1_000_000:,} MB. Split it and add the parts, or copy the text and paste it."
        )
    # Python can read the other methods of packing only as a whole.
    strange = any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members)
    bomb = unpacked > RATIO_COUNTS_FROM and unpacked > packed * MAX_RATIO
    if strange or bomb or len(members) > MAX_MEMBERS:
        raise _never_by_word("is packed in a way that Word does not use")


def _is_parsed(name: str) -> bool:
    """Whether the parser looks inside. What add-ins keep in customXml it only carries along, like pictures."""
    name = name.lower()
    return name.endswith(".rels") or (name.endswith(".xml") and not name.startswith("customxml/"))


def _xml(archive: ZipFile, name: str) -> str:
    """One part, in the encoding that its checks were made in: a part could name one that hides a document type."""
    member = archive.getinfo(name)
    with archive.open(member) as packed:
        content = packed.read(member.file_size)
    xml = content.decode("utf-16" if content.startswith(UTF_16_MARKS) else "utf-8-sig")
    # The parser does not resolve entities either; with no document type there are none to resolve.
    if "<!DOCTYPE" in xml:
        raise _never_by_word("defines entities, which Word never does")
    return '<?xml version="1.0" encoding="UTF-8"?>' + DECLARATION.sub("", xml)


def _never_by_word(oddity: str) -> ExtractionError:
    return ExtractionError(
        f"This Word document {oddity}, so it was not opened. Open it in Word, save it again, and try that file."
    )
