"""``flask`` commands."""

from __future__ import annotations

from flask import Flask

from app.commands.accounts import add_user, make_admin, set_password
from app.commands.backup import backup, restore
from app.commands.rewarm import summaries
from app.commands.summarise import summarise


def register(app: Flask) -> None:
    for command in (summarise, summaries, add_user, set_password, make_admin, backup, restore):
        app.cli.add_command(command)
