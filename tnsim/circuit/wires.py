"""Classical bits as wires: the circuit that engines see.

A bit whose outcome somebody reads, a condition or the question, becomes a further qubit that is
always diagonal; its legs shrink to the two values that it can take. Outcomes that nobody reads
only dephase. So one contraction answers for all branches of an adaptive circuit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError

from .interleaving import Piece, interleaved, kept_piece
from .operations import UNREAD, Operation, channel_operation, conditioned_operation
from .snapshot import Snapshot

__all__ = ["Wired", "final_measurements", "wired"]

Rows = NDArray[np.int64]
_READ, _UNREAD, _FINAL = 1, 2, 3


@dataclass(frozen=True)
class Wired:
    """A circuit without classical bits, and by bit the qubit that stands for it."""

    snapshot: Snapshot
    wires: Mapping[int, int]


def final_measurements(snapshot: Snapshot) -> dict[int, int]:
    """By qubit whose last instruction is a measurement the classical bit of its result."""
    measured = _measured(snapshot)
    _, final = _fates(snapshot, frozenset(), measured)
    qubits, bits = snapshot.columns.qubits_of(measured[final], 2).T
    return dict(zip(qubits.tolist(), (bits - snapshot.num_qubits).tolist(), strict=True))


def wired(snapshot: Snapshot, asked: Iterable[int] = ()) -> Wired:
    """The circuit with wires for the bits that are read, `asked` ones at the end among them.

    `NoiseError` where a bit is read through a readout error that is correlated or has free
    strengths.
    """
    wanted = frozenset(asked)
    measured = _measured(snapshot)
    if not snapshot.num_bits and not wanted:
        return Wired(snapshot, {})
    read, final = _fates(snapshot, wanted, measured)
    table = _Table(snapshot, wanted)
    pieces = [*_measurements(snapshot, table, measured, read, final)]
    pieces = [*_conditions(snapshot, table), *pieces]
    columns = interleaved(pieces, len(snapshot.columns), table.operations)
    made = replace(
        snapshot,
        num_qubits=table.size,
        columns=columns,
        operations=tuple(table.operations),
        num_bits=0,
    )
    return Wired(made, table.wires)


class _Table:
    """Operations entering a copy of the circuit's table, and wires given to bits."""

    def __init__(self, snapshot: Snapshot, asked: Iterable[int]) -> None:
        self.operations = list(snapshot.operations)
        self._codes = {operation.key: code for code, operation in enumerate(self.operations)}
        columns, first = snapshot.columns, snapshot.num_qubits
        codes = [c for c, op in enumerate(snapshot.operations) if op.inner is not None]
        named = [
            columns.qubits_of(columns.rows_with(code), int(columns.arity[code]))[
                :, -snapshot.operations[code].num_bits :
            ].reshape(-1)
            for code in codes
        ]
        bits = {int(b) - first for b in np.unique(np.concatenate([[], *named]))} | set(asked)
        self.wires = {bit: first + k for k, bit in enumerate(sorted(bits))}
        self.size = first + len(bits)
        self.place = np.full(snapshot.num_places, -1, dtype=np.int32)
        self.place[:first] = np.arange(first)
        for bit, wire in self.wires.items():
            if bit < snapshot.num_bits:
                self.place[first + bit] = wire

    def code(self, operation: Operation) -> int:
        if operation.key not in self._codes:
            self._codes[operation.key] = len(self.operations)
            self.operations.append(operation)
        return self._codes[operation.key]

    def scratch(self) -> int:
        """One more wire, at the end."""
        self.size += 1
        return self.size - 1


def _measured(snapshot: Snapshot) -> Rows:
    codes = [c for c, op in enumerate(snapshot.operations) if op.key == "measure"]
    return np.flatnonzero(np.isin(snapshot.columns.opcode, codes))


def _fates(
    snapshot: Snapshot, asked: frozenset[int], measured: Rows
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Per measurement: whether its outcome is read, and whether it is the last on its qubit."""
    columns = snapshot.columns
    barrier = np.array([op.kind == "barrier" for op in snapshot.operations])
    writes = np.array([op.key == "measure" for op in snapshot.operations])
    owner = np.repeat(np.arange(len(columns)), columns.arity[columns.opcode])
    entries = np.flatnonzero(~barrier[columns.opcode[owner]])
    entries = entries[np.argsort(columns.qubits[entries], kind="stable")]
    places = columns.qubits[entries]
    following = np.full(len(owner), -1)
    same = places[1:] == places[:-1]
    following[entries[:-1][same]] = owner[entries[1:][same]]
    start = columns.qubit_start[measured]
    final = following[start] < 0
    after = following[start + 1]
    later = (after >= 0) & ~writes[columns.opcode[after]]
    bits = columns.qubits[start + 1] - snapshot.num_qubits
    kept = (after < 0) & np.isin(bits, sorted(asked))
    return later | kept, final


def _measurements(
    snapshot: Snapshot,
    table: _Table,
    measured: Rows,
    read: NDArray[np.bool_],
    final: NDArray[np.bool_],
) -> Iterable[Piece]:
    """Outcomes written into wires, with their readout errors, or only dephased."""
    from tnsim.noise import pauli

    columns = snapshot.columns
    pairs = columns.qubits_of(measured, 2)
    writing = table.place[pairs[read]]
    yield _piece(measured[read], table.code(snapshot.operations[_measure_code(snapshot)]), writing)
    yield _piece(measured[~read & final], table.code(UNREAD), pairs[~read & final, :1])
    dephasing = channel_operation(pauli(0.0, 0.0, 0.5))
    yield _piece(measured[~read & ~final], table.code(dephasing), pairs[~read & ~final, :1])
    for qubit, operation in _confusions(snapshot, pairs[read, 0]).items():
        hit = writing[:, 0] == qubit
        yield _piece(measured[read][hit], table.code(operation), writing[hit, 1:])


def _measure_code(snapshot: Snapshot) -> int:
    return next(c for c, op in enumerate(snapshot.operations) if op.key == "measure")


def _confusions(snapshot: Snapshot, qubits: NDArray[np.int32]) -> dict[int, Operation]:
    """By qubit the readout error of an outcome that is read, as a channel on its wire."""
    from tnsim.noise import kraus

    found = {}
    wanted = set(np.unique(qubits).tolist())
    for assignment in snapshot.readout:
        for qubit in wanted.intersection(assignment.qubits):
            if len(assignment.qubits) > 1 or not assignment.error.is_fixed:
                raise NoiseError(
                    f"the outcome of qubit {qubit} is read as a classical bit, so that its readout "
                    "error must be its own and without free parameters; bind them, or give each "
                    "qubit its own"
                )
            confusion = np.sqrt(assignment.error.confusion_matrix())
            units = np.eye(2)
            parts = [
                confusion[out, given] * np.outer(units[out], units[given])
                for out in (0, 1)
                for given in (0, 1)
            ]
            found[qubit] = channel_operation(kraus(parts))
    return found


def _conditions(snapshot: Snapshot, table: _Table) -> list[Piece]:
    """The rows under conditions on one bit each, and all rows that have nothing to do with bits."""
    columns, operations = snapshot.columns, snapshot.operations
    plain = np.array([op.num_bits == 0 for op in operations])[columns.opcode]
    pieces = [kept_piece(columns, np.flatnonzero(plain))]
    scratch = -1
    for code, operation in enumerate(operations):
        rows = columns.rows_with(code) if operation.inner is not None else np.zeros(0, np.int64)
        if not len(rows):
            continue
        assert operation.inner is not None
        places = table.place[columns.qubits_of(rows, operation.num_qubits)]
        size = operation.inner.num_qubits
        if operation.num_bits == 1:
            single, bits = operation, places
        else:
            scratch = table.scratch() if scratch < 0 else scratch
            pieces = [
                *_conjunctions(table, operation.values, rows, places[:, size:], scratch),
                *pieces,
            ]
            single = conditioned_operation(operation.inner, (1,))
            bits = np.column_stack([places[:, :size], np.full(len(rows), scratch)])
        angles, symbols = columns.angles_of(rows, operation.num_params)
        pieces.append(_piece(rows, table.code(single), bits, angles, symbols))
    return pieces


def _conjunctions(
    table: _Table, values: tuple[int, ...], rows: Rows, bits: NDArray[np.int32], scratch: int
) -> list[Piece]:
    """Before each row: scratch := whether its bits equal `values`, bit after bit."""
    wire = np.full(len(rows), scratch, dtype=np.int32)
    first = table.code(_equals(values[0]))
    pieces = [_piece(rows, first, np.column_stack([bits[:, 0], wire]))]
    for slot, value in enumerate(values[1:], 1):
        code = table.code(_also_equals(value))
        pieces.append(_piece(rows, code, np.column_stack([bits[:, slot], wire])))
    return pieces


def _equals(value: int) -> Operation:
    """On (bit, scratch): scratch := (bit == value), whatever it was."""
    return _classical({(b, t): (b, int(b == value)) for b in (0, 1) for t in (0, 1)})


def _also_equals(value: int) -> Operation:
    """On (bit, scratch): scratch := scratch and (bit == value)."""
    return _classical({(b, t): (b, t * int(b == value)) for b in (0, 1) for t in (0, 1)})


def _classical(function: Mapping[tuple[int, int], tuple[int, int]]) -> Operation:
    """A function of two classical bits as a channel."""
    from tnsim.noise import kraus

    parts = []
    for given, out in function.items():
        part = np.zeros((2, 2, 2, 2))
        part[(*out, *given)] = 1.0
        parts.append(part.reshape(4, 4))
    return channel_operation(kraus(parts))


def _piece(
    rows: Rows,
    code: int,
    places: NDArray[np.int32],
    angles: NDArray[np.float64] | None = None,
    symbols: NDArray[np.int32] | None = None,
) -> Piece:
    return Piece(
        rows,
        np.full(len(rows), code, dtype=np.uint16),
        places.reshape(-1).astype(np.int32),
        np.zeros(0) if angles is None else angles.reshape(-1),
        np.zeros(0, np.int32) if symbols is None else symbols.reshape(-1),
    )
