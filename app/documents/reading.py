"""One attempt at getting a document's text from its source: claim, fetch, read, take in.

No transaction is open while a page is fetched or a file is read.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from app import signals
from app.config import MEGABYTE, Settings
from app.database import utcnow
from app.documents import extraction as files
from app.documents.fetching import FetchError, fetch
from app.documents.language import detect
from app.documents.text import Extracted, ExtractionError
from app.extensions import db
from app.following import HandedBack, Lost, OutOfTime, Watch, follow
from app.logs import on_behalf_of
from app.messages import Message
from app.models import MAX_ATTEMPTS, Claim, Extraction
from app.models.revision import digest, normalise
from app.models.work import backoff

FETCH_SECONDS = 30.0
UNSAID = Message("")

log = logging.getLogger("foreword.documents")


@dataclass(frozen=True)
class Task:
    """What an attempt needs to know of its row; read at the claim, before that transaction ends."""

    name: str
    content: bytes | None  # of a file; None for a page
    attempt: int
    give_up_at: datetime
    request_id: str


def extract(extraction_id: int) -> None:
    """Make one attempt, if it is due and nobody else holds it; otherwise return at once."""
    settings: Settings = current_app.config["SETTINGS"]
    claim, task = _claim(extraction_id, timedelta(seconds=settings.summary_lease_seconds))
    if claim and task:
        with on_behalf_of(task.request_id):
            signals.extraction_claimed.send(None, extraction_id=extraction_id, attempt=task.attempt)
            _Attempt(claim, task, settings).run()


def _claim(extraction_id: int, lease: timedelta) -> tuple[Claim | None, Task | None]:
    row = db.session.get(Extraction, extraction_id)
    claim = Claim.take(row, lease, message=UNSAID) if row else None
    task = None
    if row and claim:
        task = Task(
            name=row.name,
            content=None if row.is_of_a_page else row.content or b"",
            attempt=row.attempt,
            give_up_at=row.give_up_at,
            request_id=row.request_id,
        )
    db.session.commit()
    return claim, task


class _Attempt:
    def __init__(self, claim: Claim, task: Task, settings: Settings) -> None:
        self.claim = claim
        self.task = task
        self.settings = settings
        self.started = time.monotonic()

    def run(self) -> None:
        watch = Watch(self.claim, self.settings.summary_lease_seconds)
        try:
            found, language = follow(self._read, watch, self.settings.extraction_timeout_seconds)
        except FetchError as error:
            self._fail("unreachable", error.message, permanent=error.permanent, retry_after=error.retry_after)
        except ExtractionError as error:
            self._fail("unreadable", error.message)
        except OutOfTime:
            self._fail("too_slow")
        except MemoryError:
            self._fail("too_big")
        except HandedBack:
            self._hand_back()
        except Lost:
            pass
        except Exception:
            log.exception("extraction %s attempt %s", self.claim.work_id, self.task.attempt)
            self._fail("internal", permanent=False)
        else:
            self._take_in(found, language)
        db.session.commit()

    def _read(self) -> tuple[Extracted, str]:
        """The text, and the code of its language. Runs in a thread of its own, far from the database."""
        most = self.settings.max_document_characters
        if self.task.content is not None:
            found = files.extract(self.task.name, self.task.content, most)
        else:
            page = fetch(
                self.task.name,
                max_bytes=self.settings.max_upload_mb * MEGABYTE,
                max_seconds=FETCH_SECONDS,
                allowed=self.settings.fetch_allow_list,
            )
            name = "page.html" if page.media_type == "text/html" else page.filename
            found = files.extract(name, page.content, most, page_of=page.address, charset=page.charset)
        return found, detect(found.text)

    # -- the endings -----------------------------------------------------------------------------------

    def _take_in(self, found: Extracted, language: str) -> None:
        """Give the document its text and let go of the file, in one transaction."""
        while True:
            try:
                filed = self._file(found, language)
                db.session.commit()
            except StaleDataError:  # somebody saved or deleted the document in the same moment
                db.session.rollback()
                continue
            break
        if filed:
            seconds = round(time.monotonic() - self.started, 3)
            signals.extraction_completed.send(None, extraction_id=self.claim.work_id, seconds=seconds)

    def _file(self, found: Extracted, language: str) -> bool:
        row = db.session.get(Extraction, self.claim.work_id, options=[joinedload(Extraction.document)])
        if row is None:
            return False
        text_digest = digest(normalise(found.text))
        changed = _is_news(row, text_digest)
        if changed:
            is_first = row.text_digest is None
            title = found.title if is_first and not row.title_given else ""
            row.document.take_in(found.text, language, found.gaps, title)
            # The document's row before our own: whoever deletes it takes them in that order, and each would wait.
            db.session.flush()
        known = text_digest if changed else row.text_digest
        filed = self.claim.finish(content=None, text_digest=known, changed=changed, message=UNSAID)
        if not filed:
            db.session.rollback()
        return filed

    def _fail(
        self, reason: str, message: Message = UNSAID, *, permanent: bool = True, retry_after: float | None = None
    ) -> None:
        wait = timedelta(seconds=backoff(self.task.attempt, self.settings.summary_retry_seconds, retry_after))
        if permanent or self.task.attempt >= MAX_ATTEMPTS or utcnow() + wait >= self.task.give_up_at:
            ended, signal = self.claim.fail(reason, message=message), signals.extraction_failed
        else:
            ended, signal = self.claim.retry(reason, wait, message=message), signals.extraction_retried
        db.session.commit()
        if ended:
            signal.send(None, extraction_id=self.claim.work_id, reason=reason)

    def _hand_back(self) -> None:
        handed_back = self.claim.hand_back()
        db.session.commit()
        if handed_back:
            signals.extraction_handed_back.send(None, extraction_id=self.claim.work_id)


def _is_news(row: Extraction, text_digest: str) -> bool:
    """Whether what was found is another text than last time.

    What a person typed in while it was being read stays. Whoever asks again after that wants the text that is read.
    """
    if row.text_digest is not None:
        return text_digest != row.text_digest
    return not row.document.has_text or row.document.revision.created_at < row.requested_at
