"""Circuits of quimb as ours, and back."""

from __future__ import annotations

import cmath
from functools import cache
from typing import Any

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.circuit import Circuit, Instruction
from tnsim.circuit.operations import OPCODES, STANDARD

from .packages import library
from .refusals import no_counterpart, refuse_readout, unbound
from .rows import split_rows

__all__ = ["from_quimb", "to_quimb"]

# By quimb's label our name, where angles and their order are the same.
_NAMES = {
    **{name.upper(): name for name in "h x y z s t sdg tdg sx sxdg rx ry rz u1 u2 u3".split()},
    **{name.upper(): name for name in "cx cy cz crx cry crz cu1 cu3 swap iswap".split()},
    **{name.upper(): name for name in "rxx ryy rzz ccx ccz cswap".split()},
    "PHASE": "p",
    "CPHASE": "cp",
    "CNOT": "cx",
    "IS": "iswap",
    "CCNOT": "ccx",
    "TOFFOLI": "ccx",
    "FREDKIN": "cswap",
    "IDEN": "id",
    "FSIM": "fsim",
    "FS": "fsim",
}
# Half turns, which lack the factor exp(i pi / 4) of our roots.
_ROOTS = {"X_1_2": "sx", "Y_1_2": "sy", "Z_1_2": "s", "W_1_2": "sw", "HZ_1_2": "sw"}
_OURS = {ours: label for label, ours in reversed(_NAMES.items())}


def from_quimb(circuit: Any) -> Circuit:
    """The circuit of a quimb `Circuit` (of any of its classes): its gates in their order.

    Qubit k stays qubit k. Gates that both libraries have stay gates; others, controlled ones and
    raw arrays become given matrices. Raises `CircuitError` for arrays that are not unitary, or on
    legs of a dimension other than 2.

    >>> import quimb.tensor as qtn
    >>> qc = qtn.Circuit(2)
    >>> qc.h(0); qc.rzz(0.5, 0, 1)
    >>> [str(i) for i in from_quimb(qc)]
    ['h 0', 'rzz(0.5) 0 1']
    """
    kind = library("quimb.tensor").Circuit
    if not isinstance(circuit, kind):
        raise CircuitError(f"`circuit` must be a Circuit of quimb (got {type(circuit).__name__})")
    result = Circuit(int(circuit.N))
    for place, gate in enumerate(circuit.gates):
        try:
            _read(result, gate)
        except CircuitError as error:
            raise no_counterpart(str(gate.label), place, str(error)) from error
    return result


def to_quimb(circuit: Circuit, kind: Any = None) -> Any:
    """The circuit as a quimb `Circuit`, or as the class `kind` of quimb, such as `CircuitMPS`.

    The same unitary with its global phase, which becomes a last gate on qubit 0. Gates that
    quimb lacks become raw arrays. Barriers are left out, since they change no state. Raises
    `CircuitError` for free parameters, channels, resets, measurements and readout errors.

    >>> to_quimb(Circuit(2).h(0).cx(0, 1)).num_gates
    2
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "quimb")
    result = (kind or library("quimb.tensor").Circuit)(circuit.num_qubits)
    for place, row, condition in split_rows(circuit):
        if condition is not None:
            raise no_counterpart(str(row), place, "circuits of quimb have no classical bits")
        _write(result, row, place)
    phase = circuit.global_phase
    if phase.names:
        raise unbound("the global phase", "at the end", phase.names)
    if phase.constant:
        result.apply_gate_raw(cmath.exp(1j * phase.constant) * np.eye(2), [0])
    return result


def _read(into: Circuit, gate: Any) -> None:
    qubits = [int(q) for q in gate.qubits]
    controls = [int(q) for q in gate.controls or ()]
    name = _NAMES.get(gate.label)
    if name is not None and not controls and _agrees(name, gate.label):
        into.append(name, *map(float, gate.params), *qubits)
        return
    if gate.label in _ROOTS and not controls:
        into.append(_ROOTS[gate.label], *qubits).gphase(-np.pi / 4)
        return
    size = 1 << len(qubits)
    array = np.asarray(gate.array)
    if array.size != size * size:
        raise CircuitError(f"its array must be on qubits, of dimension 2 (got {array.shape})")
    matrix = np.eye(size << len(controls), dtype=complex)
    matrix[len(matrix) - size :, len(matrix) - size :] = array.reshape(size, size)
    into.unitary(matrix, *controls, *qubits)


def _write(into: Any, row: Instruction, place: int) -> None:
    operation = row.operation
    if operation.kind == "barrier":
        return
    if operation.kind != "unitary":
        raise no_counterpart(row.name, place, "circuits of quimb are unitary")
    angles = []
    for angle in row.angles:
        if not isinstance(angle, float):
            raise unbound(row.name, place, angle.names)
        angles.append(angle)
    label = _OURS.get(row.name)
    if label is not None and _agrees(row.name, label):
        into.apply_gate(label, *angles, *row.qubits)
        return
    into.apply_gate_raw(operation.unitary_at(angles), list(row.qubits))


@cache
def _agrees(name: str, label: str) -> bool:
    """Whether quimb's gate is the same matrix at some angles; else it goes over as an array."""
    gates = library("quimb.tensor").circuit
    operation = STANDARD[OPCODES[name]]
    if label not in gates.ALL_GATES:
        return False
    angles = [0.3 + 0.4 * k for k in range(operation.num_params)]
    gate = gates.Gate(label, angles, list(range(operation.num_qubits)))
    size = 1 << operation.num_qubits
    found = np.asarray(gate.array).reshape(size, size)
    return bool(np.allclose(found, operation.unitary_at(angles), atol=1e-12))
