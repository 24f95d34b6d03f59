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
    symbolic strengths.
    """

    operation: Operation
    angles: tuple[float | Affine, ...]
    qubits: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.operation.name

    def __str__(self) -> str:
        angles = ", ".join(f"{a:.6g}" if isinstance(a, float) else str(a) for a in self.angles)
        qubits = _listed(self.qubits)
        return f"{self.name}({angles}) {qubits}" if angles else f"{self.name} {qubits}"


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
            yield Instruction(operations[code], tuple(angles[a:b]), tuple(qubits[c:d]))


def _listed(qubits: tuple[int, ...]) -> str:
    if len(qubits) <= 8:
        return " ".join(map(str, qubits))
    return f"{qubits[0]} {qubits[1]} ... {qubits[-1]}"
