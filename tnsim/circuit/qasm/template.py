"""A user's gate as rows of table gates: opcodes, qubit slots, and a program for the angles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Undefined, Value, binary, unary

__all__ = ["Call", "Program", "Slot", "Template", "assemble"]

Slot = int | float
"""An angle of a program: a number if a float, the place of a value if an int."""


class Program:
    """Angles computed from arguments: a list of operations, each on earlier places or numbers.

    Places 0..num_params - 1 are the arguments, place num_params + i the result of operation i.
    Numbers are folded as they appear. The methods are those of an `Algebra`.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = {name: index for index, name in enumerate(names)}
        self.num_params = len(names)
        self.operations: list[tuple[str, Slot, Slot | None]] = []

    def number(self, value: float) -> Slot:
        """A constant."""
        return value

    def name(self, name: str) -> Slot:
        """The place of an argument."""
        if name not in self.names:
            raise Undefined(f"{name!r} is no parameter of this gate")
        return self.names[name]

    def unary(self, op: str, a: Slot) -> Slot:
        """Minus or a function."""
        if isinstance(a, float):
            return _folded(unary(op, a))
        return self._push((op, a, None))

    def binary(self, op: str, a: Slot, b: Slot) -> Slot:
        """One of + - * / ^."""
        if isinstance(a, float) and isinstance(b, float):
            return _folded(binary(op, a, b))
        return self._push((op, a, b))

    def inline(
        self, callee: Program, arguments: Sequence[Slot], angles: Sequence[Slot]
    ) -> list[Slot]:
        """Run another program on `arguments` within this one; where its `angles` end up."""
        places: list[Slot] = list(arguments)

        def moved(slot: Slot) -> Slot:
            return slot if isinstance(slot, float) else places[slot]

        for op, a, b in callee.operations:
            if b is None:
                places.append(self.unary(op, moved(a)))
            else:
                places.append(self.binary(op, moved(a), moved(b)))
        return [moved(angle) for angle in angles]

    def run(self, arguments: Sequence[Value]) -> list[Value]:
        """The values of all places."""
        places: list[Value] = list(arguments)
        for op, a, b in self.operations:
            left = a if isinstance(a, float) else places[a]
            if b is None:
                places.append(unary(op, left))
            else:
                places.append(binary(op, left, b if isinstance(b, float) else places[b]))
        return places

    def _push(self, operation: tuple[str, Slot, Slot | None]) -> Slot:
        self.operations.append(operation)
        return self.num_params + len(self.operations) - 1


@dataclass(frozen=True, eq=False)
class Template:
    """The rows that one call of a gate makes.

    `opcode` (L,) indexes the standard operations; `qubits`, flat, says which qubit of the call
    each row acts on; `angles`, flat, which place of the program or which number each angle is.
    The call multiplies the circuit by exp(i `phase`).
    """

    num_qubits: int
    program: Program
    opcode: NDArray[np.uint16]
    qubits: NDArray[np.int32]
    angles: tuple[Slot, ...]
    phase: Slot = 0.0

    @property
    def has_phase(self) -> bool:
        """Whether a call changes the global phase."""
        return self.phase != 0.0 or isinstance(self.phase, int)

    def values(self, arguments: Sequence[Value]) -> tuple[list[Value], Value]:
        """The flat angles of a call and its phase; of N calls where arguments are arrays of N."""
        places = self.program.run(arguments)
        slots = (*self.angles, self.phase)
        *angles, phase = (a if isinstance(a, float) else places[a] for a in slots)
        return angles, phase


@dataclass(frozen=True, eq=False)
class Call:
    """One line of a gate's body: what is called, on which arguments and which of its qubits."""

    callee: Template
    arguments: tuple[Slot, ...]
    qubits: tuple[int, ...]


def assemble(num_qubits: int, program: Program, calls: Sequence[Call]) -> Template:
    """The template of a body: the templates of its lines, put one after another.

    `program` holds the arguments of the calls and takes in the programs of the callees.
    """
    angles: list[Slot] = []
    phase: Slot = 0.0
    for call in calls:
        wanted = (*call.callee.angles, call.callee.phase)
        *found, more = program.inline(call.callee.program, call.arguments, wanted)
        angles += found
        if call.callee.has_phase:
            phase = program.binary("+", phase, more)
    opcodes = [call.callee.opcode for call in calls]
    qubits = [np.array(call.qubits, dtype=np.int32)[call.callee.qubits] for call in calls]
    return Template(
        num_qubits,
        program,
        np.concatenate([np.zeros(0, np.uint16), *opcodes]),
        np.concatenate([np.zeros(0, np.int32), *qubits]),
        tuple(angles),
        phase,
    )


def _folded(value: Value) -> float:
    assert isinstance(value, float)
    return value
