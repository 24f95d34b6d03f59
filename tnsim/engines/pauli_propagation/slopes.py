"""Derivatives of a mean value with respect to all parameters, by going back through its walk.

The walk keeps a record of each gate (see `recording`). Where the records would not fit, the
strings are kept now and then, and the walk is repeated from there, part by part from its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError
from tnsim.engines.approximate import moves_of
from tnsim.engines.evolution.rows import Rows

from .limits import Limits, shares
from .packing import Packed
from .stages import Stage, leading_rows, matrix_and_slopes, stages_of
from .tables import matrix_in_codes

__all__ = ["mean_and_slopes", "slopes_bytes"]

_LARGEST_BLOCK = 1 << 10
_GROUP_BYTES = 4 + 2 * 12
_FIXED_BYTES = 4_000_000

Record = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class _Step:
    """A whole stage of permutations (`gate` = -1), or one gate of a stage that branches."""

    stage: Stage
    gate: int


@dataclass(eq=False)
class _Done:
    """What is known of a step that was taken: factors by string, or a record and what was kept."""

    factors: NDArray[np.float64] | None = None
    record: Record | None = None
    kept: NDArray[np.int32] | None = None
    count: int = 0

    @property
    def nbytes(self) -> int:
        arrays = [self.factors, self.kept, *(self.record or ())]
        return 200 + sum(int(one.nbytes) for one in arrays if one is not None)


@dataclass(eq=False)
class _Segment:
    """Steps begin..end-1, and the strings before them."""

    begin: int
    end: int
    keys: NDArray[np.uint64]
    sizes: NDArray[np.float64]
    importance: NDArray[np.float64]
    done: list[_Done] = field(default_factory=list)


def slopes_bytes(rows: Rows, width: int, max_terms: int, budget: int, least: int) -> int:
    """Bytes that derivatives take at most: strings with their table, and records of the walk.

    `width` is the words of a string, `least` the strings that the observable has.
    """
    room = _room(width, max_terms, budget, least)
    records = min(3 * budget // 4, len(rows) * room * _GROUP_BYTES)
    return min(budget, room * _per_string(width) + records + _FIXED_BYTES)


def _room(width: int, max_terms: int, budget: int, least: int) -> int:
    most = max(least, budget // 4 // _per_string(width))
    return int(min(most, 2 * max_terms + 1000))


def _per_string(width: int) -> int:
    return 8 * width + 8 * 6 + 4 * 8 + 2 * _GROUP_BYTES


def mean_and_slopes(
    rows: Rows,
    values: Mapping[str, float],
    observable: Packed,
    limits: Limits,
    budget: int,
) -> tuple[float, dict[str, float]]:
    """The observable's mean, and its derivative with respect to each of the rows' parameters.

    They are exact derivatives of the truncated walk, which strings are dropped taken as given.
    Raises `BudgetError` where the records of the walk do not fit.
    """
    walk = _RecordedWalk(rows, values, observable, limits, budget)
    return walk.mean(), walk.slopes()


class _RecordedWalk:
    def __init__(
        self,
        rows: Rows,
        values: Mapping[str, float],
        observable: Packed,
        limits: Limits,
        budget: int,
    ) -> None:
        from .walk import product_state

        width = observable.keys.shape[1]
        self._rows, self._values, self._budget = rows, values, budget
        self._leading = leading_rows(rows)
        self._bloch = product_state(rows, values, self._leading)
        self._steps = [
            _Step(stage, gate)
            for stage in stages_of(rows, values, self._leading, slopes=True)
            for gate in (range(len(stage)) if stage.branches else (-1,))
        ]
        self._room = _room(width, limits.max_terms, budget, len(observable))
        self._rules = limits.cutoff, limits.max_weight, shares(32 * width, limits.preference)
        self._bucket = (
            np.zeros((self._room + 1, width), np.uint64),
            np.zeros(self._room, np.float64),
            np.zeros(self._room + 1, np.uint64),
            np.zeros(1 << (4 * self._room).bit_length(), np.int32),
        )
        self._importance = np.zeros(self._room)
        self._buffers = (
            np.zeros((1, width), np.uint64),
            np.zeros(_LARGEST_BLOCK, np.int64),
            np.zeros(_LARGEST_BLOCK),
            np.zeros(_LARGEST_BLOCK),
        )
        random = np.random.default_rng(7)
        self._random = random.integers(0, 1 << 64, size=(width, 64), dtype=np.uint64)
        self._dropped = np.zeros(3)
        self._segments: list[_Segment] = []
        self._set(observable.keys, observable.sizes, np.zeros(len(observable)))
        self._forward()

    def mean(self) -> float:
        """The mean of what is left in the product state."""
        from . import passes

        keys, sizes, _, _ = self._bucket
        return float(passes.value_of(keys, sizes, 0, self._count, self._bloch))

    def slopes(self) -> dict[str, float]:
        """By name; takes the records away."""
        from . import recording

        keys, sizes, _, _ = self._bucket
        by_expression = np.zeros(len(self._rows.expressions))
        by_bloch = np.zeros_like(self._bloch)
        recording.bloch_slopes(keys, sizes, self._count, self._bloch.copy(), by_bloch)
        self._reverse_leading(by_bloch, by_expression)
        slopes = np.zeros(self._room)
        recording.start_slopes(keys, self._count, self._bloch, slopes)
        for segment in reversed(self._segments):
            if not segment.done:
                self._set(segment.keys, segment.sizes, segment.importance)
                for step in self._steps[segment.begin : segment.end]:
                    segment.done.append(self._take(step))
            for step in reversed(self._steps[segment.begin : segment.end]):
                self._reverse(step, segment.done.pop(), slopes, by_expression)
        found = dict.fromkeys(self._rows.parameters, 0.0)
        for slope, expression in zip(by_expression, self._rows.expressions, strict=True):
            for name, factor in expression.terms.items():
                if name in found:
                    found[name] += factor * float(slope)
        return found

    def _set(self, keys: Any, sizes: Any, importance: Any) -> None:
        from . import recording

        self._count = len(sizes)
        self._bucket[0][: self._count] = keys
        self._bucket[1][: self._count] = sizes
        self._importance[: self._count] = importance
        self._mask = recording.hash_all(self._count, self._bucket, self._random)

    def _forward(self) -> None:
        """Take all steps; records are kept of the last segment, and of others if all fit."""
        segment = self._segment(0)
        used = kept = 0
        for number, step in enumerate(self._steps):
            done = self._take(step)
            used += done.nbytes
            if segment.done and used > self._budget // 2:
                for one in self._segments:
                    one.done.clear()
                segment.end = number + 1
                segment = self._segment(number + 1)
                kept += segment.keys.nbytes + segment.sizes.nbytes + segment.importance.nbytes
                used = 0
                if kept > self._budget // 4:
                    raise BudgetError(
                        "`memory` must hold the records from which derivatives are made, but those "
                        f"of this walk do not fit (got {format_bytes(self._budget)}); give more, "
                        "or a larger `cutoff`",
                        budget=self._budget,
                    )
                continue
            segment.done.append(done)
        segment.end = len(self._steps)

    def _segment(self, begin: int) -> _Segment:
        keys, sizes, _, _ = self._bucket
        n = self._count
        made = _Segment(
            begin, begin, keys[:n].copy(), sizes[:n].copy(), self._importance[:n].copy()
        )
        self._segments.append(made)
        return made

    def _take(self, step: _Step) -> _Done:
        from . import passes, recording

        stage = step.stage
        keys, sizes, _, _ = self._bucket
        before = self._count
        if step.gate < 0:
            factors = np.ones(before)
            gates, tables = stage.gates, stage.tables
            passes.permute(keys, factors, 0, before, gates, tables.image, tables.scale)
            sizes[:before] *= factors
            self._importance[:before] *= np.abs(factors)
            self._mask = recording.hash_all(before, self._bucket, self._random)
            return _Done(factors=factors, count=before)
        growth = int(stage.growth[step.gate])
        record: Record = (
            np.empty(before, np.int32),
            np.empty(before * growth, np.int32),
            np.empty(before * growth, np.float64),
        )
        self._count, self._mask, groups, members = recording.record_gate(
            before,
            np.uint64(self._mask),
            step.gate,
            stage.gates,
            stage.tables.branching,
            stage.tables.sources,
            self._bucket,
            self._importance,
            self._rules,
            self._random,
            self._buffers,
            record,
            self._dropped,
        )
        done = _Done(count=before)
        done.record = (
            record[0][:groups].copy(),
            record[1][:members].copy(),
            record[2][:members].copy(),
        )
        if step.gate == len(stage) - 1 or self._count > 0.8 * self._room:
            kept = np.empty(self._count, np.int32)
            after = recording.keep_important(
                self._count,
                self._bucket,
                self._importance,
                self._least(),
                self._rules[2],
                kept,
                self._dropped,
            )
            done.kept = kept[:after].copy()
            self._count = after
            self._mask = recording.hash_all(after, self._bucket, self._random)
        return done

    def _least(self) -> float:
        """The size below which strings are dropped now."""
        most = int(0.6 * self._room)
        cutoff = self._rules[0]
        if self._count <= most:
            return cutoff
        sizes = np.maximum(np.abs(self._bucket[1][: self._count]), self._importance[: self._count])
        x, z = np.split(self._bucket[0][: self._count], 2, axis=1)
        sizes *= self._rules[2][0, np.bitwise_count(x | z).sum(axis=1)]
        return max(cutoff, float(np.partition(sizes, -most)[-most]))

    def _reverse(
        self,
        step: _Step,
        done: _Done,
        slopes: NDArray[np.float64],
        by_expression: NDArray[np.float64],
    ) -> None:
        from . import recording

        stage = step.stage
        if done.factors is not None:
            slopes[: done.count] *= done.factors
            return
        if done.kept is not None:
            kept = slopes[: len(done.kept)].copy()
            slopes[:] = 0.0
            slopes[done.kept] = kept
        assert done.record is not None
        by_entry = np.zeros(len(stage.tables.entries))
        recording.reverse_gate(
            stage.tables.branching,
            done.record,
            len(done.record[0]),
            slopes,
            self._buffers[2],
            by_entry,
        )
        row = int(stage.row[step.gate])
        if row >= 0:
            one = stage.maps_in_book[int(stage.maps[step.gate])]
            first = int(stage.tables.entry_start[stage.tables.start[stage.maps[step.gate]]])
            assert one.slopes is not None
            self._add(
                row, one.slopes @ by_entry[first : first + one.slopes.shape[1]], by_expression
            )

    def _reverse_leading(
        self, by_bloch: NDArray[np.float64], by_expression: NDArray[np.float64]
    ) -> None:
        """From the product state to the parameters of the rows that made it."""
        numbers = self._rows.values(self._values)
        states = np.zeros_like(self._bloch)
        states[:, [0, 2]] = 1.0
        taken: list[tuple[int, int, NDArray[np.float64], NDArray[np.float64]]] = []
        if not self._leading.any():
            return
        last = int(np.flatnonzero(self._leading)[-1])
        for move in moves_of(self._rows, self._values):
            if move.row > last:
                break
            if self._leading[move.row]:
                axis = move.axes[0]
                matrix = matrix_in_codes(move.matrix, move.axes)
                taken.append((move.row, axis, matrix, states[axis].copy()))
                states[axis] = matrix @ states[axis]
        for row, axis, matrix, before in reversed(taken):
            if self._rows.varies[row]:
                _, slopes = matrix_and_slopes(self._rows, row, numbers)
                self._add(row, slopes @ before @ by_bloch[axis], by_expression)
            by_bloch[axis] = by_bloch[axis] @ matrix

    def _add(self, row: int, by_argument: Any, by_expression: NDArray[np.float64]) -> None:
        begin = int(self._rows.angle_start[row])
        symbols = self._rows.symbols[begin : begin + len(by_argument)]
        for symbol, slope in zip(symbols.tolist(), by_argument.tolist(), strict=True):
            if symbol >= 0:
                by_expression[symbol] += slope
