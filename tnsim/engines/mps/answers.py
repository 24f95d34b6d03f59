"""The answers that a line of tensors gives to one query after another."""

from __future__ import annotations

import cmath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Samples,
    Variance,
)

from .line import Line
from .observables import Confusion, Frame, joined, letter_table, outcome_terms, pauli_terms
from .overlaps import expected_projector, overlap, pauli_purity
from .products import PAULIS, amplitudes, product_values
from .sampling import drawn_bits, misread_bits

__all__ = ["MOST_PURITY_QUBITS", "Reader", "read_qubits"]

MOST_PURITY_QUBITS = 6
"""Qubits of a part whose purity is read from its Pauli components."""


def read_qubits(leaf: LeafQuery, circuit: Circuit) -> list[int] | None:
    """The qubits whose final state a query asks for, ascending; None for all of them."""
    match leaf:
        case Expectation(observable=operator) | Variance(observable=operator):
            return _read_together(operator.support.tolist(), circuit)
        case Probabilities(qubits=qubits):
            return _read_together(qubits, circuit)
        case ReducedDensityMatrix(qubits=qubits):
            return sorted(qubits)
        case Purity(qubits=qubits):
            return None if qubits is None else sorted(qubits)
    return None


def _read_together(qubits: Sequence[int], circuit: Circuit) -> list[int]:
    """The qubits and those that are read together with them."""
    wanted = set(qubits)
    for one in reversed(circuit.readout):
        if wanted & set(one.qubits):
            wanted |= set(one.qubits)
    return sorted(wanted)


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads a line whose sites are the circuit's qubits by `frame`, at parameter values.

    `room` is what temporary arrays may take, in bytes. `others` are the states that fidelities
    are asked with.
    """

    circuit: Circuit
    frame: Frame
    confusions: Sequence[Confusion]
    values: Mapping[str, float]
    room: int
    others: Mapping[LeafQuery, Line]

    def answers(self, leaves: Sequence[LeafQuery], line: Line) -> dict[LeafQuery, NDArray[Any]]:
        """The answers to queries, each of its shape; all observables in one sweep."""
        found = self._observables(
            [leaf for leaf in leaves if isinstance(leaf, Expectation | Variance)], line
        )
        for leaf in leaves:
            if leaf not in found:
                found[leaf] = self._answer(leaf, line)
        return found

    def _answer(self, leaf: LeafQuery, line: Line) -> NDArray[Any]:
        match leaf:
            case Probabilities(qubits=qubits):
                return self._probabilities(qubits, line)
            case ReducedDensityMatrix(qubits=qubits):
                return self._matrix(qubits, line)
            case Purity(qubits=qubits):
                return np.asarray(self._purity(qubits, line))
            case Fidelity():
                return np.asarray(self._fidelity(leaf, line))
            case Amplitudes():
                return self._amplitudes(leaf, line)
        raise NotImplementedError(leaf.kind)

    def _observables(
        self, leaves: Sequence[Expectation | Variance], line: Line
    ) -> dict[LeafQuery, NDArray[Any]]:
        if not leaves:
            return {}
        table = letter_table(self.frame, self.confusions)
        operators = [leaf.observable for leaf in leaves]
        operators += [
            leaf.observable * leaf.observable for leaf in leaves if isinstance(leaf, Variance)
        ]
        parts = [pauli_terms(one, self.frame, self.confusions, table) for one in operators]
        values = product_values(line, joined(parts), self.room)
        ends = np.cumsum([one.terms.count for one in parts])[:-1]
        means = [one.value(some) for one, some in zip(parts, np.split(values, ends), strict=True)]
        squares = iter(means[len(leaves) :])
        found: dict[LeafQuery, NDArray[Any]] = {}
        for leaf, mean in zip(leaves, means[: len(leaves)], strict=True):
            varies = isinstance(leaf, Variance)
            found[leaf] = np.asarray(next(squares).real - mean.real**2) if varies else mean
        return found

    def _probabilities(self, qubits: Sequence[int], line: Line) -> NDArray[Any]:
        read = _read_together(qubits, self.circuit) if self.confusions else list(qubits)
        terms = outcome_terms(read, "outcomes", self.frame)
        found = product_values(line, terms, self.room).reshape((2,) * len(read))
        for one in self.confusions:
            if not set(one.qubits) <= set(read):
                continue
            axes, count = [read.index(q) for q in one.qubits], len(one.qubits)
            matrix = one.matrix.reshape((2,) * (2 * count))
            found = np.tensordot(matrix, found, axes=(range(count, 2 * count), axes))
            found = np.moveaxis(found, range(count), axes)
        wanted = [read.index(q) for q in qubits]
        found = found.sum(axis=tuple(k for k in range(len(read)) if k not in wanted))
        left = sorted(wanted)
        found = found.transpose([left.index(k) for k in wanted])
        ordered: NDArray[Any] = found.reshape(-1)
        return ordered

    def _matrix(self, qubits: Sequence[int], line: Line) -> NDArray[Any]:
        found: NDArray[Any] = self._components(qubits, line).astype(np.complex128)
        count = len(qubits)
        for _ in range(count):
            # The first axis is a Pauli index; its matrix's two axes go to the end.
            found = np.tensordot(found, PAULIS / 2, axes=(0, 0))
        axes = [*range(0, 2 * count, 2), *range(1, 2 * count, 2)]
        return found.transpose(axes).reshape(1 << count, 1 << count)

    def _components(self, qubits: Sequence[int], line: Line) -> NDArray[Any]:
        terms = outcome_terms(qubits, "paulis", self.frame)
        return product_values(line, terms, self.room).reshape((4,) * len(qubits))

    def _purity(self, qubits: Sequence[int] | None, line: Line) -> float:
        every = range(self.frame.num_qubits)
        part = list(every if qubits is None else qubits)
        if line.dimension == 4:
            kept = {int(self.frame.place[q]) for q in part}
            return pauli_purity(line, [s for s in range(len(line)) if s not in kept])
        if not self.frame.dephased and 2 * len(part) > len(every):
            # Both parts of a pure state have one spectrum.
            part = [q for q in every if q not in set(part)]
        if not part:
            return 1.0
        found = self._components(part, line)
        return float((found**2).sum() / 2 ** len(part))

    def _fidelity(self, leaf: Fidelity, line: Line) -> float:
        other = self.others[leaf]
        if line.dimension == 2:
            return abs(overlap(other, line)) ** 2
        return expected_projector(line, other)

    def _amplitudes(self, leaf: Amplitudes, line: Line) -> NDArray[Any]:
        order = np.argsort(self.frame.place)
        phase = cmath.exp(1j * float(evaluate_affine(self.circuit.global_phase, self.values)))
        return amplitudes(line, leaf.bits[:, order], self.room) * phase

    def samples(self, leaf: Samples, line: Line) -> NDArray[np.uint8]:
        """The bits that are read, shape (shots, qubits)."""
        generator = np.random.default_rng(leaf.seed)
        bits = drawn_bits(line, leaf.shots, generator, self.room)[:, self.frame.place]
        errors = [(one.qubits, one.matrix) for one in self.confusions]
        misread_bits(bits, errors, generator)
        return bits
