"""A web site whose pages are about a harbour, and come at once or only when a test lets them."""

from collections.abc import Iterator
from threading import Event

from tests.support.website import Website, head

HARBOUR, NEWS = "The harbour of Aldwick silted up in 1698. ", "The dredging of the channel began at last. "


def page_of(words: str, title: str = "The harbour") -> bytes:
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{words * 9}</p></main>".encode()


class Site(Website):
    def serve(self, path: str, words: str = HARBOUR) -> str:
        """The address of a page that is sent at once."""
        return self.page(path, page_of(words), {"Content-Type": "text/html"})

    def keep_silent(self, path: str, until: Event, words: str = HARBOUR) -> str:
        """The address of a page that is sent only after the event."""

        def pieces() -> Iterator[bytes | float]:
            while not until.is_set():
                yield 0.02
            yield head(200, {"Content-Type": "text/html"}) + page_of(words)

        return self.bytes(path, pieces)
