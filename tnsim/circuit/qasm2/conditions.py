"""`if (register == number) operation;`."""

from __future__ import annotations

from tnsim.circuit.qasm.builder import Condition
from tnsim.circuit.qasm.registers import Registers
from tnsim.circuit.qasm.tokens import Lexer

from .operands import find_register

__all__ = ["read_condition"]

_MOST_DIGITS = 4000


def read_condition(bits: Registers, lexer: Lexer) -> Condition:
    """Take '(' register '==' integer ')': member k of the register is bit k of the number."""
    lexer.expect("(", "after if")
    register = find_register(bits, lexer)
    if lexer.peek().text == "[":
        raise lexer.error(
            "OpenQASM 2 compares whole registers; compare one of a single bit, or write the "
            "program in OpenQASM 3",
            lexer.peek(),
        )
    lexer.expect("==", "after the register")
    place = lexer.peek()
    digits = lexer.digits("the number that the register is compared with")
    # Without leading zeros, so that it is clear before int(), which takes only so many digits.
    digits = digits.lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise lexer.error(f"a number must have at most {_MOST_DIGITS} digits", place)
    if len(digits) > register.size or (int(digits) >> register.size):
        raise lexer.error(
            f"register {register.name} has {register.size} bits and is never {digits:.20}; "
            "remove the statement",
            place,
        )
    lexer.expect(")", "after the condition")
    value = int(digits)
    return tuple((register.start + k, value >> k & 1) for k in range(register.size))
