"""One row of a circuit, made when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tnsim.base.parameters import Affine

from .operations import Operation
from .snapshot import Snapshot

__all__ = ["Instruction", "instruction_at", "instructions_of"]

_CHUNK = 4096


@dataclass(frozen=True)
class Instruction:
    """What one row says: an operation at some angles on some qubits.

    `angles` are floats, or expressions where a parameter is free. Of a channel they are its
    symbolic strengths. `bits` are the classical bit that a measurement writes, or those that must
    equal `values` for the operation to happen.
    """

    operation: Operation
    angles: tuple[float | Affine, ...]
    qubits: tuple[int, ...]
    bits: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def values(self) -> tuple[int, ...]:
        """What `bits` must be for the operation to happen."""
        return self.operation.values

    def __str__(self) -> str:
        angles = ", ".join(f"{a:.6g}" if isinstance(a, float) else str(a) for a in self.angles)
        qubits = _listed(self.qubits)
        text = f"{self.name}({angles}) {qubits}" if angles else f"{self.name} {qubits}"
        if self.values:
            pairs = zip(self.bits, self.values, strict=True)
            return f"{text} if {' and '.join(f'bit {b} is {v}' for b, v in pairs)}"
        return f"{text} into bit {self.bits[0]}" if self.bits else text


def instruction_at(snapshot: Snapshot, row: int) -> Instruction:
    """Row `row`, 0 <= row < N."""
    return next(instructions_of(snapshot, row, row + 1))


def instructions_of(snapshot: Snapshot, start: int, stop: int) -> Iterator[Instruction]:
    """Rows start..stop - 1, one at a time."""
    columns, operations, expressions = snapshot.columns, snapshot.operations, snapshot.expressions
    for begin in range(start, stop, _CHUNK):
        end = min(begin + _CHUNK, stop)
        qubit_start = columns.qubit_start[begin : end + 1].tolist()
        angle_start = columns.angle_start[begin : end + 1].tolist()
        qubits = columns.qubits[qubit_start[0] : qubit_start[-1]].tolist()
        angles: list[float | Affine] = columns.angles[angle_start[0] : angle_start[-1]].tolist()
        symbols = columns.symbols[angle_start[0] : angle_start[-1]].tolist()
        angles = [a if s < 0 else expressions[s] for a, s in zip(angles, symbols, strict=True)]
        for k, code in enumerate(columns.opcode[begin:end].tolist()):
            a, b = (x - angle_start[0] for x in angle_start[k : k + 2])
            c, d = (x - qubit_start[0] for x in qubit_start[k : k + 2])
            operation = operations[code]
            end_of_qubits = d - operation.num_bits
            bits = tuple(place - snapshot.num_qubits for place in qubits[end_of_qubits:d])
            yield Instruction(operation, tuple(angles[a:b]), tuple(qubits[c:end_of_qubits]), bits)


def _listed(qubits: tuple[int, ...]) -> str:
    if len(qubits) <= 8:
        return " ".join(map(str, qubits))
    return f"{qubits[0]} {qubits[1]} ... {qubits[-1]}"
