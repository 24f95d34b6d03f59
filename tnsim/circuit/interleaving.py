"""Rows put between, before or in place of rows, as array operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Columns, flat_index
from .operations import Operation
from .snapshot import table_columns

__all__ = ["Piece", "interleaved", "kept_piece"]

_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Piece:
    """At most one new row for each of the old rows `anchors` (ascending, distinct).

    `opcode` has one entry an anchor; the other three are flat and ragged, as in `Columns`.
    """

    anchors: NDArray[np.int64]
    opcode: NDArray[np.uint16]
    qubits: NDArray[np.int32]
    angles: NDArray[np.float64]
    symbols: NDArray[np.int32]


def kept_piece(columns: Columns, anchors: NDArray[np.int64]) -> Piece:
    """These rows as they are."""
    part = columns if len(anchors) == len(columns) else columns.take(anchors)
    return Piece(anchors, part.opcode, part.qubits, part.angles, part.symbols)


def interleaved(pieces: Sequence[Piece], num_rows: int, operations: Sequence[Operation]) -> Columns:
    """All pieces as columns: by anchor, and at one anchor in the order of `pieces`.

    Works on the pieces of 65,536 anchors at a time, so that it needs little beside the result.
    """
    new = table_columns(
        np.empty(sum(len(p.opcode) for p in pieces), dtype=np.uint16),
        np.empty(sum(len(p.qubits) for p in pieces), dtype=np.int32),
        np.empty(sum(len(p.angles) for p in pieces)),
        np.empty(sum(len(p.symbols) for p in pieces), dtype=np.int32),
        operations,
    )
    columns: tuple[NDArray[Any], ...] = (new.opcode, new.qubits, new.angles, new.symbols)
    for column in columns:
        column.setflags(write=True)
    readers = [_Reader(piece, new) for piece in pieces]
    done = [0, 0, 0, 0]
    for start in range(0, num_rows, _BLOCK):
        parts = [reader.until(start + _BLOCK) for reader in readers]
        merged = _merged(parts, start, new)
        for k, (column, values) in enumerate(zip(columns, merged, strict=True)):
            column[done[k] : done[k] + len(values)] = values
            done[k] += len(values)
    for column in columns:
        column.setflags(write=False)
    return new


class _Reader:
    """A piece read from its front."""

    def __init__(self, piece: Piece, tables: Columns) -> None:
        self._piece, self._tables = piece, tables
        self._at = [0, 0, 0]

    def until(self, anchor: int) -> Piece:
        """The rows with anchors below `anchor` that were not read yet."""
        piece, (row, entry, number) = self._piece, self._at
        end = int(np.searchsorted(piece.anchors, anchor))
        opcode = piece.opcode[row:end]
        entries = entry + int(self._tables.arity[opcode].sum())
        numbers = number + int(self._tables.num_params[opcode].sum())
        self._at = [end, entries, numbers]
        return Piece(
            piece.anchors[row:end],
            opcode,
            piece.qubits[entry:entries],
            piece.angles[number:numbers],
            piece.symbols[number:numbers],
        )


def _merged(parts: Sequence[Piece], first: int, tables: Columns) -> tuple[NDArray[Any], ...]:
    """The four columns of the pieces of one block, whose anchors begin at `first`."""
    cursor = np.zeros(_BLOCK + 1, dtype=np.int64)
    for part in parts:
        cursor[part.anchors - first + 1] += 1
    np.cumsum(cursor, out=cursor)
    places = []
    for part in parts:
        places.append(cursor[part.anchors - first])
        cursor[part.anchors - first] += 1
    opcode = np.empty(sum(map(len, places)), dtype=np.uint16)
    for part, place in zip(parts, places, strict=True):
        opcode[place] = part.opcode
    lengths = tables.arity[opcode], tables.num_params[opcode]
    starts = [np.cumsum(length) - length for length in lengths]
    qubits = np.empty(int(lengths[0].sum()), dtype=np.int32)
    angles = np.empty(int(lengths[1].sum()))
    symbols = np.empty(len(angles), dtype=np.int32)
    for part, place in zip(parts, places, strict=True):
        qubits[flat_index(starts[0][place], lengths[0][place])] = part.qubits
        if len(part.angles):
            index = flat_index(starts[1][place], lengths[1][place])
            angles[index], symbols[index] = part.angles, part.symbols
    return opcode, qubits, angles, symbols
