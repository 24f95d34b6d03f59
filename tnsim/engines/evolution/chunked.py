"""Blocks of small matrices applied to a state in place, chunk by chunk in the cache (NumPy)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.contraction.kernels_workers import Workers

from .checks import PROBES, Checks, Probe
from .geometry import Geometry, load, store
from .steps import Step

__all__ = ["ChunkedKernel"]

Array = NDArray[Any]

_SHARED = 1 << 16
# A state of fewer numbers is not worth a second thread.


@dataclass(frozen=True)
class _Block:
    """A stage on its way back; see `ChunkedKernel.backward`."""

    place: Geometry
    steps: Sequence[Step]
    matrices: Sequence[Array]
    inverses: Sequence[Array] | None
    wanted: Sequence[bool]

    def follow(self, trail: Sequence[Array], spare: Array) -> None:
        """Fill `trail`, whose first is a chunk before the stage, with it after every step."""
        for k, step in enumerate(self.steps):
            # `apply` may overwrite its source, so it is given a copy.
            np.copyto(spare, trail[k])
            step.apply(self.matrices[k], spare, trail[k + 1])


class ChunkedKernel:
    """Moves states of one dtype; `workers` share the chunks."""

    def __init__(self, dtype: str, workers: Workers) -> None:
        self.dtype = np.dtype(dtype)
        self._workers = workers
        self._probe = Probe()

    def begin(self, size: int, places: NDArray[np.int64], state: Array | None) -> Array:
        """A state that is 1 in `places` and 0 elsewhere, in the memory of `state` if given."""
        if state is None:
            state = np.zeros(size, self.dtype)
        else:
            state[:] = 0.0
        state[places] = 1.0
        return state

    def keep(self, state: Array) -> Array:
        """A copy that stays as it is."""
        return state.copy()

    def restored(self, state: Array, kept: Array) -> Array:
        """`kept` in the memory of `state`."""
        np.copyto(state, kept)
        return state

    def dot(self, left: Array, right: Array) -> complex:
        return complex(np.dot(left, right))

    def norm(self, state: Array) -> float:
        return float(np.linalg.norm(state))

    def taken(self, state: Array, index: NDArray[np.int64]) -> Array:
        """Components of the state, as a NumPy array."""
        return np.asarray(state[index])

    def scattered(self, size: int, index: NDArray[np.int64], weights: Array, _: Array) -> Array:
        """A costate with these weights added at `index`, else 0."""
        costate = np.zeros(size, self.dtype)
        np.add.at(costate, index, weights)
        return costate

    def populations(self, state: Array) -> Array:
        """|x|^2 of a ket."""
        chances = np.square(state.real)
        chances += np.square(state.imag)
        return np.asarray(chances)

    def weighted(self, state: Array, factors: Array) -> Array:
        """conj(factors * x) of a ket."""
        return np.asarray(np.multiply(state.conj(), factors, dtype=self.dtype))

    def conjugated(self, state: Array) -> Array:
        return np.conj(state, out=state)

    def overlaps(self, state: Array, place: Geometry, steps: Sequence[Step]) -> list[Array]:
        """Reduced density matrices of a ket on the axes of each step."""
        view = place.view(state)
        found: list[tuple[int, list[Array]]] = []

        def work(part: Sequence[int]) -> None:
            chunk, other = self._buffers(place, 2)
            sums = [np.zeros((s.width, s.width), self.dtype) for s in steps]
            for number in part:
                load(view, place, number, chunk)
                np.conj(chunk, out=other)
                for one, step in zip(sums, steps, strict=True):
                    one += step.overlap(chunk, other)
            found.append((part[0], sums))

        self._share(state, place, work)
        found.sort(key=lambda one: one[0])
        return [np.sum([f[1][k] for f in found], axis=0) for k in range(len(steps))]

    def accumulated(
        self,
        state: Array,
        costate: Array | None,
        place: Geometry,
        steps: Sequence[Step],
        matrices: Sequence[Array],
    ) -> Array:
        """`costate`, by default 0, plus the sum over steps of matrix times state."""
        made = np.zeros_like(state) if costate is None else costate
        views = place.view(state), place.view(made)
        cast = [np.ascontiguousarray(m, dtype=self.dtype) for m in matrices]

        def work(part: Sequence[int]) -> None:
            chunk, total, spare, copy = self._buffers(place, 4)
            for number in part:
                load(views[0], place, number, chunk)
                load(views[1], place, number, total)
                for step, matrix in zip(steps, cast, strict=True):
                    # `apply` may overwrite its source, so it is given a copy.
                    np.copyto(copy, chunk)
                    total += step.apply(matrix, copy, spare)
                store(views[1], place, number, total)

        self._share(state, place, work)
        return made

    def forward(
        self, state: Array, place: Geometry, steps: Sequence[Step], matrices: Sequence[Array]
    ) -> tuple[Array, Array]:
        """The state after the block, and the projections of the state before it."""
        view = place.view(state)
        cast = [np.ascontiguousarray(m, dtype=self.dtype) for m in matrices]
        found: list[tuple[int, Array]] = []
        probe = self._probe.vectors(place.width * place.lanes)

        def work(part: Sequence[int]) -> None:
            chunk, other = self._buffers(place, 2)
            seen = np.zeros(PROBES, dtype=complex)
            for number in part:
                load(view, place, number, chunk)
                if not chunk.any():
                    # So it stays: near the start, most components are zero.
                    continue
                seen += probe.of(number, chunk)
                for step, matrix in zip(steps, cast, strict=True):
                    step.apply(matrix, chunk, other)
                    chunk, other = other, chunk
                store(view, place, number, chunk)
            found.append((part[0], seen))

        self._share(state, place, work)
        found.sort(key=lambda one: one[0])
        return state, np.sum([seen for _, seen in found], axis=0)

    def backward(
        self,
        state: Array,
        costate: Array,
        place: Geometry,
        steps: Sequence[Step],
        matrices: Sequence[Array],
        inverses: Sequence[Array] | None,
        wanted: Sequence[bool],
    ) -> tuple[Array, Array, list[Array | None], Checks]:
        """State and costate before the block, and what the wanted matrices are derived by.

        With `inverses`, `state` is given after the block and is moved back; without, it is given
        before the block already and stays.
        """
        block = _Block(
            place,
            steps,
            [np.ascontiguousarray(m, dtype=self.dtype) for m in matrices],
            inverses and [np.ascontiguousarray(m, dtype=self.dtype) for m in inverses],
            wanted,
        )
        found: list[tuple[int, list[Array | None], Checks]] = []
        lock = threading.Lock()
        views = place.view(state), place.view(costate)

        def work(part: Sequence[int]) -> None:
            sums, checks = self._gone_back(block, part, *views)
            with lock:
                found.append((part[0], sums, checks))

        self._share(state, place, work)
        found.sort(key=lambda one: one[0])
        slopes: list[Array | None] = []
        for k in range(len(steps)):
            some = [one for _, sums, _ in found if (one := sums[k]) is not None]
            slopes.append(np.sum(some, axis=0) if some else None)
        return state, costate, slopes, Checks.total([checks for _, _, checks in found])

    def _gone_back(
        self, block: _Block, part: Sequence[int], states: Array, costates: Array
    ) -> tuple[list[Array | None], Checks]:
        """Derivatives and checks of some chunks, which are moved back."""
        place, steps, inverses = block.place, block.steps, block.inverses
        sums: list[Array | None] = [
            np.zeros((s.width, s.width), self.dtype) if w else None
            for s, w in zip(steps, block.wanted, strict=True)
        ]
        product, square, seen = 0j, 0.0, np.zeros(PROBES, dtype=complex)
        probe = self._probe.vectors(place.width * place.lanes)
        y, spare, *trail = self._buffers(place, 4 if inverses else 3 + len(steps))
        for number in part:
            load(costates, place, number, y)
            # Near the end, most components of a local observable are zero, and stay so.
            live = bool(y.any())
            if not live and not inverses:
                continue
            x, other = trail[0], trail[1]
            load(states, place, number, x)
            if not inverses:
                block.follow(trail, spare)
            for k in range(len(steps) - 1, -1, -1):
                if inverses:
                    steps[k].apply(inverses[k], x, other)
                    x, other = other, x
                else:
                    x = trail[k]
                if not live:
                    continue
                one = sums[k]
                if one is not None:
                    one += steps[k].overlap(y, x)
                steps[k].apply(block.matrices[k].T, y, spare)
                y, spare = spare, y
            if inverses:
                seen += probe.of(number, x)
                store(states, place, number, x)
            if live:
                flat = y.reshape(-1)
                product += complex(np.dot(flat, x.reshape(-1)))
                square += float(np.vdot(flat, flat).real)
                store(costates, place, number, y)
        return sums, Checks(product, square, seen)

    def _buffers(self, place: Geometry, count: int) -> list[Array]:
        return [np.empty((place.width, place.lanes), self.dtype) for _ in range(count)]

    def _share(self, state: Array, place: Geometry, work: Any) -> None:
        numbers = range(place.count)
        if len(state) < _SHARED:
            work(numbers)
        else:
            self._workers.share(numbers, work)
