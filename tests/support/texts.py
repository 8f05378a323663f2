"""Made-up long texts, always the same ones, and what the provider was asked about them."""

from __future__ import annotations

from functools import cache
from random import Random

from app.models import Step
from app.summaries import prompt
from app.visible import neutral, visible
from tests.provider import Call, ProviderServer, summary_of

NOUNS = (
    *("harbour", "council", "keeper", "engine", "river", "bridge", "lamp", "winter"),
    *("boat", "ledger", "rope", "market", "tide", "signal", "orchard", "mill"),
)
VERBS = (
    *("measured", "carried", "sold", "remembered", "built", "crossed"),
    *("repaired", "counted", "described", "followed", "opened", "watched"),
)
PLACES = (
    *("near the quay", "before the first frost", "in the north hall"),
    *("without a word", "after the flood", "on market day"),
)

# How texts become long in tests: 2,500 bytes fit into one call of such a window.
SMALL_WINDOW = {"OPENAI_CONTEXT_TOKENS": "4000"}
FITS = 2_500


def sentence(chance: Random) -> str:
    one, other = chance.sample(NOUNS, 2)
    return f"The {one} {chance.choice(VERBS)} {chance.randint(2, 9_999)} of the {other} {chance.choice(PLACES)}."


def chapter(number: int, paragraphs: int = 4, seed: str = "") -> str:
    """A heading and so many paragraphs of some 350 characters, none of which stand in another chapter."""
    chance = Random(f"{seed} {number}")
    made = (" ".join(sentence(chance) for _ in range(6)) for _ in range(paragraphs))
    return "\n\n".join([f"## Chapter {number}: the {chance.choice(NOUNS)} of {1_500 + number}", *made])


def story(chapters: int = 8) -> str:
    """A text of about as many parts as chapters, where ``FITS`` bytes are read at once."""
    return "\n\n".join(chapter(number) for number in range(1, chapters + 1))


@cache
def book() -> str:
    """A text of 300 pages: 600,000 characters in chapters of five pages."""
    return "\n\n".join(chapter(number, paragraphs=28) for number in range(1, 66))


# -- what was asked about them ---------------------------------------------------------------------------


def asked_for(provider: ProviderServer, step: Step) -> list[Call]:
    """The calls that took notes of a part, took notes of notes, or wrote a summary."""
    told = {one: prompt.notes("", one).instructions for one in (Step.PART, Step.MERGE)}
    if step in told:
        return [call for call in provider.calls if call.instructions == told[step]]
    return [call for call in provider.calls if call.instructions not in told.values()]


def parts_read(provider: ProviderServer, text: str) -> list[str]:
    """The parts of *text* that notes were taken of, in the order of the text, however often."""
    return sorted((call.document for call in asked_for(provider, Step.PART)), key=neutral(visible(text)).index)


def notes_on(parts: list[str]) -> str:
    """What a summary is written from, where the provider answers each part as it does by default."""
    return "\n\n".join(summary_of(part) for part in parts)
