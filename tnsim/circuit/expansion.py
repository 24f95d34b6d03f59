"""Rows replaced by fixed sequences of rows, block by block, without a loop over rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine

from .columns import Columns
from .expressions import ExpressionTable, weighted_sum
from .snapshot import Snapshot, table_columns

__all__ = ["Template", "expanded"]

_BLOCK = 1 << 16
_Where = slice | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Template:
    """What replaces a row: S >= 1 rows on slots of its qubits, with angles matrix @ a + shift.

    `opcode` has shape (S,), `slots` (Q,), `matrix` (A, num_params), `shift` (A,). The global
    phase that each replaced row adds is phase @ a + phase_shift.
    """

    opcode: NDArray[np.uint16]
    slots: NDArray[np.int64]
    matrix: NDArray[np.float64]
    shift: NDArray[np.float64]
    phase: NDArray[np.float64]
    phase_shift: float


def expanded(snapshot: Snapshot, templates: Mapping[int, Template]) -> Snapshot:
    """Every row of the opcodes in `templates` replaced; the others stay.

    Works on 65,536 rows at a time, so that what it needs beside the result stays small.
    """
    old = snapshot.columns
    counts = np.bincount(old.opcode, minlength=len(snapshot.operations))
    used = np.flatnonzero(counts).tolist()
    whole = {code: templates.get(code) or _kept(old, code) for code in used}
    sizes = np.zeros((3, len(counts)), dtype=np.int64)
    for code, t in whole.items():
        sizes[:, code] = len(t.opcode), len(t.slots), len(t.shift)
    rows, entries, numbers = (sizes @ counts).tolist()
    new = _Writer(rows, entries, numbers, ExpressionTable(snapshot.expressions))
    source, target = [0, 0], [0, 0, 0]
    for start in range(0, len(old), _BLOCK):
        codes = old.opcode[start : start + _BLOCK]
        taken = _Block(codes, np.stack([old.arity, old.num_params]), source)
        given = _Block(codes, sizes, target)
        for code in np.flatnonzero(np.bincount(codes)).tolist():
            new.fill(old, whole[code], taken.where(code), given.where(code))
        source, target = taken.end, given.end
    return snapshot.with_rows(
        table_columns(new.opcode, new.qubits, new.angles, new.symbols, snapshot.operations),
        expressions=new.table.as_tuple(),
        phase=_phase(snapshot, whole),
    )


class _Block:
    """Where the rows of a block lie in flat columns that give `lengths[column, opcode]` a row."""

    def __init__(
        self, codes: NDArray[np.uint16], lengths: NDArray[np.int64], start: list[int]
    ) -> None:
        self._codes, self._start, self._lengths = codes, start, lengths
        self._begins: NDArray[np.int64] | None = None
        if np.all(codes == codes[0]):
            totals = lengths[:, codes[0]] * len(codes)
        else:
            per_row = lengths[:, codes]
            ends = np.cumsum(per_row, axis=1)
            self._begins = ends - per_row + np.array(start)[:, None]
            totals = ends[:, -1]
        self.end: list[int] = (np.array(start) + totals).tolist()

    def where(self, code: int) -> list[_Where]:
        """Per column the entries of the rows of one opcode: a slice, or indices (rows, width)."""
        if self._begins is None:
            return [slice(a, b) for a, b in zip(self._start, self.end, strict=True)]
        rows = np.flatnonzero(self._codes == code)
        pairs = zip(self._begins, self._lengths[:, code], strict=True)
        return [begins[rows][:, None] + np.arange(width) for begins, width in pairs]


class _Writer:
    """The columns being made."""

    def __init__(self, rows: int, entries: int, numbers: int, table: ExpressionTable) -> None:
        self.opcode = np.empty(rows, dtype=np.uint16)
        self.qubits = np.empty(entries, dtype=np.int32)
        self.angles = np.empty(numbers)
        self.symbols = np.empty(numbers, dtype=np.int32)
        self.table = table

    def fill(self, old: Columns, t: Template, taken: list[_Where], given: list[_Where]) -> None:
        """Write what replaces the rows of one opcode in one block."""
        steps, params = len(t.opcode), t.matrix.shape[1]
        rows = self.opcode[given[0]].size // steps
        _put(self.opcode, given[0], np.broadcast_to(t.opcode, (rows, steps)))
        _put(self.qubits, given[1], old.qubits[taken[0]].reshape(rows, -1)[:, t.slots])
        if len(t.shift):
            angles = old.angles[taken[1]].reshape(rows, params)
            symbols = old.symbols[taken[1]].reshape(rows, params)
            values, found = self.table.mapped(angles, symbols, t.matrix, t.shift)
            _put(self.angles, given[2], values)
            _put(self.symbols, given[2], found)


def _put(target: NDArray[Any], where: _Where, values: NDArray[Any]) -> None:
    if isinstance(where, slice):
        target[where].reshape(values.shape)[...] = values
    else:
        target[where] = values


def _kept(columns: Columns, code: int) -> Template:
    """The row itself."""
    count = int(columns.num_params[code])
    none = np.zeros(count)
    slots = np.arange(columns.arity[code])
    return Template(np.array([code], np.uint16), slots, np.eye(count), none, none, 0.0)


def _phase(snapshot: Snapshot, templates: Mapping[int, Template]) -> Affine:
    """The global phase with what the replaced rows add to it."""
    columns = snapshot.columns
    weights = np.zeros(len(snapshot.expressions))
    constant = 0.0
    for code, t in templates.items():
        if not t.phase_shift and not np.any(t.phase):
            continue
        rows = columns.rows_with(code)
        angles, symbols = columns.angles_of(rows, len(t.phase))
        constant += len(rows) * t.phase_shift + float(t.phase @ angles.sum(axis=0))
        for factor, column in zip(t.phase.tolist(), symbols.T, strict=True):
            weights += factor * np.bincount(column[column >= 0], minlength=len(weights))
    used = np.flatnonzero(weights).tolist()
    terms = [snapshot.expressions[k] for k in used]
    return weighted_sum([snapshot.phase, *terms], [1.0, *weights[used].tolist()], constant)
