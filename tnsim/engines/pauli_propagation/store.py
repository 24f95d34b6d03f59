"""The strings of a walk in two buffers of fixed size, and what is done to all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.contraction.kernels_workers import Workers

from . import branching, passes
from .limits import Dropped, Limits, shares
from .stages import Stage

__all__ = ["Store"]

_PARALLEL = 20_000
# Strings from which on threads are worth their start.

_BUCKET = 1 << 10
_MOST_BUCKET_BITS = 17
_LARGEST_BLOCK = 1 << 10
_BINS = 1 << 16

_FILLED = 0.8
# The part of the room that is to be filled where it was too small.

_TABLEAU = 2_000
# Strings from which on it pays to follow what becomes of single letters first.


class Store:
    """At most `capacity` strings of W words in rising memory, walked stage by stage.

    `keys` (capacity, 2W) and `sizes` (capacity,) hold `count` strings; a layer copies them in
    buckets to the spare buffers and writes what becomes of them back.
    """

    def __init__(
        self,
        keys: NDArray[np.uint64],
        sizes: NDArray[Any],
        capacity: int,
        bucket: int,
        limits: Limits,
        workers: Workers,
    ) -> None:
        width = keys.shape[1]
        self._keys = np.empty((capacity, width), np.uint64)
        self._sizes = np.empty(capacity, sizes.dtype)
        self._spare_keys = np.empty((capacity, width), np.uint64)
        self._spare_sizes = np.empty(capacity, sizes.dtype)
        self._numbers = np.empty(capacity, np.int32)
        self.count = len(sizes)
        self._keys[: self.count] = keys
        self._sizes[: self.count] = sizes
        self._limits, self._workers = limits, workers
        self._shares = shares(32 * width, limits.preference)
        self.least = limits.cutoff
        self.capped = False
        self._bucket = bucket
        self._random = np.random.default_rng(7).integers(
            0, 1 << 64, size=(width, 64), dtype=np.uint64
        )
        self._run = 1 << 30
        self._scratch = [_scratch(width, bucket, sizes.dtype) for _ in range(workers.count)]

    def apply(self, stage: Stage, dropped: Dropped) -> None:
        """Walk one stage; what was dropped in it is added to `dropped`."""
        if not stage.branches:
            self._permute(stage)
            if self._limits.preference < 1.0:
                # Strings have other numbers of letters now.
                self.least = self._limits.cutoff
            self._weigh(dropped)
            return
        touched = self._touched(stage)
        if not len(touched):
            return
        lost = np.zeros(3)
        most = self.count
        begin = 0
        while begin < len(touched):
            end = min(begin + self._run, len(touched))
            if self._branch(touched.take(np.arange(begin, end)), lost):
                begin = end
                most = max(most, self.count)
                self._cap(lost)
            else:
                self._run = max(1, (end - begin) // 2)
        self._run = min(2 * self._run, 1 << 30)
        dropped.add(lost[0], lost[1], lost[2], most)
        dropped.capped = self.capped

    def value(self, bloch: NDArray[np.float64]) -> float:
        """The mean value in a product state, (n, 4) components by code."""
        parts = self._parts()
        found = np.zeros(len(parts))

        def work(some: Any) -> None:
            for k in some:
                begin, end = parts[k]
                found[k] = passes.value_of(self._keys, self._sizes, begin, end, bloch)

        self._workers.share(range(len(parts)), work)
        return float(found.sum())

    def _permute(self, stage: Stage) -> None:
        gates, image, scale = stage.gates, stage.tables.image, stage.tables.scale
        entries = np.concatenate([scale[a : a + 4**k] for k, a in self._entries(stage)])
        if self.count < _TABLEAU or bool((np.abs(entries) != 1.0).any()):
            self._shared(
                lambda a, b: passes.permute(self._keys, self._sizes, a, b, gates, image, scale)
            )
            return
        words = self._keys.shape[1] // 2
        letters = 64 * words
        keys = np.zeros((2 * letters, 2 * words), np.uint64)
        for bit in range(2 * letters):
            keys[bit, bit // 64] = np.uint64(1) << np.uint64(bit % 64)
        signs = np.ones(2 * letters)
        passes.permute(keys, signs, 0, 2 * letters, gates, image, scale)
        self._shared(lambda a, b: passes.turn(self._keys, self._sizes, a, b, keys, signs < 0))

    def _entries(self, stage: Stage) -> list[tuple[int, int]]:
        """Arity and place in the tables of each map that a stage uses."""
        _, first = np.unique(stage.maps, return_index=True)
        starts = stage.tables.start[stage.maps[first]]
        return list(zip(stage.arity[first].tolist(), starts.tolist(), strict=True))

    def _shared(self, work: Callable[[int, int], None]) -> None:
        """Do something to equal ranges of the strings, one a thread."""

        def some(parts: Sequence[tuple[int, int]]) -> None:
            for begin, end in parts:
                work(begin, end)

        self._workers.share(self._parts(), some)

    def _weigh(self, dropped: Dropped) -> None:
        """Drop what acts on too many qubits."""
        if self._limits.max_weight >= 32 * self._keys.shape[1]:
            return
        lost = np.zeros(3)
        before = self.count
        self.count = passes.keep_largest(
            self._keys, self._sizes, self.count, -1, 0, self._limits.max_weight, self._shares, lost
        )
        if self.count < before:
            dropped.add(lost[0], lost[1], lost[2], before)

    def _touched(self, stage: Stage) -> Stage:
        """The gates that some string meets."""
        support = passes.support_of(self._keys, 0, self.count)
        met = ~stage.keeps_identity
        bits = (support[stage.places] >> stage.shifts) & np.uint64(1)
        there = np.arange(stage.places.shape[1]) < stage.arity[:, None]
        met |= ((bits != 0) & there).any(axis=1)
        return stage.take(np.flatnonzero(met))

    def _branch(self, stage: Stage, lost: NDArray[np.float64]) -> bool:
        """Apply gates on different qubits; False where fewer must be applied at once."""
        starts = self._deal(stage)
        while True:
            found = np.zeros(4)
            ended = self._branch_parts(stage, starts, found)
            if ended >= 0:
                self.count = ended
                lost += found[:3]
                return True
            if ended == branching.BUCKET_FULL and len(stage) > 1:
                self._swap()
                return False
            self.capped = True
            self.least = max(2 * self.least, self._least_that_fits(found[3]))

    def _deal(self, stage: Stage) -> NDArray[np.int64]:
        """Copy the strings to the spare buffers by bucket; where each bucket begins."""
        bits = self._bucket_bits(stage)
        parts = self._parts()
        counts = np.zeros((len(parts), 1 << bits), np.int64)
        outside = self._outside(stage)
        block, gates, owner = stage.tables.block, stage.gates, self._owner(stage)

        def number(some: Any) -> None:
            for k in some:
                begin, end = parts[k]
                rule = gates, owner, block, outside
                passes.number_groups(self._keys, begin, end, rule, bits, self._numbers, counts[k])

        self._workers.share(range(len(parts)), number)
        totals = counts.sum(axis=0)
        starts = np.concatenate([[0], np.cumsum(totals)]).astype(np.int64)
        places = starts[:-1] + np.cumsum(counts, axis=0) - counts

        def deal(some: Any) -> None:
            for k in some:
                begin, end = parts[k]
                passes.deal(
                    self._keys,
                    self._sizes,
                    begin,
                    end,
                    self._numbers,
                    places[k],
                    self._spare_keys,
                    self._spare_sizes,
                )

        self._workers.share(range(len(parts)), deal)
        return starts

    def _branch_parts(
        self, stage: Stage, starts: NDArray[np.int64], found: NDArray[np.float64]
    ) -> int:
        """All buckets, each thread with a part of the output; where it ends, or a refusal."""
        shares = len(self._parts())
        buckets = len(starts) - 1
        bounds = np.searchsorted(starts, np.arange(shares + 1) * self.count / shares)
        bounds[0], bounds[-1] = 0, buckets
        areas = [len(self._sizes) * k // shares for k in range(shares + 1)]
        ends = np.zeros(shares, np.int64)
        lost = np.zeros((shares, 4))
        source = self._spare_keys, self._spare_sizes
        target = self._keys, self._sizes
        rules = self.least, self._limits.max_weight, self._shares
        gates, tables = stage.gates, stage.tables.branching

        def work(some: Any) -> None:
            for k in some:
                bucket, buffers = self._scratch[k]
                ends[k] = branching.branch_buckets(
                    int(bounds[k]),
                    int(bounds[k + 1]),
                    starts,
                    source,
                    target,
                    (areas[k], areas[k + 1]),
                    gates,
                    tables,
                    rules,
                    self._random,
                    bucket,
                    buffers,
                    lost[k],
                )

        self._workers.share(range(shares), work)
        if ends.min() < 0:
            found[3] = self._fitting(bounds, starts, areas, lost[:, 3], ends)
            return int(ends.min())
        found += lost.sum(axis=0)
        end = int(ends[0])
        for k in range(1, shares):
            passes.move_down(self._keys, self._sizes, areas[k], int(ends[k]), end)
            end += int(ends[k]) - areas[k]
        return end

    def _cap(self, lost: NDArray[np.float64]) -> None:
        """Keep the largest strings where there are more than allowed."""
        most = self._limits.max_terms
        if self.count <= most:
            if self.count < most // 2:
                self.least = max(self._limits.cutoff, self.least / 4)
            return
        self.capped = True
        counts = np.zeros(_BINS, np.int64)
        passes.count_sizes(self._keys, self._sizes, 0, self.count, self._shares, counts)
        above = np.cumsum(counts[::-1])[::-1]
        lowest = int(np.flatnonzero(above > most)[-1])
        room = most - (int(above[lowest + 1]) if lowest + 1 < _BINS else 0)
        self.count = passes.keep_largest(
            self._keys,
            self._sizes,
            self.count,
            lowest,
            room,
            self._limits.max_weight,
            self._shares,
            lost,
        )
        self.least = max(self._limits.cutoff, passes.bin_size(lowest) / 2)

    def _fitting(
        self,
        bounds: NDArray[np.int64],
        starts: NDArray[np.int64],
        areas: list[int],
        reached: NDArray[np.float64],
        ends: NDArray[np.int64],
    ) -> float:
        """The size from which on strings fit, by the output up to the buckets where it was full.

        Buckets are dealt by chance, so that those up to there stand for the others.
        """
        sizes = [0.0]
        for k in np.flatnonzero(ends == branching.OUTPUT_FULL):
            first, last = starts[bounds[k]], starts[bounds[k + 1]]
            done = (starts[int(reached[k]) + 1] - first) / max(1, last - first)
            room = areas[k + 1] - areas[k]
            some = slice(areas[k], areas[k + 1])
            rank = int(_FILLED * room * done)
            sizes.append(self._size_of_rank(self._keys[some], self._sizes[some], room, rank))
        return max(sizes)

    def _least_that_fits(self, found: float) -> float:
        if found:
            return found
        most = min(self._limits.max_terms, max(1, self.count // 2))
        keys, sizes = self._spare_keys, self._spare_sizes
        return self._size_of_rank(keys, sizes, self.count, most) / 8

    def _size_of_rank(
        self, keys: NDArray[np.uint64], sizes: NDArray[Any], count: int, rank: int
    ) -> float:
        """About the size of the smallest of the `rank` largest strings."""
        counts = np.zeros(_BINS, np.int64)
        passes.count_sizes(keys, sizes, 0, count, self._shares, counts)
        above = np.cumsum(counts[::-1])[::-1]
        return float(passes.bin_size(int(np.flatnonzero(above >= max(1, rank))[-1])))

    def _bucket_bits(self, stage: Stage) -> int:
        wanted = self.count // _BUCKET
        if len(stage) == 1:
            wanted = max(wanted, 4 * self.count * int(stage.growth[0]) // self._bucket)
        bits = 0
        while (1 << bits) < wanted and bits < _MOST_BUCKET_BITS:
            bits += 1
        return bits

    def _outside(self, stage: Stage) -> NDArray[np.uint64]:
        """The bits, 2W words, of the qubits that no gate acts on."""
        words = self._keys.shape[1] // 2
        inside = np.zeros(words, np.uint64)
        for k in range(stage.places.shape[1]):
            there = stage.arity > k
            bits = np.uint64(1) << stage.shifts[there, k]
            np.bitwise_or.at(inside, stage.places[there, k], bits)
        return np.concatenate([~inside, ~inside])

    def _owner(self, stage: Stage) -> NDArray[np.int64]:
        """Which gate acts on each qubit, or -1."""
        found = np.full(32 * self._keys.shape[1], -1)
        for k in range(stage.places.shape[1]):
            there = np.flatnonzero(stage.arity > k)
            found[64 * stage.places[there, k] + stage.shifts[there, k].astype(np.int64)] = there
        return found

    def _parts(self) -> list[tuple[int, int]]:
        """Equal ranges of the strings, one a thread."""
        shares = self._workers.count if self.count >= _PARALLEL else 1
        bounds = [self.count * k // shares for k in range(shares + 1)]
        return list(pairwise(bounds))

    def _swap(self) -> None:
        self._keys, self._spare_keys = self._spare_keys, self._keys
        self._sizes, self._spare_sizes = self._spare_sizes, self._sizes


def _scratch(
    width: int, room: int, dtype: Any
) -> tuple[tuple[NDArray[Any], ...], tuple[NDArray[Any], ...]]:
    """A thread's bucket of `room` strings and buffers for `branch_buckets`."""
    bucket = (
        np.empty((room + 1, width), np.uint64),
        np.empty(room, dtype),
        np.empty(room + 1, np.uint64),
        np.empty(1 << (4 * room - 1).bit_length(), np.int32),
    )
    buffers = (
        np.empty((1, width), np.uint64),
        np.empty(_LARGEST_BLOCK, np.int64),
        np.empty(_LARGEST_BLOCK, np.float64),
        np.empty(room + 1, np.int32),
        np.empty(room + 1, np.int32),
    )
    return bucket, buffers
