"""The operands of a statement: single members or whole registers, and what they must satisfy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.qasm.registers import Register, Registers
from tnsim.circuit.qasm.tokens import Lexer, Token

__all__ = [
    "Operand",
    "broadcast",
    "check_distinct",
    "count_rows",
    "find_register",
    "read_operand",
    "read_operands",
]

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Operand:
    """A register, or the one member `index` of it, and where it stands."""

    register: Register
    index: int | None
    token: Token

    @property
    def size(self) -> int:
        return self.register.size if self.index is None else 1

    @property
    def numbers(self) -> Ints:
        """The members, numbered across the file."""
        start = self.register.start
        if self.index is not None:
            return np.array([start + self.index], dtype=np.int32)
        return np.arange(start, self.register.stop, dtype=np.int32)

    def __str__(self) -> str:
        return self.register.name if self.index is None else f"{self.register.name}[{self.index}]"


def find_register(registers: Registers, lexer: Lexer) -> Register:
    """Take the name of a register of this kind."""
    token = lexer.name(f"a register of {registers.kind}")
    register = registers.known.get(token.text)
    if register is None:
        near = registers.suggestion(token.text)
        raise lexer.error(f"no register of {registers.kind} is called {token}{near}", token)
    return register


def read_operand(registers: Registers, lexer: Lexer) -> Operand:
    """Take `name` or `name[index]` of a register of this kind."""
    token = lexer.peek()
    register = find_register(registers, lexer)
    if not lexer.accept("["):
        return Operand(register, None, token)
    place = lexer.peek()
    index = lexer.integer("the index of a member")
    lexer.expect("]", "after the index")
    if index >= register.size:
        raise lexer.error(
            f"an index of {register.name} must be in 0..{register.size - 1} (got {index})", place
        )
    return Operand(register, index, token)


def read_operands(registers: Registers, lexer: Lexer) -> list[Operand]:
    """Take operands separated by commas, and the semicolon behind them."""
    operands = [read_operand(registers, lexer)]
    while lexer.accept(","):
        operands.append(read_operand(registers, lexer))
    lexer.expect(";", "at the end of the statement")
    return operands


def count_rows(lexer: Lexer, operands: Sequence[Operand]) -> int:
    """How many calls the operands stand for: one, or one for each member of the registers."""
    whole = [operand for operand in operands if operand.index is None]
    for operand in whole:
        if operand.size != whole[0].size:
            raise lexer.error(
                f"registers given together must have one size, but {whole[0]} has "
                f"{whole[0].size} members and {operand} has {operand.size}",
                operand.token,
            )
    return whole[0].size if whole else 1


def broadcast(operands: Sequence[Operand], rows: int) -> Ints:
    """One row per call, shape (rows, operands): registers in step, single members repeated."""
    result = np.empty((rows, len(operands)), dtype=np.int32)
    for slot, operand in enumerate(operands):
        result[:, slot] = operand.numbers
    return result


def check_distinct(lexer: Lexer, operands: Sequence[Operand]) -> None:
    """Refuse operands that share a member in the same call."""
    members: dict[tuple[str, int | None], Operand] = {}
    registers: dict[str, Operand] = {}
    for operand in operands:
        name, index = operand.register.name, operand.index
        # A register in step with itself, or with one of its members, meets itself.
        other = registers.get(name) if index is None else members.get((name, None))
        other = other or members.get((name, index))
        if other is not None:
            raise lexer.error(
                f"the operands of one gate must differ, but {other} and {operand} share a member",
                operand.token,
            )
        members[name, index] = operand
        registers[name] = operand
