"""Words of OpenQASM: identifiers, numbers, strings and signs, with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from tnsim.base.errors import QasmError

from .source import EndOfWindow, Source

__all__ = ["Language", "Lexer", "Token"]

_MOST_DIGITS = 12


@dataclass(frozen=True)
class Language:
    """How the words of a version look.

    `words` matches one word behind any `blank` (white space and comments), as a group named for
    its kind: name, integer, end, other, ...; `values` are names that stand for a number.
    """

    name: str
    keywords: frozenset[str]
    values: frozenset[str]
    blank: str
    words: re.Pattern[str]
    has_block_comments: bool = False


class Token(NamedTuple):
    """A word: its kind (a group of the token pattern), its text and its offset in the window."""

    kind: str
    text: str
    offset: int

    def __str__(self) -> str:
        return "the end of the file" if self.kind == "end" else repr(self.text[:40])


class Lexer:
    """Tokens of a source from its position on, one at a time with one of look-ahead.

    Raises `EndOfWindow` where a token touches the end of a window that is not the last.
    """

    def __init__(self, source: Source, language: Language) -> None:
        self.source = source
        self.language = language
        self._end = source.position
        self._ahead: Token | None = None
        self._ahead_end = 0

    @property
    def end(self) -> int:
        """The offset behind the last token taken."""
        return self._end

    def peek(self) -> Token:
        """The next token, left where it is."""
        if self._ahead is None:
            self._ahead, self._ahead_end = self._scan(self._end)
        return self._ahead

    def take(self) -> Token:
        """The next token."""
        token = self.peek()
        self._end, self._ahead = self._ahead_end, None
        return token

    def accept(self, sign: str) -> bool:
        """Take the next token if it is this sign."""
        if self.peek().text != sign:
            return False
        self.take()
        return True

    def expect(self, sign: str, where: str) -> Token:
        """Take this sign, or say what stands there instead."""
        token = self.take()
        if token.text != sign:
            raise self.error(f"'{sign}' is expected {where}, but {token} stands here", token)
        return token

    def name(self, what: str) -> Token:
        """Take an identifier that is no keyword; `what` describes it in the error."""
        token = self.take()
        if token.kind != "name":
            raise self.error(f"{what} is expected, but {token} stands here", token)
        if token.text in self.language.keywords:
            raise self.error(f"{what} is expected, but {token} is a keyword", token)
        if token.text in self.language.values:
            raise self.error(
                f"{token.text} is a number and cannot be the name of something else", token
            )
        return token

    def integer(self, what: str) -> int:
        """Take a non-negative integer of at most 12 digits."""
        place = self.peek()
        text = self.digits(what)
        if len(text) > _MOST_DIGITS:
            raise self.error(f"{what} must have at most {_MOST_DIGITS} digits", place)
        return int(text)

    def digits(self, what: str) -> str:
        """Take a non-negative integer of any size."""
        token = self.take()
        if token.kind != "integer":
            raise self.error(f"{what} is expected, but {token} stands here", token)
        return token.text

    def error(self, message: str, token: Token) -> QasmError:
        """An error at a token."""
        return self.source.error(message, token.offset)

    def _scan(self, start: int) -> tuple[Token, int]:
        source = self.source
        match = self.language.words.match(source.text, start)
        assert match is not None
        kind = match.lastgroup or "end"
        word, start, end = match[kind], match.start(kind), match.end()
        # Only these can be the beginning of something else.
        is_open = end > len(source.text) - 3 or kind == "other" or word == "/"
        if is_open and not source.is_final and self._may_go_on(word, start, end):
            raise EndOfWindow
        token = Token(kind, word, start)
        if word == "/" and self._begins_comment(start):
            raise self.error("this comment is not closed; put */ where it ends", token)
        if kind == "other":
            raise self.error(_unexpected(word, self.language), token)
        return token, end

    def _begins_comment(self, start: int) -> bool:
        return self.language.has_block_comments and self.source.text.startswith("/*", start)

    def _may_go_on(self, word: str, start: int, end: int) -> bool:
        """Whether more text could make this token another one."""
        text = self.source.text
        if word == '"':  # a string without its end
            return text.find("\n", start) < 0
        if self._begins_comment(start):  # one without its end
            return True
        # Up to two characters behind it may belong to it: 1e-5 begins as 1, e, -.
        return end > len(text) - 3 and word not in {";", "}"}


def _unexpected(character: str, language: Language) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"the byte 0x{code - 0xDC00:02x} is no UTF-8 text; save the file as UTF-8"
    if character == '"':
        return "this string has no closing quotation mark on its line"
    return f"the character {character!r} has no place in {language.name}"
