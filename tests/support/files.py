"""Files as people upload them, made on the spot, and what extraction says of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
import pytest
from docx.document import Document as WordDocument
from pypdf import PdfWriter

from app.documents.extraction import ExtractionError, extract

LIMIT = 100_000
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


def text_of(content: bytes, filename: str = "file") -> str:
    return extract(filename, content, LIMIT).text


def title_of(content: bytes, filename: str = "file") -> str:
    return extract(filename, content, LIMIT).title


def gaps_of(content: bytes, filename: str = "file") -> tuple[str, ...]:
    return tuple(map(str, extract(filename, content, LIMIT).gaps))


def refusal_of(content: bytes, filename: str = "file", limit: int = LIMIT) -> str:
    with pytest.raises(ExtractionError) as refused:
        extract(filename, content, limit)
    return str(refused.value)


def a_pdf(*pages: str, title: str = "", password: str | None = None) -> bytes:
    return written(a_pdf_writer(*pages, title=title), password)


def a_pdf_writer(*pages: str, title: str = "") -> PdfWriter:
    writer = PdfWriter(io.BytesIO(pdf_of_streams([drawn(page) for page in pages])))
    if title:
        writer.add_metadata({"/Title": title})
    return writer


def drawn(page: str) -> bytes:
    lines = "".join(f"({line}) Tj T* " for line in page.splitlines())
    return f"BT /F 12 Tf 14 TL 50 700 Td {lines} ET\n".encode()


def written(writer: PdfWriter, password: str | None = None) -> bytes:
    if password is not None:
        writer.encrypt(password, owner_password="the owner's", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


PICTURE = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
BITMAPS = b"<< /Type /Font /Subtype /Type3 /FontMatrix [1 0 0 1 0 0] /FontBBox [0 0 1 1] /CharProcs << >> >>"


def pdf_of_streams(streams: list[bytes], forms: Sequence[bytes] = (), form: str = "", more: str = "") -> bytes:
    """A PDF made by hand, one page for each stream of drawing operators; each form can draw the ones after it.

    The fonts are /F and, of bitmaps, /T; /P is a picture, and /Ghost a state in which nothing is seen.

    :param form: more entries of each form, such as its /Matrix.
    :param more: more of the names that pages and forms know, such as a /ColorSpace.
    """
    font, bitmaps, picture = 3, 4, 5
    first_form = picture + 1
    names = " ".join(f"/X{n} {first_form + n} 0 R" for n in range(len(forms)))
    resources = (
        f"/Resources << /Font << /F {font} 0 R /T {bitmaps} 0 R >> /XObject << /P {picture} 0 R {names} >> "
        f"/ExtGState << /Ghost << /ca 0 >> >> {more} >>"
    )
    first_page = first_form + len(forms)
    kids = " ".join(f"{first_page + 2 * n} 0 R" for n in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] /MediaBox [0 0 600 800] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        BITMAPS,
        a_stream(b"\x00", PICTURE),
    ]
    entries = f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {form} {resources}"
    objects += [a_stream(stream, entries) for stream in forms]
    for n, stream in enumerate(streams):
        contents = first_page + 2 * n + 1
        objects += [f"<< /Type /Page /Parent 2 0 R /Contents {contents} 0 R {resources} >>".encode(), a_stream(stream)]
    return numbered(objects)


def a_stream(stream: bytes, entries: str = "") -> bytes:
    return f"<< {entries} /Length {len(stream)} >> stream\n".encode() + stream + b"\nendstream"


def numbered(objects: list[bytes]) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    return out + table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))


def a_docx(document: WordDocument | None = None) -> bytes:
    if document is None:
        document = docx.Document()
        document.add_paragraph("Good morning.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_body(xml: str, prolog: str = "", encoding: str = "utf-8", before: str = "") -> bytes:
    """A Word document whose body is *xml*, with what stands *before* the body."""
    document = f"{prolog}<w:document {NAMESPACES}>{before}<w:body>{xml}</w:body></w:document>"
    return with_member("word/document.xml", document.encode(encoding))


def with_notes(document: bytes, kind: str, notes: str) -> bytes:
    """The Word document, with its footnotes or endnotes put in as XML."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/" + kind
    with zipfile.ZipFile(io.BytesIO(document)) as given:
        relations = given.read("word/_rels/document.xml.rels").decode()
        types = given.read("[Content_Types].xml").decode()
    related = f'<Relationship Id="{kind}" Type="{relation}" Target="{kind}.xml"/></Relationships>'
    member = f"<w:{kind} {NAMESPACES}>{notes}</w:{kind}>".encode()
    document = with_member(f"word/{kind}.xml", member, into=document)
    kept = "application/vnd.openxmlformats-officedocument.wordprocessingml." + kind + "+xml"
    typed = types.replace("</Types>", f'<Override PartName="/word/{kind}.xml" ContentType="{kept}"/></Types>')
    document = with_member("[Content_Types].xml", typed.encode(), into=document)
    relations = relations.replace("</Relationships>", related)
    return with_member("word/_rels/document.xml.rels", relations.encode(), into=document)


def with_member(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED, into: bytes | None = None) -> bytes:
    """A Word document, or the archive *into*, with that member put in or in the place of another."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(into or a_docx())) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for member in set(given.namelist()) - {name}:
            changed.writestr(member, given.read(member))
        changed.writestr(name, content, compress_type=method)
    return out.getvalue()


def an_epub(
    *chapters: str,
    title: str = "",
    items: str = "",
    spine: str | None = None,
    prolog: str = "",
    changed: Mapping[str, str | bytes | None] | None = None,
) -> bytes:
    """An e-book of these chapters, OPS/1.xhtml and so on.

    :param items: more of the manifest, as XML.
    :param spine: another order than one after the other, as XML.
    :param prolog: what stands before the package, such as a document type.
    :param changed: members by name that are put in the place of others or beside them; None leaves one out.
    """
    numbers = range(1, len(chapters) + 1)
    items += "".join(f'<item id="c{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in numbers)
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers) if spine is None else spine
    members: dict[str, str | bytes | None] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
        ),
        "OPS/book.opf": (
            f'{prolog}<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<metadata><dc:title>{title}</dc:title></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
        ),
    }
    members |= {f"OPS/{n}.xhtml": a_chapter(chapter) for n, chapter in zip(numbers, chapters, strict=True)}
    members |= changed or {}
    return a_zip(**{name: content for name, content in members.items() if content is not None})


def a_chapter(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title/></head><body>{body}</body></html>"
    )


def a_zip(*names: str, **members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {**dict.fromkeys(names, "content"), **members}.items():
            file.writestr(name, content)
    return out.getvalue()
