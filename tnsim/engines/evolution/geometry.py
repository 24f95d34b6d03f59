"""A state's array seen chunk by chunk: some axes whole, as many of the others as fit the cache."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK", "Geometry", "load", "store"]

Array = NDArray[Any]

CHUNK = 1 << 14
"""Numbers in a chunk, where the axes that are whole have fewer: 128 kB of doubles."""

_RUN = 16
# Numbers that lie side by side in a chunk, if possible: a copy then moves whole cache lines.

_TURN = 32
# Up to this size a product with the identity turns a matrix faster than a strided copy.


@dataclass(frozen=True)
class Geometry:
    """Chunks of an array of `num_axes` axes of `leg` numbers, `axes` of them whole (ascending).

    A chunk is copied into a matrix (width, lanes): `width = leg ** len(axes)`.
    """

    num_axes: int
    leg: int
    axes: tuple[int, ...]
    chunk: int = CHUNK

    @property
    def width(self) -> int:
        return int(self.leg ** len(self.axes))

    @cached_property
    def _groups(self) -> tuple[list[int], list[int], list[int]]:
        """Sizes of runs of neighbouring axes, which of the runs are whole, and which are not."""
        sizes: list[int] = []
        whole: list[int] = []
        rest: list[int] = []
        inside = set(self.axes)
        for axis in range(self.num_axes):
            kind = whole if axis in inside else rest
            if kind and kind[-1] == len(sizes) - 1:
                sizes[-1] *= self.leg
            else:
                kind.append(len(sizes))
                sizes.append(self.leg)
        return sizes, whole, rest

    @cached_property
    def _cut(self) -> tuple[int, int, int]:
        """Groups outside chunks, how many numbers of the next are inside, and all lanes."""
        sizes, _, rest = self._groups
        wanted = max(_RUN, self.chunk // self.width)
        lanes, outer, step = 1, len(rest), 1
        while outer:
            size = sizes[rest[outer - 1]]
            outer -= 1
            step = min(size, max(1, wanted // lanes))
            lanes *= step
            if step < size:
                break
        return outer, step, lanes

    @property
    def lanes(self) -> int:
        return self._cut[2]

    @property
    def count(self) -> int:
        """Chunks."""
        return int(self.leg**self.num_axes) // (self.width * self.lanes)

    @cached_property
    def run(self) -> int:
        """Numbers of a chunk that lie side by side, in the array and in the chunk alike."""
        sizes, _, rest = self._groups
        if not rest or rest[-1] != len(sizes) - 1:
            return 1 if rest else self.width
        return min(sizes[-1], self.lanes)

    @cached_property
    def turned(self) -> bool:
        """Whether a chunk is copied as the transpose of a matrix that lies in one piece."""
        sizes, whole, rest = self._groups
        suffix = len(sizes) == 2 and whole == [1] and rest == [0]
        return suffix and min(self.width, self.lanes) <= _TURN

    def view(self, array: Array) -> Array:
        """The whole array with axes (whole groups, other groups)."""
        sizes, whole, rest = self._groups
        return array.reshape(sizes).transpose([*whole, *rest])

    def index(self, number: int) -> tuple[Any, ...]:
        """The index of chunk `number` in the view."""
        sizes, whole, rest = self._groups
        outer, step, _ = self._cut
        if not rest:
            return (...,)
        parts = sizes[rest[outer]] // step
        number, part = divmod(number, parts)
        places: list[Any] = []
        for group in reversed(rest[:outer]):
            number, place = divmod(number, sizes[group])
            places.append(place)
        cut = slice(part * step, (part + 1) * step)
        return (*[slice(None)] * len(whole), *reversed(places), cut, ...)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of a chunk of the view."""
        sizes, whole, rest = self._groups
        outer, step, _ = self._cut
        inner = [step, *(sizes[r] for r in rest[outer + 1 :])] if rest else []
        return (*(sizes[w] for w in whole), *inner)

    def copy_cost(self) -> float:
        """Nanoseconds for each number to be copied into a chunk, or out of one."""
        if self.turned:
            return 0.05 * min(self.width, self.lanes)
        return 0.9 + 2.4 / math.sqrt(self.run)


def load(view: Array, place: Geometry, number: int, chunk: Array) -> None:
    """Copy a chunk of a view into `chunk` (width, lanes)."""
    seen = view[place.index(number)]
    if not place.turned:
        np.copyto(chunk.reshape(place.shape), seen)
    elif place.lanes <= place.width:
        np.matmul(seen, _identity(place.lanes, chunk), out=chunk)
    else:
        np.matmul(_identity(place.width, chunk), seen, out=chunk)


def store(view: Array, place: Geometry, number: int, chunk: Array) -> None:
    """Copy `chunk` (width, lanes) to its place in a view."""
    seen = view[place.index(number)]
    if not place.turned:
        np.copyto(seen, chunk.reshape(place.shape))
    elif place.lanes <= place.width:
        np.matmul(_identity(place.lanes, chunk), chunk.T, out=seen.T)
    else:
        np.matmul(chunk.T, _identity(place.width, chunk), out=seen.T)


def _identity(size: int, like: Array) -> Array:
    return np.eye(size, dtype=like.dtype)
