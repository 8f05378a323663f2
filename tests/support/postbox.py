"""A mail server, and what it was given."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from tests.support.servers import free_port


class Postbox:
    """A mail server, and what it was given."""

    def __init__(self) -> None:
        self.messages = []
        self.busy = 0  # how many more times it says that it has no time

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.busy:
            self.busy -= 1
            return "451 Try again"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def link(self, beginning: str) -> str:
        """The path of the link in the last mail, which is on this site whatever was claimed."""
        return re.search(rf"https://foreword\.example({beginning}\S+)", self.messages[-1].get_content())[1]


@pytest.fixture
def postbox(environment):
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    environment |= {
        "MAIL_URL": f"smtp://127.0.0.1:{port}",
        "SITE_URL": "https://foreword.example",
        "MAIL_FROM": "Foreword <foreword@foreword.example>",
    }
    yield box
    controller.stop()
