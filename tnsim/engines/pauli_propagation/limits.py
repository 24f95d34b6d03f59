"""What one walk may keep, what it takes in memory, and what it leaves behind."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SLACK",
    "Dropped",
    "Limits",
    "bucket_room",
    "bytes_for",
    "capacity_for",
    "room_for",
    "shares",
]

_BUCKET_ROOM = 1 << 14
_LARGE_BUCKET_ROOM = 1 << 17
_LARGE_BUDGET = 200_000_000

_FIXED_BYTES = 12_000_000
# Tables of one window of gates, histograms, and the interpreter's own.

_LEAST_SLACK = 20_000

SLACK = 1.5
"""Room for strings while a layer is applied, as a multiple of those kept after it."""


@dataclass(frozen=True)
class Limits:
    """Strings below `cutoff` or of more than `max_weight` letters go, and all but `max_terms`.

    What is compared is |c| preference^w, w being the number of letters.
    """

    cutoff: float
    max_terms: int
    max_weight: int
    preference: float = 1.0


@dataclass
class Dropped:
    """What a walk dropped: sums of |c| and c^2 / 3^w, numbers, and the most strings, by layer."""

    l1: list[float] = field(default_factory=list)
    l2: list[float] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)
    capped: bool = False

    def add(self, l1: float, square: float, count: float, terms: int) -> None:
        self.l1.append(float(l1))
        self.l2.append(float(square) ** 0.5)
        self.count.append(int(count))
        self.terms.append(int(terms))

    @property
    def total_l1(self) -> float:
        """An upper bound of the error: a string's mean is at most 1 in size at any time."""
        return sum(self.l1)

    @property
    def total_l2(self) -> float:
        """The root of the sum of all c^2 / 3^w dropped."""
        return math.sqrt(sum(one * one for one in self.l2))

    @property
    def most_terms(self) -> int:
        return max(self.terms, default=0)


def shares(num_qubits: int, preference: float) -> NDArray[np.float64]:
    """By number of letters: what a size is multiplied by to be compared, and a square to count.

    The square of the mean of a string of w letters is 3^-w on average over product states.
    """
    letters = np.arange(num_qubits + 1)
    found = np.array([preference**letters, 3.0**-letters])
    return np.asarray(np.maximum(found, 1e-200), dtype=np.float64)


def room_for(kept: int) -> int:
    """For how many strings there is room, memory allowing, where `kept` are kept."""
    return int(max(SLACK * kept, kept + _LEAST_SLACK))


def bytes_per_term(words: int, itemsize: int) -> int:
    """Two copies of bits and coefficient, and a bucket number."""
    return 2 * (16 * words + itemsize) + 4


def bucket_room(budget: int) -> int:
    """Strings that one thread works on at a time, at most.

    Room beyond a processor's cache serves where many gates mix many strings: with less, fewer
    gates are applied at a time.
    """
    return _BUCKET_ROOM if budget < _LARGE_BUDGET else _LARGE_BUCKET_ROOM


def scratch_bytes(budget: int, words: int, itemsize: int, threads: int) -> int:
    """A thread's bucket with its table, and the histograms of buckets."""
    per_string = 16 * words + itemsize + 8 + 16 + 8
    return threads * (bucket_room(budget) * per_string + (1 << 17) * 8 + 600_000)


def bytes_for(budget: int, capacity: int, words: int, itemsize: int, threads: int) -> int:
    """Bytes alive at most while a walk within a budget has room for `capacity` strings."""
    per_term = bytes_per_term(words, itemsize)
    scratch = scratch_bytes(budget, words, itemsize, threads)
    return _FIXED_BYTES + scratch + capacity * per_term


def capacity_for(budget: int, words: int, itemsize: int, threads: int) -> int:
    """For how many strings there is room within a budget, at least 0."""
    left = budget - _FIXED_BYTES - scratch_bytes(budget, words, itemsize, threads)
    return max(0, left // bytes_per_term(words, itemsize))
