"""The two ends of an evolution: the first state, and what is read of the last.

On Pauli components a state's array holds r_P = Tr(P rho), with one axis of length 4 (I, X, Y, Z)
for each qubit; a ket's holds amplitudes, with axes of length 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from .fusion import fuse
from .geometry import Geometry
from .masks import axes_in
from .steps import Step

__all__ = ["Array", "Ends", "KetEnds", "PauliEnds", "PopulationEnds"]

Array = Any

_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_SIGNS = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [1.0, -1.0]])
_CLUSTER, _STAGE = 4, 10
# Qubits in one observable's matrix, and in one chunk of the state.


class Ends(Protocol):
    """How the first state is made, the last one read, and the observable's costate y made.

    `weight` is the derivative of the answer's value by y.x, `elements` the numbers of 8 bytes
    beside state and costate. Those with `parameters` depend on them beside the state.
    """

    weight: float
    elements: int
    parameters: tuple[str, ...]

    def at(self, values: Mapping[str, Any]) -> Ends:
        """The same at parameter values."""

    def slopes(self, cotangent: NDArray[Any]) -> NDArray[np.float64]:
        """The derivatives by `parameters` with the state held fixed."""

    def start(self) -> NDArray[np.int64]:
        """Where the first state is 1; it is 0 elsewhere."""

    def read(self, kernel: Any, state: Array) -> NDArray[Any]:
        """The answer."""

    def seed(self, kernel: Any, cotangent: NDArray[Any], state: Array) -> Array:
        """The costate of the observable whose value is sum(cotangent * answer)."""


class _Plain:
    """What depends on no parameter."""

    parameters: tuple[str, ...] = ()

    def at(self, _: Mapping[str, Any]) -> Self:
        return self

    def slopes(self, _: NDArray[Any]) -> NDArray[np.float64]:
        return np.zeros(0)


class PauliEnds(_Plain):
    """The start |0..0><0..0| on n qubits, and the components `index` at the end."""

    def __init__(self, num_qubits: int, index: NDArray[np.int64]) -> None:
        self._num_qubits = num_qubits
        self._index = index
        self.weight = 1.0
        self.elements = 2 * 2**num_qubits + 6 * index.size

    def start(self) -> NDArray[np.int64]:
        places = np.zeros(1, dtype=np.int64)
        for axis in range(self._num_qubits):
            places = np.concatenate([places, places + 3 * 4**axis])
        return places

    def read(self, kernel: Any, state: Array) -> NDArray[Any]:
        found: NDArray[Any] = kernel.taken(state, self._index)
        return found

    def seed(self, kernel: Any, cotangent: NDArray[Any], state: Array) -> Array:
        flat = self._index.reshape(-1)
        return kernel.scattered(4**self._num_qubits, flat, cotangent.reshape(-1), state)


@dataclass(frozen=True, eq=False)
class _Cluster:
    """Strings on a few axes: `inside` of the local 4^k components are the answers `answers`."""

    size: int
    inside: NDArray[np.int64]
    answers: NDArray[np.int64]


class KetEnds(_Plain):
    """The start |0..0>, and expectation values <psi|P|psi> of `strings`, each (axis, letter) pairs.

    Strings that share a few qubits are read from one reduced density matrix, and seeded as one
    matrix, so that a Hamiltonian of n local terms takes n / 3 small products.
    """

    def __init__(
        self,
        num_qubits: int,
        strings: Sequence[Sequence[tuple[int, int]]],
        shape: tuple[int, ...],
    ) -> None:
        self._shape = shape
        self.weight = 2.0
        # The identity is 1 and has no derivative: it needs no place in the state.
        some = [k for k, string in enumerate(strings) if string]
        order = sorted(some, key=lambda k: sorted(a for a, _ in strings[k]))
        supports = [sorted(a for a, _ in strings[k]) for k in order]
        clusters = fuse(supports, num_qubits, _CLUSTER)
        stages = fuse((axes_in(m) for m in clusters.axes), num_qubits, _STAGE)
        self._stages: list[tuple[Geometry, list[Step], list[_Cluster]]] = []
        for number in range(len(stages)):
            axes = axes_in(stages.axes[number])
            where = {a: k for k, a in enumerate(axes)}
            steps, members = [], []
            for one in stages.items(number).tolist():
                inner = axes_in(clusters.axes[one])
                which = np.array(order, dtype=np.int64)[clusters.items(one)]
                local = {a: 4 ** (len(inner) - 1 - k) for k, a in enumerate(inner)}
                inside = [sum(p * local[a] for a, p in strings[k]) for k in which.tolist()]
                members.append(_Cluster(len(inner), np.array(inside, dtype=np.int64), which))
                steps.append(Step(tuple(where[a] for a in inner), len(axes), 2))
            self._stages.append((Geometry(num_qubits, 2, axes), steps, members))
        widest = max((c.size for _, _, members in self._stages for c in members), default=0)
        self.elements = 16 * 4**widest + 4 * len(strings)

    @property
    def places(self) -> list[Geometry]:
        """The chunks in which the end state is gone through."""
        return [place for place, _, _ in self._stages]

    def start(self) -> NDArray[np.int64]:
        return np.zeros(1, dtype=np.int64)

    def read(self, kernel: Any, state: Array) -> NDArray[Any]:
        values = np.ones(int(np.prod(self._shape, dtype=np.int64)))
        for place, steps, members in self._stages:
            reduced = kernel.overlaps(state, place, steps)
            for one, matrix in zip(members, reduced, strict=True):
                values[one.answers] = _to_components(matrix, one.size)[one.inside]
        return values.reshape(self._shape)

    def seed(self, kernel: Any, cotangent: NDArray[Any], state: Array) -> Array:
        flat = cotangent.reshape(-1)
        costate = None if self._stages else kernel.weighted(state, np.zeros(1))
        for place, steps, members in self._stages:
            matrices = []
            for one in members:
                weights = np.zeros(4**one.size)
                np.add.at(weights, one.inside, flat[one.answers])
                matrices.append(_to_matrix(weights, one.size))
            costate = kernel.accumulated(state, costate, place, steps, matrices)
        return kernel.conjugated(costate) if self._stages else costate


class PopulationEnds(_Plain):
    """The start |0..0>, and <Z..Z> for I and Z on `axes` (`letters[k]` on axis `axes[k]`)."""

    def __init__(
        self, num_qubits: int, axes: Sequence[int], letters: Sequence[Sequence[int]]
    ) -> None:
        self._num_qubits = num_qubits
        self._axes, self._letters = list(axes), [list(some) for some in letters]
        self.weight = 2.0
        self.elements = 4 * 2**num_qubits

    def start(self) -> NDArray[np.int64]:
        return np.zeros(1, dtype=np.int64)

    def read(self, kernel: Any, state: Array) -> NDArray[Any]:
        chances = kernel.populations(state).reshape((2,) * self._num_qubits)
        traced = tuple(a for a in range(self._num_qubits) if a not in self._axes)
        left = [a for a in range(self._num_qubits) if a in self._axes]
        values = chances.sum(axis=traced)
        for axis, letters in zip(self._axes, self._letters, strict=True):
            k = left.index(axis)
            values = np.moveaxis(np.tensordot(_SIGNS[letters], values, axes=(1, k)), 0, k)
        return np.asarray(values.transpose([left.index(a) for a in self._axes]))

    def seed(self, kernel: Any, cotangent: NDArray[Any], state: Array) -> Array:
        factors = cotangent
        for k, letters in enumerate(self._letters):
            factors = np.moveaxis(np.tensordot(_SIGNS[letters], factors, axes=(0, k)), 0, k)
        left = sorted(self._axes)
        factors = factors.transpose([self._axes.index(a) for a in left])
        full = tuple(2 if a in left else 1 for a in range(self._num_qubits))
        spread = np.broadcast_to(factors.reshape(full), (2,) * self._num_qubits)
        return kernel.weighted(state, spread.reshape(-1))


def _to_components(matrix: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Tr(P rho) for all 4^k strings P of rho[i, j], (2^k, 2^k)."""
    legs = matrix.reshape((2,) * (2 * size))
    for k in range(size):
        # The legs that are left come first, kets before bras; the letters follow in order.
        legs = np.tensordot(legs, _PAULIS, axes=((0, size - k), (2, 1)))
    return np.asarray(legs.real.reshape(-1))


def _to_matrix(weights: NDArray[np.float64], size: int) -> NDArray[Any]:
    """sum_P w_P P, (2^k, 2^k), for the weights of all 4^k strings."""
    legs: NDArray[Any] = weights.reshape((4,) * size).astype(complex)
    for _ in range(size):
        legs = np.tensordot(legs, _PAULIS, axes=((0,), (0,)))
    order = [*range(0, 2 * size, 2), *range(1, 2 * size, 2)]
    return np.asarray(legs.transpose(order).reshape(2**size, 2**size))
