"""Circuits of Cirq as ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from tnsim.base.errors import CircuitError, TnsimError
from tnsim.base.parameters import Scalar
from tnsim.circuit import Circuit

from .cirq_channels import from_cirq_channel
from .cirq_gates import power_readers, read_controlled
from .packages import library
from .refusals import no_counterpart
from .sympy_angles import SympyReader

__all__ = ["from_cirq"]

_MOST_DEPTH = 100
_NUMBERED = re.compile(r"c([0-9]+)\Z")


def from_cirq(circuit: Any, *, qubits: Sequence[Any] | None = None, noise: Any = None) -> Circuit:
    """The circuit of a Cirq `Circuit`, the same unitary with its global phase.

    `qubits` lists Cirq's qubits in the order that they get here; by default all of the circuit's
    in Cirq's own order, so that its matrices are ours. `noise` is a noise model of Cirq (or a
    gate, put after every moment), applied by Cirq before the conversion.

    Gates that tnsim has stay gates, others are decomposed by Cirq, or taken as matrices. SymPy
    symbols become parameters; exponents must be sums of multiples of them. Keys of measurements
    become classical bits in the order in which they come; where all are "c0", "c1", ..., as
    `to_cirq` writes them, their own numbers. Raises `CircuitError` naming the operation for
    qudits, and conditions other than on bits.

    >>> import cirq  # doctest: +SKIP
    >>> a, b = cirq.LineQubit.range(2)  # doctest: +SKIP
    >>> [str(i) for i in from_cirq(cirq.Circuit(cirq.H(a), cirq.CX(a, b) ** 0.5))]  # doctest: +SKIP
    ['h 0', 'h 1', 'cp(1.5708) 0 1', 'h 1']
    """
    cirq = library("cirq")
    if not isinstance(circuit, cirq.AbstractCircuit):
        raise CircuitError(f"`circuit` must be a Circuit of Cirq (got {type(circuit).__name__})")
    order = list(
        cirq.QubitOrder.DEFAULT.order_for(circuit.all_qubits()) if qubits is None else qubits
    )
    if not order:
        raise CircuitError("`circuit` must have at least one qubit; give `qubits`")
    missing = circuit.all_qubits() - set(order)
    if missing or len(set(order)) != len(order):
        raise CircuitError(
            f"`qubits` must list each qubit of the circuit once (got {order!r:.60}, without "
            f"{sorted(missing)!r:.60})"
        )
    noisy = circuit if noise is None else circuit.with_noise(noise)
    reader = _Reader(Circuit(len(order)), {qubit: k for k, qubit in enumerate(order)})
    reader.number_keys(noisy)
    for moment, operations in enumerate(noisy):
        for operation in operations:
            reader.read(operation, f"{operation} in moment {moment}", 0)
    return reader.circuit


class _Reader:
    def __init__(self, circuit: Circuit, places: dict[Any, int]) -> None:
        self.circuit = circuit
        self._places = places
        self._angles = SympyReader()
        self._cirq = library("cirq")
        self._powers = power_readers()
        self._bits: dict[str, list[int]] = {}

    def number_keys(self, circuit: Any) -> None:
        """Give every measurement key its classical bits."""
        sizes: dict[str, int] = {}
        for operation in circuit.all_operations():
            inner = operation.untagged
            measured = [inner] if isinstance(inner.gate, self._cirq.MeasurementGate) else []
            for one in measured:
                sizes[self._cirq.measurement_key_name(one)] = len(one.qubits)
        if all(_NUMBERED.match(key) and size == 1 for key, size in sizes.items()):
            self._bits = {key: [int(key[1:])] for key in sizes}
            return
        first = 0
        for key, size in sizes.items():
            self._bits[key] = list(range(first, first + size))
            first += size

    def turn(self, exponent: Any) -> Scalar:
        return self._angles.read(exponent, turns=True)

    def read(self, operation: Any, place: str, depth: int) -> None:
        """Append one operation, or what it is made of."""
        bare = operation.untagged
        gate = bare.gate
        try:
            where = [self._places[qubit] for qubit in bare.qubits]
            reader = self._powers.get(type(gate))
            if any(dimension != 2 for dimension in self._cirq.qid_shape(bare)):
                raise CircuitError("tnsim has qubits alone, of dimension 2")
            if reader is not None:
                reader(self.circuit, gate, self.turn, where)
                return
            self._special(bare, gate, where, place, depth)
        except TnsimError as error:
            if "(instruction " in str(error):
                raise
            raise no_counterpart(str(bare), place, str(error)) from error

    def _special(self, bare: Any, gate: Any, where: list[int], place: str, depth: int) -> None:
        cirq, c = self._cirq, self.circuit
        if isinstance(bare, cirq.ClassicallyControlledOperation):
            self._conditioned(bare, place, depth)
        elif isinstance(gate, cirq.MeasurementGate):
            self._measure(gate, where)
        elif isinstance(gate, cirq.ResetChannel):
            c.reset(where)
        elif isinstance(gate, cirq.IdentityGate):
            c.id(where)
        elif isinstance(gate, cirq.GlobalPhaseGate):
            c.gphase(self._phase(gate.coefficient))
        elif isinstance(gate, cirq.FSimGate):
            c.fsim(self._angles.read(gate.theta), self._angles.read(gate.phi), *where)
        elif isinstance(gate, cirq.MatrixGate):
            c.unitary(cirq.unitary(gate), *where)
        elif isinstance(gate, cirq.ControlledGate) and read_controlled(c, gate, self.turn, where):
            pass
        elif (name := self._larger(gate)) is not None:
            c.append(name, *where)
        elif not cirq.has_unitary(bare) and not cirq.is_parameterized(bare) and gate is not None:
            c.channel(from_cirq_channel(gate), *where)
        else:
            self._decomposed(bare, where, place, depth)

    def _larger(self, gate: Any) -> str | None:
        cirq = self._cirq
        known = ((cirq.CCX, "ccx"), (cirq.CCZ, "ccz"), (cirq.CSWAP, "cswap"))
        return next((name for other, name in known if gate == other), None)

    def _decomposed(self, bare: Any, where: list[int], place: str, depth: int) -> None:
        """By Cirq's decomposition into gates on these qubits, or by the matrix."""
        cirq = self._cirq
        if depth > _MOST_DEPTH:
            raise CircuitError("its decompositions nest too deeply")
        parts = cirq.decompose_once(bare, default=None)
        outside = parts is not None and any(set(p.qubits) - set(self._places) for p in parts)
        if parts is not None and not outside:
            for part in parts:
                self.read(part, place, depth + 1)
            return
        matrix = cirq.unitary(bare, default=None)
        if matrix is None:
            raise CircuitError("tnsim has no such operation, and Cirq gives it no matrix")
        self.circuit.unitary(matrix, *where)

    def _phase(self, coefficient: Any) -> Scalar:
        """g of a factor exp(i g)."""
        if not hasattr(coefficient, "free_symbols") or not coefficient.free_symbols:
            return float(np.angle(complex(coefficient)))
        sympy = library("sympy")
        if not isinstance(coefficient, sympy.exp):
            raise CircuitError(f"a global phase must be exp(i * angle) (got {coefficient})")
        return self._angles.read(sympy.expand(coefficient.args[0] / sympy.I))

    def _measure(self, gate: Any, where: list[int]) -> None:
        if gate.confusion_map:
            raise CircuitError("readout errors belong to a noise model: NoiseModel.readout")
        bits = self._bits[gate.key]
        flipped = [q for q, flip in zip(where, gate.full_invert_mask(), strict=True) if flip]
        for qubit, bit in zip(where, bits, strict=True):
            # A flipped result and an unchanged qubit: X on both sides of the measurement.
            if qubit in flipped:
                self.circuit.x(qubit)
            self.circuit.measure(qubit, bit)
            if qubit in flipped:
                self.circuit.x(qubit)

    def _conditioned(self, bare: Any, place: str, depth: int) -> None:
        wanted: dict[int, int] = {}
        for condition in bare.classical_controls:
            for bit, value in self._condition(condition).items():
                if wanted.setdefault(bit, value) != value:
                    return  # Two conditions that exclude each other: it never acts.
        body = _Reader(Circuit(self.circuit.num_qubits), self._places)
        body._bits, body._angles = self._bits, self._angles
        body.read(bare.without_classical_controls(), place, depth + 1)
        bits = sorted(wanted)
        self.circuit.when(bits, [wanted[b] for b in bits], body.circuit)

    def _condition(self, condition: Any) -> dict[int, int]:
        """Bits and values: of a key of one bit, or a comparison of a key with a number."""
        cirq, sympy = self._cirq, library("sympy")
        if isinstance(condition, cirq.KeyCondition):
            bits = self._bits[condition.key.name]
            if len(bits) == 1 and condition.index == -1:
                return {bits[0]: 1}
        if isinstance(condition, cirq.SympyCondition):
            expression = condition.expr
            if isinstance(expression, sympy.Eq) and expression.lhs.is_Symbol:
                bits = self._bits[expression.lhs.name]
                value = int(expression.rhs)
                # Cirq reads the bits of a key with the first one most significant.
                return {b: (value >> k) & 1 for k, b in enumerate(reversed(bits))}
        raise CircuitError(f"a condition must be on a bit, or compare a key (got {condition})")
