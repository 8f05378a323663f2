"""What a summary quotes is looked up in its document: a quotation that is not there is not shown as one.

Every quotation mark that stays belongs to words that were found, or is an inch mark behind a number, or stands in
code. All others are left out, and the words stay. One reader goes through the summary from left to right and stops
where what is still to come decides; so what may be shown of a text that is being written only ever grows.
"""

from __future__ import annotations

import html
import re
from contextlib import suppress
from dataclasses import dataclass, field

from app.summaries.folded import SPACED_BELOW, Folded, words_in

MOST_QUOTED = 600  # characters between two marks; more is no quotation
MOST_TRIED = 500  # beginnings of quotations in one summary; what comes after is taken for not found
MOST_NESTED = 3
LONGEST_BEGINNING = 200  # characters of a line; lists within lists are not rendered as deep as that
FEWEST_LINKED = 3  # words of a quotation that is worth a link

_CLOSES = {
    '"': '"', "＂": "＂", "“": "”", "”": "”", "„": "“”", "‟": "”‟",
    "«": "»", "»": "«", "‹": "›", "›": "‹", "「": "」", "『": "』", "〝": "〞〟",
}  # fmt: skip
_STRAIGHT = '"＂'
_EITHER = f"{_STRAIGHT}”»›"  # these open a quotation only before a word that has nothing directly before it
_MARKS = "".join(dict.fromkeys("".join((*_CLOSES, *_CLOSES.values()))))
_TOKEN = re.compile(rf"\n|`+|\\[!-/:-@\[-`{{-~]?|&[#0-9A-Za-z]{{0,32}};?|[<{_MARKS}]")
# What would join across a mark that is left out: runs of backticks, escapes, &quot; and its like.
_JOINS = (
    (re.compile(r"`\Z"), re.compile("`")),
    (re.compile(r"\\\Z"), re.compile(r"[!-/:-@\[-`{-~]")),
    (re.compile(r"&[#0-9A-Za-z]{0,32}\Z"), re.compile("[#0-9A-Za-z;]")),
)

_PREFIX = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_NUMBER = re.compile(rf"{_PREFIX.pattern}\d{{1,9}}")
_BARE = re.compile(rf"{_PREFIX.pattern}(?:[-*+]|\d{{1,9}}[.)]?)?")
_FENCE = re.compile(r"(`{3,})[^`|\n]*\n|(~{3,})[^|\n]*\n")  # with a bar, it might be a table's first line
_FENCE_LIKE = re.compile("`{3}|~{3}")
# A line of which more must be known: it may become blank, a list, a fence or a quotation.
_LINE_BEGUN = re.compile(rf"{_PREFIX.pattern}(?:[-*+]|\d{{1,9}}[.)]?|`{{1,2}}|`{{3,}}[^`\n]*|~{{1,2}}|~{{3,}}[^\n]*)?")
_BLOCK = re.compile(r"[ \t]*(?:\n|[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|>|`{3}|~{3}|\||[-=*_][-=*_ \t]{0,80}\n)")
_BLANK_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_QUOTED_LINE = re.compile(r"[ \t]*>[^\n]*(?:\n|\Z)")
_LINE_MARKS = re.compile(r"^(?:[ \t]*>)+[ \t]?", re.MULTILINE)


@dataclass(frozen=True)
class Passage:
    """Words that a summary quotes, and where the document has them."""

    quote: str  # as it stands in the summary, without its marks
    start: int  # in the document's text
    end: int


class Source:
    """A document that quotations are looked up in. It is folded once, at the first quotation."""

    def __init__(self, document: str) -> None:
        self._document = Folded(document)

    def checked(self, summary: str) -> tuple[str, list[Passage]]:
        """*summary*, in Markdown, without the marks of quotations that are not found; and where the others are from.

        Passages are in the order of the summary; quotations of one or two words have none.
        """
        reading = _Reading(self._document, summary, final=True).run()
        return "".join(reading.out), reading.passages

    def so_far(self, partial: str) -> str:
        """What may be shown of a summary that has been written up to here.

        It is the beginning of what may be shown later, and of what :meth:`checked` gives of the whole.
        """
        return "".join(_Reading(self._document, partial, final=False).run().out)


class _Undecided(Exception):
    """What is still to be written decides how to go on."""


@dataclass(frozen=True)
class _Token:
    """Something that is more than plain text, and the quotation mark that a reader would see there, if any."""

    start: int
    end: int
    mark: str = ""
    breaks_code: bool = False  # backticks may pair otherwise after it


@dataclass
class _Reading:
    """Goes through a summary once. Whatever is in ``out`` is decided."""

    document: Folded
    text: str
    final: bool
    at: int = 0
    out: list[str] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    unfounded: set[int] = field(default_factory=set)  # where marks stand that close a quotation that was not found
    tried: int = 0  # beginnings of quotations
    begins_line: bool = True
    line: str = ""  # the beginning of what was put out of this line
    # After what may be rendered otherwise, what looks like code is read like the rest: backticks after one without
    # its like or in an address, until the next blank line; fences after one within a line, until the end.
    trusts_code: bool = True
    trusts_fences: bool = True

    def run(self) -> _Reading:
        with suppress(_Undecided):
            while self.at < len(self.text):
                if self.begins_line:
                    self._line()
                else:
                    self._next()
        return self

    # -- the beginning of a line -----------------------------------------------------------------------

    def _line(self) -> None:
        self._wait_while(_LINE_BEGUN, self.at)
        fence = _FENCE.match(self.text, self.at)
        if fence and self.trusts_fences and self._before(self.at) in {"", "\n"}:
            self._code_block(fence)
            return
        prefix = _PREFIX.match(self.text, self.at)
        marker = prefix.end() if prefix else self.at
        if self.text.startswith(">", marker):
            self._block_quotation(marker)
            return
        is_blank = not self.line.strip() and _BLANK_LINE.match(self.text, self.at)
        self.trusts_code = self.trusts_code or bool(is_blank)
        self.trusts_fences = self.trusts_fences and not _FENCE_LIKE.match(self.text, marker)
        self._put(marker)
        self.begins_line = False

    def _code_block(self, fence: re.Match[str]) -> None:
        marks = fence[1] or fence[2]
        closing = re.compile(rf"^ {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*$", re.MULTILINE)
        end = closing.search(self.text, fence.end())
        self._put(end.end() if end else len(self.text))
        self.begins_line = False

    def _block_quotation(self, marker: int) -> None:
        """Stays if its words are found; otherwise its first line becomes a plain one, and the next is looked at."""
        end = self._block_end(marker)
        content = _LINE_MARKS.sub("", self.text[marker:end]).strip() if end else ""
        if end and (self._is_found(content) or self._is_found(content.strip(_MARKS + " "))):
            self._put(end)
            if not _BLANK_LINE.match(self.text, end):
                self._add("\n")  # or the next line would belong to the quotation
            return
        self._put(marker)
        self.at += 2 if self.text.startswith("> ", marker) else 1

    def _block_end(self, start: int) -> int | None:
        """None for one that is too long, or one too many."""
        self.tried += 1
        if self.tried > MOST_TRIED:
            return None
        end = start
        while line := _QUOTED_LINE.match(self.text, end):
            end = line.end()
            if end - start > MOST_QUOTED:
                return None
        self._wait_if(not self.text[end:].strip(" \t"))
        return end

    # -- within a line ---------------------------------------------------------------------------------

    def _next(self) -> None:
        found = _TOKEN.search(self.text, self.at)
        self._put(found.start() if found else len(self.text))
        if not found:
            return
        token = self._token(found, self.trusts_code)
        if token.mark:
            self._mark(token)
            return
        self.trusts_code = self.trusts_code and not token.breaks_code
        self._put(token.end)
        self.begins_line = found[0] == "\n"

    def _mark(self, token: _Token) -> None:
        is_known = token.start in self.unfounded
        is_inch_mark = token.mark in _STRAIGHT and self._before(token.start).isdigit()
        closing = self._closing(token) if not is_known and self._opens(token) else None
        quoted = self.text[token.end : closing.start] if closing else ""
        if closing and self._is_found(quoted):
            self.trusts_code = self.trusts_code and not {"`", "<"} & set(quoted)
            self._put(closing.end)
        elif closing or is_known or not is_inch_mark:
            self.unfounded |= {closing.start} if closing else set()
            self._leave_out(token)
        else:
            self._put(token.end)

    def _opens(self, token: _Token) -> bool:
        if token.mark not in _EITHER:
            return token.mark in _CLOSES
        before, after = self._before(token.start), self._following(token)
        in_a_word = before.isalnum() and before < SPACED_BELOW
        return not in_a_word and bool(after) and not after.isspace()

    def _closing(self, opening: _Token) -> _Token | None:
        """What closes the quotation that *opening* opens; None where nothing does, in its paragraph and near enough."""
        self.tried += 1
        if self.tried > MOST_TRIED:
            return None
        at, depth, trusts_code = opening.end, 1, self.trusts_code
        limit = opening.end + MOST_QUOTED
        while (found := _TOKEN.search(self.text, at)) and found.start() < limit:
            token = self._token(found, trusts_code)
            if found[0] == "\n" and _BLOCK.match(self.text, token.end):  # the paragraph ends
                return None
            trusts_code = trusts_code and not token.breaks_code
            if token.mark and token.mark in _CLOSES[opening.mark]:
                depth -= 1
            elif token.mark == opening.mark:
                depth += 1
            if not 0 < depth <= MOST_NESTED:
                return token if depth == 0 else None
            at = token.end
        self._wait_if(len(self.text) < limit)
        return None

    def _token(self, found: re.Match[str], trusts_code: bool) -> _Token:
        text, start, end = found[0], found.start(), found.end()
        may_go_on = text[0] == "`" or text == "\\" or (text[0] == "&" and text[-1] != ";")
        self._wait_if(may_go_on and end == len(self.text))
        if text[0] == "`":
            code_end = self._code_end(start, end) if trusts_code else None
            return _Token(start, code_end or end, breaks_code=code_end is None)
        mark = html.unescape(text) if text[-1] == ";" else text.removeprefix("\\")
        return _Token(start, end, mark if mark and mark in _MARKS else "", breaks_code=text == "<")

    def _code_end(self, start: int, end: int) -> int | None:
        """Where the code ends that these backticks open, which is in their line and in their cell of a table."""
        line_end = self.text.find("\n", end, end + MOST_QUOTED)
        limit = line_end if line_end >= 0 else min(len(self.text), end + MOST_QUOTED)
        closing = re.compile(rf"(?<!`)`{{{end - start}}}(?!`)").search(self.text, end, limit + 1)
        if closing is None or closing.end() > limit:
            self._wait_if(limit == len(self.text) < end + MOST_QUOTED)
            return None
        self._wait_if(closing.end() == len(self.text))
        return closing.end() if "|" not in self.text[end : closing.start()] else None

    # -- what both need --------------------------------------------------------------------------------

    def _is_found(self, quoted: str) -> bool:
        span = self.document.find(quoted)
        if span and words_in(quoted) >= FEWEST_LINKED:
            self.passages.append(Passage(quoted.strip(), *span))
        return span is not None

    def _put(self, end: int) -> None:
        if end > self.at:
            self._add(self.text[self.at : end])
            self.at = end

    def _add(self, piece: str) -> None:
        self.out.append(piece)
        _, line_end, after = piece.rpartition("\n")
        self.line = (after if line_end else self.line + after)[:LONGEST_BEGINNING]

    def _leave_out(self, token: _Token) -> None:
        last = self.out[-1] if self.out else ""
        if any(before.search(last) and after.match(self._following(token)) for before, after in _JOINS) or (
            _NUMBER.fullmatch(self.line) and self._following(token) in {".", ")"}
        ):
            self._add(" ")
        self.at = token.end
        self.begins_line = _BARE.fullmatch(self.line) is not None  # what follows may be read as its beginning now

    def _before(self, at: int) -> str:
        return self.text[at - 1 : at] if at else ""

    def _following(self, token: _Token) -> str:
        """The character after it; empty at the end."""
        self._wait_if(token.end == len(self.text))
        return self.text[token.end : token.end + 1]

    def _wait_while(self, pattern: re.Pattern[str], at: int) -> None:
        self._wait_if(pattern.fullmatch(self.text, at) is not None)

    def _wait_if(self, more_is_needed: bool) -> None:
        if more_is_needed and not self.final:
            raise _Undecided
