"""Files with bytes changed, lost or put in, read in a process of limited memory: ``python -m tests.fuzz.files``.

Prints a line for each file that ended neither as a text nor as a refusal in words, and how each kind ended.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import logging
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from random import Random

from app.documents.extraction import ExtractionError, extract
from jobs.documents import _confine_memory
from tests.support import files
from tests.support.pages import a_page

LIMIT = 1_000_000
LONGEST_SECONDS = 60  # half of what an extraction is given
WORDS = "Größe, naïve, Łódź, Ωmega, Жук, שלום, 日本語, 👩‍👩‍👧 and plain words. " * 20
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1251", "koi8-r", "iso8859-2", "cp1255"),
    *("gb18030", "big5", "euc_jp", "cp932", "cp949", "utf-7", "mac-roman", "cp037"),
)


def a_text(chance: Random) -> bytes:
    return WORDS.encode(chance.choice(ENCODINGS), "ignore")


def a_markdown(_: Random) -> bytes:
    return f"# Title\n\n{WORDS}\n\n- [a](b)\n\n```\ncode\n```\n".encode()


def some_html(chance: Random) -> bytes:
    page = f"<!doctype html><html><head><meta charset={chance.choice(ENCODINGS)}><title>T</title></head>{a_page()}"
    return page.encode(chance.choice(("utf-8", "utf-16", "cp1252")), "xmlcharrefreplace")


def a_pdf(chance: Random) -> bytes:
    password = chance.choice((None, None, "", "secret"))
    return files.a_pdf("Good morning.\nThis is a page.", "And another (one).", title="A title", password=password)


def a_docx(_: Random) -> bytes:
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote>'
    body = "<w:p><w:r><w:t>Good morning.</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    return files.with_notes(files.with_body(body), "footnotes", note)


def an_epub(_: Random) -> bytes:
    return files.an_epub("<h1>One</h1><p>Words of it.</p>", "<p>More <b>words</b>.</p>", title="A book")


KINDS: dict[str, tuple[str, Callable[[Random], bytes]]] = {
    "text": ("a.txt", a_text),
    "markdown": ("a.md", a_markdown),
    "html": ("a.html", some_html),
    "pdf": ("a.pdf", a_pdf),
    "docx": ("a.docx", a_docx),
    "epub": ("a.epub", an_epub),
}


def spoiled(chance: Random, content: bytes, other: bytes) -> bytes:
    """*content* with bits flipped, bytes lost, repeated or put in, and pieces of another file in it."""
    out = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        start = chance.randrange(len(out) + 1)
        end = min(len(out), start + chance.choice((1, 1, 2, 8, 100, 1000)))
        way = chance.randrange(6)
        if way == 0 and start < len(out):
            out[start] ^= 1 << chance.randrange(8)
        elif way == 1:
            del out[start:end]
        elif way == 2:
            out[start:start] = out[start:end] * chance.choice((1, 2, 50))
        elif way == 3:
            out[start:end] = chance.randbytes(end - start)
        elif way == 4:
            cut = chance.randrange(len(other) + 1)
            out[start:end] = other[cut : cut + 500]
        else:
            out[start:start] = chance.choice(
                (b"\x00", b"\xff\xff\xff\xff", b"9" * 12, b"-1", b"<<", b"&#0;", b"\xed\xa0\x80")
            )
    return bytes(out[: chance.randrange(len(out) + 1)] if chance.random() < 0.1 else out)


def repacked(chance: Random, content: bytes) -> bytes:
    """An archive in which one of the members is spoiled, most often one with words, and the packing is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        names = given.namelist()
        one = chance.choice([*names, *(name for name in names if name.endswith(("document.xml", "notes.xml", "html")))])
        for name in names:
            member = given.read(name)
            changed.writestr(name, spoiled(chance, member, content) if name == one else member)
    return out.getvalue()


def a_file(kind: str, seed: str) -> tuple[str, bytes]:
    chance = Random(f"{kind}:{seed}")
    name, make = KINDS[kind]
    content = make(chance)
    other = chance.choice(list(KINDS.values()))[1](chance)
    if kind in ("docx", "epub") and chance.random() < 0.6:
        return name, repacked(chance, content)
    return chance.choice((name, name, "file", "a.html")), spoiled(chance, content, other)


def ending_of(name: str, content: bytes) -> str:
    """``text``, ``refused`` or ``memory``; anything else is a fault, with where it came from."""
    started = time.monotonic()
    try:
        found = extract(name, content, LIMIT)
    except ExtractionError as error:
        ending = "refused" if str(error).strip() else "refused without a word"
    except MemoryError:
        ending = "memory"  # known to whoever runs it in a process of its own, as this one is
    except Exception:  # noqa: BLE001 - whatever it is, it is reported
        return traceback.format_exc()
    else:
        found.text.encode()  # a text that cannot be stored is none
        ending = "text" if found.text.strip() and "\x00" not in found.text else "a text that cannot be stored"
    return ending if time.monotonic() - started < LONGEST_SECONDS else "too slow"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=100, help="of each kind")
    given = parser.parse_args()
    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    _confine_memory()
    faults = 0
    for kind in given.kinds:
        endings: Counter[str] = Counter()
        for number in range(given.count):
            ending = ending_of(*a_file(kind, f"{given.seed}:{number}"))
            endings[ending if ending in ("text", "refused", "memory") else "fault"] += 1
            if ending not in ("text", "refused", "memory"):
                faults += 1
                print(f"{kind}, seed {given.seed}:{number}: {ending}", flush=True)
        print(kind, dict(endings), flush=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
