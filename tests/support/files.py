"""Files as people upload them, made on the spot, and what extraction says of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx
import pytest
from docx.document import Document as WordDocument
from pypdf import PdfWriter

from app.documents.extraction import ExtractionError, extract

LIMIT = 100_000


def text_of(content: bytes, filename: str = "file") -> str:
    return extract(filename, content, LIMIT).text


def title_of(content: bytes, filename: str = "file") -> str:
    return extract(filename, content, LIMIT).title


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
    return f"BT /F 12 Tf 14 TL 50 700 Td {lines} ET".encode()


def written(writer: PdfWriter, password: str | None = None) -> bytes:
    if password is not None:
        writer.encrypt(password, owner_password="the owner's", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_of_streams(streams: list[bytes], forms: Sequence[bytes] = ()) -> bytes:
    """A PDF made by hand, one page for each stream of drawing operators; each form can draw the ones after it."""
    font = 3
    first_form = font + 1
    names = " ".join(f"/X{n} {first_form + n} 0 R" for n in range(len(forms)))
    resources = f"/Resources << /Font << /F {font} 0 R >> /XObject << {names} >> >>"
    first_page = first_form + len(forms)
    kids = " ".join(f"{first_page + 2 * n} 0 R" for n in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] /MediaBox [0 0 600 800] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    objects += [a_stream(form, f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {resources}") for form in forms]
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


def with_body(xml: str, prolog: str = "", encoding: str = "utf-8") -> bytes:
    """A Word document whose body is *xml*."""
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return with_member(
        "word/document.xml", f'{prolog}<w:document xmlns:w="{w}"><w:body>{xml}</w:body></w:document>'.encode(encoding)
    )


def with_member(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_docx())) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for member in set(given.namelist()) - {name}:
            changed.writestr(member, given.read(member))
        changed.writestr(name, content, compress_type=method)
    return out.getvalue()


def a_zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "content")
    return out.getvalue()
