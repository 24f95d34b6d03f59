"""The state of an OpenQASM 3 file being read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, final

from tnsim.base.errors import QasmError
from tnsim.circuit.qasm.arithmetic import Linear, Undefined, Value
from tnsim.circuit.qasm.gates import Gate, Line
from tnsim.circuit.qasm.registers import MOST_MEMBERS
from tnsim.circuit.qasm.scope import Scope
from tnsim.circuit.qasm.source import Source, whole_text
from tnsim.circuit.qasm.template import Program
from tnsim.circuit.qasm.tokens import Lexer

from . import values
from .evaluation import Failure, evaluate
from .expression_reader import read_expressions
from .library import gate_set
from .names import Entry, Names
from .operations import real
from .syntax import Expression
from .words import QASM3

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Body", "File"]


class Body:
    """The gate whose body is being read: its program and the lines so far."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[Line] = []


@final
class File(Scope):
    """What the statements share: names, the gate being defined, gates made by modifiers."""

    def __init__(self, source: Source, *, parameters: bool, limit: int | None) -> None:
        self.names = Names()
        self.parameters = parameters
        self.body: Body | None = None
        self.modified: dict[object, tuple[Gate, Gate]] = {}
        self.uses_hardware = False
        # By name of a parameter in Latin letters the name in the file.
        self.spelled: dict[str, str] = {}
        # Statements carried out in loops are paid for: a short loop may run for long.
        self.loops = 0
        super().__init__(source, QASM3, gate_set(), self._angles, limit)

    def value(self, expression: Expression) -> values.Value:
        """The value of an expression; `Failure` where it has none."""
        program = None if self.body is None else self.body.program
        return evaluate(expression, self.names, self.hardware, program)

    def declare(self, name: str, entry: Entry) -> None:
        """Enter a name in the innermost block; `Undefined` where it is taken."""
        block = self.names.blocks[-1]
        if name in block:
            raise Undefined(f"{name!r} is already declared on {block[name].where}")
        if self.names.is_global:
            earlier = self.gates.known.get(name)
            if earlier is not None:
                raise Undefined(f"{name!r} is already a gate ({self.gates.origin(name)})")
            self.lookup.forget_angles()
        block[name] = entry

    def hardware(self, text: str) -> values.Qubits:
        """The qubit of the machine with this number, such as $3: qubit 3 of the circuit."""
        number = int(text[1:]) if len(text) < 9 else MOST_MEMBERS
        if number >= MOST_MEMBERS:
            raise Undefined(f"a circuit has at most {MOST_MEMBERS} qubits")
        if self.qubits.total and not self.uses_hardware:
            raise Undefined("hardware qubits and declared ones cannot stand in one circuit")
        if self.body is not None:
            raise Undefined("the body of a gate has only the qubits that it is given")
        self.uses_hardware = True
        self.qubits.total = max(self.qubits.total, number + 1)
        return values.Qubits(range(number, number + 1), False, text)

    @contextmanager
    def block(self) -> Iterator[dict[str, Entry]]:
        """Names declared within are forgotten at the end."""
        self.names.blocks.append({})
        try:
            yield self.names.blocks[-1]
        finally:
            self.names.blocks.pop()

    def _angles(self, words: str) -> tuple[Value, ...]:
        lexer = Lexer(whole_text(f"({words})"), QASM3)
        try:
            lexer.expect("(", "")
            found = read_expressions(lexer, ")")
            if lexer.peek().kind != "end":
                raise KeyError(words)
            return tuple([_angle(self.value(expression)) for expression in found])
        except (QasmError, Failure, Undefined):
            raise KeyError(words) from None


def _angle(value: values.Value) -> Value:
    return value if isinstance(value, Linear) else real(value)
