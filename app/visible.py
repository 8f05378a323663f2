"""What a reader of a text sees of it: a model is sent that and nothing more.

Text can hold characters without a shape of their own, in which instructions hide from people. Those that writing
needs stay where writing needs them: joiners in Persian, Indic scripts and emoji, selectors after what they select,
the tags of a flag. Line ends are taken to be ``\\n`` alone, as ``app.documents.text.clean`` leaves them.
"""

from __future__ import annotations

import re

# Bodies of character classes. Controls and halves of surrogate pairs; soft hyphen; Arabic letter mark; fillers;
# Mongolian vowel separator; spaces without width, marks of direction, operators nobody sees; tags; annotations.
HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
JOINERS = "\u200c\u200d"

_SELECTED = "#*0-9\xa9\xae\u0531-\u167f\u1681-\u1fff\u203c-\u2049\u2100-\u2fff\u3003-\ufdff\ufe10-\U000dffff"
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# From Hebrew to Mongolian, symbols, Indic scripts and Arabic in their later blocks, everything beyond 16 bits.
_JOINED = (
    "\u0590-\u167f\u1681-\u1fff\u2190-\u2bff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010000-\U0001ffff"
    "\u25cc\U0001f3fb-\U0001f3ff"
)

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_UNSEEN = re.compile(f"({_FLAG})|[{HIDDEN}]+")
_STRAY_SELECTORS = re.compile(
    f"[{SELECTORS}]{{2,}}|(?<![{_SELECTED}])[{SELECTORS}]|(?<![{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
)
_STRAY_JOINERS = re.compile(f"(?<![{_JOINED}{SELECTORS}])[{JOINERS}]|[{JOINERS}](?![{_JOINED}])")
_ASCII_CONTROLS = bytes(code for code in range(128) if not chr(code).isprintable() and chr(code) not in "\t\n")
_ANY = re.compile(f"[{HIDDEN}{SELECTORS}{JOINERS}]")


def visible(text: str) -> str:
    """*text* without the characters that a reader cannot see but a model reads; ordinary text comes out unchanged."""
    if text.isascii():
        return text.encode().translate(None, _ASCII_CONTROLS).decode()
    if not _ANY.search(text):
        return text
    # In this order: what is left out first must not hide that a selector or a joiner has nothing to stand by.
    text = _UNSEEN.sub(r"\1", text)
    return _STRAY_JOINERS.sub("", _STRAY_SELECTORS.sub("", text))


def invisible_characters(text: str) -> int:
    """How many characters :func:`visible` leaves out."""
    return len(text) - len(visible(text))


def neutral(text: str) -> str:
    """*text* without the brackets of chat templates, such as ``<|im_start|>``: a local server might obey them.

    Comes after :func:`visible`, which could join such a bracket.
    """
    for bar in "|｜":
        text = text.replace(f"<{bar}", f"< {bar}").replace(f"{bar}>", f"{bar} >")
    return text
