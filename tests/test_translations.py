"""Each language is whole: every string of the interface, with all that it is filled with, and compiled."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from app.config import ROOT
from app.locales import LOCALES, SOURCE

HERE = ROOT / "app" / "translations"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None, "N_": None, "NN_": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
TAG = re.compile(r"</?\w+")


@pytest.fixture(scope="module")
def strings() -> set[tuple[str, ...]]:
    """What stands in the code and the templates, as ``bin/translations`` finds it."""
    with (HERE / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS)
    return {(text,) if isinstance(text, str) else tuple(text) for _file, _line, text, *_ in found}


@pytest.fixture(params=[tag for tag in LOCALES if tag != SOURCE])
def folder(request) -> Path:
    return HERE / request.param / "LC_MESSAGES"


@pytest.fixture
def catalogue(folder) -> Catalog:
    with (folder / "messages.po").open("rb") as file:
        return read_po(file)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def source(message: Message) -> tuple[str, ...]:
    """Its text, or its singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_it_has_every_string_and_none_that_is_gone(strings, catalogue):
    assert {source(message) for message in messages(catalogue)} == strings, "run bin/translations"


def test_every_string_is_translated(catalogue):
    assert [message.id for message in messages(catalogue) if message.fuzzy or not all(forms(message))] == []


def test_every_form_is_filled_with_what_the_source_is_and_has_its_markup(catalogue):
    for message in messages(catalogue):
        wanted = source(message)[-1]
        for text in forms(message):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(wanted)), text
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(wanted)), text


def test_what_is_compiled_is_what_was_written(folder, catalogue):
    with (folder / "messages.mo").open("rb") as file:
        compiled = {source(message): forms(message) for message in messages(read_mo(file))}
    assert compiled == {source(message): forms(message) for message in messages(catalogue)}, "run bin/translations"
