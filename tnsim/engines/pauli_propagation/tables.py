"""Transfer matrices read as maps of letters: which letters a gate couples, scales or exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SKIP", "Book", "CodeTables", "LetterMap", "letter_map", "matrix_in_codes"]

SKIP, SCALE, BLOCK = range(3)
"""What a gate does to a letter: nothing, multiply it, or mix it with others of its block."""

_ROUNDING = 1e-15
# Entries of a transfer matrix (at most 1 in size) below this are rounding noise.

_LETTER_OF_CODE = [0, 1, 3, 2]
# Codes count I, X, Z, Y (see `bits`), matrices I, X, Y, Z.

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LetterMap:
    """A map P_j -> sum_i M[j, i] P_i on the D = 4^k codes of k qubits, walked back in time.

    `image` and `scale` are set where no two strings come together and none branches. Code j is in
    the block `block[j]` with the codes `blocks[block[j]]`; block 0 holds the identity. `passive`
    codes are left as they are unless another code of their block is there. `slopes` (P, E) are
    the derivatives of the blocks' entries, where the map depends on parameters.
    """

    arity: int
    matrix: NDArray[np.float64]
    image: Ints | None
    scale: NDArray[np.float64] | None
    block: Ints
    blocks: tuple[Ints, ...]
    role: NDArray[np.uint8]
    passive: NDArray[np.bool_]
    slopes: NDArray[np.float64] | None = None

    @property
    def is_monomial(self) -> bool:
        return self.image is not None

    @property
    def keeps_identity(self) -> bool:
        """Whether a string that does not meet the gate is left alone."""
        return bool(self.passive[0])

    @property
    def growth(self) -> int:
        """Into how many strings one may turn."""
        return max(map(len, self.blocks))


def matrix_in_codes(matrix: NDArray[Any], axes: Sequence[int]) -> NDArray[np.float64]:
    """The matrix (4^k, 4^k) on letters of `axes`, as one on codes of the axes in rising order."""
    count = len(axes)
    falling = sorted(range(count), key=lambda k: -axes[k])
    order = [*falling, *(count + k for k in falling)]
    turned = np.asarray(matrix.real, dtype=np.float64).reshape((4,) * (2 * count))
    turned = turned[np.ix_(*([_LETTER_OF_CODE] * (2 * count)))].transpose(order)
    result = np.ascontiguousarray(turned).reshape(4**count, 4**count)
    return np.where(np.abs(result) < _ROUNDING, 0.0, result)


def letter_map(matrix: NDArray[np.float64], slopes: NDArray[np.float64] | None = None) -> LetterMap:
    """The map of a matrix on codes.

    Given its derivatives (P, D, D), what depends on a parameter counts as coupled, and the map is
    never taken for a monomial one.
    """
    size = len(matrix)
    there = matrix != 0
    moved = np.zeros_like(there) if slopes is None else (slopes != 0).any(axis=0)
    there = there | moved
    image = scale = None
    if slopes is None and there.sum(axis=0).max() <= 1 and there.sum(axis=1).max() <= 1:
        image = np.where(there.any(axis=1), there.argmax(axis=1), np.arange(size))
        scale = matrix[np.arange(size), image]
    block = _blocks(there)
    blocks = tuple(np.flatnonzero(block == b) for b in range(block.max() + 1))
    unit = np.eye(size)
    passive = (matrix == unit).all(axis=1) & ~moved.any(axis=1)
    alone = np.array([len(blocks[b]) == 1 for b in block])
    role = np.where(alone, np.where(passive, SKIP, SCALE), np.where(passive, SKIP, BLOCK))
    arity = (size.bit_length() - 1) // 2
    return LetterMap(
        arity,
        matrix,
        None if image is None else image.astype(np.int64),
        scale,
        block,
        blocks,
        role.astype(np.uint8),
        passive,
        None if slopes is None else _in_entries(slopes, blocks),
    )


def _in_entries(slopes: NDArray[np.float64], blocks: Sequence[Ints]) -> NDArray[np.float64]:
    """Matrices (P, D, D) block by block, (P, E)."""
    pieces = [slopes[:, codes[:, None], codes].reshape(len(slopes), -1) for codes in blocks]
    return np.concatenate(pieces, axis=1)


def _blocks(there: NDArray[np.bool_]) -> Ints:
    """The connected parts of the codes, numbered by their lowest one."""
    linked = there | there.T
    block = np.arange(len(there))
    while True:
        lowest = np.where(linked, block[None, :], len(there)).min(axis=1)
        found = np.minimum(block, lowest)
        if np.array_equal(found, block):
            break
        block = found
    return np.unique(block, return_inverse=True)[1].reshape(-1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class CodeTables:
    """The maps of a book one after another, entry `start[m] + code` for map m.

    The block of an entry has the codes `members[member_start:][:member_count]` and the matrix
    `entries[entry_start:]`, row by row; that of a scaled code is its factor. Where an entry is
    zero, `sources` has the size of its derivatives.
    """

    start: Ints
    image: Ints
    scale: NDArray[np.float64]
    block: Ints
    role: NDArray[np.uint8]
    passive: NDArray[np.bool_]
    member_start: Ints
    member_count: Ints
    members: Ints
    entry_start: Ints
    entries: NDArray[np.float64]
    sources: NDArray[np.float64]

    @property
    def branching(self) -> tuple[NDArray[Any], ...]:
        """What kernels take for gates that branch."""
        return (
            self.role,
            self.passive,
            self.member_start,
            self.member_count,
            self.members,
            self.entry_start,
            self.entries,
        )


@dataclass(eq=False)
class Book:
    """Maps by number, equal ones once; products of them are made once too."""

    maps: list[LetterMap] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _products: dict[tuple[int, ...], int] = field(default_factory=dict)

    def number(self, matrix: NDArray[np.float64], slopes: NDArray[np.float64] | None = None) -> int:
        """The number of the map of a matrix on codes, with derivatives if given."""
        key = matrix.tobytes() + (b"" if slopes is None else b"'" + slopes.tobytes())
        if key not in self._numbers:
            self._numbers[key] = len(self.maps)
            self.maps.append(letter_map(matrix, slopes))
        return self._numbers[key]

    def product(self, later: int, earlier: int, place: int = -1) -> int:
        """The map of two gates in turn, the later one met first.

        Where `place` is not -1, the earlier one has one qubit: number `place` of the later one's.
        """
        key = (later, earlier, place)
        if key not in self._products:
            matrix = self.maps[earlier].matrix
            if place >= 0:
                matrix = _widened(matrix, place, self.maps[later].arity)
            self._products[key] = self.number(self.maps[later].matrix @ matrix)
        return self._products[key]

    def tables(self) -> CodeTables:
        """All maps as flat arrays."""
        sizes = [4**one.arity for one in self.maps]
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        total = int(start[-1])
        member_start, member_count = np.zeros(total, np.int64), np.zeros(total, np.int64)
        entry_start = np.zeros(total, np.int64)
        members: list[Ints] = []
        entries: list[NDArray[np.float64]] = []
        used = held = 0
        for first, one in zip(start.tolist(), self.maps, strict=False):
            for codes in one.blocks:
                where = first + codes
                member_start[where], member_count[where] = used, len(codes)
                entry_start[where] = held
                members.append(codes)
                entries.append(one.matrix[np.ix_(codes, codes)].reshape(-1))
                used += len(codes)
                held += len(codes) ** 2
        return CodeTables(
            start,
            _joined([_or(m.image, np.arange(4**m.arity)) for m in self.maps], np.int64),
            _joined([_or(m.scale, np.ones(4**m.arity)) for m in self.maps], np.float64),
            _joined([m.block for m in self.maps], np.int64),
            _joined([m.role for m in self.maps], np.uint8),
            _joined([m.passive for m in self.maps], np.bool_),
            member_start,
            member_count,
            _joined(members, np.int64),
            entry_start,
            _joined(entries, np.float64),
            _joined([_sources(m) for m in self.maps], np.float64),
        )


def _sources(one: LetterMap) -> NDArray[np.float64]:
    blocks = [one.matrix[np.ix_(codes, codes)].reshape(-1) for codes in one.blocks]
    entries = np.concatenate(blocks)
    if one.slopes is None:
        return np.zeros(len(entries))
    return np.where(entries == 0.0, np.abs(one.slopes).sum(axis=0), 0.0)


def _widened(matrix: NDArray[np.float64], place: int, arity: int) -> NDArray[np.float64]:
    """A matrix of one qubit on `arity`; qubit 0 is the least significant digit of a code."""
    result: NDArray[np.float64] = np.kron(
        np.eye(4 ** (arity - place - 1)), np.kron(matrix, np.eye(4**place))
    )
    return result


def _or(array: NDArray[Any] | None, other: NDArray[Any]) -> NDArray[Any]:
    return other if array is None else array


def _joined(pieces: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *pieces]).astype(dtype)
