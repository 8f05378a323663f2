"""``flask`` commands."""

from __future__ import annotations

from flask import Flask

from app.commands.accounts import add_user, make_admin, set_password
from app.commands.admin import admin, cache, set_budget
from app.commands.backup import backup, restore
from app.commands.rewarm import summaries
from app.commands.summarise import summarise


def register(app: Flask) -> None:
    of_people = (add_user, set_password, make_admin, set_budget)
    for command in (summarise, summaries, *of_people, admin, cache, backup, restore):
        app.cli.add_command(command)
