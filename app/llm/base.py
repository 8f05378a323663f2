"""What a provider is asked, what it answers, and how it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

BYTES_PER_TOKEN = 4  # OpenAI's rule of thumb for English, near enough for other scripts in bytes of UTF-8


@dataclass(frozen=True)
class Prompt:
    """What is sent: our instructions, and the document's text kept apart from them."""

    instructions: str
    document: str
    style: str = "prose"
    length: str = "medium"


@dataclass(frozen=True)
class Completion:
    """The whole answer, and what it used. Tokens are the server's count unless ``tokens_estimated``."""

    text: str
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool


Reason = Literal[
    "bad_key",
    "no_quota",
    "refused",
    "too_long",
    "rejected",
    "unknown_model",
    "cut_short",
    "rate_limited",
    "unavailable",
    "broken_answer",
    "timeout",
]

# What another attempt cannot heal: RELIABILITY.md, "Never retry 400, 401, 403, 404, 422, quota, refusal".
PERMANENT: frozenset[Reason] = frozenset(
    {"bad_key", "no_quota", "refused", "too_long", "rejected", "unknown_model", "cut_short"}
)


class ProviderError(Exception):
    """No usable answer came.

    :param reason: what went wrong, as a word of ours; the page has a plain sentence for each.
    :param retry_after: seconds that the provider asked us to wait, when it did.
    """

    def __init__(self, reason: Reason, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.retry_after = retry_after

    @property
    def permanent(self) -> bool:
        return self.reason in PERMANENT


class Provider(Protocol):
    model: str

    def rehearse(self) -> None:
        """Do whatever a call would do first, without calling anybody."""
        ...

    def stream(self, prompt: Prompt) -> Iterator[str | Completion]:
        """Yield pieces of text as they come, and at the very end the Completion.

        :raises ProviderError: also after pieces were yielded; only a Completion means the text is whole.
        """
        ...


def estimated_tokens(size: int) -> int:
    """Of a text of so many bytes in UTF-8; only ever used with the label "estimated"."""
    return max(1, size // BYTES_PER_TOKEN)
