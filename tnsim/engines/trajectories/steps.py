"""A circuit's instructions as columns: unitaries as they are, all else as superoperators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tnsim.circuit import Circuit
from tnsim.circuit.operations import Operation
from tnsim.engines.evolution.rows import Kind, Rows

__all__ = ["Steps", "steps_of"]


@dataclass(frozen=True, eq=False)
class Steps:
    """`rows` on axes (axis 0 outermost); `operations[k]` is what `rows.kinds[k]` stands for.

    A kind's matrix is the unitary, or of whatever is none, the superoperator.
    """

    rows: Rows
    operations: tuple[Operation, ...]

    def is_unitary(self, kind: int) -> bool:
        return self.operations[kind].unitary_form is not None

    @property
    def is_pure(self) -> bool:
        return all(self.is_unitary(k) for k in range(len(self.operations)))


def steps_of(circuit: Circuit, place: Mapping[int, int], *, measurements: bool) -> Steps:
    """The instructions of a circuit whose qubit q is axis `place[q]`, without barriers.

    Measurements, which are the last on their qubits, are left out unless they are asked for.
    """
    columns, operations = circuit.columns, circuit.operations
    left_out = {"barrier"} if measurements else {"barrier", "unread"}
    kept = np.array([op.kind not in left_out for op in operations])
    taken = columns.take(np.flatnonzero(kept[columns.opcode]))
    codes = np.unique(taken.opcode).tolist()
    used = tuple(operations[code] for code in codes)
    number = np.zeros(max(codes, default=0) + 1, dtype=np.int32)
    number[codes] = np.arange(len(codes))
    axis_of = np.zeros(circuit.num_qubits, dtype=np.int32)
    for qubit, axis in place.items():
        axis_of[qubit] = axis
    rows = Rows(
        tuple(_kind(op) for op in used),
        number[taken.opcode],
        taken.qubit_start,
        axis_of[taken.qubits],
        taken.angle_start,
        taken.angles,
        taken.symbols,
        circuit.expressions,
        len(place),
    )
    return Steps(rows, used)


def _kind(operation: Operation) -> Kind:
    form = operation.unitary_form
    unitary = form is not None
    return Kind(
        form if form is not None else operation.superoperator_form, operation.num_qubits, unitary
    )
