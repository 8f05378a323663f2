"""One page in one state, and how a person comes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOBODY, ADA, BEN, CAT, DORA, EVE, FRITZ, GRETA = "nobody", "ada", "ben", "cat", "dora", "eve", "fritz", "greta"
PEOPLE = {
    ADA: "the owner of nearly everything",
    BEN: "somebody who may read some of it",
    CAT: "somebody who may change some of it",
    DORA: "an administrator",
    EVE: "somebody who has nothing yet",
    FRITZ: "somebody who reads German, and whose pages keep still",
    GRETA: "somebody who may spend nothing",
}


@dataclass(frozen=True)
class Sent:
    """The form of a page that is sent, and where it goes to instead.

    :ivar fields: what is filled in, beside what stands there: a text, or several to choose.
    """

    form: str
    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    to: str = ""

    def filled(self, known: Mapping[str, Any]) -> dict[str, str | list[str]]:
        """The fields, with what stands for the names in braces."""
        return {
            name: value.format_map(known) if isinstance(value, str) else [one.format_map(known) for one in value]
            for name, value in self.fields.items()
        }


@dataclass(frozen=True)
class Entry:
    """
    :ivar address: where names in braces stand for what the filling knows, such as the id of a document.
    :ivar shows: a selector for what is there in this state, and in no other of this page.
    :ivar site: which of the sites of ``sites.py`` it is seen on.
    :ivar ours: false of what is written by others, as RQ's dashboard is.
    """

    name: str
    address: str
    who: str = NOBODY
    sends: Sent | None = None
    status: int = 200
    shows: str = "main"
    site: str = "usual"
    ours: bool = True
