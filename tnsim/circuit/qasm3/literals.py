"""Numbers, truth values and strings of bits."""

from __future__ import annotations

import math

from tnsim.circuit.qasm.registers import MOST_MEMBERS
from tnsim.circuit.qasm.tokens import Lexer, Token

from .values import BitString
from .words import CONSTANTS

__all__ = ["read_literal"]

_MOST_DIGITS = 38
_BITS = {"x": 4, "o": 3, "b": 1}


def read_literal(lexer: Lexer, token: Token) -> int | float | bool | BitString | None:
    """The value of a token, None where it is none."""
    if token.kind in {"integer", "based"}:
        return _integer(lexer, token)
    if token.kind == "real":
        value = float(token.text.replace("_", ""))
        if math.isinf(value):
            raise lexer.error(f"{token} is too large for a number", token)
        return value
    if token.kind == "string":
        return _bits(lexer, token)
    if token.kind == "timing":
        if token.text.endswith("im"):
            raise lexer.error("complex numbers are not read; use real ones", token)
        raise lexer.error("durations are not read; a circuit has no timing", token)
    if token.kind == "name":
        if token.text in {"true", "false"}:
            return token.text == "true"
        return CONSTANTS.get(token.text)
    return None


def _integer(lexer: Lexer, token: Token) -> int:
    digits = token.text.replace("_", "")
    if len(digits) > _MOST_DIGITS:
        raise lexer.error(f"an integer must have at most {_MOST_DIGITS} digits", token)
    return int(digits, 0) if token.kind == "based" else int(digits)


def _bits(lexer: Lexer, token: Token) -> BitString:
    digits = token.text[1:-1].replace("_", "")
    if not digits or digits.strip("01"):
        raise lexer.error(
            f"a string may hold only 0 and 1, as the values of bits (got {token})", token
        )
    if len(digits) > MOST_MEMBERS:
        raise lexer.error(f"a string may have at most {MOST_MEMBERS} bits", token)
    return BitString(len(digits), int(digits, 2))
