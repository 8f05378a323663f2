"""``flask`` commands."""

from __future__ import annotations

from flask import Flask

from app.commands.accounts import add_user
from app.commands.rewarm import summaries
from app.commands.summarise import summarise


def register(app: Flask) -> None:
    for command in (summarise, summaries, add_user):
        app.cli.add_command(command)
