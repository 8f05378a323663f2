"""What long documents cost and how long they take: ``python -m bench.long_documents``.

Starts the program as it is deployed (one web process, one worker, Valkey, SQLite) with a provider that takes
2 seconds for the notes of a part and streams a summary, and prints, of a document of 300 pages: tokens and calls of a
full run, of an edit of one section and of another length; and from the press to the first words on the page. Then
the memory of the worker's processes while files of 20 MB are read.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from threading import Event, Thread

import docx
from playwright.sync_api import Page
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from bench.browser import signed_in
from tests.provider import Answer, Call, says
from tests.support.files import a_docx, a_pdf
from tests.support.servers import descendants
from tests.support.stack import Stack, running
from tests.support.texts import book

PART_SECONDS = 2.0
PATIENCE_MS = 180_000
UPLOAD_BYTES = 20_000_000
BODY = "#summary-body"
COMPLETE = f"{BODY}[data-state=complete][data-current=true]"
NOTES = " ".join(["The council dredged the channel, and trade came back to the quay."] * 20)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack, signed_in(stack) as page:
        page.set_default_timeout(PATIENCE_MS)
        stack.provider.default = Answer(_answer)
        _tokens(page, stack)
        _memory(page, stack)


def _answer(call: Call):
    taking_notes = "You take notes" in call.instructions
    return (says(NOTES, before=PART_SECONDS, pieces=1) if taking_notes else says(before=1, between=0.2)).steps(call)


# -- tokens and time -------------------------------------------------------------------------------------


def _tokens(page: Page, stack: Stack) -> None:
    text = book()
    page.goto(f"{stack.address}/documents/new")
    page.fill("[name=title]", "Three hundred pages")
    page.fill("[name=text]", text)
    page.click("main form button")
    page.wait_for_selector("#summary-start")
    address = page.url
    print(f"a text of {len(text):,} characters              calls   tokens read   first words   all", flush=True)
    full = _run(page, stack, "in full")
    _edit(page, address, lambda typed: typed.replace("Chapter 33:", "Chapter 33, which is new:"))
    edit = _run(page, stack, "after an edit of one chapter")
    _edit(page, address, lambda typed: f"A preface that nobody had written yet.\n\n{typed}")
    _run(page, stack, "after a preface")
    _choose(page, "long")
    _run(page, stack, "in another length")
    print(f"  an edit reads {edit / full:.3f} of the tokens of the full run", flush=True)


def _run(page: Page, stack: Stack, name: str) -> int:
    """Have it summarised, and print what that took; the tokens read."""
    stack.provider.reset()
    pressed = time.monotonic()
    page.click("#summary-start")
    page.wait_for_selector(f"{BODY}:is([data-state=pending], [data-state=processing])")
    page.wait_for_selector(f"{BODY}[data-state=processing] #summary-text:has-text('text'), {COMPLETE} #summary-text")
    first = time.monotonic() - pressed
    page.wait_for_selector(COMPLETE)
    whole = time.monotonic() - pressed
    calls = stack.provider.calls
    tokens = sum(len(message["content"].split()) for call in calls for message in call.messages)
    print(f"  {name:38} {len(calls):10} {tokens:13,} {first:11.1f} s {whole:5.1f} s", flush=True)
    return tokens


def _edit(page: Page, address: str, change: Callable[[str], str]) -> None:
    page.goto(f"{address}/edit")
    page.fill("[name=text]", change(page.input_value("[name=text]")))
    page.click("main form button")
    page.wait_for_selector("#summary-start")


def _choose(page: Page, length: str) -> None:
    page.click("#summary-options summary")
    page.select_option("#summary-length", length)


# -- memory ------------------------------------------------------------------------------------------------


def _memory(page: Page, stack: Stack) -> None:
    print(
        f"\nreading a file of {UPLOAD_BYTES // 1_000_000} MB                worker, MB: before   most    seconds",
        flush=True,
    )
    words = book()
    for name, content in (("a PDF with pictures", _a_pdf(words)), ("a Word document with pictures", _a_docx(words))):
        ending = "pdf" if "PDF" in name else "docx"
        before, most, seconds = _peak(stack, lambda: _upload(page, stack, f"large.{ending}", content))  # noqa: B023
        print(f"  {name:44} {before:16.0f} {most:6.0f} {seconds:10.1f}", flush=True)


def _upload(page: Page, stack: Stack, name: str, content: bytes) -> None:
    page.goto(f"{stack.address}/documents/new")
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
    page.click("main form button")
    page.wait_for_selector("#summary-start")


def _peak(stack: Stack, act: Callable[[], None]) -> tuple[float, float, float]:
    """Proportional memory of the worker's processes before and at most meanwhile, in MB; and the seconds it took."""
    found, over = [before := _worker_memory(stack)], Event()

    def watch() -> None:
        while not over.wait(0.05):
            found.append(_worker_memory(stack))

    watcher, began = Thread(target=watch), time.monotonic()
    watcher.start()
    act()
    over.set()
    watcher.join()
    return before, max(found), time.monotonic() - began


def _worker_memory(stack: Stack) -> float:
    return sum(_proportional(pid) for pid in [stack.worker.popen.pid, *descendants(stack.worker.popen.pid)])


def _proportional(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    share = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(share[1]) / 1024 if share else 0.0


def _a_pdf(words: str) -> bytes:
    """300 pages, each with text, and pictures up to the size."""
    lines = [line for paragraph in words.split("\n\n") for line in wrap(paragraph, 80)]
    pages = ["\n".join(lines[start : start + 30]) for start in range(0, len(lines), 30)]
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(a_pdf(*pages))))
    for page in writer.pages:
        picture = StreamObject()
        picture.set_data(os.urandom(UPLOAD_BYTES // len(pages)))
        picture[NameObject("/Type")] = NameObject("/XObject")
        page[NameObject("/Picture")] = writer._add_object(picture)  # noqa: SLF001
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _a_docx(words: str) -> bytes:
    document = docx.Document()
    for paragraph in words.split("\n\n"):
        document.add_paragraph(paragraph)
    out = io.BytesIO(a_docx(document))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/media/picture.bin", os.urandom(UPLOAD_BYTES - len(out.getvalue())))
    return out.getvalue()


if __name__ == "__main__":
    main()
