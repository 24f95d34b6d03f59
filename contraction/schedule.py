"""A contraction order as the exact sequence of array operations, with what each holds in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tnsim.base.errors import TnsimError

from .layout import BATCH, Legs, pair, permutation

__all__ = ["Count", "Operand", "Schedule", "Source", "Step", "build_schedule"]

Shape = tuple[int, ...]
"""An array's shape, with -1 for the batch axis."""


@dataclass(frozen=True)
class Count:
    """A number of numbers: `fixed + batch * batched`."""

    fixed: int = 0
    batched: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.fixed + other.fixed, self.batched + other.batched)

    def __sub__(self, other: Count) -> Count:
        return Count(self.fixed - other.fixed, self.batched - other.batched)

    def at(self, batch: int) -> int:
        """The number for a batch of this size."""
        return self.fixed + batch * self.batched


@dataclass(frozen=True)
class Source:
    """An input as it enters the contraction.

    `shape` is what it must have (batch axis excluded); `cuts` are (axis, sliced label's number)
    to fix, last axis first; `sums` are the axes to sum after that; `legs` are what is left,
    labels of size 1 dropped. `copied`: the slice is not contiguous and is copied.
    """

    shape: tuple[int, ...]
    batched: bool
    cuts: tuple[tuple[int, int], ...]
    sums: tuple[int, ...]
    legs: Legs
    copied: bool


@dataclass(frozen=True)
class Operand:
    """How a tensor enters a product.

    The array, in the order `legs`, is reshaped to `merged` and its axes permuted by `axes` into a
    copy (where `axes` is not None), then reshaped to `shape` and its last two axes swapped where
    `transposed`.
    """

    number: int
    legs: Legs
    merged: Shape
    axes: tuple[int, ...] | None
    shape: Shape
    transposed: bool


@dataclass(frozen=True)
class Step:
    """One product of two tensors: `result = left @ right`, in the order `legs`."""

    left: Operand
    right: Operand
    number: int
    legs: Legs
    shape: Shape
    multiply_adds: Count


@dataclass(frozen=True)
class Schedule:
    """Everything that an execution does, for one slice at a time.

    `sources` and `steps` number the tensors as the ssa path does. `sliced` are the sizes of the
    sliced labels. `output` says how the last tensor becomes the output; `output_shape` is that of
    the whole output and `output_cuts` the (axis, sliced label's number) that a slice fixes there.
    """

    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    sliced: tuple[int, ...]
    output: Operand
    output_shape: tuple[int, ...]
    output_cuts: tuple[tuple[int, int], ...]
    batched: bool
    events: tuple[Count, ...] = field(repr=False)
    total: Count = field(repr=False)
    written: Count = field(repr=False)

    @property
    def slices(self) -> int:
        """How many slices are summed or stacked."""
        return math.prod(self.sliced)

    def peak_elements(self, batch: int = 1) -> int:
        """The most numbers alive at once in one worker.

        Counted are all inputs, slices and permuted copies of them, intermediates, the output and
        the result of a slice that is being added to it.
        """
        return max(event.at(batch) for event in self.events)

    def multiply_adds(self, batch: int = 1) -> int:
        """Multiply-adds of all slices."""
        return self.total.at(batch) * self.slices

    @property
    def total_write(self) -> int:
        """Numbers written by one slice at batch 1: results and permuted copies."""
        return self.written.at(1)


def build_schedule(
    inputs: Sequence[Sequence[str]],
    output: Sequence[str],
    sizes: Mapping[str, int],
    ssa_path: Sequence[tuple[int, int]],
    sliced: Sequence[str] = (),
    *,
    batched: Sequence[bool] | None = None,
) -> Schedule:
    """The steps of contracting `inputs` to `output` in the order `ssa_path`.

    Labels have einsum's meaning: one that is in no tensor that is left and not in the output is
    summed. `sliced` labels are fixed, one slice for every combination of their values; inputs
    marked in `batched` have one more axis, in front, and then so does the output.
    """
    marks = (False,) * len(inputs) if batched is None else tuple(batched)
    if len(ssa_path) != len(inputs) - 1:
        raise TnsimError(
            f"`ssa_path` must have {len(inputs) - 1} pairs for {len(inputs)} tensors "
            f"(got {len(ssa_path)})"
        )
    return _Builder(inputs, output, sizes, ssa_path, sliced, marks).schedule()


class _Builder:
    """Follows the path once, keeping each tensor's legs and what is alive."""

    def __init__(
        self,
        inputs: Sequence[Sequence[str]],
        output: Sequence[str],
        sizes: Mapping[str, int],
        ssa_path: Sequence[tuple[int, int]],
        sliced: Sequence[str],
        marks: tuple[bool, ...],
    ) -> None:
        self.inputs, self.output, self.path = inputs, output, ssa_path
        self.named_sizes, self.marks = sizes, marks
        self.slice_number = {label: i for i, label in enumerate(sliced)}
        self.sliced = tuple(sizes[label] for label in sliced)
        index: dict[str, int] = {}
        for term in inputs:
            for label in term:
                index.setdefault(label, len(index))
        self.index = index
        self.sizes = {i: sizes[label] for label, i in index.items()}
        self.gone = {i for label, i in index.items() if label in self.slice_number}
        self.gone |= {i for i, size in self.sizes.items() if size == 1}
        self.uses = dict.fromkeys(index.values(), 0)
        for term in (*inputs, output):
            for label in term:
                self.uses[index[label]] += 1
        self.batched = [*marks]
        self.legs: list[Legs] = []
        self.counts: list[dict[int, int]] = []
        self.events: list[Count] = []
        self.alive = Count()
        self.written = Count()
        self.total = Count()

    def schedule(self) -> Schedule:
        batched = any(self.marks)
        sources = tuple(self.source(i) for i in range(len(self.inputs)))
        for source in sources:
            self.take(Count() + self.count(math.prod(source.shape), source.batched), event=False)
        out_elements = math.prod(self.named_sizes[label] for label in self.output)
        several = math.prod(self.sliced) > 1
        if several:
            self.take(self.count(out_elements, batched), event=False)
        steps = tuple(self.step(t, sources) for t in range(len(self.path)))
        final, made = self.final(sources, batched)
        cuts = [
            (axis, self.slice_number[label])
            for axis, label in enumerate(self.output)
            if label in self.slice_number
        ]
        self.events.append(self.alive)
        del made
        return Schedule(
            sources,
            steps,
            self.sliced,
            final,
            tuple(self.named_sizes[label] for label in self.output),
            tuple(cuts),
            batched,
            tuple(_pareto(self.events)),
            self.total,
            self.written,
        )

    def count(self, elements: int, batched: bool) -> Count:
        return Count(0, elements) if batched else Count(elements, 0)

    def take(self, amount: Count, *, event: bool = True) -> None:
        self.alive += amount
        if event:
            self.written += amount
            self.events.append(self.alive)

    def elements(self, legs: Legs) -> int:
        return math.prod(self.sizes[x] for x in legs)

    def source(self, i: int) -> Source:
        term = tuple(self.index[label] for label in self.inputs[i])
        cuts = tuple(
            (axis, self.slice_number[label])
            for axis, label in reversed(list(enumerate(self.inputs[i])))
            if label in self.slice_number
        )
        cut_axes = {axis for axis, _ in cuts}
        left = [x for axis, x in enumerate(term) if axis not in cut_axes]
        sums = tuple(axis for axis, x in enumerate(left) if self.uses[x] == 1 and self.sizes[x] > 1)
        summed = {left[axis] for axis in sums}
        legs = tuple(x for x in left if x not in summed and self.sizes[x] > 1)
        # A slice stays contiguous where only leading axes (axes of size 1 aside) are fixed.
        wide = [axis for axis, x in enumerate(term) if self.sizes[x] > 1]
        cut_wide = [axis for axis in wide if axis in cut_axes]
        contiguous = cut_wide == wide[: len(cut_wide)] and not (cut_wide and self.marks[i])
        self.legs.append(legs)
        self.counts.append(dict.fromkeys(term, 1))
        shape = tuple(self.sizes[x] for x in term)
        return Source(shape, self.marks[i], cuts, sums, legs, not contiguous and not sums)

    def operand(
        self, number: int, target: Legs, shape: Shape, transposed: bool, sources: Sequence[Source]
    ) -> tuple[Operand, Count]:
        """The tensor in the order `target`, and what of it is alive when the product is made."""
        legs, batched = self.legs[number], self.batched[number]
        size = self.count(self.elements(legs), batched)
        held = size if number >= len(sources) else Count()
        moved = legs != target
        if number < len(sources):
            source = sources[number]
            if source.sums or (source.copied and not moved):
                self.take(size)
                held = size
        front = (BATCH,) if batched else ()
        sizes = {BATCH: -1, **self.sizes}
        merged, axes = permutation(front + legs, front + target, sizes) if moved else ((), None)
        if moved:
            self.take(size)
            self.alive -= held
            held = size
        return Operand(number, legs, merged, axes, shape, transposed), held

    def step(self, t: int, sources: Sequence[Source]) -> Step:
        i, j = self.path[t]
        if self.batched[j] and not self.batched[i]:
            i, j = j, i
        merged = dict(self.counts[i])
        for x, count in self.counts[j].items():
            merged[x] = merged.get(x, 0) + count
        merged = {x: count for x, count in merged.items() if count < self.uses[x]}
        kept = frozenset(merged)
        made = pair(self.legs[i], self.legs[j], kept, self.sizes)
        shared, m = self.elements(made.shared), self.elements(made.rows)
        k, n = self.elements(made.summed), self.elements(made.columns)
        front = (shared,) if made.shared else ()
        shape_i = (*front, k, m) if made.left_transposed else (*front, m, k)
        shape_j = (*front, n, k) if made.right_transposed else (*front, k, n)
        if self.batched[i]:
            shape_i = (-1, *shape_i)
        if self.batched[j]:
            shape_j = (-1, *shape_j)
        left, held_left = self.operand(i, made.left, shape_i, made.left_transposed, sources)
        right, held_right = self.operand(j, made.right, shape_j, made.right_transposed, sources)
        batched = self.batched[i]
        number = len(sources) + t
        self.legs.append(made.result)
        self.counts.append(merged)
        self.batched.append(batched)
        self.take(self.count(self.elements(made.result), batched))
        self.alive -= held_left + held_right
        macs = self.count(shared * m * n * k, batched)
        self.total += macs
        legs_shape = tuple(self.sizes[x] for x in made.result)
        shape = (-1, *legs_shape) if batched else legs_shape
        return Step(left, right, number, made.result, shape, macs)

    def final(self, sources: Sequence[Source], batched: bool) -> tuple[Operand, Count]:
        number = len(sources) + len(self.path) - 1
        target = tuple(
            self.index[label] for label in self.output if self.index[label] not in self.gone
        )
        shape = tuple(
            self.named_sizes[label] for label in self.output if label not in self.slice_number
        )
        shape = (-1, *shape) if batched else shape
        return self.operand(number, target, shape, False, sources)


def _pareto(events: Sequence[Count]) -> list[Count]:
    """The events that can be the greatest for some batch size."""
    best: list[Count] = []
    for event in sorted(set(events), key=lambda e: (-e.batched, -e.fixed)):
        if not best or event.fixed > best[-1].fixed:
            best.append(event)
    return best
