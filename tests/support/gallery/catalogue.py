"""The catalogue of what a person can see. ``tests/test_catalogue.py`` says what is missing in it."""

from __future__ import annotations

from tests.support.gallery import pages, panels
from tests.support.gallery.entry import Entry

CATALOGUE: tuple[Entry, ...] = (
    *pages.visitors(),
    *pages.accounts(),
    *pages.library(),
    *pages.documents(),
    *panels.panels(),
    *pages.usage(),
    *pages.administration(),
    *pages.in_german(),
    *pages.errors(),
)
