"""A circuit walked back as stages: runs of signed permutations, and layers of gates that branch.

Gates in a row on the same qubits become one map. A layer's gates act on different qubits, so that
the strings they can mix are known before any of them is applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import coefficient_derivatives
from tnsim.engines.approximate import Move, moves_of
from tnsim.engines.evolution.rows import Rows

from .tables import Book, CodeTables, LetterMap, matrix_in_codes

__all__ = ["Stage", "leading_rows", "matrix_and_slopes", "stages_of"]

_WINDOW = 4096
# Rows that are brought in order together.

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stage:
    """G gates: gate g is map `maps[g]` of `tables` on the bits `shifts[g]` of words `places[g]`.

    Of a stage that branches, no qubit meets two gates. `rows` is how many rows of the circuit
    are walked when the stage is done. `row` is each gate's row where that depends on parameters
    and derivatives are wanted, else -1.
    """

    branches: bool
    arity: Ints
    places: Ints
    shifts: NDArray[np.uint64]
    maps: Ints
    keeps_identity: NDArray[np.bool_]
    growth: Ints
    tables: CodeTables
    rows: int
    row: Ints
    maps_in_book: Sequence[LetterMap]

    def __len__(self) -> int:
        return len(self.arity)

    @property
    def gates(self) -> tuple[Ints, Ints, NDArray[np.uint64], Ints]:
        """What kernels take; the last column tells where a gate's entries begin in the tables."""
        return self.arity, self.places, self.shifts, self.tables.start[self.maps]

    def take(self, index: NDArray[Any]) -> Stage:
        """Some of the gates."""
        return Stage(
            self.branches,
            self.arity[index],
            self.places[index],
            self.shifts[index],
            self.maps[index],
            self.keeps_identity[index],
            self.growth[index],
            self.tables,
            self.rows,
            self.row[index],
            self.maps_in_book,
        )


@dataclass(eq=False)
class _Item:
    """Map number `number` on `axes`, which rise."""

    axes: tuple[int, ...]
    number: int
    row: int = -1


def leading_rows(rows: Rows) -> NDArray[np.bool_]:
    """The one-qubit rows before anything couples their qubit to another: what makes a product."""
    sizes = np.diff(rows.axis_start)
    owner = np.repeat(np.arange(len(rows)), sizes)
    coupled = np.full(rows.num_qubits, len(rows))
    wide = sizes[owner] > 1
    np.minimum.at(coupled, rows.axes[wide], owner[wide])
    single = np.flatnonzero(sizes == 1)
    found = np.zeros(len(rows), np.bool_)
    found[single] = single < coupled[rows.axes[rows.axis_start[single]]]
    return found


def stages_of(
    rows: Rows, values: Mapping[str, float], leading: NDArray[np.bool_], *, slopes: bool = False
) -> Iterator[Stage]:
    """The rows but the leading ones from the last to the first, as stages.

    With `slopes`, rows that depend on parameters are gates of their own, with derivatives.
    """
    numbers = rows.values(values) if slopes else None
    window: list[Move] = []
    walked = 0
    for move in moves_of(rows, values, reverse=True):
        walked += 1
        if not leading[move.row]:
            window.append(move)
        if len(window) == _WINDOW:
            yield from _staged(window, rows, walked, numbers)
            window = []
    yield from _staged(window, rows, walked, numbers)


def _staged(
    window: Sequence[Move], rows: Rows, walked: int, numbers: NDArray[np.float64] | None
) -> Iterator[Stage]:
    book = Book()
    items = _fused(window, rows, book, numbers)
    if not items:
        return
    tables = book.tables()
    levels = _levels(items, book, rows.num_qubits)
    order = np.argsort(levels, kind="stable")
    starts = np.flatnonzero(np.diff(levels[order], prepend=-1))
    for begin, end in zip(starts, [*starts[1:], len(order)], strict=True):
        level = int(levels[order[begin]])
        some = [items[k] for k in order[begin:end].tolist()]
        yield _stage(some, book, tables, level % 2 == 1, walked)


def _fused(
    window: Sequence[Move], rows: Rows, book: Book, numbers: NDArray[np.float64] | None
) -> list[_Item]:
    """The moves as items, joined where they meet on the same qubits.

    Given the values of the expressions, those that depend on one stay apart.
    """
    items: list[_Item] = []
    last = [-1] * rows.num_qubits
    known: dict[tuple[int, bool], int] = {}
    for move in window:
        axes = tuple(sorted(move.axes))
        if numbers is not None and rows.varies[move.row]:
            number = book.number(*matrix_and_slopes(rows, move.row, numbers))
            for axis in axes:
                last[axis] = -1
            items.append(_Item(axes, number, move.row))
            continue
        number = _number_of(move, rows, book, known)
        before = last[axes[0]]
        if before >= 0 and all(last[axis] == before for axis in axes):
            item = items[before]
            if item.axes == axes:
                item.number = book.product(item.number, number)
                continue
            maps = book.maps
            if (
                len(axes) == 1
                and len(item.axes) == 2
                and maps[number].is_monomial
                and maps[item.number].is_monomial
            ):
                item.number = book.product(item.number, number, item.axes.index(axes[0]))
                continue
        for axis in axes:
            last[axis] = len(items)
        items.append(_Item(axes, number))
    return items


def matrix_and_slopes(
    rows: Rows, row: int, numbers: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A row's matrix on codes and its derivatives by argument, (P, D, D)."""
    form = rows.kinds[int(rows.kind[row])].form
    given, _ = rows.arguments(np.array([row]), numbers)
    arguments = given[:, 0].tolist()
    axes = rows.axes_of(row)
    by_argument = coefficient_derivatives(form.coefficients, arguments)
    slopes = np.tensordot(by_argument.T, form.constants.real, axes=(1, 0))
    matrix = matrix_in_codes(form.evaluate(arguments), axes)
    return matrix, np.array([matrix_in_codes(one, axes) for one in slopes])


def _number_of(move: Move, rows: Rows, book: Book, known: dict[tuple[int, bool], int]) -> int:
    if len(move.axes) > 2 or not rows.kinds[move.kind].is_fixed:
        return book.number(matrix_in_codes(move.matrix, move.axes))
    key = move.kind, move.axes[0] < move.axes[-1]
    if key not in known:
        known[key] = book.number(matrix_in_codes(move.matrix, move.axes))
    return known[key]


def _levels(items: Sequence[_Item], book: Book, num_qubits: int) -> Ints:
    """The stage of each item: even ones hold permutations, odd ones gates that branch."""
    reached = [0] * num_qubits
    levels = np.zeros(len(items), np.int64)
    for k, item in enumerate(items):
        level = max(reached[axis] for axis in item.axes)
        if book.maps[item.number].is_monomial:
            level += level % 2
        else:
            level += 2 - (level + 1) % 2
        levels[k] = level
        for axis in item.axes:
            reached[axis] = level
    return levels


def _stage(
    items: Sequence[_Item], book: Book, tables: CodeTables, branches: bool, walked: int
) -> Stage:
    widest = max(len(item.axes) for item in items)
    axes = np.zeros((len(items), widest), np.int64)
    for row, item in enumerate(items):
        axes[row, : len(item.axes)] = item.axes
    maps = [book.maps[item.number] for item in items]
    return Stage(
        branches,
        np.array([len(item.axes) for item in items], np.int64),
        axes // 64,
        (axes % 64).astype(np.uint64),
        np.array([item.number for item in items], np.int64),
        np.array([one.keeps_identity for one in maps]),
        np.array([one.growth for one in maps], np.int64),
        tables,
        walked,
        np.array([item.row for item in items], np.int64),
        book.maps,
    )
