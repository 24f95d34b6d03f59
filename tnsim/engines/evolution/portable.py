"""Blocks of small matrices applied to a state of any array library, by matmul and transpose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from autoray import do
from numpy.typing import NDArray

from tnsim.base.arrays import Array, as_library, to_numpy

from .checks import Checks, Probe
from .geometry import Geometry
from .steps import Step

__all__ = ["PortableKernel", "on_host"]


def on_host(library: str, like: Array | None) -> bool:
    """Whether arrays of the library are in the processor's own memory, where NumPy serves best.

    There each step would allocate and free arrays of the state's size, of which the allocator
    keeps many more than are alive; and NumPy's kernels are faster.
    """
    if library == "numpy" or like is None:
        return True
    if library == "torch":
        return bool(like.device.type == "cpu")
    if library == "jax":
        return all(device.platform == "cpu" for device in like.devices())
    return "GPU" not in like.device and "TPU" not in like.device


class PortableKernel:
    """The operations of `ChunkedKernel` on the device of `like`; arrays are never overwritten.

    The small matrices are made with NumPy and sent over.
    """

    def __init__(self, dtype: str, library: str, like: Array | None) -> None:
        self.dtype = np.dtype(dtype)
        self._library, self._like = library, like
        self._probe = Probe()

    def begin(self, size: int, places: NDArray[np.int64], state: Array | None) -> Array:
        """A state that is 1 in `places` and 0 elsewhere."""
        del state
        values = np.zeros(size, self.dtype)
        values[places] = 1.0
        return self._sent(values)

    def keep(self, state: Array) -> Array:
        return state

    def restored(self, _: Array, kept: Array) -> Array:
        return kept

    def dot(self, left: Array, right: Array) -> complex:
        return complex(to_numpy(do("sum", left * right)))

    def norm(self, state: Array) -> float:
        return float(np.sqrt(np.real(to_numpy(do("sum", do("abs", state) ** 2)))))

    def taken(self, state: Array, index: NDArray[np.int64]) -> NDArray[Any]:
        """Components of the state, as a NumPy array."""
        return np.asarray(to_numpy(state)[index])

    def scattered(
        self, size: int, index: NDArray[np.int64], weights: NDArray[Any], _: Array
    ) -> Array:
        """A costate with these weights added at `index`, else 0."""
        costate = np.zeros(size, self.dtype)
        np.add.at(costate, index, weights)
        return self._sent(costate)

    def populations(self, state: Array) -> NDArray[Any]:
        """|x|^2 of a ket, as a NumPy array."""
        return np.asarray(to_numpy(do("abs", state)) ** 2)

    def weighted(self, state: Array, factors: NDArray[Any]) -> Array:
        """conj(factors * x) of a ket."""
        return do("conj", state) * self._sent(factors)

    def conjugated(self, state: Array) -> Array:
        return do("conj", state)

    def overlaps(self, state: Array, place: Geometry, steps: Sequence[Step]) -> list[Any]:
        """Reduced density matrices of a ket on the axes of each step."""
        other = do("conj", state)
        return [_overlap(state, other, *_view(place, step)) for step in steps]

    def accumulated(
        self,
        state: Array,
        costate: Array | None,
        place: Geometry,
        steps: Sequence[Step],
        matrices: Sequence[NDArray[Any]],
    ) -> Array:
        """`costate`, by default 0, plus the sum over steps of matrix times state."""
        for step, matrix in zip(steps, matrices, strict=True):
            made = _applied(self._sent(matrix), state, *_view(place, step))
            costate = made if costate is None else costate + made
        return costate

    def forward(
        self, state: Array, place: Geometry, steps: Sequence[Step], matrices: Sequence[NDArray[Any]]
    ) -> tuple[Array, NDArray[Any]]:
        """The state after the block, and the projections of the state before it."""
        seen = self._seen(state, place)
        return self._moved(state, place, steps, matrices), seen

    def _moved(
        self, state: Array, place: Geometry, steps: Sequence[Step], matrices: Sequence[NDArray[Any]]
    ) -> Array:
        for step, matrix in zip(steps, matrices, strict=True):
            state = _applied(self._sent(matrix), state, *_view(place, step))
        return state

    def _seen(self, state: Array, place: Geometry) -> NDArray[Any]:
        """Projections on products of random signs: of two vectors with one axis of each half."""
        size = place.leg**place.num_axes
        left = place.leg ** (place.num_axes // 2)
        rows, columns = (self._probe.vectors(k).inside for k in (left, size // left))
        legs = do("reshape", state, (left, size // left))
        half = to_numpy(self._sent(rows) @ legs)
        return np.asarray((half * columns).sum(axis=1))

    def backward(
        self,
        state: Array,
        costate: Array,
        place: Geometry,
        steps: Sequence[Step],
        matrices: Sequence[NDArray[Any]],
        inverses: Sequence[NDArray[Any]] | None,
        wanted: Sequence[bool],
    ) -> tuple[Array, Array, list[NDArray[Any] | None], Checks]:
        """As `ChunkedKernel.backward`; without inverses, states within the block are made anew."""
        slopes: list[NDArray[Any] | None] = [None] * len(steps)
        x = state
        for k in range(len(steps) - 1, -1, -1):
            view = _view(place, steps[k])
            if inverses is not None:
                x = _applied(self._sent(inverses[k]), x, *view)
            elif wanted[k]:
                x = self._moved(state, place, steps[:k], matrices[:k])
            if wanted[k]:
                slopes[k] = _overlap(costate, x, *view)
            costate = _applied(self._sent(matrices[k].T), costate, *view)
        before = x if inverses is not None else state
        seen = self._seen(before, place)
        checks = Checks(self.dot(costate, before), self.norm(costate) ** 2, seen)
        return before, costate, slopes, checks

    def _sent(self, array: NDArray[Any]) -> Array:
        return as_library(np.ascontiguousarray(array), self.dtype.name, self._library, self._like)


@lru_cache(maxsize=1024)
def _view(place: Geometry, step: Step) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """The state's shape with neighbouring axes joined, how to bring the step's in front, and D."""
    axes = {place.axes[k] for k in step.at}
    shape: list[int] = []
    front: list[int] = []
    rest: list[int] = []
    for axis in range(place.num_axes):
        kind = front if axis in axes else rest
        if kind and kind[-1] == len(shape) - 1:
            shape[-1] *= place.leg
        else:
            kind.append(len(shape))
            shape.append(place.leg)
    return tuple(shape), (*front, *rest), step.width


def _fronted(state: Array, shape: tuple[int, ...], order: tuple[int, ...], rows: int) -> Array:
    return do("reshape", do("transpose", do("reshape", state, shape), order), (rows, -1))


def _applied(
    matrix: Array, state: Array, shape: tuple[int, ...], order: tuple[int, ...], rows: int
) -> Array:
    made = matrix @ _fronted(state, shape, order, rows)
    turned = do("reshape", made, tuple(shape[k] for k in order))
    back = tuple(int(k) for k in np.argsort(order))
    return do("reshape", do("transpose", turned, back), (-1,))


def _overlap(
    left: Array, right: Array, shape: tuple[int, ...], order: tuple[int, ...], rows: int
) -> NDArray[Any]:
    one, two = (_fronted(x, shape, order, rows) for x in (left, right))
    return to_numpy(one @ do("transpose", two, (1, 0)))
