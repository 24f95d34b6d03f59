"""Definitions that only spell out a gate of the table, so that it stays one gate.

Many programs write `gate rzz(theta) a,b { cx a,b; rz(theta) b; cx a,b; }` before they use it. As
one diagonal gate it is far cheaper to simulate than as three.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.operations import OPCODES, STANDARD

from .arithmetic import Undefined
from .builder import Builder
from .gates import Gate, table_gate
from .template import Template

__all__ = ["recognised"]

_MOST_WEIGHT = 2000
_MOST_QUBITS = 5
_TOLERANCE = 1e-12
# Angles at which two gates are compared: nothing special about them.
_TRIALS = ((0.8437, -1.2911, 2.1743, 0.3719), (-2.5113, 0.6367, 1.0531, -1.8127))


def recognised(gate: Gate, builder: Builder, *, exact: bool) -> Gate:
    """The table's gate of the same name if this one equals it up to a global phase, else `gate`.

    Equal means: the unitaries agree to 1e-12 at two sets of angles. Where `exact`, phases count
    too. An underscore behind the name does not: it tells a gate from one of the library that has
    the same name and another phase.
    """
    name = gate.name.removesuffix("_") if exact else gate.name
    code = OPCODES.get(name)
    if code is None or STANDARD[code].kind != "unitary" or gate.weight > _MOST_WEIGHT:
        return gate
    given = STANDARD[code]
    if (given.num_qubits, given.num_params) != (gate.num_qubits, gate.num_params):
        return gate
    template = gate.written_out(builder)
    if np.any(template.opcode >= len(STANDARD)):  # a barrier, which the table's gate has not
        return gate
    for trial in _TRIALS:
        angles = trial[: gate.num_params]
        try:
            found = _unitary(template, angles)
        except Undefined:
            return gate
        if not _agree(found, given.unitary_at(angles), exact=exact):
            return gate
    return table_gate(gate.name, name, where=gate.where)


def _agree(a: NDArray[np.complex128], b: NDArray[np.complex128], *, exact: bool) -> bool:
    """Whether a = exp(i phi) b, for unitaries: |Tr a^dagger b| is then their dimension."""
    overlap = np.vdot(a, b)
    phase = overlap / abs(overlap) if abs(overlap) > 0.5 and not exact else 1.0
    return bool(np.abs(a * phase - b).max() < _TOLERANCE)


def _unitary(template: Template, angles: tuple[float, ...]) -> NDArray[np.complex128]:
    size = template.num_qubits
    state = np.eye(2**size, dtype=complex).reshape((2,) * size + (2**size,))
    found, phase = template.values(list(angles))
    values = [float(value) for value in found]  # type: ignore[arg-type]
    at = angle_at = 0
    for code in template.opcode.tolist():
        operation = STANDARD[code]
        arity, count = operation.num_qubits, operation.num_params
        axes = template.qubits[at : at + arity].tolist()
        matrix = operation.unitary_at(values[angle_at : angle_at + count])
        tensor = matrix.reshape((2,) * (2 * arity))
        state = np.tensordot(tensor, state, axes=(range(arity, 2 * arity), axes))
        state = np.moveaxis(state, range(arity), axes)
        at, angle_at = at + arity, angle_at + count
    turn = np.exp(1j * float(phase))  # type: ignore[arg-type]
    result: NDArray[np.complex128] = state.reshape(2**size, 2**size) * turn
    return result
