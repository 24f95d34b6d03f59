"""Our circuits as Qiskit's."""

from __future__ import annotations

from typing import Any

from tnsim.base.errors import CircuitError
from tnsim.circuit import Circuit, Instruction

from .packages import library
from .qiskit_conditions import write_condition
from .qiskit_gates import gate_classes
from .qiskit_parameters import AngleWriter
from .refusals import refuse_readout
from .rows import Condition, channel_of, split_rows

__all__ = ["to_qiskit"]


def to_qiskit(circuit: Circuit) -> Any:
    """The circuit as a Qiskit `QuantumCircuit`, the same unitary with its global phase.

    Qubit k stays qubit k, and classical bit k is bit k of one register "c". Gates that Qiskit
    lacks (sy, sw, fsim, ...) are written in gates that it has; u0 becomes the identity that it
    is. Given matrices become `UnitaryGate`, channels `Kraus` instructions, conditioned
    instructions `IfElseOp`. Parameters of one name are one Qiskit `Parameter`.

    Raises `CircuitError` for readout errors (convert the noise model by `to_aer`) and for
    channels whose strengths are not bound.

    >>> dict(to_qiskit(Circuit(2).sy(0).cx(0, 1)).count_ops())
    {'u': 1, 'cx': 1}
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "Qiskit")
    plain = circuit.unroll({*gate_classes(), "unitary"})
    qiskit = library("qiskit")
    angles = AngleWriter()
    result = qiskit.QuantumCircuit(circuit.num_qubits, circuit.num_bits)
    result.global_phase = angles.write(plain.global_phase)
    writer = _Writer(result, angles)
    for place, row, condition in split_rows(plain):
        writer.write(row, place, condition)
    writer.close()
    return result


class _Writer:
    """Appends row by row; rows of one condition in a row share one block."""

    def __init__(self, result: Any, angles: AngleWriter) -> None:
        self._result, self._angles = result, angles
        self._library = library("qiskit.circuit.library")
        self._classes = gate_classes()
        self._condition: Condition | None = None
        self._body: Any = None

    def write(self, row: Instruction, place: int, condition: Condition | None) -> None:
        if condition != self._condition:
            self.close()
            self._condition = condition
        into = self._result
        if condition is not None:
            if self._body is None:
                self._body = into.copy_empty_like()
                self._body.global_phase = 0
            into = self._body
        method = getattr(into, row.name, None) if row.operation.gate is not None else None
        if method is not None:
            method(*map(self._angles.write, row.angles), *row.qubits)
            return
        qubits = self._order(row, list(row.qubits))
        into.append(self._operation(row, place), qubits, list(row.bits), copy=False)

    def close(self) -> None:
        """End the block that is open."""
        if self._body is not None:
            r = self._result
            r.if_test(write_condition(self._condition, r.clbits), self._body, r.qubits, r.clbits)  # type: ignore[arg-type]
        self._body, self._condition = None, None

    def _order(self, row: Instruction, qubits: list[int]) -> list[int]:
        """Qiskit's matrices have their first qubit least significant."""
        given = row.operation.matrix is not None or row.operation.kind == "channel"
        return qubits[::-1] if given else qubits

    def _operation(self, row: Instruction, place: int) -> Any:
        operation, name = row.operation, row.operation.name
        if operation.gate is not None:
            return self._classes[name](*map(self._angles.write, row.angles))
        if operation.matrix is not None:
            return self._library.UnitaryGate(operation.matrix)
        if operation.kind == "channel":
            kraus = channel_of(row, place).kraus()
            return library("qiskit.quantum_info").Kraus(list(kraus)).to_instruction()
        if operation.kind == "barrier":
            return self._library.Barrier(operation.num_qubits)
        return library("qiskit.circuit").Measure() if name == "measure" else self._reset()

    def _reset(self) -> Any:
        return library("qiskit.circuit").Reset()
