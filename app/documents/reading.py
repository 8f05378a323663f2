"""One attempt at getting a document's text from its source: claim, fetch, read, take in.

No transaction is open while a page is fetched or a file is read.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
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
from app.models import MAX_ATTEMPTS, Claim, Extraction
from app.models.revision import digest, normalise

FETCH_SECONDS = 30.0
LONGEST_BACKOFF_SECONDS = 60.0

log = logging.getLogger("foreword.documents")


@dataclass(frozen=True)
class Work:
    """What an attempt needs to know of its row; read at the claim, before that transaction ends."""

    name: str
    content: bytes | None  # of a file; None for a page
    attempt: int
    give_up_at: datetime


def extract(extraction_id: int) -> None:
    """Make one attempt, if it is due and nobody else holds it; otherwise return at once."""
    settings: Settings = current_app.config["SETTINGS"]
    claim, work = _claim(extraction_id, timedelta(seconds=settings.summary_lease_seconds))
    if claim and work:
        _Attempt(claim, work, settings).run()


def _claim(extraction_id: int, lease: timedelta) -> tuple[Claim | None, Work | None]:
    row = db.session.get(Extraction, extraction_id)
    claim = Claim.take(row, lease, message="") if row else None
    work = None
    if row and claim:
        work = Work(row.name, None if row.is_of_a_page else row.content or b"", row.attempt, row.give_up_at)
    db.session.commit()
    return claim, work


class _Attempt:
    def __init__(self, claim: Claim, work: Work, settings: Settings) -> None:
        self.claim = claim
        self.work = work
        self.settings = settings
        self.started = time.monotonic()

    def run(self) -> None:
        watch = Watch(self.claim, self.settings.summary_lease_seconds)
        try:
            found, language = follow(self._read, watch, self.settings.extraction_timeout_seconds)
        except FetchError as error:
            self._fail("unreachable", str(error), permanent=error.permanent, retry_after=error.retry_after)
        except ExtractionError as error:
            self._fail("unreadable", str(error))
        except OutOfTime:
            self._fail("too_slow")
        except MemoryError:
            self._fail("too_big")
        except HandedBack:
            self.claim.hand_back()
        except Lost:
            pass
        except Exception:
            log.exception("extraction %s attempt %s", self.claim.work_id, self.work.attempt)
            self._fail("internal", permanent=False)
        else:
            self._take_in(found, language)
        db.session.commit()

    def _read(self) -> tuple[Extracted, str]:
        """The text, and the code of its language. Runs in a thread of its own, far from the database."""
        most = self.settings.max_document_characters
        if self.work.content is not None:
            found = files.extract(self.work.name, self.work.content, most)
        else:
            page = fetch(
                self.work.name,
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
            except StaleDataError:  # somebody saved the document in the same moment; theirs is there now
                db.session.rollback()
                continue
            break
        if filed:
            seconds = round(time.monotonic() - self.started, 3)
            signals.extraction_completed.send(None, extraction_id=self.claim.work_id, seconds=seconds)

    def _file(self, found: Extracted, language: str) -> bool:
        row = db.session.get(Extraction, self.claim.work_id)
        if row is None:
            return False
        text_digest = digest(normalise(found.text))
        changed = _is_news(row, text_digest)
        if not self.claim.finish(content=None, text_digest=text_digest, changed=changed, message=""):
            return False
        if changed:
            is_first = row.text_digest is None
            title = found.title if is_first and not row.title_given else ""
            row.document.take_in(found.text, language, found.gaps, title)
        return True

    def _fail(
        self, reason: str, message: str = "", *, permanent: bool = True, retry_after: float | None = None
    ) -> None:
        wait = timedelta(seconds=_backoff(self.work.attempt, self.settings.summary_retry_seconds, retry_after))
        if permanent or self.work.attempt >= MAX_ATTEMPTS or utcnow() + wait >= self.work.give_up_at:
            ended, signal = self.claim.fail(reason, message=message), signals.extraction_failed
        else:
            ended, signal = self.claim.retry(reason, wait, message=message), signals.extraction_retried
        db.session.commit()
        if ended:
            signal.send(None, extraction_id=self.claim.work_id, reason=reason)


def _is_news(row: Extraction, text_digest: str) -> bool:
    """Whether what was found is another text than last time. What a person typed in meanwhile stays."""
    if row.text_digest is None:
        return not row.document.has_text
    return text_digest != row.text_digest


def _backoff(attempt: int, base: float, retry_after: float | None) -> float:
    """Seconds until the next attempt: twice as long each time, with jitter, and never sooner than was asked."""
    seconds: float = min(LONGEST_BACKOFF_SECONDS, base * 2 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311
    return max(seconds, retry_after or 0)
