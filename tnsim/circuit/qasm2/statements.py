"""Every statement of OpenQASM 2, one at a time: the reader that defines what a file means.

    file      := [ 'OPENQASM' '2.0' ';' ] { statement }
    statement := 'include' '"qelib1.inc"' ';'
               | ('qreg' | 'creg') name '[' integer ']' ';'
               | 'gate' name [ '(' [ names ] ')' ] names '{' { line } '}'
               | 'opaque' name [ '(' [ names ] ')' ] names ';'
               | 'measure' argument '->' argument ';'
               | ('reset' argument | 'barrier' arguments | gate [ angles ] arguments) ';'
               | 'if' '(' name '==' integer ')' (a gate or a reset)
    line      := gate [ angles ] names ';' | 'barrier' names ';'
    angles    := '(' [ expression { ',' expression } ] ')'
    argument  := name [ '[' integer ']' ]

A statement changes the scope only once it has been read to its end, so that it can be read again
from its start when the window ends within it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tnsim.circuit.qasm.arithmetic import Undefined, Value
from tnsim.circuit.qasm.budget import TooLarge
from tnsim.circuit.qasm.registers import MOST_MEMBERS, Registers
from tnsim.circuit.qasm.tokens import Lexer, Token

from .conditions import read_condition
from .expression import read_expressions
from .file import File
from .gate_definitions import check_counts, find_gate, read_gate, read_opaque
from .operands import (
    broadcast,
    check_distinct,
    count_rows,
    read_operand,
    read_operands,
)
from .words import QASM2

__all__ = ["read_statement"]

_OPERATIONS = frozenset(("measure", "reset"))


def read_statement(scope: File) -> bool:
    """Read the statement at the source's position and move on; False at the end of the file."""
    lexer = Lexer(scope.source, QASM2)
    token = lexer.take()
    if token.kind == "end":
        return False
    if token.kind != "name":
        raise lexer.error(f"a statement must begin with a word, but {token} stands here", token)
    reader = _READERS.get(token.text, _call)
    try:
        reader(scope, lexer, token)
    except TooLarge as error:
        raise lexer.error(str(error), token) from None
    scope.is_first = False
    scope.source.position = lexer.end
    return True


def _version(scope: File, lexer: Lexer, token: Token) -> None:
    if not scope.is_first:
        raise lexer.error("OPENQASM must be the first statement of the file", token)
    version = lexer.take()
    if version.kind not in {"real", "integer"}:
        raise lexer.error(f"a version such as 2.0 is expected, but {version} stands here", version)
    if version.text not in {"2.0", "2"}:
        raise lexer.error(f"only OpenQASM 2.0 is read here (got version {version.text})", version)
    lexer.expect(";", "after the version")


def _include(scope: File, lexer: Lexer, token: Token) -> None:
    name = lexer.take()
    if name.kind != "string":
        raise lexer.error(f"a file name in quotes is expected, but {name} stands here", name)
    lexer.expect(";", "after the file name")
    if name.text != '"qelib1.inc"':
        raise lexer.error(
            f'only "qelib1.inc" can be included (got {name.text[:60]}); put the definitions of '
            "other files into this one",
            name,
        )
    if scope.gates.includes:
        raise lexer.error('"qelib1.inc" is included a second time', token)
    clash = scope.gates.include()
    if clash is not None:
        where = scope.gates.known[clash].where
        raise lexer.error(f'"qelib1.inc" defines gate {clash!r}, already defined on {where}', token)


def _qreg(scope: File, lexer: Lexer, _: Token) -> None:
    _declare(scope, scope.qubits, lexer)


def _creg(scope: File, lexer: Lexer, _: Token) -> None:
    _declare(scope, scope.bits, lexer)


def _declare(scope: File, registers: Registers, lexer: Lexer) -> None:
    name = lexer.name("the name of a register")
    lexer.expect("[", "after the name of the register")
    place = lexer.peek()
    size = lexer.integer("the size of the register")
    lexer.expect("]", "after the size")
    lexer.expect(";", "after the declaration")
    earlier = scope.qubits.known.get(name.text) or scope.bits.known.get(name.text)
    if earlier is not None:
        raise lexer.error(f"register {name} is already declared on {earlier.where}", name)
    if size == 0:
        raise lexer.error("a register must have at least one member", place)
    if registers.total + size > MOST_MEMBERS:
        raise lexer.error(
            f"a file may declare at most {MOST_MEMBERS} {registers.kind} "
            f"(with this register {registers.total + size})",
            place,
        )
    registers.declare(name.text, size, scope.source.place(name.offset))


def _measure(scope: File, lexer: Lexer, token: Token) -> None:
    source = read_operand(scope.qubits, lexer)
    lexer.expect("->", "after the qubits that are measured")
    target = read_operand(scope.bits, lexer)
    lexer.expect(";", "after the measurement")
    if (source.index is None) != (target.index is None) or source.size != target.size:
        raise lexer.error(
            f"a register must be measured into one of its size and a qubit into a bit, "
            f"but {source} has {source.size} and {target} has {target.size}",
            target.token,
        )
    qubits, bits = source.numbers, target.numbers
    if scope.builder.is_conditioned:
        raise lexer.error(
            "a measurement cannot depend on a condition here; measure always, and condition what "
            "follows",
            token,
        )
    scope.builder.measure(qubits, bits)


def _reset(scope: File, lexer: Lexer, _: Token) -> None:
    operand = read_operand(scope.qubits, lexer)
    lexer.expect(";", "after the qubits that are reset")
    scope.builder.reset(operand.numbers)


def _barrier(scope: File, lexer: Lexer, _: Token) -> None:
    operands = read_operands(scope.qubits, lexer)
    scope.budget.spend(sum(operand.size for operand in operands))
    flat = np.concatenate([operand.numbers for operand in operands])
    first = np.unique(flat, return_index=True)[1]
    scope.builder.barrier(flat[np.sort(first)])


def _condition(scope: File, lexer: Lexer, _: Token) -> None:
    condition = read_condition(scope.bits, lexer)
    token = lexer.take()
    if token.kind != "name" or (token.text in QASM2.keywords and token.text not in _OPERATIONS):
        raise lexer.error(f"a gate or reset is expected after if, but {token} stands here", token)
    with scope.builder.under(condition):
        _READERS.get(token.text, _call)(scope, lexer, token)
    scope.budget.spend(len(condition))


def _gate(scope: File, lexer: Lexer, _: Token) -> None:
    read_gate(scope.gates, scope.builder, lexer)


def _opaque(scope: File, lexer: Lexer, _: Token) -> None:
    read_opaque(scope.gates, lexer)


def _call(scope: File, lexer: Lexer, token: Token) -> None:
    gate = find_gate(scope.gates, lexer, token)
    angles: list[Value] = read_expressions(lexer, scope.algebra)
    operands = read_operands(scope.qubits, lexer)
    check_counts(lexer, token, gate, len(angles), len(operands))
    check_distinct(lexer, operands)
    rows = count_rows(lexer, operands)
    scope.pay(gate, rows)
    qubits = broadcast(operands, rows)
    try:
        scope.call(gate, qubits, angles)
    except Undefined as error:
        raise lexer.error(f"in gate {gate.name}: {error}", token) from None


_READERS: dict[str, Callable[[File, Lexer, Token], None]] = {
    "OPENQASM": _version,
    "include": _include,
    "qreg": _qreg,
    "creg": _creg,
    "gate": _gate,
    "opaque": _opaque,
    "measure": _measure,
    "reset": _reset,
    "barrier": _barrier,
    "if": _condition,
}
