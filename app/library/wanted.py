"""What of a library is asked for. All of it stands in the address, so that it can be kept, sent and gone back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self

from app.library.states import STATES
from app.models.revision import without_nul
from app.models.tag import TAG_MAX, tag_named

LONGEST_SEARCH = 200
WHOSE = ("mine", "shared")
SORTS = ("updated", "added", "title", "length")  # the usual one first


@dataclass(frozen=True)
class Wanted:
    """Search, filters and order; each is as it is named in the address, and empty where it makes no difference."""

    q: str = ""
    state: str = ""
    tag: str = ""
    whose: str = ""
    sort: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """What an address asks for; nothing, where it asks for what is not offered."""
        typed = {field.name: without_nul(query.get(field.name, "")) for field in fields(cls)}
        return cls(
            q=" ".join(typed["q"].split())[:LONGEST_SEARCH],
            state=typed["state"] if typed["state"] in STATES else "",
            tag=tag_named(typed["tag"])[:TAG_MAX],
            whose=typed["whose"] if typed["whose"] in WHOSE else "",
            sort=typed["sort"] if typed["sort"] in SORTS[1:] else "",
        )

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.q or self.state or self.tag or self.whose)

    @property
    def must_be_looked_for(self) -> bool:
        """Whether documents must be looked at to tell which are meant, and not only an index of them."""
        return bool(self.q or self.state)

    def without(self, name: str) -> dict[str, str]:
        """The query for the same, but for one thing that is not asked for any more."""
        return {known: value for known, value in self.query.items() if known != name}
