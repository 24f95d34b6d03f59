"""A contraction order as the exact sequence of array operations, with what they hold in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from tnsim.base.errors import TnsimError

from .kernels import Kernel
from .kernels_permute import BlockedPermutation, Permutation
from .kernels_portable import Portable, PortableTurn
from .layout import Legs
from .schedule_memory import Count, Place

__all__ = ["LARGE", "Schedule", "Source", "Spec", "Step", "Take", "build_schedule"]

LARGE = 1 << 20
"""Multiply-adds that take longer than it does to tell the matrix library about threads."""


@dataclass(frozen=True)
class Spec:
    """What a schedule was built from."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    sizes: Mapping[str, int]
    ssa_path: tuple[tuple[int, int], ...]
    sliced: tuple[str, ...]
    batched: tuple[bool, ...]
    keep: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """An input as it enters the contraction.

    `shape` is what it must have (batch axis excluded); `cuts` are (axis, sliced label's number)
    to fix and `sums` the axes to sum after that, both counted without the batch axis. Where the
    part that is left is not contiguous, it is copied, after permuting its axes by `axes`
    (counted with the batch axis). `legs` is the order in which it enters.
    """

    shape: tuple[int, ...]
    batched: bool
    cuts: tuple[tuple[int, int], ...]
    sums: tuple[int, ...]
    copied: bool
    axes: tuple[int, ...] | None
    legs: Legs


class Take(NamedTuple):
    """An operand of a step: a source as it enters, or a tensor, needed for the last time or not."""

    number: int
    source: Source | None
    last: bool


@dataclass(frozen=True)
class Step:
    """One product of two tensors, numbered as in the ssa path; `legs` is the result's order.

    `takes` are the right and the left operand. `places` are those in the arena of permuted copies
    of left and right and of the result.
    """

    left: int
    right: int
    number: int
    left_legs: Legs
    right_legs: Legs
    legs: Legs
    kernel: Kernel | Portable
    multiply_adds: Count
    takes: tuple[Take, Take] = field(repr=False)
    places: tuple[Place | None, Place | None, Place | None] | None = None


@dataclass(frozen=True)
class Schedule:
    """Everything that an execution does.

    The first `prelude` steps do not depend on the slice and are done once; the others are done
    for every slice. `sliced` are the sizes of the sliced labels. `finish` brings the last tensor
    to the output's order; `output_shape` is that of the whole output without its batch axis,
    `slice_shape` that of a slice's part of it (-1 for the batch axis) and `output_cuts` the
    (axis, sliced label's number) that a slice fixes there. `arena` is the memory that the large
    tensors of a slice share.
    """

    spec: Spec = field(repr=False)
    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    prelude: int
    sliced: tuple[int, ...]
    finish: Permutation | BlockedPermutation | PortableTurn | None
    output_shape: tuple[int, ...]
    slice_shape: tuple[int, ...]
    output_cuts: tuple[tuple[int, int], ...]
    batched: bool
    arena: Count
    peaks: tuple[Count, ...] = field(repr=False)
    written: tuple[Count, Count] = field(repr=False)

    @property
    def slices(self) -> int:
        """How many slices are summed or stacked."""
        return math.prod(self.sliced)

    @cached_property
    def portable(self) -> Schedule:
        """The same contraction for libraries other than NumPy, through autoray."""
        return _build(self.spec, portable=True)

    def peak_elements(self, batch: int = 1, *, library: str = "numpy") -> int:
        """The most numbers alive at once in one worker.

        Counted are all inputs, the slices and permuted copies of them, intermediates, buffers,
        the output, and the result of a slice that is being added to it.
        """
        peaks = self.peaks if library == "numpy" else self.portable.peaks
        return max(peak.at(batch) for peak in peaks)

    def multiply_adds(self, batch: int = 1) -> int:
        """Multiply-adds of all slices; what slices share is counted once."""
        once, each = self._multiply_adds
        return once.at(batch) + each.at(batch) * self.slices

    @cached_property
    def _multiply_adds(self) -> tuple[Count, Count]:
        steps = self.steps
        parts = (steps[: self.prelude], steps[self.prelude :])
        once, each = (sum((step.multiply_adds for step in part), Count()) for part in parts)
        return once, each

    def is_worth_threads(self, batch: int) -> bool:
        """Whether the contraction is so large that its work is better shared among threads."""
        return self.multiply_adds(batch) > LARGE

    @property
    def total_write(self) -> int:
        """Numbers that one slice writes at batch 1: results and permuted copies."""
        return self.written[1].at(1)


def build_schedule(
    inputs: Sequence[Sequence[str]],
    output: Sequence[str],
    sizes: Mapping[str, int],
    ssa_path: Sequence[tuple[int, int]],
    sliced: Sequence[str] = (),
    *,
    batched: Sequence[bool] | None = None,
    keep: Sequence[int] = (),
) -> Schedule:
    """The steps of contracting `inputs` to `output` in the order `ssa_path`.

    Labels have einsum's meaning: one that is in no tensor that is left and not in the output is
    summed. `sliced` labels are fixed, one slice for every combination of their values; inputs
    marked in `batched` have one more axis, in front, and then so does the output. Tensors whose
    numbers are in `keep` stay as they are until the slice ends, as a reverse pass needs them.

    >>> made = build_schedule((("i", "j"), ("j", "k")), ("i", "k"), dict(i=2, j=3, k=4), ((0, 1),))
    >>> made.multiply_adds(), made.peak_elements()
    (24, 26)
    """
    marks = (False,) * len(inputs) if batched is None else tuple(batched)
    if len(ssa_path) != len(inputs) - 1:
        raise TnsimError(
            f"`ssa_path` must have {len(inputs) - 1} pairs for {len(inputs)} tensors "
            f"(got {len(ssa_path)})"
        )
    spec = Spec(
        tuple(tuple(term) for term in inputs),
        tuple(output),
        dict(sizes),
        tuple((i, j) for i, j in ssa_path),
        tuple(sliced),
        marks,
        tuple(keep),
    )
    return _build(spec, portable=False)


def _build(spec: Spec, *, portable: bool) -> Schedule:
    from .schedule_build import best_schedule

    return best_schedule(spec, portable=portable)
