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
    """All pieces as columns: by anchor, and at one anchor in the order of `pieces`."""
    cursor = np.zeros(num_rows + 1, dtype=np.int64)
    for piece in pieces:
        cursor[piece.anchors + 1] += 1
    np.cumsum(cursor, out=cursor)
    places = []
    for piece in pieces:
        place = cursor[piece.anchors]
        cursor[piece.anchors] += 1
        places.append(place)
    opcode = np.empty(sum(map(len, places)), dtype=np.uint16)
    for piece, place in zip(pieces, places, strict=True):
        opcode[place] = piece.opcode
    empty = np.empty(0)
    draft = table_columns(opcode, empty.astype(np.int32), empty, empty.astype(np.int32), operations)
    qubits = np.empty(int(draft.qubit_start[-1]), dtype=np.int32)
    angles = np.empty(int(draft.angle_start[-1]))
    symbols = np.empty(len(angles), dtype=np.int32)
    for piece, place in zip(pieces, places, strict=True):
        _scatter(qubits, piece.qubits, draft.qubit_start, place, draft.arity[piece.opcode])
        lengths = draft.num_params[piece.opcode]
        _scatter(angles, piece.angles, draft.angle_start, place, lengths)
        _scatter(symbols, piece.symbols, draft.angle_start, place, lengths)
    return table_columns(opcode, qubits, angles, symbols, operations)


def _scatter(
    target: NDArray[Any],
    values: NDArray[Any],
    starts: NDArray[np.int64],
    place: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> None:
    if len(values):
        target[flat_index(starts[place], lengths)] = values
