"""Putting the slices' results together."""

from __future__ import annotations

from typing import Any, Protocol

import autoray
import numpy as np

__all__ = ["Assembled", "Collected", "Output", "full_shape"]

Array = Any
Collected = tuple[Array, dict[tuple[int, ...], Array]]


class Assembled(Protocol):
    """What is put together from slices; the members are those of `Schedule`."""

    @property
    def sliced(self) -> tuple[int, ...]: ...
    @property
    def output_shape(self) -> tuple[int, ...]: ...
    @property
    def output_cuts(self) -> tuple[tuple[int, int], ...]: ...
    @property
    def batched(self) -> bool: ...


def full_shape(schedule: Assembled, batch: int) -> tuple[int, ...]:
    """The shape of the whole output."""
    return (batch, *schedule.output_shape) if schedule.batched else schedule.output_shape


class Output:
    """The sum of the slices' results, those of different output entries side by side."""

    def __init__(self, schedule: Assembled, library: str, batch: int) -> None:
        self.schedule, self.library, self.batch = schedule, library, batch
        self.parts: dict[tuple[int, ...], Array] = {}
        self.whole: Array = None

    def add(self, values: tuple[int, ...], part: Array) -> None:
        """Take in the result of the slice with these values of the sliced labels."""
        place = tuple(values[number] for _, number in self.schedule.output_cuts)
        if self.library != "numpy" or not place:
            self._add_part(place, part)
            return
        if self.whole is None:
            self.whole = np.zeros(full_shape(self.schedule, self.batch), dtype=part.dtype)
        index: list[Any] = [slice(None)] * self.whole.ndim
        front = int(self.schedule.batched)
        for (axis, _), value in zip(self.schedule.output_cuts, place, strict=True):
            index[axis + front] = value
        self.whole[tuple(index)] += part

    def _add_part(self, place: tuple[int, ...], part: Array) -> None:
        if place not in self.parts:
            self.parts[place] = part
        elif self.library in ("numpy", "torch"):
            self.parts[place] += part
        else:
            self.parts[place] = self.parts[place] + part

    @property
    def collected(self) -> Collected:
        """What came in so far, for `merge` in another process."""
        return self.whole, self.parts

    def merge(self, other: Collected) -> None:
        """Take in what another output collected from other slices."""
        whole, parts = other
        if self.whole is None:
            self.whole = whole
        elif whole is not None:
            self.whole += whole
        for place, part in parts.items():
            self._add_part(place, part)

    def result(self) -> Array:
        """The whole output, once all slices are in."""
        if self.whole is not None:
            return self.whole
        if not self.schedule.output_cuts:
            return self.parts[()]
        places = sorted(self.parts)
        stacked = autoray.do("stack", [self.parts[place] for place in places])
        cuts = self.schedule.output_cuts
        lead = tuple(self.schedule.sliced[number] for _, number in cuts)
        rest = tuple(self.parts[places[0]].shape)
        stacked = autoray.do("reshape", stacked, lead + rest)
        front = int(self.schedule.batched)
        # Axes of `stacked`: one for each cut, then the batch axis, then what a slice keeps.
        order: list[int] = [len(cuts)] * front
        cut_axes = {axis: i for i, (axis, _) in enumerate(cuts)}
        following = len(cuts) + front
        for axis in range(len(self.schedule.output_shape)):
            if axis in cut_axes:
                order.append(cut_axes[axis])
            else:
                order.append(following)
                following += 1
        return autoray.do("transpose", stacked, tuple(order))
