"""What each query asks of one pure state: a vector of real numbers whose mean answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import evaluate_affine
from tnsim.circuit.readout import ReadoutAssignment
from tnsim.engines.evolution.questions import Readout
from tnsim.queries import PauliSum
from tnsim.queries.query import LeafQuery

from .kernels import reduced
from .observing import marginal, overlap
from .strings import PauliReader, String, seen_strings, strings_of

__all__ = [
    "AmplitudePiece",
    "DensityPiece",
    "FidelityPiece",
    "PauliPiece",
    "Piece",
    "ProbabilityPiece",
    "Range",
    "Read",
]

Vector = NDArray[np.float64]
Read = Callable[[NDArray[Any]], Vector]
"""From a state (2, 2^n) to the numbers."""


@dataclass(frozen=True, eq=False)
class Range:
    """Between which bounds each number lies in any pure state."""

    low: Vector
    high: Vector


class Piece(Protocol):
    """A leaf's part in one task. `joint` asks for the covariances of the numbers, not only their
    variances. `reader` is given the bit of each qubit and parameter values.
    """

    @property
    def leaf(self) -> LeafQuery: ...
    @property
    def size(self) -> int: ...
    @property
    def joint(self) -> bool: ...
    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> tuple[Read, Range]: ...


@dataclass(frozen=True, eq=False)
class PauliPiece:
    """<O_1>, <O_2>, ... of observables given as terms, with real and imaginary coefficients."""

    leaf: LeafQuery
    observables: tuple[tuple[tuple[String, complex], ...], ...]
    is_complex: bool
    joint: bool
    maps: tuple[Readout, ...]
    measured: frozenset[int]

    @classmethod
    def of(
        cls,
        leaf: LeafQuery,
        observables: Sequence[PauliSum],
        maps: Sequence[Readout],
        measured: frozenset[int],
        *,
        joint: bool,
    ) -> PauliPiece:
        is_complex = not all(o.is_hermitian for o in observables)
        terms = tuple(tuple(strings_of(o)) for o in observables)
        return cls(leaf, terms, is_complex, joint, tuple(maps), measured)

    @property
    def size(self) -> int:
        return len(self.observables) * (1 + self.is_complex)

    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> tuple[Read, Range]:
        rows: list[dict[String, float]] = []
        for terms in self.observables:
            seen = seen_strings(terms, self.maps, self.measured, values)
            rows.append({s: c.real for s, c in seen.items()})
            if self.is_complex:
                rows.append({s: c.imag for s, c in seen.items()})
        fixed = np.array([row.get((), 0.0) for row in rows])
        width = np.array([sum(abs(w) for s, w in row.items() if s) for row in rows])
        return PauliReader(rows, bit).read, Range(fixed - width, fixed + width)


@dataclass(frozen=True, eq=False)
class ProbabilityPiece:
    """The chances of what is read on `qubits`, of the state on `sources`, a superset."""

    leaf: LeafQuery
    qubits: tuple[int, ...]
    sources: tuple[int, ...]
    readout: tuple[ReadoutAssignment, ...]
    joint: bool = False

    @property
    def size(self) -> int:
        return 1 << len(self.qubits)

    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> tuple[Read, Range]:
        bits = np.array([bit[q] for q in self.sources], dtype=np.int64)
        confusions = [confusion_of(one, values) for one in self.readout]
        axes = [[self.sources.index(q) for q in one.qubits] for one in self.readout]
        order = [self.sources.index(q) for q in self.qubits]
        others = tuple(a for a in range(len(bits)) if a not in order)
        ranks = [sorted(order).index(a) for a in order]

        def read(state: NDArray[Any]) -> Vector:
            chances = np.zeros(1 << len(bits))
            marginal(state, bits, chances)
            shaped = chances.reshape((2,) * len(bits))
            for matrix, where in zip(confusions, axes, strict=True):
                count = len(where)
                tensor = matrix.reshape((2,) * (2 * count))
                shaped = np.tensordot(tensor, shaped, axes=(range(count, 2 * count), where))
                shaped = np.moveaxis(shaped, range(count), where)
            return shaped.sum(axis=others).transpose(ranks).reshape(-1)

        return read, Range(np.zeros(self.size), np.ones(self.size))


def confusion_of(one: ReadoutAssignment, values: Mapping[str, float]) -> NDArray[np.float64]:
    """C[read, true] of a readout error at parameter values."""
    arguments = [float(evaluate_affine(a, values)) for a in one.error.strengths_symbolic]
    return np.asarray(one.error.confusion_form.evaluate(arguments).real, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class DensityPiece:
    """The state of `qubits`: real parts of its entries, then imaginary ones.

    Coherences of qubits that were measured are zero.
    """

    leaf: LeafQuery
    qubits: tuple[int, ...]
    measured: frozenset[int]
    joint: bool

    @property
    def size(self) -> int:
        return 2 << (2 * len(self.qubits))

    def reader(
        self,
        bit: Mapping[int, int],
        values: Mapping[str, float],  # noqa: ARG002
    ) -> tuple[Read, Range]:
        bits = np.array([bit[q] for q in self.qubits], dtype=np.int64)
        kept = np.ones((1, 1))
        for qubit in self.qubits:
            kept = np.kron(kept, np.eye(2) if qubit in self.measured else np.ones((2, 2)))

        def read(state: NDArray[Any]) -> Vector:
            rho = reduced(state, bits) * kept
            return np.concatenate([rho.real.reshape(-1), rho.imag.reshape(-1)])

        most = 0.5 * (1.0 + np.eye(len(kept)))
        low = np.concatenate([(np.eye(len(kept)) - 1.0) / 2, -0.5 * np.ones_like(kept)])
        high = np.concatenate([most, 0.5 * np.ones_like(kept)])
        return read, Range(low.reshape(-1), high.reshape(-1))


@dataclass(frozen=True, eq=False)
class FidelityPiece:
    """|<phi|psi>|^2 with the final state of another circuit, which `target` makes."""

    leaf: LeafQuery
    target: Callable[[Mapping[str, float]], NDArray[Any]]
    joint: bool = False
    size: int = 1

    def reader(
        self,
        bit: Mapping[int, int],  # noqa: ARG002
        values: Mapping[str, float],
    ) -> tuple[Read, Range]:
        other = self.target(values)

        def read(state: NDArray[Any]) -> Vector:
            return np.array([abs(overlap(other, state)) ** 2])

        return read, Range(np.zeros(1), np.ones(1))


@dataclass(frozen=True, eq=False)
class AmplitudePiece:
    """Amplitudes of a pure circuit: real parts, then imaginary ones."""

    leaf: LeafQuery
    bits: NDArray[np.uint8]
    phase: Any
    qubits: tuple[int, ...]
    joint: bool = False

    @property
    def size(self) -> int:
        return 2 * len(self.bits)

    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> tuple[Read, Range]:
        number = np.zeros(len(self.bits), dtype=np.int64)
        for qubit in self.qubits:
            number |= self.bits[:, qubit].astype(np.int64) << bit[qubit]
        untouched = [q for q in range(self.bits.shape[1]) if q not in set(self.qubits)]
        empty = self.bits[:, untouched].any(axis=1)
        turn = np.exp(1j * float(evaluate_affine(self.phase, values)))

        def read(state: NDArray[Any]) -> Vector:
            found = (state[0, number] + 1j * state[1, number]) * turn
            found[empty] = 0.0
            return np.concatenate([found.real, found.imag]).astype(np.float64)

        return read, Range(-np.ones(self.size), np.ones(self.size))
