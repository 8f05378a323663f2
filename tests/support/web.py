"""A web process of the program, and people who visit it over HTTP."""

from __future__ import annotations

from tests.support import servers
from tests.support.deployment import Browser
from tests.support.people import Person


class Web:
    def __init__(self, environment: dict[str, str]) -> None:
        port = servers.free_port()
        self.process = servers.web(environment, port)
        self.address = f"http://127.0.0.1:{port}"

    def test_client(self) -> Browser:
        """A new browser, as ``Person`` asks the application for one."""
        return Browser(self.address)

    def person(self, name: str) -> Person:
        return Person(self, name).sign_up()
