"""Noise rules applied: the rows of channels interleaved with those of gates, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.noise import NoiseRule

from .expressions import ExpressionTable
from .interleaving import Piece, interleaved, kept_piece
from .operations import Operation, channel_operation, conditioned_operation
from .snapshot import Snapshot

__all__ = ["place_channels"]

Rows = NDArray[np.int64]


def place_channels(snapshot: Snapshot, hits: Sequence[tuple[NoiseRule, Rows]]) -> Snapshot:
    """The circuit with each rule's channel beside, or in place of, the rows that it hits.

    At one instruction the channels stand in the order of the rules.
    """
    makers = _PieceMaker(snapshot)
    before = [p for rule, rows in hits if rule.placement == "before" for p in makers.of(rule, rows)]
    after = [p for rule, rows in hits if rule.placement == "after" for p in makers.of(rule, rows)]
    replaced = [(rule, rows) for rule, rows in hits if rule.placement == "replace"]
    kept = _kept_rows(snapshot, replaced)
    middle = [kept_piece(snapshot.columns, kept)]
    middle += [p for rule, rows in replaced for p in makers.of(rule, rows)]
    columns = interleaved([*before, *middle, *after], len(snapshot.columns), makers.operations)
    return replace(
        snapshot.with_rows(columns),
        operations=tuple(makers.operations),
        expressions=makers.table.as_tuple(),
    )


class _PieceMaker:
    """Channels as rows; new operations and expressions enter copies of the circuit's tables."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._columns = snapshot.columns
        self.operations = list(snapshot.operations)
        self._codes = {operation.key: code for code, operation in enumerate(self.operations)}
        self.table = ExpressionTable(snapshot.expressions)

    def of(self, rule: NoiseRule, rows: Rows) -> list[Piece]:
        """The rule's rows: one for each hit, or of a one-qubit channel one for each qubit."""
        operation = channel_operation(rule.channel)
        size = rule.channel.num_qubits
        columns = self._columns
        if size > 1 or rule.placement == "replace":
            return self._conditioned(operation, rule, rows, columns.qubits_of(rows, size))
        bits = np.array([one.num_bits for one in self.operations])
        arity = (columns.arity - bits[: len(columns.arity)])[columns.opcode[rows]]
        pieces = []
        for slot in range(int(arity.max(initial=0))):
            part = rows[arity > slot]
            qubits = columns.qubits[columns.qubit_start[part] + slot]
            if rule.qubits is not None:
                listed = np.isin(qubits, rule.qubits)
                part, qubits = part[listed], qubits[listed]
            pieces += self._conditioned(operation, rule, part, qubits[:, None])
        return pieces

    def _conditioned(
        self, operation: Operation, rule: NoiseRule, rows: Rows, qubits: NDArray[np.int32]
    ) -> list[Piece]:
        """The channel beside these rows, where a row stands under a condition under the same."""
        columns = self._columns
        inner = np.array([op.inner is not None for op in self.operations])[columns.opcode[rows]]
        pieces = [self._piece(operation, rule, rows[~inner], qubits[~inner])]
        for code in np.unique(columns.opcode[rows[inner]]).tolist():
            which = np.flatnonzero(columns.opcode[rows] == code)
            values = self.operations[code].values
            every = columns.qubits_of(rows[which], int(columns.arity[code]))
            places = np.column_stack([qubits[which], every[:, -len(values) :]])
            under = conditioned_operation(operation, values)
            pieces.append(self._piece(under, rule, rows[which], places))
        return pieces

    def _piece(
        self, operation: Operation, rule: NoiseRule, rows: Rows, qubits: NDArray[np.int32]
    ) -> Piece:
        symbols = [self.table.intern(s) for s in rule.channel.strengths_symbolic]
        flat = np.tile(np.array(symbols, dtype=np.int32), len(rows))
        opcode = np.full(len(rows), self._code_of(operation), dtype=np.uint16)
        return Piece(rows, opcode, qubits.reshape(-1), np.zeros(len(flat)), flat)

    def _code_of(self, operation: Operation) -> int:
        if operation.key not in self._codes:
            self._codes[operation.key] = len(self.operations)
            self.operations.append(operation)
        return self._codes[operation.key]


def _kept_rows(snapshot: Snapshot, replaced: Sequence[tuple[NoiseRule, Rows]]) -> Rows:
    """The rows that no rule replaces; `NoiseError` where two rules replace one row."""
    times = np.zeros(len(snapshot.columns), dtype=np.int64)
    for _, rows in replaced:
        times[rows] += 1
    if np.any(times > 1):
        row = int(np.argmax(times))
        name = snapshot.operations[snapshot.columns.opcode[row]].name
        raise NoiseError(
            f"an instruction must be replaced by one rule, but {name!r} at position {row} is hit "
            f"by {times[row]}; narrow the rules, or combine their channels with @"
        )
    return np.flatnonzero(times == 0)
