"""An extractive summariser that needs no key and no network: the document's own chief sentences.

Sentences are ranked with LexRank (Erkan and Radev, 2004) by sumy and split by sentencex. LexRank compares
every sentence with every other, so a long document is first reduced block by block; all of it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sentencex import segment
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.summarizers.lex_rank import LexRankSummarizer

from app.llm.base import Completion, Prompt, ProviderError

BLOCK_SENTENCES = 60
BLOCK_KEEPS = 6
SUMMARY_SENTENCES = {"short": 2, "medium": 5, "long": 10}
MAX_SENTENCE_CHARACTERS = 600  # beyond that it is a table or a list without stops, not a sentence

_CHINESE_OR_KANA = "\u3040-\u30ff\u3400-\u9fff"  # written without blanks: each character counts as a word
_WORD = re.compile(rf"[{_CHINESE_OR_KANA}]|[^\W{_CHINESE_OR_KANA}]+(?:['’]\w+)?")
_MARKERS = re.compile(r"^(?:[#*>•-]+\s+)+")
_STOPS = (".", "!", "?", "…", "。", "！", "？", "”", '"', "’")


class _Tokenizer:
    """sumy's tokenizer interface, without the data files that NLTK would download."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(_WORD.findall(sentence))


class OfflineProvider:
    def __init__(self, model: str) -> None:
        self.model = model

    def rehearse(self) -> None:
        """There is nothing to make ready: its libraries are loaded with this module."""

    def stream(self, prompt: Prompt) -> Iterator[str | Completion]:
        chosen = chief_sentences(prompt.document, SUMMARY_SENTENCES[prompt.length])
        if not any(chosen):
            raise ProviderError("rejected", "the document has no text")
        text = "\n".join(f"- {s}" for s in chosen) if prompt.style == "bullets" else " ".join(chosen)
        yield text
        yield Completion(text, input_tokens=0, output_tokens=0, tokens_estimated=False)


def chief_sentences(text: str, most: int = 5) -> list[str]:
    """At most so many sentences of *text*, in its own order and to the letter; the text itself if it is short."""
    sentences = _sentences(text)
    while len(sentences) > BLOCK_SENTENCES:
        blocks = [sentences[i : i + BLOCK_SENTENCES] for i in range(0, len(sentences), BLOCK_SENTENCES)]
        sentences = [sentence for block in blocks for sentence in _rank(block, BLOCK_KEEPS)]
    return _rank(sentences, most)


def _sentences(text: str) -> list[str]:
    """Sentences with their blanks folded; headings and other lines without a stop only if there is nothing else."""
    folded = (" ".join(s.split()) for paragraph in re.split(r"\n\s*\n", text) for s in segment("en", paragraph))
    candidates = [_MARKERS.sub("", s) for s in folded if _WORD.search(s)]
    # Counted in bytes, as seven Chinese characters say as much as twenty Latin ones.
    whole = [s for s in candidates if s.endswith(_STOPS) and len(s.encode()) > 20]
    kept = whole or candidates or [" ".join(text.split())]
    return [s[:MAX_SENTENCE_CHARACTERS] for s in kept]


def _rank(sentences: Sequence[str], count: int) -> list[str]:
    if len(sentences) <= count:
        return list(sentences)
    tokenizer = _Tokenizer()
    document = ObjectDocumentModel([Paragraph([Sentence(s, tokenizer) for s in sentences])])
    return [str(s) for s in LexRankSummarizer()(document, count)]
