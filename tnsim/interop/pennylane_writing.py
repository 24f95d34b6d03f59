"""Our circuits as PennyLane's tapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tnsim.base.errors import CircuitError
from tnsim.circuit import Circuit, Instruction

from .packages import library
from .pennylane_reading import PENNYLANE_NAMES
from .refusals import no_counterpart, refuse_readout, unbound
from .rows import Condition, channel_of, split_rows

__all__ = ["to_pennylane"]

_CLASSES = {ours: theirs for theirs, ours in PENNYLANE_NAMES.items()}
_BASIS = frozenset(_CLASSES) | {"sdg", "tdg", "sxdg", "unitary"}


def to_pennylane(
    circuit: Circuit, measurements: Sequence[Any] = (), *, wires: Sequence[Any] | None = None
) -> Any:
    """The circuit as a PennyLane tape (`QuantumScript`) with these measurements.

    The same unitary with its global phase. Qubit k becomes `wires[k]`, by default k. Given
    matrices become `QubitUnitary`, channels `QubitChannel`, resets `ResetError` with certainty,
    measurements `qml.measure`, conditions on one or more bits `qml.cond`. Other gates are written
    in gates that PennyLane has.

    Raises `CircuitError` for free parameters (bind() first) and readout errors.

    >>> to_pennylane(Circuit(2).h(0).cx(0, 1)).operations  # doctest: +SKIP
    [H(0), CNOT(wires=[0, 1])]
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "PennyLane")
    size = circuit.num_qubits
    where = list(range(size) if wires is None else wires)
    if len(where) != size:
        raise CircuitError(f"`wires` must list {size} wires (got {len(where)})")
    qml = library("pennylane")
    plain = circuit.unroll(_BASIS)
    if plain.global_phase.names:
        raise unbound("the global phase", "at the end", plain.global_phase.names)
    results: dict[int, Any] = {}
    with qml.queuing.AnnotatedQueue() as queue:
        for place, row, condition in split_rows(plain):
            targets = [where[q] for q in row.qubits]
            if condition is not None:
                _conditioned(qml, row, place, targets, condition, results)
            elif row.operation.kind == "measure":
                results[row.bits[0]] = qml.measure(targets[0])
            else:
                _make(qml, row, place, targets)
        if plain.global_phase.constant:
            qml.GlobalPhase(-plain.global_phase.constant, wires=where[:1])
    tape = qml.tape.QuantumScript.from_queue(queue)
    return qml.tape.QuantumScript(tape.operations, list(measurements))


def _make(qml: Any, row: Instruction, place: int, wires: list[Any]) -> Any:
    """The operation of a row; made inside a queue, it enters it."""
    operation = row.operation
    if operation.kind == "channel":
        return qml.QubitChannel(list(channel_of(row, place).kraus()), wires=wires)
    if operation.matrix is not None:
        return qml.QubitUnitary(operation.matrix, wires=wires)
    if operation.kind == "reset":
        return qml.ResetError(1.0, 0.0, wires=wires)
    if operation.kind == "barrier":
        return qml.Barrier(wires=wires)
    angles = []
    for angle in row.angles:
        if not isinstance(angle, float):
            raise unbound(row.name, place, angle.names)
        angles.append(angle)
    if row.name.endswith("dg"):
        return qml.adjoint(getattr(qml, _CLASSES[row.name.removesuffix("dg")])(wires=wires))
    return getattr(qml, _CLASSES[row.name])(*angles, wires=wires)


def _conditioned(
    qml: Any,
    row: Instruction,
    place: int,
    wires: list[Any],
    condition: Condition,
    results: dict[int, Any],
) -> None:
    holds: Any = None
    for bit, value in zip(*condition, strict=True):
        if bit not in results:
            raise no_counterpart(str(row), place, f"bit {bit} was not measured before it")
        part = results[bit] == value
        holds = part if holds is None else holds & part
    if row.operation.kind != "unitary":
        raise no_counterpart(str(row), place, "PennyLane conditions unitaries alone")
    with qml.queuing.QueuingManager.stop_recording():
        operation = _make(qml, row, place, wires)
    qml.cond(holds, _applied(qml, operation))()


def _applied(qml: Any, operation: Any) -> Any:
    """A function that puts the operation into the queue."""

    def apply() -> None:
        qml.apply(operation)

    return apply
