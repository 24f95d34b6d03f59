"""Our circuits as Cirq's."""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from typing import Any

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine, as_affine
from tnsim.circuit import Circuit, Instruction

from .cirq_gates import CIRQ_BASIS, cirq_gate
from .packages import library
from .refusals import refuse_readout
from .rows import Condition, channel_of, split_rows
from .sympy_angles import to_sympy

__all__ = ["to_cirq"]


def to_cirq(circuit: Circuit, *, qubits: Sequence[Any] | None = None) -> Any:
    """The circuit as a Cirq `Circuit`, the same unitary with its global phase.

    Qubit k becomes `qubits[k]`, by default `cirq.LineQubit(k)`. Parameters become SymPy symbols;
    given matrices `MatrixGate`, channels `KrausChannel`, the result of bit b the key "c" + b. A
    global phase is an operation at the end. Barriers, which Cirq has not, and which change no
    state, are left out. Cirq's circuits have the qubits that some operation uses, so give
    `qubits` to its functions where one is idle.

    Raises `CircuitError` for readout errors and channels whose strengths are not bound.

    >>> print(to_cirq(Circuit(2).h(0).cx(0, 1)))  # doctest: +SKIP
    0: ───H───@───
              │
    1: ───────X───
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "Cirq")
    cirq = library("cirq")
    size = circuit.num_qubits
    where = list(cirq.LineQubit.range(size) if qubits is None else qubits)
    if len(where) != size:
        raise CircuitError(f"`qubits` must list {size} qubits of Cirq (got {len(where)})")
    plain = circuit.unroll(CIRQ_BASIS | {"unitary"})
    phase = plain.global_phase
    operations = []
    for place, row, condition in split_rows(plain):
        if row.operation.kind == "barrier":
            continue
        targets = [where[q] for q in row.qubits]
        operation, left = _operation(row, place, targets)
        if condition is not None:
            operation = operation.with_classical_controls(*_conditions(condition))
        else:
            phase = phase + left
        operations.append(operation)
    result = cirq.Circuit(operations)
    if phase.names or phase.constant:
        result.append(cirq.global_phase_operation(_factor(phase)))
    return result


def _operation(row: Instruction, place: int, where: list[Any]) -> tuple[Any, Affine]:
    cirq = library("cirq")
    operation = row.operation
    if operation.gate is not None:
        gate, left = cirq_gate(row.name, row.angles)
        return gate.on(*where), as_affine(left)
    none = Affine({})
    if operation.matrix is not None:
        return cirq.MatrixGate(operation.matrix).on(*where), none
    if operation.kind == "channel":
        return cirq.KrausChannel(list(channel_of(row, place).kraus())).on(*where), none
    if operation.kind == "reset":
        return cirq.reset(*where), none
    return cirq.measure(*where, key=f"c{row.bits[0]}"), none


def _conditions(condition: Condition) -> list[Any]:
    sympy = library("sympy")
    pairs = zip(*condition, strict=True)
    return [f"c{bit}" if value else sympy.Eq(sympy.Symbol(f"c{bit}"), 0) for bit, value in pairs]


def _factor(phase: Affine) -> Any:
    if not phase.names:
        return cmath.exp(1j * phase.constant)
    sympy = library("sympy")
    return sympy.exp(sympy.I * to_sympy(phase))
