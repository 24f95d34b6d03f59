"""Walking a circuit into a draft: every qubit's open leg is moved through its gates.

A leg is a tuple of labels: (ket,) for amplitudes, (ket, bra) for the sandwich, and (a, c) for
the Pauli basis (see `instructions`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit

from .draft import Draft
from .instructions import Instruction, TensorMaker, instructions

__all__ = ["Basis", "Legs", "Walker"]

Basis = Literal["ket", "sandwich", "pauli"]
Leg = tuple[int, ...]
Legs = dict[int, Leg]

_ZERO_STATE = {
    "ket": np.array([1.0, 0.0]),
    "sandwich": np.array([[1.0, 0.0], [0.0, 0.0]]),
    "pauli": np.array([[1.0, 1.0], [0.0, 0.0]]),
}


@dataclass(frozen=True)
class Walker:
    """Adds states, gates and traces to one draft, in one basis."""

    draft: Draft
    maker: TensorMaker
    basis: Basis

    def state(self, circuit: Circuit, qubits: Iterable[int] | None = None) -> Legs:
        """The circuit's final state from |0..0>, by qubit; only `qubits` where they are given."""
        legs: Legs = {}
        for qubit in range(circuit.num_qubits) if qubits is None else qubits:
            legs[qubit] = self._fresh()
            if self.basis == "sandwich":
                # Two tensors, so that ket and bra are joined by nothing but noise and queries.
                zero = self.draft.book.constant(_ZERO_STATE["ket"])
                self.draft.add(legs[qubit][:1], zero)
                self.draft.add(legs[qubit][1:], zero)
            else:
                self.draft.add(legs[qubit], self.draft.book.constant(_ZERO_STATE[self.basis]))
        for instruction in instructions(circuit):
            self._step(instruction, legs)
        return legs

    def trace(self, leg: Leg) -> None:
        """Close a leg with the trace: the component I, or ket = bra."""
        matrix = np.eye(2) if self.basis == "sandwich" else np.array([[1.0, 0.0], [0.0, 0.0]])
        self.draft.add(leg, self.draft.book.constant(matrix))

    def _fresh(self) -> Leg:
        return tuple(self.draft.new_labels([2] * (1 if self.basis == "ket" else 2)))

    def _step(self, instruction: Instruction, legs: Legs) -> None:
        operation, qubits = instruction.operation, instruction.qubits
        if self.basis == "ket":
            if operation.kind == "unread":
                return
            if operation.kind != "unitary":
                raise QueryError(
                    f"amplitudes need unitary gates, but the circuit has a {operation.name}"
                )
            self._join(instruction, legs, 0, conjugate=False)
        elif self.basis == "sandwich" and operation.kind == "unitary":
            self._join(instruction, legs, 0, conjugate=False)
            self._join(instruction, legs, 1, conjugate=True)
        else:
            kind: Literal["superoperator", "transfer"]
            kind = "superoperator" if self.basis == "sandwich" else "transfer"
            recipe = self.maker.recipe(instruction, kind)
            outs = [self._fresh() for _ in qubits]
            ins = [legs[q] for q in qubits]
            self.draft.add([label for leg in (*outs, *ins) for label in leg], recipe)
            legs.update(zip(qubits, outs, strict=True))

    def _join(self, instruction: Instruction, legs: Legs, part: int, *, conjugate: bool) -> None:
        """Move one label of each leg through a unitary."""
        recipe = self.maker.recipe(instruction, "unitary", conjugate=conjugate)
        qubits = instruction.qubits
        outs = self.draft.new_labels([2] * len(qubits))
        self.draft.add([*outs, *(legs[q][part] for q in qubits)], recipe)
        for qubit, label in zip(qubits, outs, strict=True):
            leg = list(legs[qubit])
            leg[part] = label
            legs[qubit] = tuple(leg)
