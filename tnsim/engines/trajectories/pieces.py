"""What each query asks of one pure state: a vector of real numbers whose mean answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.base.parameters import evaluate_affine
from tnsim.circuit.readout import ReadoutAssignment
from tnsim.engines.evolution.questions import Readout
from tnsim.noise.pauli_strings import PAULIS
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
    "Table",
    "unread",
]

Vector = NDArray[np.float64]

_Z = 3
Read = Callable[[NDArray[Any]], Vector]
"""From a state (2, 2^n) to the numbers."""


@dataclass(frozen=True, eq=False)
class Range:
    """Between which bounds each number lies in any pure state."""

    low: Vector
    high: Vector


@dataclass(frozen=True, eq=False)
class Table:
    """The numbers as a linear map, `read`, of the values of Pauli strings."""

    strings: tuple[String, ...]
    read: Callable[[Vector], Vector]


class Piece(Protocol):
    """A leaf's part in one task.

    `joint` asks for the covariances of its numbers, not only their variances. `reader` is given
    the bit of each qubit and parameter values.
    """

    @property
    def leaf(self) -> LeafQuery: ...
    @property
    def size(self) -> int: ...
    @property
    def joint(self) -> bool: ...
    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> Read: ...
    def table(self, values: Mapping[str, float]) -> Table: ...
    def span(self, values: Mapping[str, float]) -> Range: ...


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
        terms = tuple(tuple(strings_of(o)) for o in observables)
        return cls(leaf, terms, leaf.is_complex, joint, tuple(maps), measured)

    @property
    def size(self) -> int:
        return len(self.observables) * (1 + self.is_complex)

    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> Read:
        rows = self._rows(values)
        return PauliReader(rows, bit).read

    def table(self, values: Mapping[str, float]) -> Table:
        rows = self._rows(values)
        strings = tuple(dict.fromkeys(s for row in rows for s in row))
        weights = np.array([[row.get(s, 0.0) for s in strings] for row in rows])
        return Table(strings, lambda found: weights.reshape(len(rows), -1) @ found)

    def span(self, values: Mapping[str, float]) -> Range:
        rows = self._rows(values)
        fixed = np.array([row.get((), 0.0) for row in rows])
        width = np.array([sum(abs(w) for s, w in row.items() if s) for row in rows])
        return Range(fixed - width, fixed + width)

    def _rows(self, values: Mapping[str, float]) -> list[dict[String, float]]:
        rows: list[dict[String, float]] = []
        for terms in self.observables:
            seen = seen_strings(terms, self.maps, self.measured, values)
            rows.append({s: c.real for s, c in seen.items()})
            if self.is_complex:
                rows.append({s: c.imag for s, c in seen.items()})
        return rows


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

    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> Read:
        bits = np.array([bit[q] for q in self.sources], dtype=np.int64)
        seen = self._seen(values)

        def read(state: NDArray[Any]) -> Vector:
            chances = np.zeros(1 << len(bits))
            marginal(state, bits, chances)
            return seen(chances)

        return read

    def span(self, values: Mapping[str, float]) -> Range:  # noqa: ARG002
        return Range(np.zeros(self.size), np.ones(self.size))

    def table(self, values: Mapping[str, float]) -> Table:
        words = product((0, _Z), repeat=len(self.sources))
        strings = tuple(_string(self.sources, word) for word in words)
        seen = self._seen(values)

        def read(found: Vector) -> Vector:
            # p(b) = 2^-k sum_z (-1)^(b.z) <Z^z>, axis by axis.
            shaped = found.reshape((2,) * len(self.sources))
            for axis in range(shaped.ndim):
                zero, one = np.take(shaped, 0, axis), np.take(shaped, 1, axis)
                shaped = np.stack([zero + one, zero - one], axis) / 2
            return seen(shaped.reshape(-1))

        return Table(strings, read)

    def _seen(self, values: Mapping[str, float]) -> Callable[[Vector], Vector]:
        """From the chances of what is on `sources` to those of what is read on `qubits`."""
        confusions = [confusion_of(one, values) for one in self.readout]
        axes = [[self.sources.index(q) for q in one.qubits] for one in self.readout]
        order = [self.sources.index(q) for q in self.qubits]
        every = len(self.sources)
        others = tuple(a for a in range(every) if a not in order)
        ranks = [sorted(order).index(a) for a in order]

        def seen(chances: Vector) -> Vector:
            shaped = chances.reshape((2,) * every)
            for matrix, where in zip(confusions, axes, strict=True):
                count = len(where)
                tensor = matrix.reshape((2,) * (2 * count))
                shaped = np.tensordot(tensor, shaped, axes=(range(count, 2 * count), where))
                shaped = np.moveaxis(shaped, range(count), where)
            found = shaped.sum(axis=others).transpose(ranks).reshape(-1)
            return np.asarray(found, dtype=np.float64)

        return seen


def _string(qubits: Sequence[int], word: Sequence[int]) -> String:
    return tuple(sorted((q, letter) for q, letter in zip(qubits, word, strict=True) if letter))


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
    ) -> Read:
        bits = np.array([bit[q] for q in self.qubits], dtype=np.int64)
        kept = self._kept()

        def read(state: NDArray[Any]) -> Vector:
            rho = reduced(state, bits) * kept
            return np.concatenate([rho.real.reshape(-1), rho.imag.reshape(-1)])

        return read

    def span(self, values: Mapping[str, float]) -> Range:  # noqa: ARG002
        eye = np.eye(1 << len(self.qubits))
        half = np.full_like(eye, 0.5)
        low = np.concatenate([(eye - 1.0) / 2, -half])
        high = np.concatenate([(eye + 1.0) / 2, half])
        return Range(low.reshape(-1), high.reshape(-1))

    def table(self, values: Mapping[str, float]) -> Table:  # noqa: ARG002
        count = len(self.qubits)
        words = product(range(4), repeat=count)
        strings = tuple(_string(self.qubits, word) for word in words)
        kept = self._kept()

        def read(found: Vector) -> Vector:
            # rho = 2^-k sum_P <P> P, letter by letter.
            rho = found.reshape((4,) * count).astype(complex)
            for _ in range(count):
                rho = np.tensordot(rho, PAULIS / 2, axes=(0, 0))
            order = [*range(0, 2 * count, 2), *range(1, 2 * count, 2)]
            matrix = rho.transpose(order).reshape(kept.shape) * kept
            return np.concatenate([matrix.real.reshape(-1), matrix.imag.reshape(-1)])

        return Table(strings, read)

    def _kept(self) -> NDArray[Any]:
        kept: NDArray[Any] = np.ones((1, 1))
        for qubit in self.qubits:
            kept = np.kron(kept, np.eye(2) if qubit in self.measured else np.ones((2, 2)))
        return kept


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
    ) -> Read:
        other = self.target(values)

        def read(state: NDArray[Any]) -> Vector:
            return np.array([abs(overlap(other, state)) ** 2])

        return read

    def span(self, values: Mapping[str, float]) -> Range:  # noqa: ARG002
        return Range(np.zeros(1), np.ones(1))

    def table(self, values: Mapping[str, float]) -> Table:  # noqa: ARG002
        raise unread(self.leaf)


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

    def reader(self, bit: Mapping[int, int], values: Mapping[str, float]) -> Read:
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

        return read

    def span(self, values: Mapping[str, float]) -> Range:  # noqa: ARG002
        return Range(-np.ones(self.size), np.ones(self.size))

    def table(self, values: Mapping[str, float]) -> Table:  # noqa: ARG002
        raise unread(self.leaf)


def unread(leaf: LeafQuery) -> QueryError:
    """The error for a query that is not read from lines of tensors."""
    return QueryError(
        "`query` must be Expectation, Variance, Probabilities, ReducedDensityMatrix, Purity or "
        f"Samples for trajectories with state='mps', but got {leaf!r}; use state='vector', or "
        "method='mpdo'"
    )
