"""A contraction and its reverse pass as the exact sequence of array operations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from .cost import measured_rates, predicted_seconds
from .reverse_moves import Move
from .schedule import LARGE, Source, Spec, Step
from .schedule_memory import Count
from .schedule_products import Finish

if TYPE_CHECKING:
    from .reverse_build import Choices

__all__ = ["After", "ReverseSchedule", "ReverseSpec", "Stage", "Target", "Yield", "build_reverse"]


@dataclass(frozen=True)
class ReverseSpec:
    """What a schedule was built from: `actions` are those of `moves_of`.

    `reverse_once`: what slices share is reversed after them, and not in each.
    """

    spec: Spec
    wanted: tuple[int, ...]
    actions: tuple[int, ...]
    reverse_once: bool = True


@dataclass(frozen=True)
class Target:
    """The value, or a gradient, as slices put it together.

    `output_shape` is that of all slices together, without the batch axis and with size 1 for
    labels that the tensor alone carries, over which it is the same; `slice_shape` that of one
    slice's part (-1 for the batch axis), `output_cuts` the (axis, sliced label's number) that a
    slice fixes, and `whole_shape` that of what the caller gets, without the batch axis.
    """

    sliced: tuple[int, ...]
    output_shape: tuple[int, ...]
    output_cuts: tuple[tuple[int, int], ...]
    slice_shape: tuple[int, ...]
    whole_shape: tuple[int, ...]
    batched: bool


@dataclass(frozen=True)
class Yield:
    """Tensor `number`, brought in order by `finish`, is a part of target `target`."""

    number: int
    target: int
    finish: Finish | None


@dataclass(frozen=True)
class Stage:
    """Products, the last of which makes what is yielded (sources can be yielded as they are)."""

    steps: tuple[Step, ...]
    gives: Yield


@dataclass(frozen=True)
class After:
    """The reverse pass of a part that slices share; its cotangent is what target `target` adds up.

    `inputs` are the numbers of the part's inputs; its gradients are those of `targets`.
    """

    target: int
    inputs: tuple[int, ...]
    targets: tuple[int, ...]
    schedule: ReverseSchedule


@dataclass(frozen=True)
class ReverseSchedule:
    """Everything that an execution of a contraction with its reverse pass does.

    The last source is the cotangent. `prelude` is done once, `stages` in every slice, and `after`
    once after them; the first target is the value, the next are gradients, and the last are the
    cotangents of what is done after. `arena` is the memory that the large tensors of
    a slice share.
    """

    spec: ReverseSpec = field(repr=False)
    sources: tuple[Source, ...]
    prelude: tuple[Step, ...]
    stages: tuple[Stage, ...]
    targets: tuple[Target, ...]
    after: tuple[After, ...]
    sliced: tuple[int, ...]
    moves: tuple[Move, ...]
    batched: bool
    is_portable: bool
    arena: Count
    peaks: tuple[Count, ...] = field(repr=False)
    written: tuple[Count, Count] = field(repr=False)

    @property
    def slices(self) -> int:
        """How many slices are summed or placed."""
        return math.prod(self.sliced)

    @cached_property
    def _other(self) -> ReverseSchedule:
        return build_reverse(self.spec, portable=not self.is_portable)

    def for_library(self, library: str) -> ReverseSchedule:
        """The same moves with the kernels for NumPy, or those for all other libraries."""
        return self if (library != "numpy") == self.is_portable else self._other

    def peak_elements(self, batch: int = 1) -> int:
        """The most numbers alive at once in one worker, gradients and cotangent included."""
        return max(peak.at(batch) for peak in self.peaks)

    def multiply_adds(self, batch: int = 1) -> int:
        """Multiply-adds of all slices, forward and reverse."""
        once, each = self._multiply_adds
        after = sum(part.schedule.multiply_adds(batch) for part in self.after)
        return once.at(batch) + each.at(batch) * self.slices + after

    @cached_property
    def _multiply_adds(self) -> tuple[Count, Count]:
        parts = (self.prelude, (step for stage in self.stages for step in stage.steps))
        once, each = (sum((step.multiply_adds for step in part), Count()) for part in parts)
        return once, each

    def seconds(self, batch: int, dtype: str) -> float:
        """The time of all slices on this machine, predicted at the rates of `Plan.seconds`."""
        once, each = (written.at(batch) for written in self.written)
        in_slice = len(self.moves) - len(self.prelude)
        after = sum(len(part.schedule.moves) for part in self.after)
        return predicted_seconds(
            self.multiply_adds(batch),
            once + each * self.slices,
            len(self.prelude) + in_slice * self.slices + after,
            dtype=dtype,
            rates=measured_rates(dtype),
        )

    def is_worth_threads(self, batch: int) -> bool:
        """Whether the work is so large that it is better shared among threads."""
        return self.multiply_adds(batch) > LARGE

    @cached_property
    def recomputed(self) -> int:
        """How many forward products a slice does again."""
        made = Counter(move.of for move in self.moves if not move.is_adjoint)
        return sum(made.values()) - len(made)

    @cached_property
    def kept(self) -> int:
        """How many intermediates the reverse pass finds where the forward pass left them."""
        first: dict[int, int] = {}
        kept = set()
        for move in self.moves:
            if not move.is_adjoint:
                first.setdefault(move.of, move.number)
        numbers = set(first.values())
        for move in self.moves:
            if move.is_adjoint and move.right in numbers:
                kept.add(move.right)
        return len(kept)


def build_reverse(
    spec: Spec | ReverseSpec,
    wanted: Sequence[int] = (),
    actions: Sequence[int] = (),
    *,
    portable: bool = False,
    choices: Choices | None = None,
    reverse_once: bool = True,
) -> ReverseSchedule:
    """The value of a contraction and its derivatives by the inputs `wanted`.

    `actions` say which steps are done forward and in reverse, in which order. `choices` holds
    kernels from other schedules of the same contraction and takes in new ones.
    """
    from .reverse_build import best_reverse

    if isinstance(spec, Spec):
        sliced = tuple(label for label in spec.sliced if spec.sizes[label] > 1)
        spec = ReverseSpec(
            replace(spec, sliced=sliced), tuple(wanted), tuple(actions), reverse_once
        )
    return best_reverse(spec, portable=portable, choices={} if choices is None else choices)
