"""Tapes of PennyLane as our circuits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tnsim.base.errors import CircuitError, TnsimError
from tnsim.circuit import Circuit
from tnsim.noise import (
    Channel,
    amplitude_damping,
    bit_flip,
    depolarizing,
    generalized_amplitude_damping,
    kraus,
    pauli,
    phase_damping,
    phase_flip,
    thermal_relaxation,
)
from tnsim.noise import reset as reset_channel

from .packages import library
from .refusals import no_counterpart

__all__ = ["PENNYLANE_NAMES", "from_pennylane"]

PENNYLANE_NAMES = {
    "Identity": "id",
    "PauliX": "x",
    "PauliY": "y",
    "PauliZ": "z",
    "Hadamard": "h",
    "S": "s",
    "T": "t",
    "SX": "sx",
    "RX": "rx",
    "RY": "ry",
    "RZ": "rz",
    "PhaseShift": "p",
    "U1": "u1",
    "U2": "u2",
    "U3": "u3",
    "CNOT": "cx",
    "CY": "cy",
    "CZ": "cz",
    "CH": "ch",
    "SWAP": "swap",
    "ISWAP": "iswap",
    "ECR": "ecr",
    "CRX": "crx",
    "CRY": "cry",
    "CRZ": "crz",
    "ControlledPhaseShift": "cp",
    "IsingXX": "rxx",
    "IsingYY": "ryy",
    "IsingZZ": "rzz",
    "Toffoli": "ccx",
    "CCZ": "ccz",
    "CSWAP": "cswap",
}
"""By PennyLane's name ours: the same matrix at the same angles."""

_ADJOINTS = {"Adjoint(S)": "sdg", "Adjoint(T)": "tdg", "Adjoint(SX)": "sxdg"}
_SPLIT = frozenset({"Snapshot", "Barrier", "WireCut"})
_CHANNELS: dict[str, Callable[..., Channel]] = {
    "AmplitudeDamping": amplitude_damping,
    "GeneralizedAmplitudeDamping": generalized_amplitude_damping,
    "PhaseDamping": phase_damping,
    # PennyLane's p is that of some error; ours that of forgetting the state.
    "DepolarizingChannel": lambda p: depolarizing(4 * p / 3),
    "BitFlip": bit_flip,
    "PhaseFlip": phase_flip,
    "ResetError": reset_channel,
    "ThermalRelaxationError": lambda pe, t1, t2, time: thermal_relaxation(t1, t2, time, pe),
}
_MOST_DEPTH = 100
_MOST_MATRIX = 8


def from_pennylane(tape: Any, *, wires: Sequence[Any] | None = None) -> Circuit:
    """The circuit of a PennyLane tape (`QuantumScript`): its operations, not its measurements.

    `wires` lists PennyLane's wires in the order that they get here; by default, where all are
    integers, wire k is qubit k, else they come in the tape's order. Operations that tnsim has stay
    gates, others are replaced by their decomposition, or by their matrix. Global phases are kept.
    `qml.measure` writes the next classical bit, `qml.cond` on results becomes conditioned
    instructions. What is measured at the end is a query's business: `from_pennylane_observable`.
    Barriers stay, snapshots are left out.

    Raises `CircuitError` naming the operation for postselection, wire cuts, and operations without
    decomposition or matrix.

    >>> import pennylane as qml  # doctest: +SKIP
    >>> tape = qml.tape.QuantumScript([qml.H(0), qml.IsingZZ(0.5, [0, 1])])  # doctest: +SKIP
    >>> [str(i) for i in from_pennylane(tape)]  # doctest: +SKIP
    ['h 0', 'rzz(0.5) 0 1']
    """
    kind = library("pennylane").tape.QuantumScript
    if not isinstance(tape, kind):
        raise CircuitError(
            f"`tape` must be a tape of PennyLane (got {type(tape).__name__}); of a QNode "
            "qml.workflow.construct_tape(node)(...) makes one"
        )
    order = _order(tape.wires) if wires is None else list(wires)
    missing = [wire for wire in tape.wires if wire not in order]
    if missing or not order or len(set(order)) != len(order):
        raise CircuitError(
            f"`wires` must list each wire of the tape once (got {order!r:.60}, without "
            f"{missing!r:.60})"
        )
    reader = _Reader(Circuit(len(order)), {wire: k for k, wire in enumerate(order)})
    for place, operation in enumerate(tape.operations):
        reader.read(operation, place, 0)
    return reader.circuit


def _order(wires: Any) -> list[Any]:
    found = list(wires)
    if all(isinstance(wire, int | np.integer) and wire >= 0 for wire in found):
        return list(range(max(map(int, found), default=-1) + 1))
    return found


class _Reader:
    def __init__(self, circuit: Circuit, places: dict[Any, int]) -> None:
        self.circuit = circuit
        self._places = places
        self._bits: dict[Any, int] = {}

    def read(self, operation: Any, place: int, depth: int) -> None:
        """Append one operation, or what it is made of."""
        name = PENNYLANE_NAMES.get(operation.name) or _ADJOINTS.get(operation.name)
        try:
            where = [self._places[wire] for wire in operation.wires]
            if name == "id":
                self.circuit.id(where)
            elif name is not None:
                self.circuit.append(name, *map(_number, operation.data), *where)
            else:
                self._special(operation, where, place, depth)
        except TnsimError as error:
            if "(instruction " in str(error):
                raise
            raise no_counterpart(operation.name, place, str(error)) from error

    def _special(self, operation: Any, where: list[int], place: int, depth: int) -> None:
        name, c = operation.name, self.circuit
        kind = type(operation).__name__
        if kind in {"MidMeasure", "MidMeasureMP"}:
            self._measure(operation, where[0])
        elif kind == "Conditional":
            self._conditioned(operation, place, depth)
        elif name == "GlobalPhase":
            c.gphase(-_number(operation.data[0]))
        elif name == "Rot":
            first, middle, last = map(_number, operation.data)
            c.rz(first, where).ry(middle, where).rz(last, where)
        elif name == "QubitUnitary":
            c.unitary(np.asarray(operation.data[0]), *where)
        elif name in _SPLIT:
            self._mark(name, where)
        elif name in _CHANNELS:
            c.channel(_CHANNELS[name](*map(_number, operation.data)), *where)
        elif name == "PauliError":
            word = operation.hyperparameters.get("operators") or operation.data[0]
            chance = _number(operation.data[-1])
            c.channel(pauli({str(word): chance}), *where)
        elif hasattr(operation, "kraus_matrices"):
            c.channel(kraus([np.asarray(k) for k in operation.kraus_matrices()]), *where)
        else:
            self._decomposed(operation, where, place, depth)

    def _mark(self, name: str, where: list[int]) -> None:
        if name == "WireCut":
            raise CircuitError("tnsim does not cut wires; leave it out")
        if name == "Barrier":
            self.circuit.barrier(where)

    def _decomposed(self, operation: Any, where: list[int], place: int, depth: int) -> None:
        if depth > _MOST_DEPTH:
            raise CircuitError("its decompositions nest too deeply")
        if operation.has_decomposition:
            for part in operation.decomposition():
                self.read(part, place, depth + 1)
            return
        if not operation.has_matrix or len(where) > _MOST_MATRIX:
            raise CircuitError("PennyLane gives it no decomposition, and no matrix that is small")
        self.circuit.unitary(np.asarray(operation.matrix(wire_order=operation.wires)), *where)

    def _measure(self, operation: Any, qubit: int) -> None:
        if operation.postselect is not None:
            raise CircuitError("tnsim does not postselect results")
        bit = len(self._bits)
        self._bits[_key(operation)] = bit
        self.circuit.measure(qubit, bit)
        if operation.reset:
            self.circuit.reset(qubit)

    def _conditioned(self, operation: Any, place: int, depth: int) -> None:
        value = operation.meas_val
        body = _Reader(Circuit(self.circuit.num_qubits), self._places)
        body._bits = self._bits
        body.read(operation.base, place, depth + 1)
        bits = [self._bits[_key(measured)] for measured in value.measurements]
        for results, outcome in value.branches.items():
            if bool(outcome):
                self.circuit.when(bits, list(results), body.circuit)


def _key(operation: Any) -> Any:
    """What tells measurements apart."""
    return getattr(operation, "id", None) or getattr(operation, "meas_uid", None) or id(operation)


def _number(value: Any) -> float:
    number = np.asarray(value)
    if number.shape != () or not np.isrealobj(number) or not math.isfinite(float(number)):
        raise CircuitError(f"an angle must be one finite real number (got {value!r:.60})")
    return float(number)
