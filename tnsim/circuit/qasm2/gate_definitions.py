"""`gate` and `opaque` statements."""

from __future__ import annotations

from tnsim.circuit.qasm.builder import Builder
from tnsim.circuit.qasm.gates import Gate, GateSet, Line, defined_gate
from tnsim.circuit.qasm.recognition import recognised
from tnsim.circuit.qasm.template import Program
from tnsim.circuit.qasm.tokens import Lexer, Token

from .expression import read_expressions

__all__ = ["check_counts", "find_gate", "read_gate", "read_opaque"]


def find_gate(gates: GateSet, lexer: Lexer, token: Token) -> Gate:
    """The gate of this name; an error where there is none or it is opaque."""
    gate = gates.known.get(token.text)
    if gate is None:
        raise lexer.error(f"gate {token} is not defined{gates.suggestion(token.text)}", token)
    if gate.is_opaque:
        raise lexer.error(
            f"gate {token} is opaque ({gate.where}): the file does not say what it does", token
        )
    return gate


def check_counts(lexer: Lexer, token: Token, gate: Gate, angles: int, qubits: int) -> None:
    """Refuse a call with too many or too few angles or qubits."""
    for what, wanted, got in (
        ("angle", gate.num_params, angles),
        ("qubit", gate.num_qubits, qubits),
    ):
        if wanted != got:
            plural = "" if wanted == 1 else "s"
            raise lexer.error(f"gate {token} takes {wanted} {what}{plural} (got {got})", token)


def read_gate(gates: GateSet, builder: Builder, lexer: Lexer) -> None:
    """Read a gate definition after its keyword and enter it."""
    name, params, qubits = _signature(gates, lexer)
    lexer.expect("{", "before the body of the gate")
    program = Program(params)
    slots = {qubit: index for index, qubit in enumerate(qubits)}
    lines = []
    while not lexer.accept("}"):
        lines.append(_line(gates, lexer, program, slots))
    gate = defined_gate(name.text, len(qubits), program, lines, lexer.source.place(name.offset))
    gates.define(recognised(gate, builder, exact=False))


def read_opaque(gates: GateSet, lexer: Lexer) -> None:
    """Read an opaque declaration after its keyword and enter it."""
    name, params, qubits = _signature(gates, lexer)
    lexer.expect(";", "after the declaration")
    where = lexer.source.place(name.offset)
    gates.define(Gate(name.text, len(params), len(qubits), where=where))


def _signature(gates: GateSet, lexer: Lexer) -> tuple[Token, list[str], list[str]]:
    name = lexer.name("the name of a gate")
    earlier = gates.earlier(name.text)
    if earlier is not None:
        raise lexer.error(f"gate {name} is already defined by {earlier}", name)
    taken: set[str] = set()
    params: list[str] = []
    if lexer.accept("(") and not lexer.accept(")"):
        params = _names(lexer, "a parameter", taken)
        lexer.expect(")", "after the parameters")
    return name, params, _names(lexer, "a qubit", taken)


def _names(lexer: Lexer, what: str, taken: set[str]) -> list[str]:
    names = []
    while True:
        token = lexer.name(f"the name of {what}")
        if token.text in taken:
            raise lexer.error(f"the name {token} is given twice", token)
        taken.add(token.text)
        names.append(token.text)
        if not lexer.accept(","):
            return names


def _line(gates: GateSet, lexer: Lexer, program: Program, slots: dict[str, int]) -> Line:
    token = lexer.take()
    if token.kind != "name":
        raise lexer.error(f"a gate or '}}' is expected, but {token} stands here", token)
    if token.text == "barrier":
        return Line(None, (), tuple(_slots(lexer, slots)))
    if token.text in lexer.language.keywords:
        raise lexer.error(f"only gates may stand in the body of a gate (got {token})", token)
    gate = find_gate(gates, lexer, token)
    angles = read_expressions(lexer, program)
    qubits = _slots(lexer, slots)
    check_counts(lexer, token, gate, len(angles), len(qubits))
    return Line(gate, tuple(angles), tuple(qubits))


def _slots(lexer: Lexer, slots: dict[str, int]) -> list[int]:
    found: dict[int, None] = {}
    while True:
        token = lexer.name("a qubit of the gate")
        if token.text not in slots:
            raise lexer.error(f"{token} is no qubit of this gate", token)
        if slots[token.text] in found:
            raise lexer.error(f"the qubit {token} is given twice", token)
        found[slots[token.text]] = None
        if not lexer.accept(","):
            lexer.expect(";", "at the end of the line")
            return list(found)
