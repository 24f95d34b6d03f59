"""Words of OpenQASM 2: identifiers, numbers, strings and signs, with their places."""

from __future__ import annotations

import re
from typing import NamedTuple

from tnsim.base.errors import QasmError

from .source import EndOfWindow, Source

__all__ = ["BLANK", "KEYWORDS", "Lexer", "Token"]

KEYWORDS = frozenset(
    ("OPENQASM", "include", "qreg", "creg", "gate", "opaque", "measure", "reset", "barrier", "if")
)
BLANK = r"[ \t\r\n\f\v]*+(?://[^\n]*+[ \t\r\n\f\v]*+)*+"
"""White space and comments, none included."""

_TOKEN = re.compile(
    BLANK + r"(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*+)"
    r"|(?P<real>(?:[0-9]++\.[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+|[0-9]++[eE][+-]?[0-9]++)"
    r"|(?P<integer>[0-9]++)"
    r'|(?P<string>"[^"\n]*+")'
    r"|(?P<sign>->|==|[;,(){}\[\]+\-*/^])"
    r"|(?P<end>\Z)"
    r"|(?P<other>.))",
    re.DOTALL,
)
_MOST_DIGITS = 12


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

    def __init__(self, source: Source) -> None:
        self.source = source
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
        if token.text in KEYWORDS:
            raise self.error(f"{what} is expected, but {token} is a keyword", token)
        if token.text == "pi":
            raise self.error("pi is a number and cannot be the name of something else", token)
        return token

    def integer(self, what: str) -> int:
        """Take a non-negative integer of at most 12 digits."""
        token = self.take()
        if token.kind != "integer":
            raise self.error(f"{what} is expected, but {token} stands here", token)
        if len(token.text) > _MOST_DIGITS:
            raise self.error(f"{what} must have at most {_MOST_DIGITS} digits", token)
        return int(token.text)

    def error(self, message: str, token: Token) -> QasmError:
        """An error at a token."""
        return self.source.error(message, token.offset)

    def _scan(self, start: int) -> tuple[Token, int]:
        text = self.source.text
        match = _TOKEN.match(text, start)
        assert match is not None
        kind, end = match.lastgroup or "end", match.end()
        if not self.source.is_final and self._may_go_on(match[kind], match.start(kind), end):
            raise EndOfWindow
        token = Token(kind, match[kind], match.start(kind))
        if kind == "other":
            raise self.error(_unexpected(token.text), token)
        return token, end

    def _may_go_on(self, word: str, start: int, end: int) -> bool:
        """Whether more text could make this token another one."""
        text = self.source.text
        if word == '"':  # a string without its end
            return text.find("\n", start) < 0
        # Up to two characters behind it may belong to it: 1e-5 begins as 1, e, -.
        return end > len(text) - 3 and word not in {";", "}"}


def _unexpected(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"the byte 0x{code - 0xDC00:02x} is no UTF-8 text; save the file as UTF-8"
    if character == '"':
        return "this string has no closing quotation mark on its line"
    return f"the character {character!r} has no place in OpenQASM 2"
